"""Tables with more columns than can be decoded at once: a few at a time go to a temporary file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from losscli.readers.source import Array, Source
from losscli.readers.spooled import Spooled


class WideSource(Source):
    """Columns of a table that are decoded in parts, one part after another, when first read.

    The copy holds each part as rows of its own, so that it is written and read in stretches.
    """

    def __init__(
        self,
        label: str,
        rows: int,
        dtype: np.dtype[Any],
        widths: Sequence[int],
        part: Callable[[int], Iterator[Array]],
        place: Callable[[Sequence[int]], str],
    ) -> None:
        self.label = label
        self.shape = (rows, sum(widths))
        self.dtype = dtype
        self._widths = widths
        self._part = part
        self._place = place
        self._copy = Spooled(label, self._pieces())

    def place(self, index: Sequence[int]) -> str:
        """Name an entry of the table."""
        return self._place(index)

    def _pieces(self) -> Iterator[bytes]:
        for number in range(len(self._widths)):
            for rows in self._part(number):
                yield rows.astype(self.dtype).tobytes()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError for a number in any of the columns, once read."""
        start, stop, _ = slice(start, stop).indices(self.shape[0])
        rows = np.empty((max(stop - start, 0), self.shape[1]), self.dtype)
        first = 0
        for width in self._widths:
            part = np.empty((len(rows), width), self.dtype)
            offset = (first * self.shape[0] + start * width) * self.dtype.itemsize
            self._copy.read_at(offset, part.reshape(-1).view(np.uint8).data)
            rows[:, first : first + width] = part
            first += width
        return rows
