"""Files that appear whole or not at all: written next to the target, checked, then renamed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from losscli.errors import DataError, UsageError, short_name
from losscli.output.ending import half_done


class Placed(NamedTuple):
    """Bytes of a file whose parts are not made in their order."""

    offset: int
    content: memoryview


Chunk = str | bytes | memoryview | Placed
PIECE = 1 << 20
"""Bytes of a copy that are read at once."""
REPLACED = "backslashreplace"
"""How characters that are not text are encoded in a file."""


class Destination:
    """A place to write to, opened before the computation so that it fails early."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.target = Path(os.path.realpath(path))
        self._file: FileIO | None = None
        self._temporary: Path | None = None
        self._size = 0
        self._device: FileIO | None = None
        """A device, which takes bytes in their order alone, while a copy is written."""
        self._passed = 0
        """How many bytes it has taken before."""

    def open(self) -> None:
        """Open the device, or a file next to the target.

        Raises DataError where that fails; call `discard` then.
        """
        try:
            mode = None
            with suppress(FileNotFoundError):
                mode = self.target.stat().st_mode
            if mode is not None:
                if stat.S_ISDIR(mode):
                    name = short_name(self.path)
                    raise DataError(f"{name}: is a directory; give the name of a file")
                if not stat.S_ISREG(mode):
                    # A device or a FIFO is written directly: there is nothing to rename.
                    self._file = FileIO(self.target, "w")
                    return
                if not os.access(self.target, os.W_OK):
                    raise PermissionError(13, "permission denied")
            # Registered before it is created, so that a signal at any moment leaves nothing behind.
            half_done[self] = self.discard
            # A name has room for 255 bytes, and a character takes up to four of them.
            self._temporary = self.target.with_name(
                f".{self.target.name[:50]}.{os.urandom(6).hex()}.part"
            )
            self._file = FileIO(self._temporary, "x")
            if mode is not None:
                os.fchmod(self._file.fileno(), stat.S_IMODE(mode))
        except OSError as error:
            raise _refusal(self.path, error) from None

    def write(self, chunks: Iterable[Chunk]) -> None:
        """Write the whole content and put it in its place."""
        self.feed(chunks)
        self.finish()

    def feed(self, chunks: Iterable[Chunk]) -> None:
        """Write some of the content; DataError if the disk refuses it."""
        with self._refusing():
            for chunk in chunks:
                if isinstance(chunk, Placed):
                    self._seek(chunk.offset)
                    chunk = chunk.content
                content = chunk.encode("utf-8", REPLACED) if isinstance(chunk, str) else chunk
                self._write(memoryview(content).cast("B"))

    def finish(self) -> None:
        """Put the content in its place.

        Raises DataError if the disk refused some of it; the target is then unchanged.
        """
        with self._refusing():
            if self._device is not None:
                copy, self._file = self._opened, self._device
                with copy:
                    copy.seek(self._passed)
                    while piece := copy.read(PIECE):
                        self._write(memoryview(piece))
            if self._temporary is None:
                self._opened.close()
                return
            os.fsync(self._opened.fileno())
            if os.fstat(self._opened.fileno()).st_size != self._size:
                raise OSError(28, "not every byte was written")
            self._opened.close()
            os.replace(self._temporary, self.target)
            self._temporary = None
            del half_done[self]

    def _write(self, view: memoryview) -> None:
        while view:
            written = self._opened.write(view)
            self._size += written
            view = view[written:]

    def _seek(self, offset: int) -> None:
        """Go to a place of the file; a device gets the bytes at the end, from a copy."""
        if self._temporary is None and self._device is None:
            self._device, self._passed = self._opened, self._size
            self._file = _copy()
        self._opened.seek(offset)

    @property
    def _opened(self) -> FileIO:
        assert self._file is not None, "open() comes first"
        return self._file

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _refusal(self.path, error) from None

    def discard(self) -> None:
        """Remove the unfinished file."""
        for file in (self._file, self._device):
            if file is not None:
                file.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None
            del half_done[self]


@contextmanager
def destinations(paths: Sequence[str], inputs: Sequence[str]) -> Iterator[list[Destination]]:
    """Open all outputs, or none; files that are unfinished at the end are removed.

    Raises UsageError for an output that is an input or another output.
    """
    opened: list[Destination] = []
    try:
        for path in paths:
            _refuse_same(path, inputs, "an input")
            _refuse_same(path, [other.path for other in opened], "another output")
            opened.append(Destination(path))
            opened[-1].open()
        yield opened
    finally:
        for destination in opened:
            destination.discard()


def _refuse_same(path: str, others: Sequence[str], what: str) -> None:
    for other in others:
        try:
            regular = stat.S_ISREG(os.stat(path).st_mode)
            same = regular and os.path.samefile(path, other)
        except OSError:
            same = os.path.realpath(path) == os.path.realpath(other)
        if same:
            raise UsageError(f"{short_name(path)}: is {what} as well; write to another file")


def _copy() -> FileIO:
    """Return a new file without a name."""
    import tempfile

    return tempfile.TemporaryFile(buffering=0)


def _refusal(path: str, error: OSError) -> DataError:
    if isinstance(error, BrokenPipeError):
        return DataError(f"{short_name(path)}: the reader of the pipe went away; run again")
    reason = (error.strerror or str(error)).lower()
    return DataError(f"{short_name(path)}: cannot be written: {reason}; write to another folder")
