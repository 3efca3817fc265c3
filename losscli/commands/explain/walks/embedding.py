"""The walks of `losses/embedding.py`: scores that rank, vectors that should be near or far."""

from __future__ import annotations

from typing import Any

from losscli.commands.explain.number import (
    Number,
    absolute,
    compared,
    given,
    maximum,
    minimum,
    sign,
    sqrt,
)
from losscli.commands.explain.walk import Walk

Numbers = list[Number]
COSINE_EPS = 1e-12
POWER = "The larger p, the more the largest difference counts."
REACH = 1e100
"""Beyond it squares are scaled down first, lest they overflow."""


def margin_ranking(w: Walk, x1: Number, x2: Number, y: Number, *, margin: Number, **_: Any) -> None:
    """The score that should be higher, by a margin."""
    w.numbers(
        "Two scores; y = +1 says that x1 should be higher, -1 that x2 should.", x1=x1, x2=x2, y=y
    )
    d = w.one("Lead", "d = x1 - x2", x1 - x2, "Above 0 the first leads.")
    s = w.one(
        "What lacks", "s = m - y * d", margin - y * d, "The right one should lead by the margin m."
    )
    active = w.branch(
        "Is the hinge active?",
        "s >= 0",
        compared(s, ">=", 0),
        "the lead is too small",
        "the order is right by more than m",
        "A lead of the margin costs nothing; at it the slope is that of the lack.",
    )
    w.reduce(w.one("Hinge", "L = max(0, s)", maximum(0, s), "What lacks, if anything does."))
    why = "Both scores are pulled apart, with the same force." if active else "Nothing to gain."
    reasons = [("ds/dx1 = -y", "s = m - y * (x1 - x2)")]
    zero = _or_nan(given(0), s)
    w.slope(
        "input1", "dL/dx1 = -y" if active else "dL/dx1 = 0", [-y if active else zero], why, reasons
    )
    w.slope(
        "input2",
        "dL/dx2 = y" if active else "dL/dx2 = 0",
        [y if active else zero],
        why,
        reasons,
    )


def _or_nan(slope: Number, x: Number) -> Number:
    return x if x.value != x.value else slope


def cosine_embedding(
    w: Walk, a: Numbers, b: Numbers, y: Number, *, margin: Number, **_: Any
) -> None:
    """Pairs of vectors by the cosine between them."""
    w.each("First vector", "a_i", a, "--input1, as given.")
    w.each("Second vector", "b_i", b, "--input2, as given.")
    a, down_a = _in_reach(w, a, "a")
    b, down_b = _in_reach(w, b, "b")
    products = w.each(
        "Products",
        "t_i = a_i * b_i",
        [a_i * b_i for a_i, b_i in zip(a, b, strict=True)],
        "Entries of one sign speak for a small angle.",
        adds=True,
    )
    dot = w.one("Dot product", "t = sum_i(t_i)", w.total(products), "Long and alike is large.")
    size_a, size_b = w.table(
        "Lengths",
        "",
        [("|a|", _length(w, a, down_a)), ("|b|", _length(w, b, down_b))],
        "1e-12 under the root, as in PyTorch: a vector of zeros then has a cosine, 0.",
    )
    c = w.one(
        "Cosine",
        "c = t / (norm(a) * norm(b))",
        dot / (size_a * size_b),
        "1 same direction, 0 at right angles, -1 opposite; lengths do not count.",
    )
    alike = w.branch(
        "Do they belong together?",
        "y = 1",
        compared(y, "=", 1),
        "the cosine should be 1",
        "it should be at most the margin",
        "Pairs that belong together are turned to each other, others away.",
    )
    if alike:
        w.reduce(w.one("Cosine distance", "L = 1 - c", 1 - c, "0 for the same direction."))
        factor = given(-1)
    else:
        s = w.one("Above the margin", "s = c - m", c - margin, "What the cosine has too much.")
        w.reduce(w.one("Hinge", "L = max(0, s)", maximum(0, s), "Far enough apart costs nothing."))
        factor = given(1) if s.value >= 0 else _or_nan(given(0), s)
    long_a, long_b = _unscaled(size_a, down_a), _unscaled(size_b, down_b)
    u = [(a_i / size_a).settled() for a_i in a]
    v = [(b_i / size_b).settled() for b_i in b]
    why = (
        "Along the sphere, towards the other vector."
        if alike
        else "Along the sphere, away from the other vector."
    )
    reasons = [
        (
            "dc/da_i = (v_i - c * u_i) / norm(a)",
            "u = a / norm(a), v = b / norm(b): the part of v across u",
        )
    ]
    symbol = "-1" if alike else "1" if factor.value else "0"
    w.slope(
        "input1",
        f"dL/da_i = {symbol} * (v_i - c * u_i) / norm(a)",
        [factor * (v_i - c * u_i) / long_a for u_i, v_i in zip(u, v, strict=True)],
        why,
        reasons,
    )
    w.slope(
        "input2",
        f"dL/db_i = {symbol} * (u_i - c * v_i) / norm(b)",
        [factor * (u_i - c * v_i) / long_b for u_i, v_i in zip(u, v, strict=True)],
        why,
        reasons,
    )


