"""Why a comparison is not finite: the file and place of the NaN or infinity that causes it."""

from __future__ import annotations

import math

import numpy as np

from losscli.commands.compare.comparison import Comparison
from losscli.errors import CORRECT
from losscli.numerics.arrays import Array


def culprit(found: Comparison) -> str:
    """Return one line that names the first number to blame."""
    problem, term = found.problem, found.first_odd
    if found.count == 0:
        return (
            f"{problem.operand('target').source.label}: all {found.outcome.partial.ignored} "
            f"targets are ignored (ignore_index {problem.ignore_index}), so there is nothing to "
            "compare; give another --ignore-index"
        )
    if term is None:
        return "the sum overflows float64; rescale the numbers"
    data, at = problem.term(term)

    def place(role: str, *inner: int) -> str:
        return problem.operand(role).place(problem.grid.index(term), inner)

    x, r = columns = [data.values[role][:, at] for role in ("input", "reference")]
    pairs = list(zip(("input", "reference"), columns, strict=True))
    for role, column in pairs:
        bad = np.isnan(column) | (column == math.inf)
        if bad.any():
            cls = int(bad.argmax())
            return f"{place(role, cls)}: the {role} is {column[cls]}; {CORRECT}"
        if found.form != "probs" and (column == -math.inf).all():
            return f"{place(role, 0)}: the {role} holds -inf for every class of the row; {CORRECT}"
    nothing = 0.0 if found.form == "probs" else -math.inf
    right = None if problem.target is None else int(data.target[at])
    for role, column in pairs:
        if right is not None and column[right] == nothing:
            return (
                f"{place(role, right)}: the {role} gives the target probability 0; "
                "correct the number or its target"
            )
    lacks: Array = np.flatnonzero((x == nothing) & (r != nothing))
    if lacks.size:
        return (
            f"{place('input', int(lacks[r[lacks].argmax()]))}: the input gives probability 0 to a "
            "class that the reference allows, so KL(reference || input) is infinite; correct the "
            "number"
        )
    return f"{place('input')}: the difference overflows float64; rescale the numbers"
