"""What the walks of scores share: the sigmoid, its logs, and forms that lose no digits."""

from __future__ import annotations

from losscli.commands.explain.naive import Fragile
from losscli.commands.explain.number import Number
from losscli.commands.explain.walk import Walk


def sigmoid(w: Walk, x: str) -> tuple[Number, Number]:
    """Walk from the score of that name to p and q, of yes and no, both without loss of digits."""
    why = "Any number becomes a probability: 0 is an even chance."
    p = f"p = 1 / (1 + exp(-{x}))"
    if w.case(f"abs({x}) <= 30") and not w.loses(f"1 - 1 / (1 + exp(-{x}))"):
        return w.one("Sigmoid", p, why), w.one("The other answer", "q = 1 - p", "Yes or no.")
    why = f"{why} 1 - p would lose its digits here, so q is the sigmoid of the opposite score."
    yes, no = w.several("Sigmoid", why, p, f"q = 1 / (1 + exp({x}))")
    return yes, no


def two_logs(w: Walk, x: str) -> None:
    """Walk to the logs a of yes and b of no; from the score where p or q has lost its log."""
    if w.loses("log(p)", "log(q)"):
        why = "p is so near 0 or 1 that its log is lost; log1p of the exponential keeps all digits."
        w.several("The two logs", why, f"a = {log_sigmoid(x)}", f"b = {log_sigmoid(f'-{x}')}")
    else:
        why = "How surprising yes would be, and how surprising no."
        w.several("The two logs", why, "a = log(p)", "b = log(q)")


def log_sigmoid(x: str) -> str:
    """Return the formula of log(1 / (1 + exp(-x))) that loses no digits."""
    minus = x[1:] if x.startswith("-") else f"-{x}"
    return f"-(max(0, {minus}) + log1p(exp(-abs({x.removeprefix('-')}))))"


def fragile_log_sigmoid(z: float) -> Fragile:
    """-log of the sigmoid of z: the logistic loss of one logit."""
    return Fragile(
        "-log(sigmoid(z))",
        {"z": z},
        ("e = exp(-z)", "p = 1 / (1 + e)", "L = -log(p)"),
        ("d = exp(-abs(z))", "r = log1p(d)", "L = max(0, -z) + r"),
    )
