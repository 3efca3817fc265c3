"""The results of a run for some rows: terms, predictions, gradients."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from losscli.engine.problem.problem import Problem
from losscli.numerics.arrays import Array


class Block(NamedTuple):
    """Results of rows start to stop; None for those that were not asked for."""

    start: int
    stop: int
    terms: Array | None
    """Shape (rows, d...)."""
    predictions: Array | None
    """Shape (rows, d...)."""
    gradients: dict[str, Array]
    """By role, with axes in the order of its operand."""

    def part(self, start: int, stop: int) -> Block:
        """Return writable views of some rows; arrays shared by all rows are in every part."""

        def cut(values: Array) -> Array:
            return values[start:stop] if values.ndim and len(values) == self.stop else values

        return Block(
            start,
            stop,
            None if self.terms is None else cut(self.terms),
            None if self.predictions is None else cut(self.predictions),
            {role: cut(gradient) for role, gradient in self.gradients.items()},
        )


def new_block(
    problem: Problem, start: int, stop: int, *, terms: bool, predictions: bool, grad: bool
) -> Block:
    """Return an empty block for the results that were asked for."""
    n = problem.grid.n

    def room(shape: tuple[int, ...], dtype: Any) -> Array:
        return np.empty((stop - start, *shape[1:]) if shape[:1] == (n,) else shape, dtype)

    axes, picks = problem.grid.axes, problem.loss.picks
    return Block(
        start,
        stop,
        room(axes, problem.dtype) if terms else None,
        room(axes, np.int64 if picks else problem.dtype) if predictions else None,
        {
            operand.role.name: room(operand.shape, problem.dtype)
            for operand in problem.operands
            if grad and operand.role.differentiable
        },
    )
