"""NPY files, which hold one array each."""

from __future__ import annotations

from losscli.errors import DataError, UsageError, short_name
from losscli.readers.binary.npy_header import LONGEST_START, parse_header
from losscli.readers.binary.stored import ReadAt, StoredSource
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
        with self._file.stream() as stream:
            start = stream.read(LONGEST_START)
        return npy_source(self.label, start, self._file.size, self._file.read_at)


def npy_source(label: str, start: bytes, size: int, read_at: ReadAt) -> StoredSource:
    """Return the array of an NPY file by its first bytes and its size.

    DataError where the header is not valid, or promises more or fewer bytes than there are.
    """
    array = parse_header(start, label)
    found = size - array.offset
    if found < array.size:
        raise DataError(
            f"{label}: truncated: expected {array.size} bytes of numbers, found {found}; "
            "copy or save the file again"
        )
    if found > array.size:
        raise DataError(
            f"{label}: expected {array.size} bytes of numbers, found extra data ({found} bytes; a "
            "second array, or a damaged copy?); save one array per file"
        )
    short = array.encoding.short
    notes = (f"{label}: the entries are read as {short}",) if short else ()
    return StoredSource(label, array, read_at, notes)
