"""A compressed file as the file inside, which is decompressed as far as anybody reads.

What a file may become is bounded, since a few kilobytes can become many gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from losscli.errors import DataError
from losscli.readers.compression.decoders import Decoder, new_decoder
from losscli.readers.compression.table import (
    FIRST_BYTES,
    Compression,
    recognize_compression,
)
from losscli.readers.file import File
from losscli.readers.spooled import Spooled

MOST = 100
"""How many times its size a file may become, ..."""
ALWAYS = 1 << 30
"""... but this many bytes are always allowed."""
_FEED = 1 << 16
"""Bytes that are read from the compressed file at once."""
_PIECE = 1 << 18
"""Bytes that are asked of a decoder at once."""


def decompressed(file: File) -> File:
    """Return the file inside a compressed file.

    DataError where that is compressed too, or where what decompresses it is not installed.
    """
    row = recognize_compression(file.head(FIRST_BYTES))
    assert row is not None
    inside = Spooled(file.label, _bounded(file, row))
    inside.version = file.version
    if inside.extent(1) and recognize_compression(inside.head(FIRST_BYTES)):
        raise DataError(
            f"{file.label}: compressed twice; decompress it once, e.g. {row.program} FILE > NEW"
        )
    return inside


def _bounded(file: File, row: Compression) -> Iterator[bytes]:
    """Yield what a file becomes; DataError where that is more than a file of its size may."""
    size, limit = 0, max(MOST * file.size, ALWAYS)
    for piece in _pieces(file, row):
        size += len(piece)
        if size > limit:
            times = "1 GB" if limit == ALWAYS else f"{MOST} times its size"
            raise DataError(
                f"{file.label}: decompresses to more than {times}, which few files of numbers do; "
                f"if it is right, decompress it first, e.g. {row.program} FILE > NEW"
            )
        yield piece


def _pieces(file: File, row: Compression) -> Iterator[bytes]:
    """Yield the contents of all members; zeros between and after them are padding."""
    with file.stream() as stream:
        read = partial(stream.read, _FEED)
        data = read()
        while data:
            decoder = _decoder(file, row)
            while not decoder.eof:
                try:
                    piece = decoder.decompress(data, _PIECE)
                except MemoryError:
                    raise
                except Exception as error:  # Each module has errors of its own.
                    raise _damage(file, row, str(error)) from None
                if piece:
                    yield piece
                data = b""
                if decoder.needs_input and not decoder.eof:
                    data = read()
                    if not data:
                        raise DataError(
                            f"{file.label}: the {row.name} data are truncated; copy or save the "
                            "file again"
                        )
            data = decoder.unused_data.lstrip(b"\0")
            while not data and (more := read()):
                data = more.lstrip(b"\0")
            if not any(known.startswith(data[: len(known)]) for known in row.first_bytes):
                raise DataError(
                    f"{file.label}: other bytes follow the {row.name} data; copy or save the file "
                    "again"
                )


def _decoder(file: File, row: Compression) -> Decoder:
    try:
        return new_decoder(row.name)
    except ImportError as error:
        fix = f"decompress the file first, e.g. {row.program} FILE > NEW"
        if row.name == "zstd":
            fix = "run pip install 'losscli[zst]'"
        raise DataError(f"{file.label}: {row.title} needs {error.name}; {fix}") from None


def _damage(file: File, row: Compression, problem: str) -> DataError:
    """Return the error for what a decoder refuses."""
    if "memory" in problem.lower():
        return DataError(
            f"{file.label}: the {row.name} data take too much memory to decompress; compress the "
            "file again with a smaller window"
        )
    return DataError(
        f"{file.label}: the {row.name} data are damaged (corrupt); copy or save the file again"
    )
