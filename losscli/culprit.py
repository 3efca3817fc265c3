"""Where a loss that is not finite came from: the first NaN or infinity, by file and place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine import Outcome
from losscli.layout import Tile
from losscli.operands import Operand, Problem

Array = NDArray[Any]


def culprit(outcome: Outcome, term: int | None) -> str:
    """Return one line that says why the result is not finite; `term` is the first such term."""
    problem = outcome.problem
    if outcome.partial.counted == 0:
        return (
            f"{problem.target.source.label}: all {outcome.partial.ignored} targets are ignored "
            f"(ignore_index {problem.ignore_index}): the mean is 0/0"
        )
    if term is None:
        if outcome.partial.denominator.total == 0:
            sources = (problem.weight_sources.get("weight"), problem.sample_weight)
            labels = ", ".join(source.label for source in sources if source is not None)
            return f"{labels}: the counted weights sum to zero: the mean is 0/0"
        return "the sum is beyond the largest double"
    index = problem.grid.index(term)
    at = f" of sample {','.join(map(str, index))} (counted from 0)" if index else ""
    tile = _single(problem, term)
    data = problem.tile(problem.read(tile.start, tile.stop), tile, tile.start)
    for operand, values in zip(problem.operands, data.roles, strict=True):
        if found := _not_finite(problem, operand, values.reshape(-1), data.target, index):
            return f"{found}: the loss{at} is not finite"
    target = problem.target
    return (
        f"{target.place(index)}: the loss{at} is not finite though its inputs are: "
        "its value or gradient is beyond the largest number of this dtype"
    )


def _not_finite(
    problem: Problem, operand: Operand, values: Array, target: Array, index: tuple[int, ...]
) -> str | None:
    """Name the number of one term's role that is to blame, if there is one."""
    bad = ~np.isfinite(values)
    if not bad.any():
        return None
    by_class = operand.class_axis is not None
    if by_class and (values == -math.inf).all():
        return (
            f"{operand.place(index, 0)}: {operand.role.name} holds -inf for every class of the row"
        )
    # A masked class (-inf beside finite logits) is legal unless the target has a share in it.
    blamed = bad & ((values != -math.inf) | _share(target, values.size))
    entry = int((blamed if blamed.any() else bad).argmax())
    cls = entry if by_class else None
    stored = float(problem.as_stored(operand, index, cls))
    said = f"{stored!r} is beyond {problem.dtype}" if math.isfinite(stored) else f"is {stored}"
    return f"{operand.place(index, cls)}: {operand.role.name} {said}"


def _share(target: Array, classes: int) -> Array:
    """Return which classes one term's target has a share in."""
    share: Array = np.arange(classes) == target[0] if target.ndim == 1 else target[:, 0] > 0
    return share


def _single(problem: Problem, term: int) -> Tile:
    sample, position = divmod(term, problem.grid.positions)
    return Tile(sample, sample + 1, position, position + 1)
