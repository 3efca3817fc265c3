"""The bytes of a stream, kept as far as anybody has read: in memory, or in a temporary file.

The temporary file has no name, so that nothing is left behind however the process ends. What is
decompressed is bounded, since a few kilobytes can become many gigabytes.
"""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Iterator
from threading import Lock
from typing import IO

from losscli.errors import DataError
from losscli.readers.file import File, reason

IN_MEMORY = 1 << 24
"""Bytes that are kept in memory; with more, all go to a temporary file."""
MOST = 100
"""How many times its size a compressed file may become, ..."""
ALWAYS = 1 << 30
"""... but this many bytes are always allowed."""
MOST_AT_ONCE = 20
"""The same for what is read into memory at once, a line or a whole document, ..."""
ALWAYS_AT_ONCE = 1 << 23
"""... which takes many times its size there."""
_LARGEST_PIECE = 1 << 26
"""Bytes of the largest piece that is read."""
_LEFT = 9
"""A temporary file takes up to this many times the room that it leaves free."""
_PIECE = 1 << 18
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A disk, a quota, or a limit of the process."""


class Spooled(File):
    """A stream as a file, which is read only as far as it is asked for."""

    lazy = True
    instead = "decompress the file first"
    """What to do where the stream is too long."""

    def __init__(self, label: str, pieces: Iterator[bytes], stored: int | None = None) -> None:
        """Keep a stream; `stored` is the number of bytes that it is decompressed from."""
        self.label = label
        self._pieces = pieces
        self._lock = Lock()
        self._memory = bytearray()
        self._copy: IO[bytes] | None = None
        self._kept = 0
        self._failure: BaseException | None = None
        self._limit = sys.maxsize
        if stored is not None:
            self._limit = max(MOST * stored, ALWAYS)
            self.at_once = max(MOST_AT_ONCE * stored, ALWAYS_AT_ONCE)

    def __del__(self) -> None:
        if self._copy is not None:
            self._copy.close()

    @property
    def size(self) -> int:
        """How many bytes there are; all of them are read to learn it."""
        return self.extent(sys.maxsize)

    def extent(self, limit: int) -> int:
        """Return the size, or the limit if there is more; no more than that is read."""
        with self._lock:
            while self._kept < limit and self.lazy:
                self._read_piece()
        return min(self._kept, limit)

    def read_some(self, offset: int, buffer: memoryview) -> int:
        """Read up to a bufferful of bytes at a position; 0 at the end."""
        size = self.extent(offset + len(buffer)) - offset
        if size <= 0:
            return 0
        with self._lock:
            if self._copy is None:
                buffer[:size] = self._memory[offset : offset + size]
                return size
        try:
            return os.preadv(self._copy.fileno(), [buffer[:size]], offset)
        except OSError as error:
            raise DataError(f"{self.label}: {reason(error)}") from None

    def check_whole(self, size: int | None = None) -> None:
        """Refuse to read all, or this many bytes, into memory where they are too many."""
        if (self.extent(self.at_once + 1) if size is None else size) > self.at_once:
            raise self._too_large(self.at_once)

    def promise(self, size: int) -> None:
        """Allow this many bytes, which a header promises; DataError where they do not fit."""
        self._limit = max(self._limit, size + _LARGEST_PIECE)
        if size <= IN_MEMORY or self._copy is not None:
            return
        import tempfile

        try:
            room = os.statvfs(tempfile.gettempdir())
        except OSError as error:
            raise self._no_copy(error) from None
        self._check_room(room, size, 0)

    def _read_piece(self) -> None:
        """Keep one more piece; what once failed fails again, so that no end is taken as good."""
        if self._failure is not None:
            raise self._failure
        try:
            piece = next(self._pieces, None)
            if piece is None:
                self.lazy = False
                self._pieces = iter(())  # They may refer to this file.
            else:
                self._keep(piece)
        except BaseException as error:
            self._failure = error
            raise

    def _keep(self, piece: bytes) -> None:
        if self._kept + len(piece) > self._limit:
            raise self._too_large(self._limit)
        if self._copy is None and self._kept + len(piece) <= IN_MEMORY:
            self._memory += piece
            self._kept += len(piece)
            return
        import tempfile

        try:
            if self._copy is None:
                self._copy = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
                _write(self._copy, self._memory)
                self._memory = bytearray()
            _write(self._copy, piece)
            room = os.fstatvfs(self._copy.fileno())
        except OSError as error:
            raise self._no_copy(error) from None
        self._kept += len(piece)
        self._check_room(room, self._kept, self._kept)

    def _check_room(self, room: os.statvfs_result, size: int, kept: int) -> None:
        """Refuse a copy that would fill the disk, before it does."""
        free = room.f_bavail * room.f_frsize
        if size > _LEFT * (free + kept - size):
            raise self._no_room(f"a copy of {size >> 20} MB takes most of the free room")

    def _too_large(self, limit: int) -> DataError:
        return DataError(
            f"{self.label}: decompresses to more than {limit >> 20} MB, unlike most files of "
            f"numbers of its size; if that is right, {self.instead}"
        )

    def _no_copy(self, error: OSError) -> DataError:
        # tempfile finds no folder if none accepts even a test byte.
        if error.errno not in _FULL and not isinstance(error, FileNotFoundError):
            return DataError(f"{self.label}: {reason(error)}")
        return self._no_room("no room for a copy")

    def _no_room(self, what: str) -> DataError:
        import tempfile

        where = f" in {tempfile.tempdir}" if tempfile.tempdir else ""
        return DataError(
            f"{self.label}: {what}{where}; set TMPDIR to a folder with room, or {self.instead}"
        )


def _write(file: IO[bytes], data: bytes | bytearray) -> None:
    """Write all of the bytes to an unbuffered file, which may take fewer at once."""
    done = 0
    with memoryview(data) as view:
        while done < len(view):
            done += file.write(view[done:])


def spool(label: str, pipe: IO[bytes]) -> File:
    """Read a pipe to its end, so that it can be read at any position, more than once."""
    copy = Spooled(label, _pieces(label, pipe))
    copy.instead = "give a file"
    copy.extent(sys.maxsize)
    return copy


def _pieces(label: str, pipe: IO[bytes]) -> Iterator[bytes]:
    try:
        while (piece := pipe.read(_PIECE)) != b"":
            if piece is None:
                # A pipe that does not block has nothing yet; this is not its end.
                select.select([pipe], [], [])
            else:
                yield piece
    except OSError as error:
        raise DataError(f"{label}: {reason(error)}") from None
