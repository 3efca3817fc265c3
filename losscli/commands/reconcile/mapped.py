"""Sources that change what another source holds, block by block as it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from losscli.numerics.arrays import Array
from losscli.readers.source import Source

Change = Callable[[Array], Array]


class Mapped:
    """A source whose blocks of rows go through a function."""

    def __init__(self, source: Source, change: Change, *, shape: tuple[int, ...] = ()) -> None:
        self._source = source
        self._change = change
        self.label = source.label
        self.shape = shape or source.shape
        self.dtype: np.dtype[Any] = np.dtype(np.float64)
        self.names = source.names
        self.columns = source.columns
        self.decimals = source.decimals
        self.notes: tuple[str, ...] = ()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop, changed."""
        with np.errstate(all="ignore"):
            return self._change(self._source.read(start, stop))

    def place(self, index: Sequence[int]) -> str:
        """Name the entry at an index, as the file counts."""
        return self._source.place(index)


class Pairs:
    """Every number of a source against every number of another: rows (n,) repeated to (n, n)."""

    def __init__(self, source: Source, *, along_rows: bool) -> None:
        self._source = source
        self._along_rows = along_rows
        size = source.shape[0]
        self.label = source.label
        self.shape: tuple[int, ...] = (size, size)
        self.dtype: np.dtype[Any] = source.dtype
        self.names: tuple[str, ...] = ()
        self.columns: tuple[int, ...] = ()
        self.decimals = source.decimals
        self.notes: tuple[str, ...] = ()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop: the row's own number repeated, or all numbers."""
        size = self.shape[0]
        if self._along_rows:
            own = self._source.read(start, stop).reshape(-1, 1)
            return np.broadcast_to(own, (len(own), size))
        return np.broadcast_to(self._source.read(0, size).reshape(1, -1), (stop - start, size))

    def place(self, index: Sequence[int]) -> str:
        """Name the entry at an index, as the file counts."""
        return self._source.place(index[:1] if self._along_rows else index[1:])


def over_classes(change: Change, axis: int) -> Change:
    """Return a change of blocks from one of (c, m): the class axis first, all else in columns."""

    def whole(block: Array) -> Array:
        front = np.moveaxis(block, axis, 0)
        columns = front.reshape(front.shape[0], -1).astype(np.float64)
        return np.moveaxis(change(columns).reshape(front.shape), 0, axis)

    return whole


def in_doubles(change: Change) -> Change:
    """Return a change of single numbers that sees float64."""
    return lambda block: change(block.astype(np.float64))


def labels(change: Change, ignored: int | None) -> Change:
    """Return a change of labels that leaves those alone that do not count."""

    def whole(block: Array) -> Array:
        changed = change(block)
        return changed if ignored is None else np.where(block == ignored, block, changed)

    return whole
