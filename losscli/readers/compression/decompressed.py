"""A compressed file as the file inside, which is decompressed as far as anybody reads.

What a file may become is bounded, since a few kilobytes can become many gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from losscli.errors import DataError
from losscli.readers.compression.decoders import (
    LARGEST_PIECE,
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

MOST = 100
"""How many times its size a file may become, ..."""
ALWAYS = 1 << 30
"""... but this many bytes are always allowed."""
MOST_AT_ONCE = 20
"""The same for what is read into memory at once, a line or a whole document, ..."""
ALWAYS_AT_ONCE = 1 << 23
"""... which takes many times its size there."""
_FEED = 1 << 16
"""Bytes that are read from the compressed file at once."""
_AGAIN = "copy or save the file again"


class Decompressed(Spooled):
    """The file inside a compressed file."""

    def __init__(self, file: File, row: Compression) -> None:
        super().__init__(file.label, self._bounded(file, row))
        self._stored = file.size
        self._limit = max(MOST * self._stored, ALWAYS)
        self.at_once = max(MOST_AT_ONCE * self._stored, ALWAYS_AT_ONCE)
        self._program = row.program
        self.version = file.version

    def check_whole(self, size: int | None = None) -> None:
        """Refuse to read all, or this many bytes, into memory where they are too many."""
        if (self.extent(self.at_once + 1) if size is None else size) > self.at_once:
            raise self._too_large(self.at_once)

    def promise(self, size: int) -> None:
        """Allow this many bytes, which a header promises; DataError where they do not fit."""
        super().promise(size)
        self._limit = max(self._limit, size + LARGEST_PIECE)

    def _bounded(self, file: File, row: Compression) -> Iterator[bytes]:
        for piece in _pieces(file, row):
            if self._kept + len(piece) > self._limit:
                raise self._too_large(self._limit)
            yield piece

    def _too_large(self, limit: int) -> DataError:
        return DataError(
            f"{self.label}: {self._stored} bytes decompress to more than {limit >> 20} MB, unlike "
            "most files of numbers; if that is right, decompress the file first, e.g. "
            f"{self._program} FILE > NEW"
        )


def decompressed(file: File) -> File:
    """Return the file inside a compressed file.

    DataError where that is compressed too, or where what decompresses it is not installed.
    """
    row = recognize_compression(file.head(FIRST_BYTES))
    assert row is not None
    inside = Decompressed(file, row)
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
