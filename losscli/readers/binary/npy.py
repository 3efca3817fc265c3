"""NPY files: numbers stay in the file until they are needed, and are read by position."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from losscli.errors import DataError, UsageError, short_name
from losscli.readers.binary.npy_header import LONGEST_HEADER, Header, decode, parse_header
from losscli.readers.class_names import ClassNames
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File
from losscli.readers.pages import Pages
from losscli.readers.source import Array, Source

WINDOW = 1 << 24
"""Bytes that are read and kept at once where an axis is spread over many stretches."""


ReadAt = Callable[[int, memoryview], None]
"""Fills a buffer with the bytes at a position; DataError where that is impossible."""


class NpyFile(Document):
    """An NPY file, which holds one array."""

    def __init__(self, file: File, _: ReadOptions) -> None:
        self.label = file.label
        self._file = file

    def source(self, selector: str | None, classes: ClassNames | None) -> NpySource:  # noqa: ARG002
        """Open the array; DataError where the file's size and its header disagree."""
        if selector is not None:
            raise UsageError(
                f"{self.label}: an NPY file holds one array; remove ::{short_name(selector)}"
            )
        with self._file.stream() as stream:
            header = parse_header(stream.read(LONGEST_HEADER + 12), self.label)
        check_size(header, self._file.size, self.label)
        return NpySource(self.label, header, self._file.read_at)


class NpySource(Source):
    """An array behind an NPY header; a read costs one stretch of the file, or many.

    Along the outermost axis of the file, neighboring rows are one stretch. Along any other (the
    rows of an array in Fortran order, the columns of one in C order) each index of the outer axes
    has a stretch of its own; these are read in windows that are wide enough to pay off.
    """

    def __init__(self, label: str, header: Header, read_at: ReadAt) -> None:
        self.label = label
        self.shape = header.shape
        self.dtype = header.dtype
        if header.is_bfloat16:
            self.notes = (f"{label}: entries of type |V2 are read as bfloat16",)
        self._read_at = read_at
        self._header = header
        self._axes = header.shape or (1,)
        self._windows = Pages[tuple[int, int, int]]()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError where the file has changed or is damaged."""
        if self.shape:
            return self.read_along(0, start, stop)
        return self._read(0, 0, 1).reshape(())

    def read_along(self, axis: int, start: int, stop: int) -> Array:
        """Return start to stop along one axis, everything along the others."""
        start, stop, _ = slice(start, stop).indices(self.shape[axis])
        count, before, _ = self._stretches(axis)
        if before == 1 or stop <= start:
            return self._read(axis, start, max(start, stop))
        rows = max(1, WINDOW * count // max(1, self._header.size))
        parts = []
        for number in range(start // rows, (stop - 1) // rows + 1):
            (window,) = self._windows.get((axis, rows, number), self._window)
            assert window is not None
            first, last = max(start - number * rows, 0), min(stop - number * rows, rows)
            parts.append(window[(slice(None),) * axis + (slice(first, last),)])
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)

    def _stretches(self, axis: int) -> tuple[int, int, int]:
        """Return the length of an axis, how many stretches it has, and the numbers per index."""
        before, after = self._axes[:axis], self._axes[axis + 1 :]
        if self._header.fortran:
            before, after = after, before
        return self._axes[axis], math.prod(before), math.prod(after)

    def _window(self, key: tuple[int, int, int]) -> tuple[Array]:
        axis, rows, number = key
        return (self._read(axis, number * rows, min((number + 1) * rows, self.shape[axis])),)

    def _read(self, axis: int, start: int, stop: int) -> Array:
        """Read start to stop along an axis, stretch by stretch."""
        count, before, after = self._stretches(axis)
        shape = (*self._axes[:axis], stop - start, *self._axes[axis + 1 :])
        stored = self._header.stored
        step = after * stored.itemsize
        size = (stop - start) * step
        try:
            raw = np.empty(math.prod(shape) * stored.itemsize, np.uint8)
            for stretch in range(before if size else 0):
                offset = self._header.offset + (stretch * count + start) * step
                self._read_at(offset, raw.data[stretch * size : (stretch + 1) * size])
            array = decode(raw.view(stored), self._header, self.label)
        except MemoryError:
            raise DataError(
                f"{self.label}: {self._header.size} bytes do not fit in memory; split the file"
            ) from None
        return array.reshape(shape[::-1]).T if self._header.fortran else array.reshape(shape)


def check_size(header: Header, size: int, label: str) -> None:
    """Refuse an array whose bytes are not exactly those that its header promises."""
    found = size - header.offset
    if found < header.size:
        raise DataError(
            f"{label}: truncated: expected {header.size} bytes of numbers, found {found}; "
            "copy or save the file again"
        )
    if found > header.size:
        raise DataError(
            f"{label}: expected {header.size} bytes of numbers, found extra data ({found} bytes; a "
            "second array, or a damaged copy?); save one array per file"
        )
