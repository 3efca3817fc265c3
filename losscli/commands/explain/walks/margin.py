"""The walks of `losses/margin.py`: the target's score against the others'."""

from __future__ import annotations

from typing import Any

from losscli.commands.explain.number import Number, compared, given, maximum, total
from losscli.commands.explain.walk import Walk

Numbers = list[Number]
SCORES = "What the model says of each class: scores, not probabilities."


def _onehot(y: int, j: int) -> Number:
    return given(float(j == y))


def _lead(w: Walk, x: Numbers, y: int) -> bool:
    best = max(range(len(x)), key=lambda j: x[j].value)
    return w.branch(
        "Does the target lead?",
        "x_y >= max_j(x_j)",
        compared(x[y], ">=", x[best]),
        "nothing is lost",
        f"{w.labels[best]} leads",
        "The prediction is the largest score.",
    )


def multiclass_perceptron(w: Walk, x: Numbers, y: int, **_: Any) -> None:
    """By how much the target is behind."""
    w.each("Scores", "x_j", x, SCORES)
    _lead(w, x, y)
    top = maximum(*x)
    w.reduce(
        w.one(
            "How far behind",
            "L = max_j(x_j) - x_y",
            top.settled() - x[y],
            "0 as soon as the target leads.",
        )
    )
    leaders = [j for j, x_j in enumerate(x) if x_j.value == top.value]
    share = given(1) / len(leaders)
    values = [(share if j in leaders else given(0)) - _onehot(y, j) for j in range(len(x))]
    w.slope(
        "input",
        "dL/dx_j = m_j - 1[j == y]",
        values,
        "The leader down, the target up; leaders that are equal share the pull.",
        [("m_j = 1 / k", "for each of the k classes with the largest score, else 0")],
    )
    w.check("sum_j dL/dx_j = 0", total(w.gradients["input"]), 0.0)


def multi_margin(
    w: Walk, x: Numbers, y: int, *, p: int, margin: Number, weight: Numbers | None, **_: Any
) -> None:
    """A lead over every other class."""
    w.each("Scores", "x_j", x, SCORES)
    c, own = len(x), x[y]
    lack = [given(0) if j == y else margin - own + x_j for j, x_j in enumerate(x)]
    s = w.each(
        "What lacks to the margin",
        "s_j = m - x_y + x_j",
        lack,
        "Each other class should be beaten by the margin m; the target itself is left out.",
    )
    active = [j for j, s_j in enumerate(s) if s_j.value > 0]
    h = w.each(
        "Hinge",
        "h_j = max(0, s_j)",
        [maximum(0, s_j) for s_j in s],
        f"Others inside the margin: {len(active)} of {c - 1}.",
        adds=True,
    )
    if p == 2:
        h = w.each(
            "Square",
            "h_j = h_j^2",
            [h_j**2 for h_j in h],
            "--p 2: a large lack costs more than in step.",
            adds=True,
        )
    loss = w.one(
        "Mean over the classes",
        "L = sum_j(h_j) / c",
        w.total(h) / c,
        "Divided by all c classes, the target too.",
    )
    mass = given(1)
    if weight:
        mass = weight[y]
        loss = w.one(
            "Weight",
            "L_w = w_y * L",
            mass * loss,
            "--weight scales the loss, not the divisor of the mean.",
        )
    w.reduce(loss)
    slope = [
        (mass * 2 * maximum(0, s_j).settled() / c if p == 2 else mass / c)
        if j in active
        else given(0)
        for j, s_j in enumerate(s)
    ]
    slope[y] = -total([value.settled() for j, value in enumerate(slope) if j != y])
    w.slope(
        "input",
        "dL/dx_j = w_y * 2 * s_j / c" if p == 2 else "dL/dx_j = w_y / c",
        slope,
        "Every class inside the margin is pushed down; the target is pulled up by all of them.",
        [("ds_j/dx_j = 1", "and ds_j/dx_y = -1, for each class inside the margin")],
    )
    w.check("sum_j dL/dx_j = 0", total(w.gradients["input"]), 0.0)


def categorical_hinge(w: Walk, x: Numbers, y: int, **_: Any) -> None:
    """A lead of 1 over the best other class."""
    w.each("Scores", "x_j", x, SCORES)
    others = [given(0) if j == y else x_j for j, x_j in enumerate(x)]
    w.each("The others", "o_j = (1 - 1[j == y]) * x_j", others, "The target takes part as a 0.")
    top = maximum(*others)
    best = w.one(
        "The best of them",
        "b = max_j(o_j)",
        top.settled(),
        "The score that the target has to beat.",
    )
    s = w.one(
        "What lacks to a lead of 1",
        "s = 1 + b - x_y",
        1 + best - x[y],
        "Below 0 the target leads by more than 1.",
    )
    active = w.branch(
        "Is the hinge active?",
        "s > 0",
        compared(s, ">", 0),
        "the lead is too small",
        "the lead is large enough",
        "A lead of 1 is good enough and costs nothing.",
    )
    w.reduce(w.one("Hinge", "L = max(0, s)", maximum(0, s), "What lacks, if anything does."))
    passed = given(1) if active else given(0.5) if s.value == 0 else given(0)
    leaders = [j for j, o_j in enumerate(others) if o_j.value == top.value]
    values = [passed / len(leaders) if j in leaders else given(0) for j in range(len(x))]
    values[y] = -passed
    w.slope(
        "input",
        "dL/dx_j = a * (m_j - 1[j == y])",
        values,
        "The best other down, the target up." if active else "Nothing to gain.",
        [
            (
                "m_j = 1 / k",
                "for each of the k others with the largest score; a is 1 where the hinge is active",
            )
        ],
    )
