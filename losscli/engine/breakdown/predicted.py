"""Numbers that are predicted: each target with its prediction, and how far they are apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from losscli.engine.breakdown.scattered import Point
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.spooled import Spooled
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.numerics.summation import Sum, sum_of


def predicts_numbers(problem: Problem) -> bool:
    """Whether each term has a number as its target, and a number of the same kind predicts it."""
    target, input = problem.target, problem.input
    is_number = input.kind.layout is Layout.TERMS
    return is_number and target is not None and target.kind.name == input.kind.name


class Predicted:
    """Observes a run: 16 bytes per counted term, of many in a file."""

    def __init__(self) -> None:
        self._targets, self._predictions = Spooled(), Spooled()
        self._errors, self._sizes = Sum(), Sum()
        self.not_finite = 0

    @property
    def size(self) -> int:
        """The number of counted terms with two finite numbers."""
        return self._targets.size

    @property
    def mean_error(self) -> float:
        """The mean of prediction less target."""
        return self._errors.total / self.size

    @property
    def mean_size(self) -> float:
        """The mean absolute error."""
        return self._sizes.total / self.size

    def look(
        self,
        problem: Problem,  # noqa: ARG002
        data: TileData,
        terms: Array,  # noqa: ARG002
        tile: Tile,  # noqa: ARG002
    ) -> tuple[Array, Array, int, Any, Any]:
        """Return the numbers of a tile's counted terms, and the sums of their errors."""
        x, y = (own.astype(np.float64).reshape(-1) for own in (data.target, data.input))
        if data.ignored is not None:
            x, y = x[~data.ignored], y[~data.ignored]
        finite = np.isfinite(x) & np.isfinite(y)
        x, y = x[finite], y[finite]
        with np.errstate(over="ignore"):
            errors = y - x
        bad = int(np.count_nonzero(~finite))
        return x, y, bad, sum_of(errors), sum_of(np.abs(errors))

    def add(self, seen: Any) -> None:
        """Add a tile."""
        x, y, bad, errors, sizes = seen
        self._targets.add(x)
        self._predictions.add(y)
        self.not_finite += bad
        self._errors = self._errors.plus(*errors)
        self._sizes = self._sizes.plus(*sizes)

    def pieces(self) -> Iterator[Point]:
        """Yield targets and predictions, and which predictions are too high."""
        for x, y in zip(self._targets.pieces(), self._predictions.pieces(), strict=True):
            yield Point(x, y, y > x)

    def both(self) -> Iterator[Array]:
        """Yield targets and predictions together."""
        for part in self.pieces():
            yield from (part.x, part.y)
