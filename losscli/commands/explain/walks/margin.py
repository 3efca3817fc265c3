"""The walks of `losses/margin.py`: the target's score against the others'."""

from __future__ import annotations

import math
from typing import Any

from losscli.commands.explain.number import Number
from losscli.commands.explain.walk import Numbers, Walk

SCORES = "What the model outputs for each class: scores, not probabilities."
LACK = "The shortfall, if there is one."


def multiclass_perceptron(w: Walk, x: Numbers, y: int, **_: Any) -> None:
    """How far the target is behind."""
    w.given("Scores", "x_j", x, SCORES)
    w.know(y=y)
    best = max(range(len(x)), key=lambda j: x[j].value)
    best = w.best("m", best, "x_m >= max_j(x_j)")
    leads = w.asks(
        "Does the target lead?",
        "x_y >= max_j(x_j)",
        "nothing is lost",
        f"{w.labels[best]} leads",
        "The prediction is the class with the largest score.",
    )
    w.one("The largest score", "b = max_j(x_j)", "The score that the target has to beat.")
    text = "L = b - x_y"
    if leads and math.isfinite(x[y].value):
        text = "L = 0"
    w.reduce(w.one("How far behind", text, "0 as soon as the target leads."))
    why = "The leader is pushed down, the target pulled up; tied leaders share the push."
    share = "1[x_j == b] / sum_k(1, x_k == b)"
    reasons = [("db/dx_j = 1[x_j == b]", "the maximum is the score of the class that has it")]
    w.gradient("input", f"dL/dx_j = {share} - 1[j == y]", why, reasons)
    w.check("sum_j(dL/dx_j) = 0")


def multi_margin(
    w: Walk, x: Numbers, y: int, *, p: int, margin: Number, weight: Numbers | None, **_: Any
) -> None:
    """A lead over every other class."""
    w.given("Scores", "x_j", x, SCORES)
    w.know(y=y, m=margin, w=weight or [])
    w.some("k", [j for j in range(len(x)) if j != y])
    why = "The target should beat every other class by the margin m."
    w.each("Shortfall from the margin", "s_k = m - x_y + x_k", why)
    why = "A class that is outside the margin adds nothing."
    w.each("Hinge", "h_k = max(0, s_k)", why, adds=True)
    hinge, pull = "h_k", "1[h_j > 0]"
    if p == 2:
        why = "--p 2: twice the shortfall costs four times as much."
        w.each("Square", "q_k = h_k^2", why, adds=True)
        hinge, pull = "q_k", "2 * h_j"
    why = "Divided by the number of classes c, the target included."
    loss = w.one("Mean over the classes", f"L = sum_k({hinge}) / c", why)
    if weight:
        why = "--weight scales the loss, not the normalizer of the mean."
        loss = w.one("Weight", "L_w = w_y * L", why)
        pull = f"w_y * {pull}"
    w.reduce(loss)
    why = "Every class inside the margin is pushed down; the target is pulled up by all of them."
    total = pull.replace("_j", "_k")
    text = f"dL/dx_j = ({pull} - 1[j == y] * sum_k({total})) / c"
    reasons = [("ds_k/dx_k = 1", "the class's own score"), ("ds_k/dx_y = -1", "the target's")]
    w.gradient("input", text, why, reasons)
    w.check("sum_j(dL/dx_j) = 0")


def categorical_hinge(w: Walk, x: Numbers, y: int, **_: Any) -> None:
    """A lead of 1 over the best other class."""
    w.given("Scores", "x_j", x, SCORES)
    w.know(y=y)
    w.each("The others", "o_j = 1[j != y] * x_j", "The target takes part with a score of 0.")
    w.one("The best of them", "b = max_j(o_j)", "The score that the target has to beat.")
    why = "Below 0 the target leads by more than 1."
    w.one("Shortfall from a lead of 1", "s = 1 + b - x_y", why)
    active = w.asks(
        "Is the hinge active?",
        "s > 0",
        "the lead is too small",
        "the lead is large enough",
        "A lead of 1 is good enough and costs nothing.",
    )
    w.reduce(w.one("Hinge", "L = max(0, s)", LACK))
    if not active and not w.case("s == 0"):
        w.gradient("input", "dL/dx_j = 0", "The loss is 0 here, so there is no pull.")
        return
    others = "1[j != y] * 1[o_j == b] / sum_k(1, o_k == b)"
    pull = f"{others} - 1[j == y]"
    why = "The best other class is pushed down, the target pulled up; ties share the push."
    if not active:
        pull, why = f"({pull}) / 2", f"{why} At the kink half of it is the convention."
    reasons = [("db/do_j = 1[o_j == b]", "b is the largest of the others")]
    w.gradient("input", f"dL/dx_j = {pull}", why, reasons)
