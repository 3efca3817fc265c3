"""A compressed file as the file inside, which is decompressed as far as anybody reads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from losscli.errors import DataError
from losscli.readers.compression.decoders import (
    Decoder,
    UndecodableError,
    decode,
    new_decoder,
)
from losscli.readers.compression.table import (
    FIRST_BYTES,
    Compression,
    recognize_compression,
)
from losscli.readers.file import File
from losscli.readers.spooled import Spooled

_FEED = 1 << 16
"""Bytes that are read from the compressed file at once."""
_AGAIN = "copy or save the file again"


def decompressed(file: File) -> File:
    """Return the file inside a compressed file.

    DataError where that is compressed too, or where what decompresses it is not installed.
    """
    row = recognize_compression(file.head(FIRST_BYTES))
    assert row is not None
    inside = Spooled(file.label, _pieces(file, row), stored=file.size)
    inside.instead = f"decompress the file first, e.g. {row.program} FILE > NEW"
    inside.version = file.version
    if inside.extent(1) and recognize_compression(inside.head(FIRST_BYTES)):
        raise DataError(
            f"{file.label}: compressed twice; decompress it once, e.g. {row.program} FILE > NEW"
        )
    return inside


def _pieces(file: File, row: Compression) -> Iterator[bytes]:
    """Yield the contents of all members; zeros between and after them are padding."""
    with file.stream() as stream:
        read = partial(stream.read, _FEED)
        data = read()
        while data:
            decoder = _decoder(file, row)
            try:
                yield from decode(decoder, data, read)
            except UndecodableError as error:
                raise _damage(file.label, row, str(error)) from None
            if not decoder.eof:
                raise DataError(f"{file.label}: the {row.name} data are truncated; {_AGAIN}")
            data = decoder.unused_data.lstrip(b"\0")
            while not data and (more := read()):
                data = more.lstrip(b"\0")
            if not any(known.startswith(data[: len(known)]) for known in row.first_bytes):
                raise DataError(f"{file.label}: other bytes follow the {row.name} data; {_AGAIN}")


def _decoder(file: File, row: Compression) -> Decoder:
    try:
        return new_decoder(row.name)
    except ImportError as error:
        fix = f"decompress the file first, e.g. {row.program} FILE > NEW"
        if row.name == "zstd":
            fix = "run pip install 'losscli[zst]'"
        raise DataError(f"{file.label}: {row.title} needs {error.name}; {fix}") from None


def _damage(label: str, row: Compression, problem: str) -> DataError:
    """Return the error for what a decoder refuses."""
    if "memory" in problem.lower():
        return DataError(
            f"{label}: the {row.name} data take too much memory to decompress; compress the "
            "file again with a smaller window"
        )
    return DataError(f"{label}: the {row.name} data are damaged (corrupt); {_AGAIN}")
