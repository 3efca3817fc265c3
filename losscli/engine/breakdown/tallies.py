"""Sums by class or group: each tile is summed as a whole, tiles are added in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from losscli.engine.normalizer import normalizer_terms, numerator_terms
from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array


class Seen(NamedTuple):
    """The contribution of one tile: the groups in it, and their sums."""

    groups: Array
    sums: Array
    """One row per quantity: losses, normalizers, terms and correct predictions in a breakdown."""


@dataclass(frozen=True)
class Tally:
    """One class or group."""

    group: int
    count: int
    """The number of counted terms."""
    mean: float
    accuracy: float
    share: float
    """The fraction of the sum of all losses."""


class Tallies:
    """Sums of losses, normalizers, counts and correct predictions of `size` groups.

    With another number of `rows`, sums of whatever `add` is given.
    """

    def __init__(self, size: int, rows: int = 4) -> None:
        self._sums = np.zeros((rows, size))
        self._errors = np.zeros((rows, size))

    @property
    def sums(self) -> Array:
        """The sums so far, (rows, size)."""
        return self._sums + self._errors

    def add(self, seen: Seen) -> None:
        """Add a tile, keeping the rounding errors of the sums (Neumaier 1974)."""
        old, new = self._sums[:, seen.groups], seen.sums
        with np.errstate(all="ignore"):
            total = old + new
            large = np.abs(old) >= np.abs(new)
            error = np.where(large, old - total + new, new - total + old)
        self._sums[:, seen.groups] = total
        self._errors[:, seen.groups] += np.where(np.isfinite(error), error, 0)

    def listed(self, problem: Problem) -> Iterator[Tally]:
        """Yield all groups; the mean of one without terms is nan."""
        losses, normalizers, counts, right = self.sums
        with np.errstate(all="ignore"):
            means = losses / normalizers * problem.positions
            shares = losses / losses.sum()
            accuracies = right / counts
        columns = zip(counts, means, accuracies, shares, strict=True)
        for group, (count, *figures) in enumerate(columns):
            yield Tally(group, int(count), *map(float, figures))


def seen_in(
    problem: Problem, data: TileData, terms: Array, groups: Array, right: Array | None
) -> Seen:
    """Return the sums of a tile by the group of each of its terms, (m,)."""
    counted = slice(None) if data.ignored is None else ~data.ignored
    rows = (
        numerator_terms(problem, data, terms),
        normalizer_terms(problem, data, len(terms)),
        np.ones(len(terms)),
        np.zeros(len(terms)) if right is None else right,
    )
    return summed_by(groups[counted], [row[counted] for row in rows])


def summed_by(groups: Array, rows: Sequence[Array]) -> Seen:
    """Return the sums of each row of numbers by the group of each of its entries, (m,)."""
    occurring, at = np.unique(groups, return_inverse=True)
    return Seen(occurring, np.array([np.bincount(at, row, len(occurring)) for row in rows]))
