"""The walks of `losses/robust.py`: cross entropy's relatives, each a function of p(target)."""

from __future__ import annotations

import math
from typing import Any

from losscli.commands.explain.naive import log_softmax
from losscli.commands.explain.number import (
    Number,
    absolute,
    exp,
    given,
    maximum,
    minimum,
    sign,
    total,
)
from losscli.commands.explain.walk import Walk
from losscli.commands.explain.walks.probability import Numbers, probabilities

OTHERS = "What the target did not get: 1 - p_y."


class AtTarget:
    """What a model gives the target: p, log p, and what the other classes get."""

    def __init__(self, w: Walk, x: Numbers, y: int, form: str) -> None:
        self.w, self.y, self.form = w, y, form
        self.p, self.log_p = probabilities(w, x, form)
        if form == "logits":
            w.fragile = log_softmax([x_j.value for x_j in x], y)
        others = [p_j for j, p_j in enumerate(self.p) if j != y]
        self.own = self.p[y]
        self.rest = total(others).settled() if others else given(0)
        self.missing = self.rest if form == "logits" else (1 - self.own).settled()
        w.belief = self.own.value

    def others(self) -> Number:
        """Walk to the probability of all classes but the target."""
        if self.form != "logits":
            return self.w.one("The others", "q = 1 - p_y", 1 - self.own, OTHERS)
        parts = [self.p[j] for j in self.w.shown if j != self.y]
        if self.w.rest:
            parts.append(total([self.p[j] for j in self.w.rest]).settled())
        how = total(parts) if parts else given(0)
        return self.w.one("The others", "q = sum_others(p_j)", how, OTHERS)

    def slope(
        self,
        symbol: str,
        by_log: Number,
        why: str,
        reasons: list[tuple[str, str]],
        by_p: Number | None = None,
    ) -> None:
        """Add the gradient from dL / d log p_y, `g`: the same for every form of the input.

        `by_p` is dL / dp_y where g / p_y is 0 / 0 at p = 0.
        """
        w, y = self.w, self.y
        g = w.one(
            "Slope by log p", symbol, by_log, "How the loss falls as the target's log p grows."
        )
        zero = [given(0) for _ in self.p]
        if self.form == "logits":
            values = [(g * (given(float(j == y)) - p_j)) for j, p_j in enumerate(self.p)]
            reasons = [*reasons, ("dl_y/dx_j = 1[j == y] - p_j", "the derivative of log softmax")]
            w.slope("input", "dL/dx_j = g * (1[j == y] - p_j)", values, why, reasons)
            w.check("sum_j dL/dx_j = 0", total(w.gradients["input"]), 0.0)
        elif self.form == "probs":
            zero[y] = g / self.own if by_p is None else by_p
            reasons = [*reasons, ("dl_y/dp_y = 1 / p_y", "the derivative of the log")]
            w.slope("input", "dL/dp_j = 1[j == y] * g / p_y", zero, why, reasons)
        else:
            zero[y] = g
            w.slope("input", "dL/dl_j = 1[j == y] * g", zero, why, reasons)


PULL = "The target is pulled up, the others down by what they hold."


def softmax_focal(
    w: Walk, x: Numbers, y: int, *, alpha: Number | Numbers, gamma: Number, from_: str, **_: Any
) -> None:
    """Focal loss: what is classified well counts little."""
    at = AtTarget(w, x, y, from_)
    factor = alpha[y] if isinstance(alpha, list) else alpha
    q = at.others()
    if q.value < 0:
        q = w.one(
            "At least 0",
            "q = max(0, q)",
            maximum(0, q),
            "A log-probability above 0 counts as p = 1.",
        )
    faded = w.one("Fade", "f = q^gamma", q**gamma, "The better the answer, the smaller the factor.")
    log_p = at.log_p[y]
    loss = -factor * faded * log_p
    w.reduce(
        w.one(
            "Focal loss", "L = -alpha * f * l_y", loss, "Cross entropy, where it is still needed."
        )
    )
    # log p / (1 - p) tends to -1 where p tends to 1; p log p tends to 0 where p does.
    ratio = log_p / q if q.value else given(-1)
    ratio = ratio if math.isfinite(ratio.value) else given(0)
    own = minimum(at.own, 1) if at.own.value > 1 else at.own
    at.slope(
        "g = -alpha * f * (1 - gamma * p_y * l_y / q)",
        -factor * faded * (1 - gamma * own * ratio),
        PULL,
        [
            ("dq/dl_y = -p_y", "q = 1 - exp(l_y)"),
            ("g = -alpha * (f - gamma * p_y * l_y * q^(gamma - 1))", "the product rule"),
        ],
    )


