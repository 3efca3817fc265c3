"""The walk of `losses/distribution.py`: one outcome's part of a divergence, and its row's."""

from __future__ import annotations

from typing import Any

import numpy as np

from losscli.commands.explain.number import Number
from losscli.commands.explain.scope import Range
from losscli.commands.explain.walk import Walk

SEEN = np.array([[0.5, 0.2, 0.3], [1.0, 0.0, 0.0]])
EXAMPLES = {
    "kl-div": {
        "input": np.log([[0.4, 0.3, 0.3], [0.7, 0.2, 0.1]]).round(6),
        "target": SEEN,
        "target log-probabilities": np.log(SEEN.clip(1e-3)).round(6),
        "names": ("sunny", "cloudy", "rain"),
    }
}
"""Whole rows, although each number is a term."""


def kl_div(w: Walk, x: Number, y: Number, *, log_target: bool, **_: Any) -> None:
    """One outcome of KL(P || Q): its share of P times the log of the ratio."""
    if w.row.get("input") and len(w.row["input"]) > 1:
        _row(w, log_target)
    what = "the log of the true probability" if log_target else "the true probability P"
    w.numbers(f"x is log Q, what the model says; y is {what}.", x=x, y=y)
    share, log = "y", "l"
    if log_target:
        w.one("Share", "p = exp(y)", "The true probability itself.")
        share, log = "p", "y"
    never = w.case(f"{share} == 0")
    if never:
        w.reduce(
            w.one("Nothing", "L = 0", "An outcome that never happens adds nothing: 0 log 0 is 0.")
        )
    else:
        if not log_target:
            w.one("Log", "l = log(y)", "The log of the true probability.")
        why = "How far the model underestimates it; below 0 it overestimates it."
        w.one("Gap", f"g = {log} - x", why)
        why = "Weighted by how often it happens; single parts may be negative."
        w.reduce(w.one("Its share", f"L = {share} * g", why))
    why = "The model's log-probability is pulled up by how often the outcome happens."
    reasons = [("dg/dx = -1", "the gap is linear in x")] if not never else []
    w.gradient("input", f"dL/dx = -{share}", why, reasons)


def _row(w: Walk, log_target: bool) -> None:
    """Walk the whole row of the sample: the divergence, and its two entropies."""
    size = len(w.row["input"])
    names = [w.row_names[j] if w.row_names else f"entry {j}" for j in range(size)]
    w.scope.ranges["j"] = Range([(j,) for j in range(size)], names)
    w.know(x=w.row["input"], y=w.row["target"])
    p, log = ("exp(y_j)", "y_j") if log_target else ("y_j", "log(y_j)")
    why = "KL(P || Q) is the sum of these: the cost of believing Q when P is true."
    w.each("The whole row", f"d_j = {p} * {log} - {p} * x_j", why, adds=True)
    why = "The surprise under the model minus the surprise that cannot be avoided."
    texts = (f"H_PQ = -sum_j({p} * x_j)", f"H_P = -sum_j({p} * {log})", "KL = H_PQ - H_P")
    w.several("Entropies", why, *texts)
    w.check("sum_j(d_j) = KL")
