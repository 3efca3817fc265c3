"""Where a loss that is not finite came from: the first NaN or infinity, by file and place."""

from __future__ import annotations

import math

import numpy as np

from losscli.engine import Outcome
from losscli.layout import Tile
from losscli.operands import Operand, Problem


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
    for operand in problem.operands:
        if found := _not_finite(problem, operand, term):
            return f"{found}: the loss{at} is not finite"
    target = problem.target
    return (
        f"{target.place(index)}: the loss{at} is not finite though its inputs are: "
        "its value or gradient is beyond the largest number of this dtype"
    )


def _not_finite(problem: Problem, operand: Operand, term: int) -> str | None:
    tile = _single(problem, term)
    data = problem.tile(problem.read(tile.start, tile.stop), tile, tile.start)
    values = data.roles[problem.operands.index(operand)]
    bad = np.flatnonzero(~np.isfinite(values.reshape(-1)))
    if values.ndim == 2 and (values == -math.inf).all():
        where = operand.place(problem.grid.index(term), 0)
        return f"{where}: {operand.role.name} holds -inf for every class of the row"
    # A masked class (-inf beside finite logits) is legal: NaN and +inf come before it.
    if values.ndim == 2:
        worse = [i for i in bad if values[i, 0] != -math.inf]
        target = data.roles[-1]
        at_target = [int(target[0])] if target.ndim == 1 and values[target[0], 0] < 0 else []
        bad = np.array(worse or [i for i in bad if i in at_target] or bad)
    if not len(bad):
        return None
    entry = int(bad[0])
    where = operand.place(
        problem.grid.index(term), entry if operand.class_axis is not None else None
    )
    cls = entry if operand.class_axis is not None else None
    stored = float(problem.as_stored(operand, problem.grid.index(term), cls))
    if math.isfinite(stored):
        return f"{where}: {operand.role.name} {stored!r} is beyond {problem.dtype}"
    return f"{where}: {operand.role.name} is {stored}"


def _single(problem: Problem, term: int) -> Tile:
    sample, position = divmod(term, problem.grid.positions)
    return Tile(sample, sample + 1, position, position + 1)
