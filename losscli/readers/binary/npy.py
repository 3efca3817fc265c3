"""NPY files: numbers are read where they stand, by position, when they are asked for."""

from __future__ import annotations

import math
import threading
from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

import numpy as np

from losscli.errors import DataError, UsageError, short_name
from losscli.readers.binary.npy_header import LONGEST_HEADER, Header, decode, parse_header
from losscli.readers.document import Document
from losscli.readers.pages import Pages
from losscli.readers.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from losscli.readers.class_names import ClassNames
    from losscli.readers.document import ReadOptions
    from losscli.readers.file import File
    from losscli.readers.source import Array

WINDOW = 1 << 24
"""Bytes that are read at once, and kept, where they lie in many stretches."""


class Bytes(Protocol):
    """What an array's header and numbers are read from: a file, or a part of one."""

    label: str

    def read_at(self, offset: int, buffer: memoryview) -> None:
        """Fill a buffer of bytes from a position; DataError where that cannot be."""
        ...


class BinarySource(Source):
    """An array behind an NPY header, read whole at the first use."""

    def __init__(self, label: str, header: Header) -> None:
        self.label = label
        self.shape = header.shape
        self.dtype = header.dtype
        self.notes = tuple(f"{label}: {note}" for note in header.notes)
        self._header = header
        self._lock = threading.Lock()
        self._array: Array | None = None

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError where the data are damaged or do not fit."""
        with self._lock:
            if self._array is None:
                order = self.shape[::-1] if self._header.fortran else self.shape
                raw = self._allocate(order)
                self._fill(raw.data)
                array = decode(raw.view(self._header.stored), self._header, self.label)
                array = array.reshape(order)
                self._array = array.T if self._header.fortran else array
        return self._array[start:stop] if self.shape else self._array

    @abstractmethod
    def _fill(self, buffer: memoryview) -> None:
        """Read the whole array's bytes."""

    def _allocate(self, shape: Sequence[int]) -> Array:
        """Return room for the bytes of an array."""
        try:
            return np.empty(math.prod(shape) * self._header.stored.itemsize, np.uint8)
        except MemoryError:
            raise DataError(
                f"{self.label}: {self._header.size} bytes do not fit in memory; cut the file"
            ) from None


class NpySource(BinarySource):
    """An array in an NPY file; what is read of it lies in one stretch of the file, or in many.

    Along the first axis as the file has it, rows are one stretch. Along any other (the rows of an
    array in Fortran order, the columns of one in C order) every further index has a stretch of its
    own: these are read in windows that are wide enough to be worth it.
    """

    def __init__(self, file: Bytes, header: Header) -> None:
        super().__init__(file.label, header)
        self._file = file
        self._windows = Pages(self._window)

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError where the file has changed."""
        return self.read_along(0, start, stop) if self.shape else super().read(start, stop)

    def read_along(self, axis: int, start: int, stop: int) -> Array:
        """Return what lies from start to stop on an axis, all of it on the others."""
        start, stop, _ = slice(start, stop).indices(self.shape[axis])
        count, before, _ = self._stretches(axis)
        if before == 1 or stop <= start:
            return self._read(axis, start, max(start, stop))
        rows = max(1, WINDOW * count // max(1, self._header.size))
        parts = []
        for number in range(start // rows, (stop - 1) // rows + 1):
            (window,) = self._windows[axis, rows, number]
            assert window is not None
            first, last = max(start - number * rows, 0), min(stop - number * rows, rows)
            parts.append(window[(slice(None),) * axis + (slice(first, last),)])
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)

    def _stretches(self, axis: int) -> tuple[int, int, int]:
        """Return an axis's length, how many stretches it is cut into, and numbers a step on it."""
        before, after = self.shape[:axis], self.shape[axis + 1 :]
        if self._header.fortran:
            before, after = after, before
        return self.shape[axis], math.prod(before), math.prod(after)

    def _window(self, key: tuple[int, int, int]) -> tuple[Array]:
        axis, rows, number = key
        return (self._read(axis, number * rows, min((number + 1) * rows, self.shape[axis])),)

    def _read(self, axis: int, start: int, stop: int) -> Array:
        """Read from start to stop on an axis, stretch by stretch."""
        count, before, after = self._stretches(axis)
        shape = (*self.shape[:axis], stop - start, *self.shape[axis + 1 :])
        raw = self._allocate(shape)
        step = after * self._header.stored.itemsize
        size = (stop - start) * step
        for stretch in range(before if size else 0):
            offset = self._header.offset + (stretch * count + start) * step
            self._file.read_at(offset, raw.data[stretch * size : (stretch + 1) * size])
        array = decode(raw.view(self._header.stored), self._header, self.label)
        return array.reshape(shape[::-1]).T if self._header.fortran else array.reshape(shape)

    def _fill(self, buffer: memoryview) -> None:
        self._file.read_at(self._header.offset, buffer)


class NpyFile(Document):
    """An NPY file, which holds one array."""

    def __init__(self, file: File, options: ReadOptions) -> None:  # noqa: ARG002
        self.label = file.label
        self._file = file

    def source(self, selector: str | None, classes: ClassNames | None) -> NpySource:  # noqa: ARG002
        """Open the array; DataError where the size of the file and its header disagree."""
        if selector is not None:
            raise UsageError(
                f"{self.label}: an NPY file holds one array; remove ::{short_name(selector)}"
            )
        with self._file.stream() as stream:
            header = parse_header(stream.read(LONGEST_HEADER + 12), self.label)
        check_size(header, self._file.size, self.label)
        return NpySource(self._file, header)


def check_size(header: Header, size: int, label: str) -> None:
    """Refuse an array whose bytes are not exactly what its header promises."""
    there = size - header.offset
    if there < header.size:
        raise DataError(
            f"{label}: truncated: the header promises {header.size} bytes of numbers, "
            f"{there} are there; copy or save the file again"
        )
    if there > header.size:
        raise DataError(
            f"{label}: extra data after the array ({there - header.size} bytes): a second array, "
            "or a damaged copy? save one array a file"
        )
