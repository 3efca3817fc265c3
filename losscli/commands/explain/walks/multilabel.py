"""The walks of `losses/multilabel.py`: several labels per sample."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from losscli.commands.explain.comparisons import comparison
from losscli.commands.explain.number import given
from losscli.commands.explain.scope import Range
from losscli.commands.explain.walk import Numbers, Walk
from losscli.commands.explain.walks.logistic import fragile_log_sigmoid, log_sigmoid

is_there = comparison("=")


def multilabel_margin(w: Walk, x: Numbers, y: list[int], **_: Any) -> None:
    """Every label should lead every other class by 1."""
    labels = list(takewhile(lambda label: label >= 0, y))
    others = [j for j in range(len(x)) if j not in labels]
    w.marks = dict.fromkeys(labels, given(1))
    names = ", ".join(w.labels[j] for j in labels) or "none"
    w.given("Scores", "x_j", x, f"Labels: {names}; the others should be below.")
    pairs = [(label, j) for label in labels for j in others]
    spelt = [f"{w.labels[label]} over {w.labels[j]}" for label, j in pairs]
    w.scope.ranges["yk"] = Range(pairs, spelt)
    w.some("y", labels)
    w.some("k", others)
    why = "For every label y and other class k; above 0 if inside the margin of 1."
    w.each("Every pair", "h_yk = max(0, 1 - (x_y - x_k))", why, adds=True)
    why = "Divided by the number of classes, not of pairs."
    w.reduce(w.one("Over the classes", "L = sum_yk(h_yk) / c", why))
    if pairs:
        why = "A label is pulled up once for each pair inside the margin."
        w.each("Pairs of each label", "u_y = sum_k(1, h_yk > 0)", why, adds=True)
        why = "Another class is pushed down once for each of its pairs."
        w.each("Pairs of each other class", "d_k = sum_y(1, h_yk > 0)", why, adds=True)
        reasons = [
            ("dL/dh_yk = 1 / c", "every pair counts the same"),
            ("dh_yk/dx_k = 1[h_yk > 0]", "and -1 by x_y: a pair inside the margin pulls both"),
        ]
        w.gradient("input", "dL/dx_j = (d_j - u_j) / c", "Pushes down minus pulls up.", reasons)
    else:
        w.gradient("input", "dL/dx_j = 0", "Without a pair nothing can be wrong.")
    w.check("sum_j(dL/dx_j) = 0")


def multilabel_soft_margin(
    w: Walk, x: Numbers, y: Numbers, *, weight: Numbers | None, **_: Any
) -> None:
    """The mean over the classes of each label's binary cross entropy."""
    w.marks = {j: is_there(y_j, given(1)) for j, y_j in enumerate(y)}
    w.given("Scores", "x_j", x, "The logit of each label; those that are present are marked.")
    w.know(y=y, w=weight or [])
    why = "x_j where the label is present, -x_j where it is not: above 0 is right."
    z = w.each("Score of the truth", "z_j = (2 * y_j - 1) * x_j", why)
    w.fragile = fragile_log_sigmoid(min(z_j.value for z_j in z))
    why = "Near 0 where the score is correct and confident, near -z_j where it is wrong."
    text = "log(1 + exp(-z_j))"
    if w.loses(text):
        text = log_sigmoid("z_j").removeprefix("-")
    w.each("Logistic loss", f"l_j = {text}", why, adds=True)
    if weight:
        why = "--weight scales each class's part."
        w.each("Class weights", "l_j = w_j * l_j", why, adds=True)
    w.reduce(w.one("Mean over the classes", "L = sum_j(l_j) / c", "One number per sample."))
    reasons = [
        ("dL/dz_j = -1 / (1 + exp(z_j)) / c", "the derivative of log(1 + exp(-z_j))"),
        ("dz_j/dx_j = 2 * y_j - 1", "the sign of the truth"),
    ]
    text = f"dL/dx_j = (1 - 2 * y_j){' * w_j' if weight else ''} / (1 + exp(z_j)) / c"
    why = "The probability of being wrong, toward the truth."
    w.gradient("input", text, why, [] if weight else reasons)
