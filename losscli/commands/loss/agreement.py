"""How far two arrays of numbers agree, added up block by block."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from losscli.numerics.arrays import Array

NEVER = 1100
"""Above the exponent of every number: of a difference that is not finite."""


class Difference(NamedTuple):
    """Two numbers at the same place."""

    at: int
    """Their flat index."""
    ours: float
    theirs: float

    @property
    def absolute(self) -> float:
        """By how much they differ."""
        apart = abs(self.ours - self.theirs)
        return math.inf if math.isnan(apart) else apart

    @property
    def relative(self) -> float:
        """By what share of the larger one they differ."""
        if math.isinf(self.absolute):
            return math.inf
        largest = max(abs(self.ours), abs(self.theirs))
        return self.absolute / largest if largest else 0.0


class Agreement:
    """Counts the numbers that differ by more than a share of the larger one.

    Differences within rounding of the largest number do not count, and it is known only at the end:
    until then they are counted by their powers of two.
    """

    def __init__(self, tolerance: float) -> None:
        """Take the share."""
        self._tolerance = tolerance
        self._counts: dict[int, int] = {}
        self._worst: dict[int, Difference] = {}
        """Of each power of two, the numbers with the largest relative difference."""
        self.size = 0
        self.largest = 0.0
        """The largest of our numbers so far."""
        self.furthest: Difference | None = None
        """The numbers with the largest absolute difference so far."""

    def add(self, ours: Array, theirs: Array) -> None:
        """Add the next numbers: two arrays of one shape, float64."""
        ours, theirs = ours.reshape(-1), theirs.reshape(-1)
        with np.errstate(all="ignore"):
            apart = np.abs(ours - theirs)
            apart[np.isnan(apart)] = np.inf
            sizes = np.maximum(np.abs(ours), np.abs(theirs))
            far = np.flatnonzero(~(apart <= self._tolerance * sizes) | np.isinf(apart))
            shares = apart[far] / sizes[far]
        shares[np.isnan(shares)] = np.inf
        if apart.size:
            self.largest = max(self.largest, float(np.abs(ours).max()))
            self._see(ours, theirs, int(apart.argmax()))
        exponents = np.where(np.isinf(apart[far]), NEVER, np.frexp(apart[far])[1])
        for exponent in np.unique(exponents).tolist():
            of_it = np.flatnonzero(exponents == exponent)
            self._counts[exponent] = self._counts.get(exponent, 0) + of_it.size
            i = int(far[of_it[shares[of_it].argmax()]])
            found = Difference(self.size + i, float(ours[i]), float(theirs[i]))
            known = self._worst.get(exponent)
            if known is None or found.relative > known.relative:
                self._worst[exponent] = found
        self.size += ours.size

    def differing(self, floor: float) -> int:
        """Return how many numbers differ by more than the next power of two above `floor`."""
        return sum(count for exponent, count in self._counts.items() if exponent > _above(floor))

    def worst(self, floor: float) -> Difference | None:
        """Return those of the numbers that differ whose relative difference is the largest."""
        found = [one for exponent, one in self._worst.items() if exponent > _above(floor)]
        return max(found, key=lambda one: one.relative, default=None)

    def _see(self, ours: Array, theirs: Array, i: int) -> None:
        found = Difference(self.size + i, float(ours[i]), float(theirs[i]))
        if self.furthest is None or not found.absolute <= self.furthest.absolute:
            self.furthest = found


def _above(floor: float) -> int:
    return int(np.frexp(floor)[1]) if floor else -NEVER
