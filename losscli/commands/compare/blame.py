"""Why a comparison is not finite: the first NaN or infinity that made it so, by file and place."""

from __future__ import annotations

import math

import numpy as np

from losscli.commands.compare.run import Comparison
from losscli.errors import CORRECT
from losscli.numerics.arrays import Array


def culprit(found: Comparison) -> str:
    """Return one line that names the first number to blame."""
    problem, term = found.problem, found.partial.first_not_finite
    if found.partial.counted == 0:
        label = problem.operand("target").source.label
        return (
            f"{label}: all {found.partial.ignored} targets are ignored "
            f"(ignore_index {problem.ignore_index}): there is nothing to compare; "
            "give another --ignore-index"
        )
    if term is None:
        return "the sum is beyond the largest double; rescale the numbers"
    index = problem.grid.index(term)
    tile = problem.grid.tile_of(term)
    data = problem.tile(problem.read(tile.start, tile.stop), tile, tile.start)
    at = int((problem.grid.terms_of(tile) == term).argmax())
    for role in ("input", "reference"):
        column = data.values[role][:, at]
        if (cls := _strange(column, found.form)) is not None:
            place = problem.operand(role).place(index, (cls,))
            if math.isinf(column[cls]) and column[cls] < 0:
                return f"{place}: the {role} holds -inf for every class of the row; {CORRECT}"
            return f"{place}: the {role} is {column[cls]}: so is what is made of it; {CORRECT}"
    x, r = data.values["input"][:, at], data.values["reference"][:, at]
    nothing = 0.0 if found.form == "probs" else -math.inf
    lacks = np.flatnonzero((x == nothing) & (r != nothing))
    if problem.target is not None:
        right = int(data.target[at])
        for role, numbers in (("input", x), ("reference", r)):
            if numbers[right] == nothing:
                at_target = problem.operand(role).place(index, (right,))
                return (
                    f"{at_target}: the {role} gives the target no probability; "
                    "correct the number, or the target beside it"
                )
    if lacks.size:
        most = int(lacks[r[lacks].argmax()])
        place = problem.operand("input").place(index, (most,))
        return (
            f"{place}: the input gives no probability to a class that has one in the reference: "
            "KL(reference || input) is infinite; correct it"
        )
    place = problem.operand("input").place(index)
    return f"{place}: the difference is beyond the largest double; rescale the numbers"


def _strange(column: Array, form: str) -> int | None:
    """Return the class whose number makes a row no distribution, if there is one."""
    bad = np.isnan(column) | (column == math.inf)
    if bad.any():
        return int(bad.argmax())
    return 0 if form != "probs" and (column == -math.inf).all() else None
