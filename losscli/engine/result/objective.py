"""objective = cost + penalty: weight decay of the parameters that a model was trained with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from losscli.errors import DataError
from losscli.numerics.arrays import Array
from losscli.numerics.summation import Sum, sum_of
from losscli.readers.source import Source

BLOCK = 1 << 20
"""Numbers per block."""


@dataclass(frozen=True)
class Penalty:
    """l2 / 2 * sum w^2 + l1 * sum |w| over all parameters, and its gradient by file."""

    value: float
    gradients: dict[str, Array]

    def objective(self, cost: float) -> float:
        """Return cost + penalty."""
        return cost + self.value


def penalty_of(sources: Mapping[str, Source], l2: float, l1: float, *, grad: bool) -> Penalty:
    """Return the penalty of parameter files of any shape, by name; l2 and l1 are at least 0.

    Raises DataError for a file that is empty or has a number that is not finite.
    """
    squares, sizes = Sum(), Sum()
    gradients: dict[str, Array] = {}
    for name, source in sources.items():
        rows = source.shape[0] if source.shape else 1
        width = int(np.prod(source.shape[1:], dtype=np.int64))
        if not rows * width:
            raise DataError(
                f"{source.label}: the parameters are empty, shape {source.shape}; "
                "give at least one number"
            )
        if grad:
            gradients[name] = np.empty(source.shape)
        step = max(1, BLOCK // width)
        for start in range(0, rows, step):
            block = source.read(start, start + step).astype(np.float64)
            _refuse_not_finite(source, block, start)
            with np.errstate(over="ignore"):
                squares = squares.plus(*sum_of(block * block))
                sizes = sizes.plus(*sum_of(np.abs(block)))
                if grad:
                    slope = l2 * block + l1 * np.sign(block)
                    gradients[name][start : start + step if source.shape else None] = slope
    # A factor of 0 must not be multiplied by an infinite sum.
    value = (l2 / 2 * squares.total if l2 else 0.0) + (l1 * sizes.total if l1 else 0.0)
    return Penalty(value, gradients)


def _refuse_not_finite(source: Source, block: Array, start: int) -> None:
    bad = np.argwhere(~np.isfinite(block))
    if len(bad):
        index = [int(i) for i in bad[0]]
        place = source.locate([index[0] + start, *index[1:]] if index else [])
        raise DataError(f"{place}: the parameter is {block[tuple(index)]}; correct it")
