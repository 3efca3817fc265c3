"""Two numbers per term: single points where they are few, else counts in a grid of cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.confidence import confidences, wrong_ones
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.spooled import Spooled
from losscli.numerics.arrays import Array

FEW = 2000
"""Up to this many terms are drawn one by one."""


class Point(NamedTuple):
    """Some terms: two numbers of each, and whether its prediction is wrong."""

    x: Array
    y: Array
    wrong: Array


class Scattered:
    """Observes a run: confidence or group, and loss; 17 bytes per term, of many in a file."""

    def __init__(self, problem: Problem, groups: ByGroup | None = None) -> None:
        self._problem = problem
        self._groups = groups
        self._x, self._y = Spooled(), Spooled()
        self._wrong = Spooled(np.uint8)
        self.terms: list[int] = []
        """The flat indices of the terms, if they are few."""
        self.not_finite = 0

    @property
    def size(self) -> int:
        """The number of terms with a finite loss."""
        return self._y.size

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Any:
        """Return the numbers of a tile's counted terms."""
        x = self._groups.codes(problem, data, tile) if self._groups else confidences(problem, data)
        loss = np.ldexp(terms.astype(np.float64), -problem.weight_exponent)
        wrong = wrong_ones(problem, data, terms)
        wrong = np.zeros(len(loss), bool) if wrong is None else wrong
        counted = np.ones(len(loss), bool) if data.ignored is None else ~data.ignored
        finite = np.isfinite(loss) & ~np.isnan(x)
        bad = int(np.count_nonzero(counted & ~finite))
        keep = counted & finite
        indices = problem.grid.terms_of(tile)[keep].tolist() if problem.grid.size <= FEW else []
        return x[keep], loss[keep], wrong[keep], indices, bad

    def add(self, seen: Any) -> None:
        """Add a tile."""
        x, y, wrong, indices, bad = seen
        self._x.add(x)
        self._y.add(y)
        self._wrong.add(wrong)
        self.terms += indices
        self.not_finite += bad

    def pieces(self) -> Iterator[Point]:
        """Yield the terms piece by piece."""
        for x, y, wrong in zip(
            self._x.pieces(), self._y.pieces(), self._wrong.pieces(), strict=True
        ):
            yield Point(x, y, wrong == 1)


def counted(points: Iterable[Point], x: Sequence[float], y: Sequence[float]) -> tuple[Array, Array]:
    """Return how many terms, and how many wrong ones, are in each cell of a grid, (rows, columns).

    A cell includes its lower borders; numbers beyond the borders are in the cells at the ends.
    """
    columns, rows = len(x) - 1, len(y) - 1
    found = np.zeros((2, rows * columns), np.int64)
    inner_x, inner_y = np.array(x[1:-1]), np.array(y[1:-1])
    for part in points:
        at = np.searchsorted(inner_y, part.y, side="right") * columns
        at += np.searchsorted(inner_x, part.x, side="right")
        found[0] += np.bincount(at, minlength=rows * columns)
        found[1] += np.bincount(at[part.wrong], minlength=rows * columns)
    whole, wrong = found.reshape(2, rows, columns)
    return whole, wrong
