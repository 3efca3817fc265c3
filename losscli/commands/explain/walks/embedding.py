"""The walks of `losses/embedding.py`: scores that rank, vectors that should be near or far."""

from __future__ import annotations

import math
from typing import Any

from losscli.commands.explain.number import Number, given
from losscli.commands.explain.walk import Numbers, Walk

COSINE_EPS = 9.999999960041972e-13
"""1e-12 as float32 has it."""
REACH = 1e100
"""Vectors with larger numbers are scaled down, so that their squares do not overflow."""
LACK = "The shortfall, if there is one."
NOTHING = "The loss is 0 here, so there is no pull."
ANCHOR = [[0.9, 0.1, 0.3], [0.2, 0.8, -0.1], [-0.4, 0.5, 0.7]]
POSITIVE = [[1.0, 0.0, 0.2], [0.1, 0.9, 0.1], [-0.2, 0.6, 0.9]]
NEGATIVE = [[-0.8, 0.4, 0.1], [0.3, 0.7, 0.2], [0.6, -0.5, 0.2]]
EXAMPLES = {
    "margin-ranking": {"input1": [2.1, 0.4, 1.0, -0.3], "input2": [1.5, 0.9, 1.0, 0.8]},
    "cosine-embedding": {"input1": ANCHOR, "input2": NEGATIVE, "target": [-1, 1, -1]},
    "triplet-margin": {"anchor": ANCHOR, "positive": POSITIVE, "negative": NEGATIVE},
}


def margin_ranking(w: Walk, x1: Number, x2: Number, y: Number, *, margin: Number, **_: Any) -> None:
    """The score that should be higher, by a margin."""
    why = "Two scores; y = +1 says that x1 should be higher, -1 that x2 should."
    w.numbers(why, x1=x1, x2=x2, y=y)
    w.know(m=margin)
    w.one("Lead", "d = x1 - x2", "Above 0 the first leads.")
    s = w.one(
        "Shortfall", "s = m - y * d", "The score that should be higher must lead by the margin m."
    )
    active = w.asks(
        "Is the hinge active?",
        "s >= 0",
        "the lead is too small",
        "the order is right by more than m",
        "A lead of the margin costs nothing; exactly there the gradient is that of a shortfall.",
    )
    w.reduce(w.one("Hinge", "L = max(0, s)", LACK))
    if active:
        why = "Both scores are pulled apart, with the same force."
        w.gradient("input1", "dL/dx1 = -y", why, [("ds/dx1 = -y", "s = m - y * (x1 - x2)")])
        w.gradient("input2", "dL/dx2 = y", why, [("ds/dx2 = y", "s = m - y * (x1 - x2)")])
        return
    for role, name in (("input1", "x1"), ("input2", "x2")):
        w.gradient(role, f"dL/d{name} = {_inactive_gradient(s)}", NOTHING)


def _inactive_gradient(s: Number) -> str:
    """Return the gradient of an inactive hinge, nan where the shortfall is nan."""
    return "s" if math.isnan(s.value) else "0"


def cosine_embedding(
    w: Walk, a: Numbers, b: Numbers, y: Number, *, margin: Number, **_: Any
) -> None:
    """Pairs of vectors by the cosine between them."""
    w.given("First vector", "a_j", a, "--input1, as given.")
    w.given("Second vector", "b_j", b, "--input2, as given.")
    w.know(y=y, m=margin, eps=given(COSINE_EPS))
    length_a, length_b = _in_reach(w, "a", "r"), _in_reach(w, "b", "q")
    w.each(
        "Products", "t_j = a_j * b_j", "Entries of equal sign make the angle smaller.", adds=True
    )
    w.one("Dot product", "t = sum_j(t_j)", "Large for long vectors of similar direction.")
    why = "eps is 1e-12, as in PyTorch: a vector of zeros then has a cosine, 0."
    w.several(
        "Lengths",
        why,
        f"A = sqrt(sum_j(a_j^2){'' if length_a != 'A' else ' + eps'})",
        f"B = sqrt(sum_j(b_j^2){'' if length_b != 'B' else ' + eps'})",
    )
    why = "1 same direction, 0 at right angles, -1 opposite; lengths do not count."
    w.one("Cosine", "c = t / (A * B)", why)
    alike = w.asks(
        "Do they belong together?",
        "y == 1",
        "the cosine should be 1",
        "it should be at most the margin",
        "Pairs that belong together are turned toward each other, others away from each other.",
    )
    why = "Along the sphere, toward the other vector."
    if alike:
        w.reduce(w.one("Cosine distance", "L = 1 - c", "0 for the same direction."))
        factor = "-"
    else:
        s = w.one("Above the margin", "s = c - m", "How far the cosine exceeds the margin.")
        w.reduce(w.one("Hinge", "L = max(0, s)", "Far enough apart costs nothing."))
        factor, why = "", "Along the sphere, away from the other vector."
        if not w.case("s >= 0"):
            for role, name in (("input1", "a"), ("input2", "b")):
                w.gradient(role, f"dL/d{name}_j = {_inactive_gradient(s)}", NOTHING)
            return
    in_reach = length_a == "A" and length_b == "B"
    rest = "the part of the other direction at right angles to this one"
    text = f"(b_j / B - c * a_j / A) / {length_a}"
    w.gradient(
        "input1",
        f"dL/da_j = {factor}{text}",
        why,
        [(f"dc/da_j = {text}", rest)] if in_reach else [],
    )
    text = f"(a_j / A - c * b_j / B) / {length_b}"
    w.gradient(
        "input2",
        f"dL/db_j = {factor}{text}",
        why,
        [(f"dc/db_j = {text}", rest)] if in_reach else [],
    )


