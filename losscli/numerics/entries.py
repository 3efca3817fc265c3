"""One entry of each column of arrays (c, m): picked and put by its place in memory."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from losscli.numerics.arrays import Array


@lru_cache(8)
def column_numbers(m: int) -> Array:
    """Return 0 to m - 1, made once for all tiles of that size; read-only."""
    numbers = np.arange(m)
    numbers.flags.writeable = False
    return numbers


class Entries:
    """The entries x[rows[j], j] of arrays x (c, m) of one shape.

    NumPy finds an entry by one number several times as fast as by two.
    """

    def __init__(self, rows: Array, classes: int) -> None:
        """Take the row of each column, (m,), and the number of rows c."""
        self.rows = rows
        self._classes = classes

    def of(self, x: Array) -> Array:
        """Return the entries, (m,)."""
        entries: Array
        if x.flags.c_contiguous:
            entries = x.reshape(-1)[self._row_by_row]
        elif x.flags.f_contiguous:
            entries = x.T.reshape(-1)[self._column_by_column]
        else:
            entries = x[self.rows, column_numbers(self.rows.size)]
        return entries

    def put(self, x: Array, values: Any, columns: slice = slice(None)) -> None:
        """Replace the entries, or those of some columns."""
        if x.flags.c_contiguous:
            x.reshape(-1)[self._row_by_row[columns]] = values
        elif x.flags.f_contiguous:
            x.T.reshape(-1)[self._column_by_column[columns]] = values
        else:
            x[self.rows[columns], column_numbers(self.rows.size)[columns]] = values

    def part(self, columns: slice) -> Entries:
        """Return those of some columns."""
        rows = self.rows[columns]
        return self if rows.size == self.rows.size else Entries(rows, self._classes)

    @cached_property
    def _row_by_row(self) -> Array:
        places: Array = self.rows * self.rows.size
        places += column_numbers(self.rows.size)
        return places

    @cached_property
    def _column_by_column(self) -> Array:
        places: Array = _starts(self.rows.size, self._classes) + self.rows
        return places


@lru_cache(8)
def _starts(m: int, classes: int) -> Array:
    """Return where each column starts in the memory of an array that is filled column by column."""
    return column_numbers(m) * classes
