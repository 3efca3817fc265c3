"""Sources: arrays that are read in rows and know the place of each number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

Array = np.ndarray[tuple[Any, ...], np.dtype[Any]]


def array_place(index: Sequence[int]) -> str:
    """Name an entry of an array: rows and columns count from 1, the index from 0."""
    if not index:
        return "scalar"
    words = " ".join(f"{word} {i + 1}" for word, i in zip(("row", "column"), index, strict=False))
    return f"{words} (index {list(index)})" if len(index) > 1 else words


class Source(Protocol):
    """An array of rows in a file or in memory.

    `read` may be called from several threads, for any rows, in any order, more than once.
    """

    label: str
    """The file as messages name it, or the role's name for an array in memory."""
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    """Boolean, integer or floating; float16 and bfloat16 (as float32) included, nothing else."""
    names: tuple[str, ...] = ()
    """The column names of a table with a header (the class names), else empty."""
    columns: tuple[int, ...] = ()
    """The selected columns of a table, counted from 0; else empty."""
    of_target: bool = False
    """Whether a row holds one number, that of its own target, of classes that are not there."""
    text: bool = False
    """Whether the file is text, where numbers have no type of their own."""
    notes: tuple[str, ...] = ()
    """Notes on data that are valid but look like a mistake, printed as warnings."""

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop of axis 0 (of an array without axes: the array itself)."""
        ...

    def place(self, index: Sequence[int]) -> str:
        """Name the entry at an index: `line 8 column 2` in a text file, else `row 8 column 2`."""
        return array_place(index)

    def locate(self, index: Sequence[int]) -> str:
        """Name the file and the place of the entry at an index."""
        return f"{self.label} {self.place(index)}"


@runtime_checkable
class AnyAxis(Protocol):
    """A source that can be read along any axis at a cost in proportion to what is read."""

    def read_along(self, axis: int, start: int, stop: int) -> Array:
        """Return start to stop along one axis, everything along the others."""
        ...


class ArraySource(Source):
    """An array in memory as a source."""

    def __init__(
        self,
        array: Array,
        label: str,
        *,
        names: tuple[str, ...] = (),
        text: bool = False,
        place: Callable[[Sequence[int]], str] = array_place,
    ) -> None:
        self.array = array
        self.label = label
        self.shape = array.shape
        self.dtype = array.dtype
        self.names = names
        self.text = text
        self._place = place

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop as a view."""
        return self.array[start:stop] if self.array.ndim else self.array

    def read_along(self, axis: int, start: int, stop: int) -> Array:
        """Return start to stop along one axis, everything along the others, as a view."""
        return self.array[(slice(None),) * axis + (slice(start, stop),)]

    def place(self, index: Sequence[int]) -> str:
        """Name the entry at an index."""
        return self._place(index)


class DerivedSource(Source):
    """A source that changes the numbers of another source and keeps everything else."""

    def __init__(self, source: Source, shape: tuple[int, ...] | None = None) -> None:
        self._source = source
        self.label = source.label
        self.shape = source.shape if shape is None else shape
        self.dtype = source.dtype
        self.names = source.names
        self.columns = source.columns
        self.of_target = source.of_target
        self.text = source.text
        self.notes = source.notes

    def original_index(self, index: Sequence[int]) -> Sequence[int]:
        """Return the index in the other source."""
        return index

    def place(self, index: Sequence[int]) -> str:
        """Name the entry at an index, as the file counts."""
        return self._source.place(self.original_index(index))

    def locate(self, index: Sequence[int]) -> str:
        """Name the file and the place of an entry, as the file counts."""
        return self._source.locate(self.original_index(index))


def noted(source: Source, *notes: str) -> Source:
    """Return a source with more notes."""
    source.notes = (*source.notes, *notes)
    return source
