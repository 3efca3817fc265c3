"""Which classes are mistaken for which: counts of targets by prediction."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from losscli.engine.confidence import class_pairs, of_prediction
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.errors import DataError
from losscli.numerics.arrays import Array

WAITING = 1 << 20
"""Pairs that are held until they are joined."""
MOST = 1 << 23
"""Different pairs of a class and another that it is mistaken for."""


class Pairs(NamedTuple):
    """Pairs of classes as numbers, ascending, and how often each occurs."""

    keys: Array
    counts: Array


class Confusion(NamedTuple):
    """Counts by class, and of the pairs that are confused."""

    targets: Array
    """How many terms have each class as their target."""
    guesses: Array
    """How often each class is predicted."""
    right: Array
    pairs: Pairs
    """The wrong predictions: target times the number of classes, plus prediction."""
    broken: int = 0
    """Terms that predict nothing, as a number of theirs is nan; they are in no other count."""

    @property
    def total(self) -> int:
        """The number of terms."""
        return int(self.targets.sum())

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.targets)

    def worst(self, most: int) -> list[tuple[int, int, int]]:
        """Return the pairs that are confused most often: target, prediction, count."""
        keys, counts = self.pairs
        order = np.argsort(-counts, kind="stable")[:most]
        return [(*divmod(int(keys[at]), self.classes), int(counts[at])) for at in order.tolist()]

    def every(self) -> tuple[Array, Array, Array]:
        """Return all pairs that occur, right ones too, by target: target, prediction, count."""
        own = np.flatnonzero(self.right)
        keys = np.concatenate([self.pairs.keys, own * self.classes + own])
        counts = np.concatenate([self.pairs.counts, self.right[own]])
        order = np.argsort(keys, kind="stable")
        target, guess = np.divmod(keys[order], self.classes)
        return target, guess, counts[order]

    def grid(self, chosen: Array) -> Array:
        """Return the counts of some classes and, last, of all others together."""
        size = len(chosen) + (len(chosen) < self.classes)
        place = np.full(self.classes, size - 1)
        place[chosen] = np.arange(len(chosen))
        target, guess, counts = self.every()
        grid = np.zeros((size, size), np.int64)
        np.add.at(grid, (place[target], place[guess]), counts)
        return grid


class ByPair:
    """Observes a run: 24 bytes per class, and 16 per pair that is confused."""

    def __init__(self, classes: int) -> None:
        self._classes = classes
        self._targets, self._guesses, self._right = (np.zeros(classes, np.int64) for _ in range(3))
        self._pairs: list[Pairs] = []
        self._broken = 0

    def look(
        self,
        problem: Problem,
        data: TileData,
        terms: Array,  # noqa: ARG002
        tile: Tile,  # noqa: ARG002
    ) -> tuple[Array, Array, Array, Pairs, int]:
        """Return the counts of a tile."""
        truth, guess = class_pairs(problem, data)
        broken = np.isnan(of_prediction(problem, data, guess))
        if data.ignored is not None:
            broken &= ~data.ignored
        counted = ~broken if data.ignored is None else ~(broken | data.ignored)
        if not counted.all():
            truth, guess = truth[counted], guess[counted]
        wrong = truth != guess
        size = self._classes
        keys = truth[wrong].astype(np.int64) * size + guess[wrong]
        return (
            np.bincount(truth, minlength=size),
            np.bincount(guess, minlength=size),
            np.bincount(truth[~wrong], minlength=size),
            Pairs(*np.unique(keys, return_counts=True)),
            int(np.count_nonzero(broken)),
        )

    def add(self, seen: Any) -> None:
        """Add a tile."""
        targets, guesses, right, pairs, broken = seen
        self._broken += broken
        self._targets += targets
        self._guesses += guesses
        self._right += right
        self._pairs.append(pairs)
        if sum(len(keys) for keys, _ in self._pairs[1:]) > WAITING:
            self._pairs = [self._joined()]

    def _joined(self) -> Pairs:
        keys = np.concatenate([np.zeros(0, np.int64), *(own.keys for own in self._pairs)])
        counts = np.concatenate([np.zeros(0, np.int64), *(own.counts for own in self._pairs)])
        found, at = np.unique(keys, return_inverse=True)
        if len(found) > MOST:
            raise DataError(
                f"more than {MOST:,} different pairs of classes are confused, which no picture "
                "shows; use fewer samples"
            )
        sums = np.zeros(len(found), np.int64)
        np.add.at(sums, at, counts)
        return Pairs(found, sums)

    @property
    def found(self) -> Confusion:
        """What was counted."""
        counts = (self._targets, self._guesses, self._right)
        return Confusion(*counts, self._joined(), self._broken)
