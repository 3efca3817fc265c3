"""The bytes of a file: opened once, read at any position, from any thread; pipes are spooled.

A file that changes between opening and the last read is refused: its numbers would mix two
versions.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from typing import IO, TYPE_CHECKING, BinaryIO

from losscli.errors import DataError

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
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A disk, a quota, or a limit of the process."""


def reason(error: OSError) -> str:
    """Return the system's message, and the fix where it is known."""
    known = _REASONS.get(type(error))
    return known or f"not readable: {(error.strerror or str(error) or 'read error').lower()}"


class File:
    """An open file of known size; `read_at` and `stream` have positions of their own."""

    def __init__(self, label: str, descriptor: int) -> None:
        self._descriptor = descriptor
        self.label = label
        status = os.fstat(descriptor)
        self.size = status.st_size
        self._written = status.st_mtime_ns

    def __del__(self) -> None:
        os.close(self._descriptor)

    def read_at(self, offset: int, buffer: memoryview) -> None:
        """Fill a buffer with the bytes at a position; DataError where the file ends before."""
        done = 0
        while done < len(buffer):
            count = self.read_some(offset + done, buffer[done:])
            if not count:
                raise self._changed_error("became shorter")
            done += count

    def read_some(self, offset: int, buffer: memoryview) -> int:
        """Read up to a bufferful of bytes at a position; 0 at the end of the file.

        DataError if the file has changed since it was opened.
        """
        try:
            count = os.preadv(self._descriptor, [buffer], offset)
            status = os.fstat(self._descriptor)
        except OSError as error:
            raise DataError(f"{self.label}: {reason(error)}") from None
        if status.st_size != self.size:
            raise self._changed_error("became shorter" if status.st_size < self.size else "grew")
        if status.st_mtime_ns != self._written:
            raise self._changed_error("was written to")
        return count

    def _changed_error(self, how: str) -> DataError:
        return DataError(
            f"{self.label}: the file {how} while it was read; run again when nothing writes to it"
        )

    def stream(self) -> io.BufferedReader:
        """Return an independent, seekable stream over the file from its first byte."""
        return io.BufferedReader(_Stream(self), _STREAM_BUFFER)

    def head(self) -> bytes:
        """Return the first bytes; DataError where there are none."""
        if not self.size:
            raise DataError(f"{self.label}: the file is empty (0 bytes); save it again")
        with self.stream() as stream:
            return stream.read(_HEAD)


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
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._file.size}
        if base[whence] + offset < 0:
            raise OSError("seek before the start of the file")
        self._position = base[whence] + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        count = self._file.read_some(self._position, memoryview(buffer))
        self._position += count
        return count


def open_file(spec: Spec) -> File:
    """Open the file of a source; DataError that says why it cannot be read."""
    try:
        if spec.path == "-":
            pipe = _standard_input()
            return _redirected(spec.label, pipe) or spool(spec.label, pipe)
        descriptor = os.open(spec.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise DataError(f"{spec.label}: {reason(error)}") from None
    file = File(spec.label, descriptor)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return file
    if stat.S_ISDIR(mode):
        raise DataError(f"{spec.label}: {_REASONS[IsADirectoryError]}")
    if stat.S_ISFIFO(mode) or os.isatty(descriptor):
        with open(descriptor, "rb", buffering=0, closefd=False) as pipe:
            return spool(spec.label, pipe)
    raise DataError(f"{spec.label}: this is a device, which may be endless; give a file")


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
    return File(label, os.dup(descriptor))


def spool(label: str, pipe: IO[bytes] | io.RawIOBase) -> File:
    """Copy a stream to a nameless temporary file, which can be read more than once."""
    import shutil
    import tempfile

    try:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(pipe, copy, _STREAM_BUFFER)
            copy.flush()
            return File(label, os.dup(copy.fileno()))
    except OSError as error:
        # tempfile finds no folder if none accepts even a test byte.
        if error.errno not in _FULL and not isinstance(error, FileNotFoundError):
            raise DataError(f"{label}: {reason(error)}") from None
        where = f" in {tempfile.tempdir}" if tempfile.tempdir else ""
        raise DataError(
            f"{label}: no room for a copy{where}; set TMPDIR to a folder with room, or give a file"
        ) from None