def _in_reach(w: Walk, x: str, largest: str) -> str:
    """Scale a vector down where its squares would overflow; return its length's formula."""
    if not w.case(f"max_k(abs({x}_k)) > {REACH}"):
        return x.upper()
    w.know(**{largest: w.value(f"max_k(abs({x}_k))").settled()})
    why = f"Its squares would overflow, and lengths do not matter. {largest} is the largest entry."
    w.each(f"{x} in reach", f"{x}_j = {x}_j / {largest}", why)
    w.check(f"max_j(abs({x}_j)) = 1")
    return f"({x.upper()} * {largest})"


def triplet_margin(
    w: Walk,
    anchor: Numbers,
    positive: Numbers,
    negative: Numbers,
    *,
    margin: Number,
    p: Number,
    eps: Number,
    swap: bool,
    **_: Any,
) -> None:
    """The positive nearer to the anchor than the negative, by a margin."""
    w.given("Anchor", "a_j", anchor, "--anchor, as given.")
    w.given("Positive", "p_j", positive, "Should be near the anchor.")
    w.given("Negative", "n_j", negative, "Should be farther away.")
    w.know(m=margin, p=p, eps=eps)
    _distance(w, "a", "p", "u")
    _distance(w, "a", "n", "v")
    least, pull, by_anchor, by_positive = "D_an", "v_j", "u_j - v_j", "-u_j"
    if swap:
        _distance(w, "p", "n", "r")
        closer = w.asks(
            "Is the positive the closer one?",
            "D_pn < D_an",
            "its distance is used",
            "the anchor's is used",
            "--swap takes the harder of the two: the smaller distance to the negative.",
        )
        if closer:
            least, pull, by_anchor, by_positive = "D_pn", "r_j", "u_j", "-u_j - r_j"
        elif w.case("D_pn == D_an"):
            pull, by_anchor, by_positive = "(v_j + r_j) / 2", "u_j - v_j / 2", "-u_j - r_j / 2"
    why = "The negative should be farther away by the margin m."
    s = w.one("Shortfall", f"s = D_ap - {least} + m", why)
    active = w.asks(
        "Is the hinge active?",
        "s >= 0",
        "the negative is too near",
        "it is far enough",
        "Far enough away costs nothing.",
    )
    w.reduce(w.one("Hinge", "L = max(0, s)", LACK))
    parts = [
        ("anchor", "a", by_anchor, "Toward the positive, away from the negative."),
        ("positive", "p", by_positive, "Toward the anchor."),
        ("negative", "n", pull, "Away from the vector that it is compared with."),
    ]
    for role, name, text, why in parts:
        if active:
            reasons = [
                ("ds/dD_ap = 1", "the shortfall grows with the distance that should be small")
            ]
            w.gradient(role, f"dL/d{name}_j = {text}", why, reasons)
        else:
            w.gradient(role, f"dL/d{name}_j = {_inactive_gradient(s)}", NOTHING)


def _distance(w: Walk, a: str, b: str, pull: str) -> None:
    """Walk to the p-norm of a difference, and to its derivative by each entry."""
    why = "Entry by entry; eps, as in PyTorch, keeps the slope of a distance of 0 finite."
    w.each(f"From {a} to {b}", f"g_j = {a}_j - {b}_j + eps", why)
    w.know(t=w.value("max_j(abs(g_j))").settled())
    why, distance = "The larger p, the more the largest difference matters.", f"D_{a}{b}"
    in_reach = w.case(f"t < {REACH}") and w.case(f"t > {1 / REACH}")
    if in_reach or w.case("t == 0") or w.case("t == inf"):
        w.each("Powers", "h_j = abs(g_j)^p", why, adds=True)
        root = "sum_j(h_j)^(1 / p)"
    else:
        why = f"{why} The largest, t, is taken out first."
        w.each("Powers", "h_j = abs(g_j / t)^p", why, adds=True)
        w.check("max_j(h_j) = 1")
        root = "t * sum_j(h_j)^(1 / p)"
    w.one(
        "Distance",
        f"{distance} = {root}",
        "The p-norm: 2 is Euclidean, 1 adds the absolute values.",
    )
    text = f"sign(g_j) * (abs(g_j) / {distance})^(p - 1)"
    if w.case(f"{distance} == 0"):
        text = "0 * g_j"
    elif w.case(f"{distance} == inf"):
        # An infinite difference has all of the distance.
        text = f"sign(g_j) * 1[abs(g_j) == {distance}]^(p - 1)"
    why = "How the distance grows with each difference."
    w.each("Its derivative", f"{pull}_j = {text}", why)
