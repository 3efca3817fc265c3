"""Sources that change what another source holds, block by block as it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from losscli.numerics.arrays import Array
from losscli.readers.source import DerivedSource, Source

Change = Callable[[Array], Array]


class Mapped(DerivedSource):
    """A source that applies a function to blocks of rows."""

    def __init__(self, source: Source, change: Change, *, shape: tuple[int, ...] = ()) -> None:
        super().__init__(source, shape or source.shape)
        self._change = change
        self.dtype = np.dtype(np.float64)
        self.notes = ()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop, changed."""
        with np.errstate(all="ignore"):
            return self._change(self._source.read(start, stop))


class Pairs(DerivedSource):
    """Every number of a source against every number of another: rows (n,) repeated to (n, n)."""

    def __init__(self, source: Source, *, along_rows: bool) -> None:
        super().__init__(source, (source.shape[0], source.shape[0]))
        self._along_rows = along_rows
        self.names, self.columns, self.notes = (), (), ()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop: the row's own number repeated, or all numbers."""
        size = self.shape[0]
        if self._along_rows:
            own = self._source.read(start, stop).reshape(-1, 1)
            return np.broadcast_to(own, (len(own), size))
        return np.broadcast_to(self._source.read(0, size).reshape(1, -1), (stop - start, size))

    def original_index(self, index: Sequence[int]) -> Sequence[int]:
        """Return the index of the number that is paired here."""
        return index[:1] if self._along_rows else index[1:]


def over_classes(change: Change, axis: int) -> Change:
    """Turn a function of (c, m) into one of blocks: the class axis first, all else in columns."""

    def whole(block: Array) -> Array:
        front = np.moveaxis(block, axis, 0)
        columns = front.reshape(front.shape[0], -1).astype(np.float64)
        return np.moveaxis(change(columns).reshape(front.shape), 0, axis)

    return whole


def in_doubles(change: Change) -> Change:
    """Turn a function of float64 numbers into one of blocks of any dtype."""
    return lambda block: change(block.astype(np.float64))
