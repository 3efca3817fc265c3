"""Sums of any number of tiles, added in a fixed order, with about twice the precision."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from losscli.numerics.arrays import Array

SCALE = 2.0**-64
"""A power of two (an exact factor) that brings any sum of up to 2**64 doubles into range."""


class Sum(NamedTuple):
    """A running sum of doubles that also keeps its rounding errors (Neumaier 1974).

    Adding in a fixed order gives the same bits every time. Where the plain sum overflows, the twin
    of terms times 2**-64 still holds it.
    """

    value: float = 0.0
    error: float = 0.0
    scaled: float = 0.0

    def plus(self, value: float, error: float, scaled: float) -> Sum:
        """Return the sum with one more value, or with the parts of a later sum.

        `scaled` is the same value times 2**-64.
        """
        both = self.value + value
        big, small = (self.value, value) if abs(self.value) >= abs(value) else (value, self.value)
        lost = self.error + ((big - both) + small)
        return Sum(both, (lost if math.isfinite(lost) else 0.0) + error, self.scaled + scaled)

    @property
    def total(self) -> float:
        """The sum, rounded once; finite wherever the true sum is, even after an overflow."""
        total = self.value + self.error
        return total if math.isfinite(total) else self.scaled / SCALE

    def shared(self, by: int) -> Sum:
        """Return the sum divided by a whole number; exact if the sum is a multiple of it."""
        return Sum(self.value / by, self.error / by, self.scaled / by) if by > 1 else self

    def over(self, other: Sum) -> float:
        """Return the quotient of two sums; finite wherever the true one is."""
        if math.isfinite(self.value) and math.isfinite(other.value):
            if other.total == 0:
                return math.nan
            return (self.value / other.total) + (self.error / other.total)
        return self.scaled / other.scaled if other.scaled else math.nan


def surely_finite(values: Array) -> bool:
    """Return whether the sum is finite, as it is if all values are and it does not overflow."""
    return math.isfinite(np.add.reduce(values, axis=None))


def sum_of(values: Array) -> Sum:
    """Return the sum of an array in float64."""
    plain = float(np.add.reduce(values, axis=None, dtype=np.float64))
    if math.isfinite(plain):
        return Sum(plain, 0.0, plain * SCALE)
    return Sum(plain, 0.0, float((values.astype(np.float64) * SCALE).sum()))
