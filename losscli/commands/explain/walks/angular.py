"""The walks of `losses/angular.py`: cosines, a margin on the target's angle, a scaled softmax."""

from __future__ import annotations

from typing import Any

from losscli.commands.explain.number import Number, given
from losscli.commands.explain.walk import Numbers, Walk
from losscli.commands.explain.walks.probability import log_softmax, softmax

COSINES = [[0.81, 0.10, -0.05], [0.15, 0.30, 0.29], [-0.03, 0.72, 0.20]]
EXAMPLES = {"arcface": {"input": COSINES}, "am-softmax": {"input": COSINES}}


def _cosines(w: Walk, x: Numbers, y: int, scale: Number, margin: Number) -> None:
    w.know(y=y, s=scale, m=margin, k=[given(1) for _ in x])
    w.given(
        "Cosines",
        "c_j",
        x,
        "The cosine of the angle between the embedding and the weights of each class.",
    )
    if w.case("max_j(abs(c_j)) > 1"):
        why = "Rounding made some larger than 1, which no cosine is."
        w.each("Clip", "c_j = min(1, max(-1, c_j))", why)


def _scaled_softmax(w: Walk, y: int, moves: str = "") -> None:
    why = "Cosines are too close together for a softmax; the scale spreads them out."
    s = w.each("Scale", "s_j = s * c_j", why)
    p, _log_p = softmax(w, "s")
    w.belief, w.handicap = p[y].value, " with the margin"
    w.fragile = log_softmax(s, y)
    why = "How surprising the truth is, margin included."
    w.reduce(w.one("Pick the target", "L = -l_y", why))
    reasons = [
        ("dL/ds_j = p_j - 1[j == y]", "cross entropy of the softmax"),
        ("ds_j/dc_j = s", "each logit is s times its cosine"),
    ]
    why = "As for the softmax, times the scale"
    why += "; k_y is how the margin changes the target's cosine." if moves else "."
    w.gradient("input", f"dL/dc_j = s * (p_j - 1[j == y]){moves}", why, reasons)


def arcface(w: Walk, x: Numbers, y: int, *, scale: Number, margin: Number, **_: Any) -> None:
    """The target's angle must be smaller by a margin."""
    _cosines(w, x, y, scale, margin)
    inside = w.case("abs(c_y) < 1")
    why = "In radians: 0 is the same direction."
    w.one("The target's angle", "theta = arccos(c_y)", why)
    w.one("Add the margin", "phi = theta + m", "The margin makes the target harder to reach.")
    w.one("Back to a cosine", "c_y = cos(phi)", "The target's cosine with the margin.")
    if inside:
        why = "How the moved cosine changes with the given one; k is 1 for the other classes."
        w.one("Its derivative", "k_y = sin(phi) / sin(theta)", why)
    else:
        why = "At an angle of 0 or pi it is infinite; the finite part is the convention."
        w.one("Its derivative", "k_y = cos(m)", why)
        w.convention = "a convention where the cosine is 1 or -1: the slope is infinite there"
    _scaled_softmax(w, y, " * k_j")


def am_softmax(w: Walk, x: Numbers, y: int, *, scale: Number, margin: Number, **_: Any) -> None:
    """The target's cosine must lead by a margin."""
    _cosines(w, x, y, scale, margin)
    w.one("Subtract the margin", "c_y = c_y - m", "The margin makes the target harder to reach.")
    _scaled_softmax(w, y)
