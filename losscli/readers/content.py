"""What the first bytes of a file reveal, whatever its name says."""

from __future__ import annotations

from typing import NamedTuple


class Content(NamedTuple):
    """What a file turns out to hold."""

    name: str
    title: str
    """As messages name it, with its article."""
    fix: str
    """What to do where another format was expected."""
    first_bytes: tuple[bytes, ...] = ()
    """The file begins with one of these; empty for text."""


_UTF_8 = "save it as UTF-8 (PowerShell: -Encoding utf8)"
_NUMBERS = "save numbers as CSV, NPY, NPZ, YAML or JSON"
_DECOMPRESS = "decompress it first, e.g. {} -dc FILE | loss ... --input csv:-"

BINARY = (
    Content("utf-32", "UTF-32 text", _UTF_8, (b"\xff\xfe\0\0", b"\0\0\xfe\xff")),
    Content("utf-16", "UTF-16 text", _UTF_8, (b"\xff\xfe", b"\xfe\xff")),
    Content("gzip", "a gzip file", _DECOMPRESS.format("gzip"), (b"\x1f\x8b",)),
    Content("bzip2", "a bzip2 file", _DECOMPRESS.format("bzip2"), (b"BZh",)),
    Content("xz", "an xz file", _DECOMPRESS.format("xz"), (b"\xfd7zXZ",)),
    Content("zstd", "a zstd file", _DECOMPRESS.format("zstd"), (b"\x28\xb5\x2f\xfd",)),
    Content("hdf5", "an HDF5 file", _NUMBERS, (b"\x89HDF",)),
    Content("parquet", "a Parquet file", _NUMBERS, (b"PAR1",)),
    Content(
        "pickle",
        "a pickle, which is never loaded",
        _NUMBERS,
        (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
    ),
)
"""What is recognized by its first bytes, but not read."""

_JSON = Content("json", "JSON (line 1 begins with a bracket)", "rename it or type json:PATH")
_HTML = Content("html", "an HTML page (line 1 is markup)", "download the file itself")
_TEXT = Content("text", "text, perhaps CSV", "rename it or type csv:PATH")
_UNKNOWN = Content("binary", "an unknown binary format", _NUMBERS)


def text_content(head: bytes) -> Content:
    """Return what a file holds whose first bytes belong to no known binary format."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return _JSON
    if text[:1] == b"<":
        return _HTML
    control = sum(byte < 32 and byte not in b"\t\n\v\f\r\x1a\x1b" for byte in head.rstrip(b"\0"))
    return _UNKNOWN if control else _TEXT
