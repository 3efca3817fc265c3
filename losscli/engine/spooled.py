"""Numbers per term that are kept until the end of a run, in memory or in a temporary file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

import numpy as np

from losscli.errors import no_room
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import quantiles

Pieces = Callable[[], Iterable[Array]]
"""Iterates over numbers piece by piece, as often as it is called."""

PIECE = 1 << 18
"""Numbers per piece."""
IN_MEMORY = 1 << 21
"""Up to this many numbers are kept, or sorted, in memory."""
DIGIT = 16
"""Bits of a number that one pass of the selection determines."""


class Spooled:
    """Numbers in the order in which they were added."""

    def __init__(self, dtype: Any = np.float64, room: int | None = None) -> None:
        """Take the type of the numbers, and how many are kept in memory (default: IN_MEMORY)."""
        self.dtype = np.dtype(dtype)
        self._room = IN_MEMORY if room is None else room
        self.size = 0
        self._waiting: list[Array] = []
        self._in_file = 0
        self._file: IO[bytes] | None = None

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, values: Array) -> None:
        """Append numbers; raises DataError if the disk is full."""
        self._waiting.append(values.astype(self.dtype))
        self.size += values.size
        waiting = self.size - self._in_file
        if waiting > (self._room if self._file is None else min(self._room, PIECE)):
            self._write()

    def _write(self) -> None:
        import tempfile

        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115
            self._file.seek(0, 2)
            self._file.writelines(part.data for part in self._waiting)
            self._file.flush()
        except OSError as error:
            raise no_room(error) from None
        self._waiting.clear()
        self._in_file = self.size

    def read(self, start: int, stop: int) -> Array:
        """Return the numbers start to stop; no more may be added afterward."""
        if self._file is None:
            if len(self._waiting) != 1:
                self._waiting = [np.concatenate([*self._waiting, np.empty(0, self.dtype)])]
            return self._waiting[0][start:stop]
        if self._in_file < self.size:
            self._write()
        found = np.empty(min(stop, self.size) - start, self.dtype)
        self._file.seek(start * self.dtype.itemsize)
        self._file.readinto(found.data)  # type: ignore[attr-defined]
        return found

    def pieces(self) -> Iterator[Array]:
        """Yield all numbers, piece by piece."""
        for start in range(0, self.size, PIECE):
            yield self.read(start, min(start + PIECE, self.size))


def quantiles_of(pieces: Pieces, at: Sequence[float]) -> list[float]:
    """Return quantiles as `elementary.quantiles` does, in bounded memory."""
    size, broken = 0, False
    for values in pieces():
        size += values.size
        broken = broken or bool(np.isnan(values).any())
    if broken or size <= IN_MEMORY:
        return quantiles(np.array([np.nan]) if broken else _whole(pieces()), at)
    ranks = [q * (size - 1) for q in at]
    places = {min(int(rank) + step, size - 1) for rank in ranks for step in (0, 1)}
    found = _selected(pieces, sorted(places))
    pairs = ([found[int(rank)], found[min(int(rank) + 1, size - 1)]] for rank in ranks)
    return [
        quantiles(np.array(pair), [rank - int(rank)])[0]
        for pair, rank in zip(pairs, ranks, strict=True)
    ]


def _selected(pieces: Pieces, ranks: Sequence[int]) -> dict[int, float]:
    """Return the numbers at some ranks, counted from 0 in ascending order.

    A radix selection: each pass counts the next bits of the numbers whose leading bits match, until
    those that are left fit into memory.
    """
    # By known leading bits: how many numbers are smaller, and the ranks to find.
    below, sought, known = {0: 0}, {0: list(ranks)}, 0
    while True:
        known += DIGIT
        counts = {lead: np.zeros(1 << DIGIT, np.int64) for lead in sought}
        for values in pieces():
            keys = _keys(values) >> np.uint64(64 - known)
            for lead, count in counts.items():
                own = keys[keys >> np.uint64(DIGIT) == lead] if known > DIGIT else keys
                digits = (own & np.uint64((1 << DIGIT) - 1)).astype(np.intp)
                count += np.bincount(digits, minlength=1 << DIGIT)
        smaller: dict[int, int] = {}
        narrower: dict[int, list[int]] = {}
        left = 0
        for lead, own_ranks in sought.items():
            ends = below[lead] + counts[lead].cumsum()
            for rank in own_ranks:
                digit = int(np.searchsorted(ends, rank, side="right"))
                key = lead << DIGIT | digit
                if key not in narrower:
                    left += int(counts[lead][digit])
                smaller[key] = int(ends[digit] - counts[lead][digit])
                narrower.setdefault(key, []).append(rank)
        below, sought = smaller, narrower
        if left <= IN_MEMORY or known == 64:
            break
    found: dict[int, float] = {}
    for lead, own_ranks in sought.items():
        if known == 64:
            value = float(_numbers(np.array([lead], np.uint64))[0])
            found |= dict.fromkeys(own_ranks, value)
            continue
        shift = np.uint64(64 - known)
        values = np.sort(_whole(part[_keys(part) >> shift == lead] for part in pieces()))
        found |= {rank: float(values[rank - below[lead]]) for rank in own_ranks}
    return found


def _whole(parts: Iterable[Array]) -> Array:
    return np.concatenate([*parts, np.empty(0)])


def _keys(values: Array) -> Array:
    """Return integers in the order of the numbers: their bits, inverted where the sign is set."""
    bits = (values + 0.0).view(np.uint64)
    top = np.uint64(1 << 63)
    return np.where(bits & top, ~bits, bits | top)


def _numbers(keys: Array) -> Array:
    """Return the numbers of keys: the inverse of `_keys`."""
    top = np.uint64(1 << 63)
    return np.where(keys & top, keys ^ top, ~keys).view(np.float64)
