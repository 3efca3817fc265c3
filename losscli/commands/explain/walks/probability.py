"""What the walks of classes share: from whatever the input is to p and log p of every class."""

from __future__ import annotations

from losscli.commands.explain.number import Number, exp, log, log1p, maximum, total
from losscli.commands.explain.walk import Walk

Numbers = list[Number]


def probabilities(w: Walk, x: Numbers, form: str) -> tuple[Numbers, Numbers]:
    """Walk from the input to p and log p of every class, whatever the input already is."""
    if form == "probs":
        p = w.each(
            "Probabilities", "p_j", x, "--from probs: the input is taken as it is.", bars=True
        )
        return p, w.each("Log", "l_j = log(p_j)", [log(p_j) for p_j in p], LOG)
    if form == "log-probs":
        log_p = w.each("Log-probabilities", "l_j", x, "--from log-probs: taken as they are.")
        p = w.each(
            "Back to probabilities", "p_j = exp(l_j)", [exp(l_j) for l_j in log_p], BACK, bars=True
        )
        return p, log_p
    return softmax(
        w, w.each("Logits", "x_j", x, "What the model says: any numbers, no probabilities yet.")
    )


LOG = "Products of probabilities become sums; log 1 = 0 is no surprise at all."
BACK = "exp undoes the log: what the model believes of each class."


def softmax(w: Walk, x: Numbers) -> tuple[Numbers, Numbers]:
    """Walk from logits to p and log p: shift, exp, sum, share, log."""
    top = maximum(*x).settled()
    z = w.each(
        "Shift by the maximum",
        "z_j = x_j - max_k(x_k)",
        [x_j - top for x_j in x],
        "Softmax stays the same when all logits move together, and exp can no longer overflow.",
    )
    e = w.each(
        "Exponentiate",
        "e_j = exp(z_j)",
        [exp(z_j) for z_j in z],
        "Every number becomes positive; one logit more is a factor of 2.718.",
        adds=True,
    )
    s = w.one("Sum", "S = sum_j(e_j)", w.total(e), "What the shares are taken of.")
    p = w.each(
        "Softmax",
        "p_j = e_j / S",
        [e_j / s for e_j in e],
        "Shares of the sum: positive and together 1, the model's probabilities.",
        bars=True,
    )
    w.check("sum_j p_j = 1", total(p), 1.0)
    log_p = [log(p_j) for p_j in p]
    if not any(l_j.is_lost for l_j in log_p):
        return p, w.each("Log", "l_j = log(p_j)", log_p, LOG)
    return p, _kept_digits(w, z, e, s, log_p)


def _kept_digits(w: Walk, z: Numbers, e: Numbers, s: Number, log_p: Numbers) -> Numbers:
    """Walk the log where the plain one has no digits left: p rounded to 1, or to 0."""
    kept = []
    for j, l_j in enumerate(log_p):
        if not l_j.is_lost:
            kept.append(l_j)
        elif e[j].value / s.value > 0.5:
            others = total([e_k for k, e_k in enumerate(e) if k != j]).settled()
            kept.append(-log1p(others / e[j]))
        else:
            kept.append(z[j] - log(s))
    return w.each(
        "Log, without rounding",
        "l_j = z_j - log(S)",
        kept,
        "A p_j rounded to 0 or 1 has lost its log; the same log from z_j and S, or from "
        "log1p of the other classes, has not.",
    )
