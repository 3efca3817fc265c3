"""Where a loss that is not finite came from: the first NaN or infinity, by file and place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine import Outcome
from losscli.operands import Operand
from losscli.problem import Problem

Array = NDArray[Any]

BEYOND = "its value or gradient is beyond the largest number of this dtype"


def culprit(outcome: Outcome, term: int | None) -> str:
    """Return one line that says why the result is not finite; `term` is the first such term."""
    problem = outcome.problem
    if outcome.partial.counted == 0:
        label = "" if problem.target is None else f"{problem.target.source.label}: "
        return (
            f"{label}all {outcome.partial.ignored} targets are ignored "
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
    tile = problem.grid.tile_of(term)
    data = problem.tile(problem.read(tile.start, tile.stop), tile, tile.start)
    at_term = int((problem.grid.terms_of(tile) == term).argmax())
    for operand, values in zip(problem.operands, data.values.values(), strict=True):
        if operand.kind.whole:
            continue
        target = data.target[..., at_term] if problem.loss.picks else None
        if found := _not_finite(problem, operand, values[..., at_term], target, index):
            return f"{found}: the loss{at} is not finite"
    operand = problem.target or problem.input
    why = (
        problem.loss.infinite or "its value or gradient is beyond the largest number of this dtype"
    )
    return f"{operand.place(index)}: the loss{at} is not finite though its inputs are: {why}"


def _not_finite(
    problem: Problem, operand: Operand, values: Array, target: Array | None, index: tuple[int, ...]
) -> str | None:
    """Name the number of one term's role that is to blame, if there is one."""
    bad = ~np.isfinite(values)
    if not bad.any():
        return None
    if target is not None and values.ndim == 1:
        if (values == -math.inf).all():
            where = operand.place(index, (0,))
            return f"{where}: {operand.role.name} holds -inf for every class of the row"
        # A masked class (-inf beside finite logits) is legal unless the target has a share in it.
        blamed = bad & ((values != -math.inf) | _share(target, len(values)))
        bad = blamed if blamed.any() else bad
    inner = [int(i) for i in np.argwhere(bad)[0]]
    stored = float(problem.as_stored(operand, index, inner))
    said = f"{stored!r} is beyond {problem.dtype}" if math.isfinite(stored) else f"is {stored}"
    return f"{operand.place(index, inner)}: {operand.role.name} {said}"


def _share(target: Array, classes: int) -> Array:
    """Return which classes one term's target has a share in."""
    share: Array = np.arange(classes) == target if target.ndim == 0 else target > 0
    return share
