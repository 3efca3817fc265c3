"""Facts about roles that a loss compares, such as an anchor and its positive."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.facts.lenient_tile import LenientTile
from losscli.commands.diagnose.facts.tallies import Tally
from losscli.engine.problem.operands import Operand
from losscli.engine.problem.problem import Problem
from losscli.numerics.arrays import Array
from losscli.numerics.rounding import rounding_of

FINE = 0.01
"""Digits coarser than this share of the largest number explain too much."""


@dataclass(frozen=True)
class Extremes(Tally):
    """The smallest and the largest number of each coordinate, (e,)."""

    low: Array
    high: Array
    unit: float
    """By how much rounding may have moved two equal numbers apart."""

    def __add__(self, other: Extremes) -> Extremes:
        """Return those of both."""
        low, high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        return Extremes(low, high, max(self.unit, other.unit))

    @property
    def spread(self) -> float:
        """The largest difference in one coordinate, relative to the largest number.

        Rounding explains a part of it. Infinite where a number is not finite.
        """
        largest = float(np.maximum(np.abs(self.low), np.abs(self.high)).max())
        if not math.isfinite(largest):
            return math.inf
        gap = float((self.high - self.low).max())
        if self.unit <= FINE * largest:
            gap -= 1.01 * self.unit
        return gap / largest if largest else 0.0


@dataclass(frozen=True)
class Gap(Tally):
    """The largest difference from the first role."""

    size: float

    def __add__(self, other: Gap) -> Gap:
        """Return that of both."""
        return Gap(float(np.maximum(self.size, other.size)))


@dataclass(frozen=True)
class Compared(Tally):
    """The roles that are compared with each other, by name."""

    extremes: dict[str, Extremes]
    differences: dict[str, Gap]
    """From the first role, for each of the others."""

    @property
    def gaps(self) -> dict[str, float]:
        """The largest difference of each other role from the first."""
        return {role: gap.size for role, gap in self.differences.items()}


def compared_operands(problem: Problem) -> list[Operand]:
    """Return the operands of the kind of the first one; empty if there is only that one."""
    alike = [operand for operand in problem.operands if operand.kind is problem.input.kind]
    return alike if len(alike) > 1 else []


def compared_of(operands: list[Operand], tile: LenientTile) -> Compared:
    """Look at the numbers of these roles on a tile, (e, m) or (m,)."""
    values = {o.role.name: np.atleast_2d(tile.roles[o.role.name]) for o in operands}
    first, *others = values
    return Compared(
        {role: _extremes(x) for role, x in values.items()},
        {role: Gap(float(np.abs(values[role] - values[first]).max())) for role in others},
    )


def _extremes(x: Array) -> Extremes:
    rounding, low, high = rounding_of(x), x.min(axis=1), x.max(axis=1)
    largest = float(np.maximum(np.abs(low), np.abs(high)).max())
    # A short type rounds to two neighbors, which are half of its tolerance apart.
    return Extremes(low, high, 2 * rounding.absolute + rounding.relative / 2 * largest)
