"""The walks of `losses/multilabel.py`: several labels a sample."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from losscli.commands.explain import naive
from losscli.commands.explain.number import Number, exp, given, log, maximum, total
from losscli.commands.explain.step import SHOWN
from losscli.commands.explain.walk import Walk
from losscli.commands.explain.walks.logistic import softplus

Numbers = list[Number]


def multilabel_margin(w: Walk, x: Numbers, y: list[int], **_: Any) -> None:
    """Every label above every other class by 1."""
    c = len(x)
    labels = list(takewhile(lambda label: label >= 0, y))
    w.targets = frozenset(labels)
    w.each(
        "Scores",
        "x_j",
        x,
        f"Labels: {', '.join(w.labels[j] for j in labels) or 'none'}; the others should be below.",
    )
    others = [j for j in range(c) if j not in labels]
    pairs = [(label, j) for label in labels for j in others]
    slack = {(label, j): 1 - (x[label] - x[j]) for label, j in pairs}
    hinges = {pair: maximum(0, s.settled() if len(pairs) > 99 else s) for pair, s in slack.items()}
    active = {pair for pair, s in slack.items() if s.value > 0}
    rows = [(f"{w.labels[label]} over {w.labels[j]}", hinges[label, j]) for label, j in pairs]
    if len(rows) > SHOWN:
        rest = total([hinge.settled() for _, hinge in rows[SHOWN - 1 :]]).settled()
        rows = [*rows[: SHOWN - 1], (f"other {len(pairs) - SHOWN + 1} pairs", rest)]
    h = w.table(
        "Every pair",
        "h_yj = max(0, 1 - (x_y - x_j))",
        rows,
        f"Pairs inside the margin of 1: {len(active)} of {len(pairs)}.",
    )
    summed = total(h) if h else given(0)
    w.reduce(
        w.one(
            "Over the classes",
            "L = sum_yj(h_yj) / c",
            summed / c,
            "Divided by the number of classes, not of pairs.",
        )
    )
    counts = [0] * c
    for label, j in active:
        counts[j] += 1
        counts[label] -= 1
    w.slope(
        "input",
        "dL/dx_j = n_j / c",
        [given(count) / c for count in counts],
        "n_j counts the pairs inside the margin: a label up by each, another class down.",
        [("dh_yj/dx_y = -1", "and dh_yj/dx_j = 1, for each pair inside the margin")],
    )
    w.check("sum_j dL/dx_j = 0", total(w.gradients["input"]), 0.0)


def multilabel_soft_margin(
    w: Walk, x: Numbers, y: Numbers, *, weight: Numbers | None, **_: Any
) -> None:
    """The mean over the classes of each label's binary cross entropy."""
    c = len(x)
    yes = [y_j.value == 1 for y_j in y]
    w.targets = frozenset(j for j in range(c) if yes[j])
    w.each("Scores", "x_j", x, "The logit of each label; ◆ marks those that are there.")
    z = w.each(
        "Score of the truth",
        "z_j = (2 * y_j - 1) * x_j",
        [x_j if is_yes else -x_j for x_j, is_yes in zip(x, yes, strict=True)],
        "x_j where the label is there, -x_j where it is not: above 0 is right.",
    )
    worst = min(z, key=lambda z_j: z_j.value)
    w.fragile = naive.log_sigmoid(worst.value, 1.0)
    plain = [log(1 + exp(-z_j)) for z_j in z]
    lost = any(l_j.is_lost for l_j in plain)
    parts = w.each(
        "Logistic loss",
        "l_j = log(1 + exp(-z_j))",
        [softplus(-z_j) for z_j in z] if lost else plain,
        "Near 0 where the score is right and sure, near -z_j where it is wrong.",
        adds=True,
    )
    if weight:
        parts = w.each(
            "Class weights",
            "l_j = w_j * l_j",
            [w_j * l_j for w_j, l_j in zip(weight, parts, strict=True)],
            "--weight scales each class's part.",
            adds=True,
        )
    w.reduce(
        w.one(
            "Mean over the classes",
            "L = sum_j(l_j) / c",
            w.total(parts) / c,
            "One number a sample.",
        )
    )
    factors = weight or [given(1)] * c
    values = [
        (-f if is_yes else f) / (1 + exp(z_j)) / c
        for f, is_yes, z_j in zip(factors, yes, z, strict=True)
    ]
    w.slope(
        "input",
        "dL/dx_j = (1 - 2 * y_j) * w_j / (1 + exp(z_j)) / c",
        values,
        "The probability of being wrong, towards the truth.",
        [
            ("dl_j/dz_j = -1 / (1 + exp(z_j))", "the derivative of log(1 + exp(-z_j))"),
            ("dz_j/dx_j = 2 * y_j - 1", "the sign of the truth"),
        ],
    )
