"""The table of compressions: how each is named and recognized by its first bytes.

A new compression is a row here and its decoder in `decoders.py`.
"""

from __future__ import annotations

from typing import NamedTuple


class Compression(NamedTuple):
    """One row of the table."""

    name: str
    title: str
    """Its name in messages, with an article."""
    extensions: tuple[str, ...]
    """They follow the extension of the format: `x.csv.gz`."""
    first_bytes: tuple[bytes, ...]
    """A compressed file begins with one of these."""
    program: str
    """The program that decompresses a file to standard output."""
    extra: str | None = None
    """The extra of the package that installs the decoder, if Python lacks it."""
    needs: tuple[str, ...] = ()
    """The modules of which one decodes."""


# A header of a bzip2 file alone could be a word: the start of its first block, or its end, is not.
_BZIP2 = tuple(
    b"BZh%d%b" % (level, block) for level in range(1, 10) for block in (b"1AY&SY", b"\x17rE8P\x90")
)
# A frame of data, or a frame to skip, which some programs write first.
_ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes((low, 0x2A, 0x4D, 0x18)) for low in range(0x50, 0x60)))

COMPRESSIONS = (
    Compression("gzip", "a gzip file", ("gz", "gzip"), (b"\x1f\x8b",), "gzip -dc"),
    Compression("bzip2", "a bzip2 file", ("bz2", "bzip2"), _BZIP2, "bzip2 -dc"),
    Compression("xz", "an xz file", ("xz",), (b"\xfd7zXZ",), "xz -dc"),
    Compression(
        "zstd",
        "a zstd file",
        ("zst", "zstd"),
        _ZSTD,
        "zstd -dc",
        extra="zst",
        needs=("compression.zstd", "zstandard"),
    ),
)
FIRST_BYTES = 10
"""How many of the first bytes are enough to recognize each of them."""
_EXTENSIONS = {extension for row in COMPRESSIONS for extension in row.extensions}


def recognize_compression(head: bytes) -> Compression | None:
    """Return the compression of a file by its first bytes; None if it is not compressed."""
    return next((row for row in COMPRESSIONS if head.startswith(row.first_bytes)), None)


def name_inside(name: str) -> str:
    """Return the name of a file without the extension of a compression."""
    stem, dot, extension = name.rpartition(".")
    return stem if dot and extension.lower() in _EXTENSIONS else name
