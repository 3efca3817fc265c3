"""Arrays whose numbers stay in a file until they are needed, and are read by position."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from losscli.errors import DataError, show
from losscli.readers.binary.encodings import Encoding
from losscli.readers.pages import Pages
from losscli.readers.source import Array, Source

WINDOW = 1 << 24
"""Bytes that are read and kept at once where an axis is spread over many stretches."""
_PIECE = 1 << 20
"""Bytes of the largest stretch that is read with its gaps."""
_NEAR = 1 << 14
"""Bytes between stretches that are read together: a read of its own costs as much."""
MOST_AXES = 32
_MOST_ENTRIES = 2**56

ReadAt = Callable[[int, memoryview], None]
"""Fills a buffer with the bytes at a position; DataError where that is impossible."""


@dataclass(frozen=True)
class StoredArray:
    """How an array lies in a file; no two entries share bytes."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    """How many entries apart neighbors along each axis are; 0 or more."""
    encoding: Encoding
    offset: int
    """The position of the first entry, in bytes."""

    @property
    def size(self) -> int:
        """How many bytes the entries take."""
        return math.prod(self.shape) * self.encoding.stored.itemsize


def shape_problem(shape: object) -> str | None:
    """Return what is wrong with a shape that a file claims; None for a possible one."""
    if not isinstance(shape, tuple) or not all(type(n) is int for n in shape):
        return "the shape is not a tuple of integers"
    if min(shape, default=0) < 0:
        return f"the shape {show(shape)} is negative"
    if len(shape) > MOST_AXES or math.prod(filter(None, shape)) >= _MOST_ENTRIES:
        return f"the shape {show(shape)} is too large"
    return None


def dense_strides(shape: Sequence[int], *, fortran: bool = False) -> tuple[int, ...]:
    """Return the strides of an array without gaps, in C or in Fortran order."""
    if fortran:
        return dense_strides(shape[::-1])[::-1]
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


class StoredSource(Source):
    """An array in a file; a read costs one stretch of the file, or many.

    Along the outermost axis of the file, neighboring rows are one stretch. Along any other (the
    rows of an array in Fortran order, the columns of one in C order) each index of the outer axes
    has a stretch of its own; these are read in windows that are wide enough to pay off.
    """

    def __init__(
        self, label: str, array: StoredArray, read_at: ReadAt, notes: tuple[str, ...] = ()
    ) -> None:
        self.label = label
        self.shape = array.shape
        self.dtype = array.encoding.dtype
        self.notes = notes
        self._read_at = read_at
        self._array = array
        self._order = sorted(range(len(array.shape)), key=lambda axis: -array.strides[axis])
        self._windows = Pages[tuple[int, int, int]]()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError where the file has changed or is damaged."""
        return self.read_along(0, start, stop) if self.shape else self._read(self.shape, 0)

    def read_along(self, axis: int, start: int, stop: int) -> Array:
        """Return start to stop along one axis, everything along the others."""
        count = self.shape[axis]
        start, stop, _ = slice(start, stop).indices(count)
        outer = self._order[: self._order.index(axis)]
        whole = stop - start == count
        if stop <= start or whole or math.prod(self.shape[other] for other in outer) == 1:
            return self._read_part(axis, start, max(start, stop))
        rows = max(1, WINDOW * count // max(1, self._array.size))
        parts = []
        for number in range(start // rows, (stop - 1) // rows + 1):
            (window,) = self._windows.get((axis, rows, number), self._window)
            assert window is not None
            first, last = max(start - number * rows, 0), min(stop - number * rows, rows)
            parts.append(window[(slice(None),) * axis + (slice(first, last),)])
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)

    def _window(self, key: tuple[int, int, int]) -> tuple[Array]:
        axis, rows, number = key
        return (self._read_part(axis, number * rows, min((number + 1) * rows, self.shape[axis])),)

    def _read_part(self, axis: int, start: int, stop: int) -> Array:
        shape = (*self.shape[:axis], stop - start, *self.shape[axis + 1 :])
        return self._read(shape, start * self._array.strides[axis])

    def _read(self, shape: tuple[int, ...], first: int) -> Array:
        """Read a part of the array, which begins at an entry of the file."""
        array, order = self._array, self._order
        stored = array.encoding.stored
        try:
            raw = np.empty([shape[axis] for axis in order], stored)
            if raw.size:
                strides = [array.strides[axis] for axis in order]
                self._fill(raw, strides, array.offset + first * stored.itemsize)
            numbers = np.asarray(array.encoding.decode(raw, self.label))
        except MemoryError:
            raise DataError(
                f"{self.label}: {array.size} bytes do not fit in memory; split the file"
            ) from None
        return numbers.transpose([order.index(axis) for axis in range(len(order))])

    def _fill(self, out: Array, strides: Sequence[int], offset: int) -> None:
        """Fill an array, outermost axis first: a stretch at once where its gaps are small."""
        size = out.itemsize
        span = 1 + sum((n - 1) * stride for n, stride in zip(out.shape, strides, strict=True))
        if span == out.size:
            self._read_at(offset, out.reshape(-1).view(np.uint8).data)
        elif span * size <= _PIECE and strides[0] * size <= _NEAR:
            stretch = np.empty(span, out.dtype)
            self._read_at(offset, stretch.view(np.uint8).data)
            out[...] = np.ndarray(out.shape, out.dtype, stretch, 0, [s * size for s in strides])
        elif len(out) == 1:
            self._fill(out[0], strides[1:], offset)
        else:
            half = len(out) // 2
            self._fill(out[:half], strides, offset)
            self._fill(out[half:], strides, offset + half * strides[0] * size)