def poly(w: Walk, x: Numbers, y: int, *, epsilon: Number, from_: str, **_: Any) -> None:
    """Poly-1: cross entropy with another first term."""
    at = AtTarget(w, x, y, from_)
    q = at.others()
    loss = -at.log_p[y] + epsilon * q
    w.reduce(
        w.one(
            "Poly-1",
            "L = -l_y + epsilon * q",
            loss,
            "-log p is q + q^2/2 + q^3/3 ...; epsilon adds to the first term's factor of 1.",
        )
    )
    at.slope(
        "g = -1 - epsilon * p_y",
        -1 - epsilon * at.own,
        PULL,
        [("dq/dl_y = -p_y", "q = 1 - exp(l_y)"), ("g = -1 + epsilon * dq/dl_y", "term by term")],
    )


def gce(w: Walk, x: Numbers, y: int, *, q: Number, from_: str, **_: Any) -> None:
    """Generalized cross entropy: bounded by 1 / q."""
    at = AtTarget(w, x, y, from_)
    power = w.one(
        "Power of p",
        "r = exp(q * l_y)",
        exp(q * at.log_p[y]),
        "That is p_y^q: between p_y itself (q = 1) and 1 (q = 0).",
    )
    w.reduce(
        w.one(
            "Box-Cox",
            "L = (1 - r) / q",
            (1 - power) / q,
            "Never above 1 / q, so a wrong label cannot outweigh the rest.",
        )
    )
    at.slope(
        "g = -r",
        -power,
        PULL,
        [("dr/dl_y = q * r", "r = exp(q * l_y)"), ("g = -r", "the q cancels")],
        -(at.own ** (q - 1)),
    )


def sce(
    w: Walk,
    x: Numbers,
    y: int,
    *,
    alpha: Number,
    beta: Number,
    log_zero: Number,
    from_: str,
    **_: Any,
) -> None:
    """Symmetric cross entropy: a sum of it and its reverse."""
    at = AtTarget(w, x, y, from_)
    forward, reverse = w.table(
        "Both directions",
        "",
        [("CE: -l_y", -at.log_p[y]), ("reverse: -A * q", -log_zero * at.rest)],
        "The reverse lets p weigh the logs of the truth; log 0 is taken for A, --log-zero.",
    )
    loss = w.one(
        "Add them",
        "L = alpha * CE + beta * RCE",
        alpha * forward + beta * reverse,
        "alpha for fitting, beta against wrong labels.",
    )
    w.reduce(loss)
    price = -beta * log_zero
    if from_ == "logits":
        at.slope(
            "g = -alpha + beta * A * p_y",
            -alpha - price * at.own,
            PULL,
            [
                ("dq/dl_y = -p_y", "q = 1 - exp(l_y)"),
                ("g = -alpha - beta * A * dq/dl_y", "term by term"),
            ],
        )
        return
    _each_apart(w, at, -alpha / at.own if from_ == "probs" else -alpha, price)


def _each_apart(w: Walk, at: AtTarget, own: Number, price: Number) -> None:
    """Add the gradient where the input's classes move apart, without a softmax between them."""
    values = [price * p_j if at.form == "log-probs" else price for p_j in at.p]
    values[at.y] = own
    name = "p_j" if at.form == "probs" else "l_j"
    w.slope(
        "input",
        f"dL/d{name} = g_j",
        values,
        "The target by its log, the others by what their probability costs.",
        [(f"dL/d{name} = g_j", "each class moves alone: nothing is normalised")],
    )


def prob_mae(w: Walk, x: Numbers, y: int, *, from_: str, **_: Any) -> None:
    """Absolute error of the softmax against the one-hot target."""
    at = AtTarget(w, x, y, from_)
    target = [given(float(j == y)) for j in range(len(at.p))]
    if from_ == "logits":
        sizes = [absolute(p_j - t_j) for p_j, t_j in zip(at.p, target, strict=True)]
        sizes[y] = at.missing if sizes[y].is_lost else sizes[y]
    else:
        sizes = [absolute(p_j - t_j) for p_j, t_j in zip(at.p, target, strict=True)]
    a = w.each(
        "Distance from the truth",
        "a_j = abs(p_j - 1[j == y])",
        sizes,
        "What each class has too much, or the target too little.",
        adds=True,
    )
    w.reduce(
        w.one(
            "Add them",
            "L = sum_j(a_j)",
            w.total(a),
            "Twice what the target did not get, and never above 2.",
        )
    )
    if from_ == "logits":
        at.slope(
            "g = -2 * p_y",
            -2 * at.own,
            PULL,
            [("L = 2 * (1 - p_y)", "the others hold what the target lacks")],
        )
        return
    own = -sign(1 - at.own) if from_ == "probs" else sign(at.log_p[y]) * at.own
    values = [sign(p_j) if from_ == "probs" else 1 * p_j for p_j in at.p]
    values[y] = own
    name = "p_j" if from_ == "probs" else "l_j"
    symbol = f"dL/d{name} = sign(p_j - 1[j == y])"
    w.slope(
        "input",
        symbol if from_ == "probs" else f"{symbol} * p_j",
        values,
        "Every class is pulled with the same force; exactly right, not at all.",
        [("dabs(d)/dd = sign(d)", "the size has slope 1 on one side, -1 on the other")],
    )
