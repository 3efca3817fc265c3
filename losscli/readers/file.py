"""The bytes of a file: opened once, read at any position, from any thread.

Pipes are spooled, and compressed files are decompressed, whatever their name. A file that changes
between opening and the last read is refused: its numbers would mix two versions.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from abc import ABC, abstractmethod
from typing import IO, TYPE_CHECKING, BinaryIO

from losscli.errors import DataError
from losscli.readers.compression.table import FIRST_BYTES, recognize_compression

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from losscli.readers.spec import Spec

_HEAD = 4096
"""How many of the first bytes are used to recognize a format."""
_STREAM_BUFFER = 1 << 18
_REASONS = {
    FileNotFoundError: "no such file; check the name and the folder",
    NotADirectoryError: "no such file (a part of the path is not a folder); check the path",
    IsADirectoryError: "this is a directory; give a file in it",
    PermissionError: "not readable; check the permissions",
}


def reason(error: OSError) -> str:
    """Return the system's message, and the fix where it is known."""
    known = _REASONS.get(type(error))
    return known or f"not readable: {(error.strerror or str(error) or 'read error').lower()}"


class File(ABC):
    """Bytes that are read at any position; `read_at` and `stream` have positions of their own."""

    label: str
    """The file as messages name it."""
    lazy = False
    """Whether it costs a pass over the file to learn its size."""
    at_once = sys.maxsize
    """How many bytes may be read into memory at once; fewer where they are decompressed."""
    version: object = None
    """Differs from that of the file after it has been written to."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many bytes there are."""

    @abstractmethod
    def read_some(self, offset: int, buffer: memoryview) -> int:
        """Read up to a bufferful of bytes at a position; 0 at the end of the file.

        DataError where that is impossible.
        """

    def extent(self, limit: int) -> int:
        """Return the size, or the limit if the file is larger; no more than that is read."""
        return min(self.size, limit)

    def check_whole(self, size: int | None = None) -> None:  # noqa: B027
        """Refuse to read all, or this many bytes, into memory where they are too many."""

    def promise(self, size: int) -> None:  # noqa: B027
        """Prepare for this many bytes, which a header promises; DataError where they do not fit."""

    def read_at(self, offset: int, buffer: memoryview) -> None:
        """Fill a buffer with the bytes at a position; DataError where the file ends before."""
        done = 0
        while done < len(buffer):
            count = self.read_some(offset + done, buffer[done:])
            if not count:
                raise self.changed_error("became shorter")
            done += count

    def changed_error(self, how: str) -> DataError:
        """Return an error for a file that another program writes to."""
        return DataError(
            f"{self.label}: the file {how} while it was read; run again when nothing writes to it"
        )

    def stream(self) -> io.BufferedReader:
        """Return an independent, seekable stream over the file from its first byte."""
        return io.BufferedReader(_Stream(self), _STREAM_BUFFER)

    def head(self, size: int = _HEAD) -> bytes:
        """Return the first bytes; DataError where there are none."""
        data = bytearray(self.extent(size))
        if not data:
            raise DataError(f"{self.label}: the file is empty (0 bytes); save it again")
        self.read_at(0, memoryview(data))
        return bytes(data)


class _LocalFile(File):
    """A file on a disk."""

    def __init__(self, label: str, descriptor: int) -> None:
        self._descriptor = descriptor
        self.label = label
        status = os.fstat(descriptor)
        self._size = status.st_size
        self._written = status.st_mtime_ns
        self.version = (self._size, self._written)

    def __del__(self) -> None:
        os.close(self._descriptor)

    @property
    def size(self) -> int:
        """How many bytes there were when the file was opened."""
        return self._size

    def read_some(self, offset: int, buffer: memoryview) -> int:
        """Read up to a bufferful; DataError if the file has changed since it was opened."""
        try:
            count = os.preadv(self._descriptor, [buffer], offset)
            status = os.fstat(self._descriptor)
        except OSError as error:
            raise DataError(f"{self.label}: {reason(error)}") from None
        if status.st_size != self.size:
            raise self.changed_error("became shorter" if status.st_size < self.size else "grew")
        if status.st_mtime_ns != self._written:
            raise self.changed_error("was written to")
        return count


class _Stream(io.RawIOBase):
    """A File as a stream for readers of the standard library."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_CUR:
            offset += self._position
        elif whence == os.SEEK_END:
            offset += self._file.size
        if offset < 0:
            raise OSError("seek before the start of the file")
        self._position = offset
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        count = self._file.read_some(self._position, memoryview(buffer))
        self._position += count
        return count


def open_file(spec: Spec) -> File:
    """Open the file of a source; DataError that says why it cannot be read."""
    file = _open_stored(spec)
    if not recognize_compression(file.head(FIRST_BYTES)):
        return file
    from losscli.readers.compression.decompressed import decompressed

    return decompressed(file)


def _open_stored(spec: Spec) -> File:
    """Open a file as it is stored."""
    if spec.is_url:
        from losscli.readers.remote.url import open_url

        return open_url(spec.path, spec.label)
    from losscli.readers.spooled import spool

    try:
        if spec.path == "-":
            pipe = _standard_input()
            return _redirected(spec.label, pipe) or spool(spec.label, pipe)
        descriptor = os.open(spec.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise DataError(f"{spec.label}: {reason(error)}") from None
    file = _LocalFile(spec.label, descriptor)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return file
    if stat.S_ISDIR(mode):
        raise DataError(f"{spec.label}: {_REASONS[IsADirectoryError]}")
    if stat.S_ISFIFO(mode) or os.isatty(descriptor):
        with open(descriptor, "rb", buffering=0, closefd=False) as pipe:
            return _spool(spec.label, pipe)
    raise DataError(f"{spec.label}: this is a device, which may be endless; give a file")


def _spool(label: str, pipe: IO[bytes]) -> File:
    from losscli.readers.spooled import spool

    return spool(label, pipe)


def _standard_input() -> BinaryIO:
    """Return the bytes of standard input; DataError where it is closed."""
    stream: BinaryIO | None = getattr(sys.stdin, "buffer", None)
    if stream is None or stream.closed:
        raise DataError("standard input is closed; send data into the command through a pipe")
    return stream


def _redirected(label: str, stream: BinaryIO) -> File | None:
    """Return the file that the shell's `<` redirected to standard input, if it is still unread."""
    try:
        descriptor = stream.fileno()
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        if not regular or os.lseek(descriptor, 0, os.SEEK_CUR):
            return None
    except OSError:
        return None
    return _LocalFile(label, os.dup(descriptor))
