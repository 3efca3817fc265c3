"""Hints that the classes or the rows of two outputs are in a different order.

In two outputs of nearly the same model, the numbers of a class correlate most with those of the
same class, and the numbers of a sample with those of the same sample. Where they correlate with
another one each, and hardly with their own, the order is not the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array

ROWS = 1024
NUMBERS = 1 << 20
"""The first rows are looked at, up to this many, and of many classes up to this many numbers."""
CLASSES = 2048
FEWEST_ROWS, FEWEST_CLASSES = 8, 5
"""With fewer numbers, anything correlates with something."""
ALIKE, BETTER = 0.8, 0.3
"""The correlation with the other one, and how far it is above that with its own."""
ALL_BUT = 0.05
"""So many rows may be like the same other row."""


class Order:
    """Observes a run: keeps the first rows of two outputs, by their operands."""

    def __init__(self, problem: Problem, key: str, reference: str, among: int = 1) -> None:
        """Take the problem and two operands; memory is shared `among` this many pairs."""
        self._problem = problem
        self._keys = (key, reference)
        self._labels = [problem.operand(one).source.label for one in self._keys]
        by_class = problem.input.kind.layout is Layout.CLASSES
        plain = by_class and problem.grid.positions == 1 and problem.input.in_rows
        rows = NUMBERS // problem.grid.classes
        rows = max(rows // among, min(rows, FEWEST_ROWS))
        self._rows = min(ROWS, rows) if plain else 0
        self._kept: list[tuple[Array, Array]] = []

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Any:  # noqa: ARG002
        """Return copies of the first rows, (c, m) each; None for a later tile."""
        room = self._rows - tile.start
        if room <= 0:
            return None
        return tuple(data.values[key][:, :room].astype(np.float64) for key in self._keys)

    def add(self, seen: Any) -> None:
        """Add a tile."""
        if seen is not None:
            self._kept.append(seen)

    def hints(self) -> Iterator[str]:
        """Yield what seems to be in a different order."""
        if not self._kept:
            return
        x, r = (np.concatenate(parts, axis=1) for parts in zip(*self._kept, strict=True))
        finite = np.isfinite(x).all(axis=0) & np.isfinite(r).all(axis=0)
        x, r = x[:, finite], r[:, finite]
        if len(x) < 2 or x.shape[1] < FEWEST_ROWS:
            return
        # A constant added to a row changes nothing in its softmax.
        x, r = x - x.mean(axis=0), r - r.mean(axis=0)
        first, second = self._labels
        if len(x) <= CLASSES and (pair := _elsewhere(x, r, 0.0)):
            here, there = (self._problem.class_label(at) for at in pair)
            yield (
                f"the columns of {first} seem to be in a different order from those of {second}: "
                f"class {here} is like class {there} there; check the order of the classes"
            )
        elif len(x) >= FEWEST_CLASSES and (pair := _elsewhere(x.T, r.T, ALL_BUT)):
            here, there = (int(np.flatnonzero(finite)[at]) + 1 for at in pair)
            yield (
                f"the rows of {first} seem to be in a different order from those of {second}: "
                f"row {here} is like row {there} there; check the order of the samples"
            )


def _elsewhere(a: Array, b: Array, doubles: float) -> tuple[int, int] | None:
    """Return the first item of a that is like another item of b; None if the order is the same.

    The items are the first axis. Each must be like an item of its own, but for a share `doubles`.
    """
    with np.errstate(all="ignore"):
        alike = _standardized(a) @ _standardized(b).T / a.shape[1]
    if not np.isfinite(alike).all():
        return None
    best, own = alike.argmax(axis=1), np.diag(alike)
    top, moved = alike.max(axis=1), np.flatnonzero(best != np.arange(len(a)))
    if not moved.size or len(np.unique(best)) < (1 - doubles) * len(a):
        return None
    if np.percentile(top, 100 * doubles) < ALIKE or np.median((top - own)[moved]) < BETTER:
        return None
    return int(moved[0]), int(best[moved[0]])


def _standardized(items: Array) -> Array:
    centered: Array = items - items.mean(axis=1, keepdims=True)
    centered /= items.std(axis=1, keepdims=True)
    return centered
