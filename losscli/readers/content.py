"""What the first bytes of a file reveal, whatever its name says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Content:
    """What a file turns out to hold."""

    name: str
    title: str
    """As messages name it, with its article."""
    fix: str
    """What to do where another format was expected."""
    first_bytes: tuple[bytes, ...] = ()
    """The file begins with one of these; empty for text, which is told apart otherwise."""


@dataclass(frozen=True)
class Compression:
    """A compressed file, which is not read."""

    extension: str
    title: str
    first_bytes: bytes
    command: str
    """What decompresses a file to standard output."""


COMPRESSIONS = (
    Compression("gz", "a gzip file", b"\x1f\x8b", "gzip -dc"),
    Compression("bz2", "a bzip2 file", b"BZh", "bzip2 -dc"),
    Compression("xz", "an xz file", b"\xfd7zXZ", "xz -dc"),
    Compression("zst", "a zstd file", b"\x28\xb5\x2f\xfd", "zstd -dc"),
)

_AS_UTF_8 = "save it as UTF-8 (PowerShell: -Encoding utf8)"
_AS_NUMBERS = "save numbers as CSV, NPY, NPZ, YAML or JSON"

BINARY = (
    Content("utf-32", "UTF-32 text", _AS_UTF_8, (b"\xff\xfe\0\0", b"\0\0\xfe\xff")),
    Content("utf-16", "UTF-16 text", _AS_UTF_8, (b"\xff\xfe", b"\xfe\xff")),
    *(Content(c.extension, c.title, "decompress it first", (c.first_bytes,)) for c in COMPRESSIONS),
    Content("hdf5", "an HDF5 file", _AS_NUMBERS, (b"\x89HDF",)),
    Content("parquet", "a Parquet file", _AS_NUMBERS, (b"PAR1",)),
    Content(
        "pickle",
        "a pickle, which is never loaded",
        _AS_NUMBERS,
        (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
    ),
)
"""What is recognized by its first bytes and not read."""

_JSON = Content("json", "JSON (line 1 begins with a bracket)", "rename the file or type json:PATH")
_HTML = Content(
    "html", "an HTML page (line 1 is markup; a failed download?)", "download the file itself"
)
_TEXT = Content("text", "text, perhaps CSV", "rename the file or type csv:PATH")
_UNKNOWN = Content("binary", "an unknown binary format", _AS_NUMBERS)


def text_content(head: bytes) -> Content:
    """Tell what a file holds whose first bytes are of no known binary format."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return _JSON
    if text[:1] == b"<":
        return _HTML
    control = sum(byte < 32 and byte not in b"\t\n\v\f\r\x1a\x1b" for byte in head.rstrip(b"\0"))
    return _UNKNOWN if control else _TEXT
