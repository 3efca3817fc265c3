"""The walks of `losses/robust.py`: cross entropy's relatives, each a function of p(target)."""

from __future__ import annotations

from typing import Any

from losscli.commands.explain.number import Number
from losscli.commands.explain.walk import Numbers, Walk
from losscli.commands.explain.walks.probability import log_softmax, probabilities

OTHERS = "What the target did not get."
PULL = "The target is pulled up, the others are pushed down in proportion to their probabilities."
Reasons = list[tuple[str, str]]
DQ = [("q = 1 - exp(l_y)", "the classes share 1"), ("dq/dl_y = -p_y", "the derivative of exp")]


class AtTarget:
    """What a model gives the target: p, log p, and what the other classes get."""

    def __init__(
        self, w: Walk, x: Numbers, y: int, form: str, *, needs: str = "pl", **options: Any
    ) -> None:
        self.w, self.form = w, form
        self.p, self.log_p = probabilities(w, x, form, needs=needs)
        w.know(y=y, **options)
        if form == "logits":
            w.fragile = log_softmax(x, y)
        w.belief = self.p[y].value

    @property
    def name(self) -> str:
        """The symbol of the input of a class, where it is not a logit."""
        return "p_j" if self.form == "probs" else "l_j"

    def others(self) -> Number:
        """Walk to the probability of all classes but the target."""
        if self.form == "logits":
            return self.w.one("The others", "q = sum_k(p_k, k != y)", OTHERS)
        return self.w.one("The others", "q = 1 - p_y", OTHERS)

    def gradient(self, by_log: str, reasons: Reasons, by_p: str = "(g / p_y)") -> None:
        """Add the gradient from g, the derivative by log p_y, whatever the input is.

        `by_p` is the derivative by p_y, where g / p_y would be 0 / 0.
        """
        w = self.w
        if self.form == "probs" and by_p != "(g / p_y)":
            w.gradient("input", f"dL/dp_j = 1[j == y] * {by_p}", PULL, reasons)
            return
        why = "How the loss falls as the target's log p grows."
        w.one("Derivative by log p", f"g = {by_log}", why)
        if self.form == "logits":
            reasons = [*reasons, ("dl_y/dx_j = 1[j == y] - p_j", "the derivative of log softmax")]
            w.gradient("input", "dL/dx_j = g * (1[j == y] - p_j)", PULL, reasons)
            w.check("sum_j(dL/dx_j) = 0")
        elif self.form == "probs":
            reasons = [*reasons, ("dl_y/dp_y = 1 / p_y", "the derivative of the log")]
            w.gradient("input", f"dL/dp_j = 1[j == y] * {by_p}", PULL, reasons)
        else:
            w.gradient("input", "dL/dl_j = 1[j == y] * g", PULL, reasons)


def softmax_focal(
    w: Walk, x: Numbers, y: int, *, alpha: Number | Numbers, gamma: Number, from_: str, **_: Any
) -> None:
    """Focal loss: well-classified samples are down-weighted."""
    at = AtTarget(w, x, y, from_, alpha=alpha, gamma=gamma)
    factor = "alpha_y" if isinstance(alpha, list) else "alpha"
    at.others()
    if w.case("q < 0"):
        w.one("At least 0", "q = 0", "A probability above 1 counts as 1.")
    w.one("Fade", "f = q^gamma", "The better the answer, the smaller the factor.")
    why = "Cross entropy, reduced where the prediction is already good."
    w.reduce(w.one("Focal loss", f"L = -{factor} * f * l_y", why))
    if w.case("f == 0"):
        if gamma.value < 1:
            w.convention = "near q = 0 the loss bends too sharply for a finite difference"
        at.gradient("0", [])
        return
    inner = " * f * (1 - gamma * p_y * l_y / q)"
    if w.case("q == 0") or w.case("abs(l_y) == inf"):
        inner = ""
    reasons = [
        *DQ,
        ("df/dl_y = -gamma * p_y * q^(gamma - 1)", "the chain rule; then the product rule"),
    ]
    at.gradient(f"-{factor}{inner}", reasons if inner else [])


