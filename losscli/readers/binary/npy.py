"""NPY files, which hold one array each."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from losscli.errors import DataError, UsageError, short_name
from losscli.readers.binary.npy_header import LONGEST_START, parse_header
from losscli.readers.binary.stored import ReadAt, StoredArray, StoredSource
from losscli.readers.class_names import ClassNames
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File


class NpyFile(Document):
    """An NPY file, which holds one array."""

    def __init__(self, file: File, _: ReadOptions) -> None:
        self.label = file.label
        self._file = file

    def source(self, selector: str | None, classes: ClassNames | None) -> StoredSource:  # noqa: ARG002
        """Open the array; DataError where the file's size and its header disagree."""
        if selector is not None:
            raise UsageError(
                f"{self.label}: an NPY file holds one array; remove ::{short_name(selector)}"
            )
        return npy_source(self._file)


def npy_source(file: File, claim: int | None = None) -> StoredSource:
    """Return the array of an NPY file; DataError where its header is not valid.

    An array that does not have as many bytes as its header promises is refused: at once or, if the
    size of the file is not known yet, before its first number is used. `claim` is the size that an
    archive claims.
    """
    array = parse_header(file.head(LONGEST_START), file.label)
    end = array.offset + array.size
    read_at: ReadAt = file.read_at
    if claim is not None:
        _check_size(array, claim, file.label)
    if file.lazy:
        file.promise(end)
        read_at = _after(lambda: _check_size(array, file.extent(end + 1), file.label), read_at)
    else:
        _check_size(array, file.size, file.label)
    short = array.encoding.short
    notes = (f"{file.label}: the entries are read as {short}",) if short else ()
    return StoredSource(file.label, array, read_at, notes)


def _check_size(array: StoredArray, size: int, label: str) -> None:
    found = size - array.offset
    if found < array.size:
        raise DataError(
            f"{label}: truncated: expected {array.size} bytes of numbers, found {found}; "
            "copy or save the file again"
        )
    if found > array.size:
        raise DataError(
            f"{label}: expected {array.size} bytes of numbers, found extra data (a second array, "
            "or a damaged copy?); save one array per file"
        )


def _after(check: Callable[[], None], read_at: ReadAt) -> ReadAt:
    """Return a reader that checks something before its first read."""
    lock = Lock()
    checked = False

    def checked_read_at(offset: int, buffer: memoryview) -> None:
        nonlocal checked
        with lock:
            if not checked:
                check()
                checked = True
        read_at(offset, buffer)

    return checked_read_at