def _in_reach(w: Walk, x: Numbers, name: str) -> tuple[Numbers, Number]:
    largest = maximum(*(absolute(x_i) for x_i in x)).settled()
    if not largest.value > REACH:
        return x, given(1)
    scaled = w.each(
        f"{name} in reach",
        f"{name}_i = {name}_i / max_k(abs({name}_k))",
        [x_i / largest for x_i in x],
        "Its squares would overflow; the cosine does not see lengths.",
    )
    return scaled, largest


def _unscaled(size: Number, down: Number) -> Number:
    return size if down.value == 1 else (size * down).settled()


def _length(w: Walk, x: Numbers, down: Number) -> Number:
    eps = given(COSINE_EPS) if down.value == 1 else given(0)
    return sqrt(w.total([(x_i**2) for x_i in x]) + eps)


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
    w.each("Anchor", "a_i", anchor, "--anchor, as given.")
    w.each("Positive", "p_i", positive, "Should be near the anchor.")
    w.each("Negative", "n_i", negative, "Should be farther away.")
    near = _Distance(w, anchor, positive, p, eps, "a", "p")
    far = _Distance(w, anchor, negative, p, eps, "a", "n")
    least, own = far.length, given(1)
    other = None
    if swap:
        other = _Distance(w, positive, negative, p, eps, "p", "n")
        closer = other.length.value < far.length.value
        w.branch(
            "Is the positive the closer one?",
            "D_pn < D_an",
            compared(other.length, "<", far.length),
            "its distance is used",
            "the anchor's is used",
            "--swap takes the harder of the two: the smaller distance to the negative.",
        )
        least = minimum(far.length, other.length).settled()
        same = far.length.value == other.length.value
        own = given(0.5) if same else given(0) if closer else given(1)
    s = w.one(
        "What lacks",
        "s = D_ap - D_n + m",
        near.length - least + margin,
        "The negative should be farther by the margin m.",
    )
    active = w.branch(
        "Is the hinge active?",
        "s >= 0",
        compared(s, ">=", 0),
        "the negative is too near",
        "it is far enough",
        "Far enough is good enough, and costs nothing.",
    )
    w.reduce(w.one("Hinge", "L = max(0, s)", maximum(0, s), "What lacks, if anything does."))
    on = given(1) if active else _or_nan(given(0), s)
    pairs = zip(near.slope, far.slope, strict=True)
    reasons = [
        (
            "dD/dg_i = sign(g_i) * (abs(g_i) / D)^(p - 1)",
            "the slope of a p-norm along each difference",
        )
    ]
    third = other.slope if other else [given(0)] * len(anchor)
    rest = (1 - own).settled()
    w.slope(
        "anchor",
        "dL/da_i = u_i - v_i",
        [on * (u - own * v) for u, v in pairs],
        "Towards the positive, away from the negative." if active else "Nothing to gain.",
        reasons,
    )
    w.slope(
        "positive",
        "dL/dp_i = -u_i",
        [
            on * (-u - rest * t) if other else on * -u
            for u, t in zip(near.slope, third, strict=True)
        ],
        "Towards the anchor." if active else "Nothing to gain.",
        reasons,
    )
    w.slope(
        "negative",
        "dL/dn_i = v_i",
        [
            on * (own * v + rest * t) if other else on * v
            for v, t in zip(far.slope, third, strict=True)
        ],
        "Away from what it is compared with." if active else "Nothing to gain.",
        reasons,
    )


class _Distance:
    """The p-norm of a difference, walked, and its slope along each entry."""

    def __init__(
        self, w: Walk, x: Numbers, y: Numbers, p: Number, eps: Number, a: str, b: str
    ) -> None:
        gaps = w.each(
            f"From {a} to {b}",
            f"g_i = {a}_i - {b}_i + eps",
            [x_i - y_i + eps for x_i, y_i in zip(x, y, strict=True)],
            "Entry by entry; eps, as in PyTorch, keeps the slope of a distance of 0 finite.",
        )
        top = maximum(*(absolute(g_i) for g_i in gaps)).settled()
        if 1 / REACH < top.value < REACH or not top.value:
            parts, symbol, why = [absolute(g_i) ** p for g_i in gaps], "h_i = abs(g_i)^p", POWER
            top, form = given(1), "sum_i(h_i)^(1 / p)"
        else:
            parts, symbol = [absolute(g_i / top) ** p for g_i in gaps], "h_i = abs(g_i / t)^p"
            form, why = "t * sum_i(h_i)^(1 / p)", f"{POWER} The largest, t, is taken out first."
        powers = w.each("Powers", symbol, parts, why, adds=True)
        root = w.total(powers) ** (1 / p)
        self.length = w.one(
            "Distance",
            f"D_{a}{b} = {form}",
            root if top.value == 1 else top * root,
            "The p-norm: 2 is Euclid's, 1 adds the sizes.",
        )
        self.slope = [
            (sign(g_i) * (absolute(g_i) / self.length) ** (p - 1)).settled()
            if g_i.value
            else given(0)
            for g_i in gaps
        ]
