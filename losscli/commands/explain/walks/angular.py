"""The walks of `losses/angular.py`: cosines, a margin on the target's angle, a scaled softmax."""

from __future__ import annotations

from typing import Any

from losscli.commands.explain.naive import log_softmax
from losscli.commands.explain.number import Number, arccos, cos, given, maximum, minimum, sin
from losscli.commands.explain.walk import Walk
from losscli.commands.explain.walks.probability import Numbers, softmax


def _cosines(w: Walk, x: Numbers) -> Numbers:
    c = w.each("Cosines", "c_j", x, "Of the angle between the embedding and each class's weights.")
    if all(-1 <= c_j.value <= 1 for c_j in c):
        return c
    return w.each(
        "Clip",
        "c_j = min(1, max(-1, c_j))",
        [minimum(1, maximum(-1, c_j)) for c_j in c],
        "Rounding took some beyond 1; the largest cosine is 1.",
    )


def _scaled(w: Walk, c: Numbers, y: int, moved: Number, slope: Number, scale: Number) -> None:
    s = w.each(
        "Scale",
        "s_j = s * c_j",
        [scale * (moved if j == y else c_j) for j, c_j in enumerate(c)],
        "Cosines are too close for a softmax; the scale stretches them, the moved one too.",
    )
    p, log_p = softmax(w, s)
    w.belief, w.handicap = p[y].value, " with the margin"
    w.fragile = log_softmax([s_j.value for s_j in s], y)
    w.reduce(
        w.one(
            "Pick the target",
            "L = -l_y",
            -log_p[y],
            "How surprising the truth is, margin included.",
        )
    )
    values = [scale * (p_j - given(float(j == y))) for j, p_j in enumerate(p)]
    values[y] = values[y] * slope
    w.slope(
        "input",
        "dL/dc_j = s * (p_j - 1[j == y]) * k_j",
        values,
        "As for the softmax, times the scale; k_y is what the margin does to the target's slope.",
        [
            ("dL/ds_j = p_j - 1[j == y]", "cross entropy of the softmax"),
            ("ds_j/dc_j = s * k_j", "k_j is 1 but for the target"),
        ],
    )


def arcface(w: Walk, x: Numbers, y: int, *, scale: Number, margin: Number, **_: Any) -> None:
    """The target's angle must win by a margin."""
    c = _cosines(w, x)
    theta = w.one(
        "The target's angle",
        "theta = arccos(c_y)",
        arccos(c[y]),
        "In radians: 0 is the same direction.",
    )
    wide = w.one(
        "Add the margin", "phi = theta + m", theta + margin, "The target is made harder than it is."
    )
    moved = w.one(
        "Back to a cosine", "c_y = cos(phi)", cos(wide), "The target's cosine with the margin."
    )
    if abs(c[y].value) < 1:
        slope = w.one(
            "Its slope",
            "k_y = sin(phi) / sin(theta)",
            sin(wide) / sin(theta),
            "How the moved cosine follows the given one.",
        )
    else:
        slope = w.one(
            "Its slope",
            "k_y = cos(m)",
            cos(margin),
            "At an angle of 0 or pi the slope is infinite; the finite part is the convention.",
        )
        w.convention = "a convention where the cosine is 1 or -1: the slope is infinite there"
    _scaled(w, c, y, moved, slope, scale)


def am_softmax(w: Walk, x: Numbers, y: int, *, scale: Number, margin: Number, **_: Any) -> None:
    """The target's cosine must lead by a margin."""
    c = _cosines(w, x)
    moved = w.one(
        "Take off the margin",
        "c_y = c_y - m",
        c[y] - margin,
        "The target is made harder than it is.",
    )
    _scaled(w, c, y, moved, given(1), scale)
