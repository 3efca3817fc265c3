"""What the walks of scores share: the sigmoid, its logs, and what they become where digits end."""

from __future__ import annotations

from losscli.commands.explain.number import Number, exp, log, log1p
from losscli.commands.explain.walk import Walk


def sigmoid_of(w: Walk, x: Number, name: str = "x") -> tuple[Number, Number]:
    """Walk from a score to the probability of yes and of no, both without loss of digits."""
    if abs(x.value) <= 30:
        p = w.one(
            "Sigmoid",
            f"p = 1 / (1 + exp(-{name}))",
            1 / (1 + exp(-x)),
            "Any number becomes a probability: 0 is an even chance.",
        )
        q = w.one("The other answer", "q = 1 - p", 1 - p, "Yes and no are all there is.")
        if not q.is_lost and not p.is_lost:
            return p, q
    p, q = w.table(
        "Sigmoid",
        f"p = 1 / (1 + exp(-{name}))",
        [("p", 1 / (1 + exp(-x))), ("q", 1 / (1 + exp(x)))],
        "Any number becomes a probability. 1 - p would lose its digits here, so the other answer "
        "q is the sigmoid of the opposite score.",
    )
    return p, q


def two_logs(w: Walk, x: Number, p: Number, q: Number) -> tuple[Number, Number]:
    """Walk to the logs of yes and no; from the score x where p or q has lost its log."""
    yes, no = log(p), log(q)
    if yes.is_lost or no.is_lost or p.value == 0 or q.value == 0:
        yes, no = w.table(
            "The two logs",
            "",
            [("log(p)", -softplus(-x)), ("log(q)", -softplus(x))],
            "p is so near 0 or 1 that its log is lost; log1p of the exponential has all digits.",
        )
        return yes, no
    yes, no = w.table(
        "The two logs",
        "",
        [("log(p)", yes), ("log(q)", no)],
        "How surprising yes would be, and how surprising no.",
    )
    return yes, no


def softplus(x: Number) -> Number:
    """Return log(1 + e^x), for large x as x + log(1 + e^-x)."""
    return log1p(exp(x)) if x.value <= 0 else x + log1p(exp(-x))
