"""The walk of `losses/distribution.py`: one outcome's part of a divergence, and its row's."""

from __future__ import annotations

import math
from typing import Any

from losscli.commands.explain.number import Number, exp, given, log, total
from losscli.commands.explain.step import SHOWN
from losscli.commands.explain.walk import Walk


def kl_div(w: Walk, x: Number, y: Number, *, log_target: bool, **_: Any) -> None:
    """One outcome of KL(P || Q): its share of P times the log of the ratio."""
    if w.row.get("input") and len(w.row["input"]) > 1:
        _row(w, log_target)
    what = "the log of the true probability" if log_target else "the true probability P"
    w.numbers(f"x is log Q, what the model says; y is {what}.", x=x, y=y)
    if log_target:
        p = w.one("Share", "p = exp(y)", exp(y), "The true probability itself.")
        log_p = y
    else:
        p, log_p = y, log(y)
    if p.value == 0:
        loss = w.one("Nothing", "L = 0", given(0), "What never happens adds nothing: 0 log 0 is 0.")
    else:
        if not log_target:
            log_p = w.one("Log", "l = log(y)", log_p, "The log of the true probability.")
        g = w.one(
            "Gap",
            "g = y - x" if log_target else "g = l - x",
            log_p - x,
            "How much too unlikely the model takes it to be; below 0: too likely.",
        )
        loss = w.one(
            "Its share",
            "L = p * g" if log_target else "L = y * g",
            p * g,
            "Weighed by how often it happens; single parts may be negative.",
        )
    w.reduce(loss)
    w.slope(
        "input",
        "dL/dx = -p" if log_target else "dL/dx = -y",
        [-p],
        "The model's log-probability is pulled up by how often the outcome happens.",
        [("dg/dx = -1", "the gap is linear in x")],
    )


def _row(w: Walk, log_target: bool) -> None:
    """Walk the whole row of the sample: the divergence, and its two entropies."""
    x, y = ([given(v) for v in w.row[role]] for role in ("input", "target"))
    p = [exp(y_j).settled() for y_j in y] if log_target else y
    log_p = y if log_target else [log(y_j).settled() if y_j.value else given(0) for y_j in y]
    parts = [
        p_j * (l_j - x_j) if p_j.value else given(0)
        for p_j, l_j, x_j in zip(p, log_p, x, strict=True)
    ]
    names = [w.place_in_row(j) for j in range(len(parts))]
    rows = list(zip(names, parts, strict=True))
    if len(rows) > SHOWN:
        rest = total([part.settled() for part in parts[SHOWN - 1 :]]).settled()
        rows = [*rows[: SHOWN - 1], (f"other {len(parts) - SHOWN + 1}", rest)]
    results = w.table(
        "The whole row",
        "d_j = p_j * (log(p_j) - x_j)",
        rows,
        "KL(P || Q) is the sum of these: what it costs to believe Q where P is true.",
    )
    cross = total([-p_j * x_j if p_j.value else given(0) for p_j, x_j in zip(p, x, strict=True)])
    own = total([-p_j * l_j for p_j, l_j in zip(p, log_p, strict=True)])
    kl = total(results)
    (h_pq, h_p, divergence) = w.table(
        "Entropies",
        "KL = H_PQ - H_P",
        [("H(P,Q)", cross.settled()), ("H(P)", own.settled()), ("KL", kl)],
        "The surprise under the model minus the surprise that cannot be avoided.",
    )
    gap = h_pq - h_p
    if all(math.isfinite(n.value) for n in (gap, divergence)):
        w.check("H(P,Q) - H(P) = KL(P || Q)", gap - divergence, 0.0)