def poly(w: Walk, x: Numbers, y: int, *, epsilon: Number, from_: str, **_: Any) -> None:
    """Poly-1: cross entropy with another first term."""
    at = AtTarget(w, x, y, from_, epsilon=epsilon)
    at.others()
    why = "-log p is q + q^2/2 + q^3/3 ...; epsilon adds to the first term's factor of 1."
    w.reduce(w.one("Poly-1", "L = -l_y + epsilon * q", why))
    at.gradient("-1 - epsilon * p_y", DQ)


def gce(w: Walk, x: Numbers, y: int, *, q: Number, from_: str, **_: Any) -> None:
    """Generalized cross entropy: bounded by 1 / q."""
    at = AtTarget(w, x, y, from_, needs="l", q=q)
    why = "That is p_y^q: between p_y itself (q = 1) and 1 (q = 0)."
    w.one("Power of p", "r = exp(q * l_y)", why)
    why = "Never above 1 / q, so a wrong label cannot outweigh the rest."
    w.reduce(w.one("Box-Cox", "L = (1 - r) / q", why))
    at.gradient("-r", [("dr/dl_y = q * r", "r = exp(q * l_y)")], "-p_y^(q - 1)")


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
    at = AtTarget(w, x, y, from_, alpha=alpha, beta=beta, A=log_zero)
    w.one("The others", "q = sum_k(p_k, k != y)", OTHERS)
    why = "The reverse weights the logs of the target by p; A, --log-zero, stands in for log 0."
    w.several("Both directions", why, "C = -l_y", "R = -A * q")
    why = "alpha for the fit, beta against wrong labels."
    w.reduce(w.one("Add them", "L = alpha * C + beta * R", why))
    if from_ == "logits":
        at.gradient("-alpha + beta * A * p_y", DQ)
        return
    own, other = ("/ p_j", "") if from_ == "probs" else ("", " * p_j")
    text = f"-1[j == y] * alpha {own} - 1[j != y] * beta * A{other}"
    if from_ == "probs":
        text = "-1[j == y] * (alpha / p_j) - 1[j != y] * beta * A"
    why = "The target is pulled by its log, the others by the cost of their probability."
    w.gradient("input", f"dL/d{at.name} = {text}", why)


def prob_mae(w: Walk, x: Numbers, y: int, *, from_: str, **_: Any) -> None:
    """Absolute error of the softmax against the one-hot target."""
    at = AtTarget(w, x, y, from_, needs="p")
    if from_ == "logits" and w.loses("abs(p_y - 1)"):
        why = "Twice what the target did not get; 1 - p_y would lose its digits here."
        w.reduce(w.one("Distance from the truth", "L = 2 * sum_k(p_k, k != y)", why))
    else:
        why = "The excess of each other class, and what the target lacks."
        w.each("Distance from the truth", "a_j = abs(p_j - 1[j == y])", why, adds=True)
        why = "Twice what the target did not get, and never above 2."
        w.reduce(w.one("Add them", "L = sum_j(a_j)", why))
    if from_ == "logits":
        reasons = [("dp_y/dx_j = p_y * (1[j == y] - p_j)", "the derivative of the softmax")]
        w.gradient("input", "dL/dx_j = 2 * p_y * (p_j - 1[j == y])", PULL, reasons)
        w.check("sum_j(dL/dx_j) = 0")
        return
    inside = w.case("min_j(p_j) > 0") and w.case("max_j(p_j) < 1")
    text = "1[j != y] - 1[j == y]" if inside else "sign(p_j - 1[j == y])"
    if from_ == "log-probs":
        # Where p is rounded to 1, its log still has a sign.
        text = "1[j != y] + 1[j == y] * sign(l_j)" if w.case("p_y == 1") else text
        text = f"({text}) * p_j"
    why = "Every class is pulled with the same force, or not at all where it is exactly right."
    reasons = [("da_j/dp_j = 1[j != y] - 1[j == y]", "p is above 0 and below 1")]
    w.gradient("input", f"dL/d{at.name} = {text}", why, reasons if inside else [])
