"""The walks of `losses/binary.py`: one yes-or-no output, its score or probability, its label."""

from __future__ import annotations

from typing import Any

from losscli.commands.explain.number import Number, given
from losscli.commands.explain.walk import Walk
from losscli.commands.explain.walks.logistic import (
    fragile_log_sigmoid,
    log_sigmoid,
    sigmoid,
    two_logs,
)

LOG_FLOOR = -100
NORMALIZER_FLOOR = 9.999999960041972e-13
"""1e-12 as float32 has it."""
SLACK = "The slack, where there is any."


def _add_terms(w: Walk, yes: str, no: str, weight: Number | None) -> None:
    """Walk from the terms of yes and no to the loss."""
    w.several("The two terms", "Each surprise is weighted by its share of the target.", yes, no)
    loss = w.one("Add them", "L = L_yes + L_no", "One of the two is 0 where y is 0 or 1.")
    if weight is not None:
        w.know(w=weight)
        loss = w.one("Weight", "L_w = w * L", "--weight scales this element.")
    w.reduce(loss)


def _note_belief(w: Walk, y: Number, p: Number, q: Number) -> None:
    """Note the probability that the model gives a certain label."""
    if y.value in (0, 1):
        w.belief, w.outcomes = p.value if y.value == 1 else q.value, 2


def _gradient(
    w: Walk, formula: str, weight: Number | None, why: str, reasons: list[tuple[str, str]]
) -> None:
    formula = formula if weight is None else f"w * ({formula})"
    w.gradient("input", f"dL/dx = {formula}", why, reasons)


def bce(w: Walk, x: Number, y: Number, *, weight: Number | None, **_: Any) -> None:
    """Binary cross entropy of a probability."""
    w.numbers("x is the probability of yes, y the share of yes that is true.", x=x, y=y)
    why = "How surprising yes would be, and how surprising no."
    w.several("The two logs", why, "a = log(x)", "b = log(1 - x)")
    below = [name for name in "ab" if w.case(f"{name} < {LOG_FLOOR}")]
    if below:
        why = "PyTorch's convention: no log counts below -100, so that the loss stays finite."
        w.several("Clamp", why, *(f"{name} = -100" for name in below))
        w.convention = "a convention where a log is clamped: the loss is flat there"
    _note_belief(w, y, x, 1 - x)
    _add_terms(w, "L_yes = -y * a", "L_no = -(1 - y) * b", weight)
    product = "x * (1 - x)"
    if w.case(f"{product} < {NORMALIZER_FLOOR}"):
        w.convention = "a convention near 0 and 1: PyTorch divides by at least 1e-12"
        w.know(f=given(NORMALIZER_FLOOR))
        product = "f"
    reasons = [
        ("da/dx = 1 / x", "the derivative of log(x)"),
        ("db/dx = -1 / (1 - x)", "the derivative of log(1 - x)"),
        ("dL/dx = -y / x + (1 - y) / (1 - x)", "each by its share, over a common denominator"),
    ]
    why = "The more certain a wrong prediction, the stronger the pull."
    _gradient(w, f"(x - y) / ({product})", weight, why, [] if w.convention else reasons)


def bce_logits(
    w: Walk, x: Number, y: Number, *, weight: Number | None, pos_weight: Number | None, **_: Any
) -> None:
    """Binary cross entropy of a logit."""
    w.numbers("x is the logit of yes, y the share of yes that is true.", x=x, y=y)
    p, q = sigmoid(w, "x")
    w.fragile = fragile_log_sigmoid(x.value if y.value >= 0.5 else -x.value)
    two_logs(w, "x")
    # Far from 0 the difference p - y would lose the digits that q keeps.
    share, formula = "y", "p - y" if w.case("abs(x) <= 30") else "(1 - y) * p - y * q"
    if pos_weight is not None:
        w.know(w_p=pos_weight)
        w.one("pos_weight", "y_w = w_p * y", "--pos-weight scales the term of yes.")
        share, formula = "y_w", "(1 - y) * p - y_w * q"
    _note_belief(w, y, p, q)
    _add_terms(w, f"L_yes = -{share} * a", "L_no = -(1 - y) * b", weight)
    reasons = [
        ("da/dx = q", "the derivative of the log of the sigmoid"),
        ("db/dx = -p", "and of the log of the other answer"),
        (f"dL/dx = (1 - y) * p - {share} * q", "each by its share"),
    ]
    _gradient(w, formula, weight, "The predicted probability minus the target.", reasons)


def sigmoid_focal(w: Walk, x: Number, y: Number, *, alpha: Number, gamma: Number, **_: Any) -> None:
    """Focal loss: well-classified samples are down-weighted."""
    w.numbers("x is the logit of yes; the label y is 0 or 1.", x=x, y=y)
    w.know(alpha=alpha, gamma=gamma)
    is_yes = w.asks(
        "The label",
        "y == 1",
        "z is x, the weight is alpha",
        "z is -x, the weight is 1 - alpha",
        "The score of the label is x, or -x where the label is 0.",
    )
    why = "Above 0 the label is the more likely answer."
    z = w.one("Score of the label", "z = x" if is_yes else "z = -x", why)
    why = "alpha balances a rare yes against a frequent no."
    w.one("Weight of the label", f"alpha_t = {'alpha' if is_yes else '1 - alpha'}", why)
    w.fragile = fragile_log_sigmoid(z.value)
    p, _q = sigmoid(w, "z")
    w.belief = p.value
    if w.loses("log(p)"):
        why = "p is rounded here, so its log is lost; log1p keeps the digits."
        w.one("Log", f"l = {log_sigmoid('z')}", why)
    else:
        w.one("Log", "l = log(p)", "How surprising the label is.")
    w.one("Fade", "f = q^gamma", "The better the answer, the smaller the factor.")
    why = "Cross entropy, reduced where the prediction is already good."
    w.reduce(w.one("Focal loss", "L = -alpha_t * f * l", why))
    inner = "alpha_t * f * (gamma * p * l - q)"
    reasons = [
        ("df/dz = -gamma * f * p", "the chain rule: dq/dz = -p * q"),
        ("dl/dz = q", "the derivative of the log of the sigmoid"),
        (f"dL/dz = {inner}", "the product rule"),
    ]
    why = "Toward the label, and weaker the more certain the answer already is."
    w.gradient("input", f"dL/dx = {'' if is_yes else '-'}{inner}", why, reasons)


def _agreement(w: Walk, x: Number, y: Number) -> Number:
    w.numbers("x is the score; the sign y is +1 or -1.", x=x, y=y)
    return w.one(
        "Agreement", "a = y * x", "Above 0 the score and the sign agree; the size says how clearly."
    )


def soft_margin(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Logistic loss of score and sign."""
    a = _agreement(w, x, y)
    w.fragile = fragile_log_sigmoid(a.value)
    w.belief, w.outcomes = w.value("1 / (1 + exp(-a))").value, 2
    if w.case("a < -700"):
        why = "exp(-a) overflows; the log of 1 + exp(-a) is -a to the last digit."
        w.reduce(w.one("Far on the wrong side", "L = -a", why))
    else:
        w.one("Exponentiate", "e = exp(-a)", "Large where score and sign disagree.")
        if w.loses("log(1 + e)"):
            w.reduce(w.one("Log", "L = log1p(e)", "1 + e would round e away; log1p keeps it."))
        else:
            why = "Near 0 for a confident correct score, near -a for a wrong one."
            w.reduce(w.one("Log", "L = log(1 + e)", why))
    reasons = [
        ("dL/da = -1 / (1 + exp(a))", "the derivative of log(1 + exp(-a))"),
        ("da/dx = y", "a = y * x"),
    ]
    why = "The probability of being wrong, toward the sign."
    w.gradient("input", "dL/dx = -y / (1 + exp(a))", why, reasons)


def _is_active(w: Walk, x: Number, y: Number) -> bool:
    _agreement(w, x, y)
    w.one("Slack", "s = 1 - a", "How far the score falls short of the margin of 1.")
    return w.asks(
        "Is the hinge active?",
        "s > 0",
        "inside the margin or wrong",
        "right by at least the margin",
        "Right by a margin of 1 is good enough and costs nothing.",
    )


def hinge(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Hinge loss of score and sign."""
    active = _is_active(w, x, y)
    w.reduce(w.one("Hinge", "L = max(0, s)", SLACK))
    if active:
        reasons = [("ds/dx = -y", "s = 1 - y * x")]
        w.gradient("input", "dL/dx = -y", "A constant pull toward the sign.", reasons)
    else:
        w.gradient("input", "dL/dx = 0", "The loss is 0 here, so there is no pull.")


def squared_hinge(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Squared hinge loss of score and sign."""
    active = _is_active(w, x, y)
    w.one("Hinge", "h = max(0, s)", SLACK)
    w.reduce(w.one("Square it", "L = h^2", "Twice the slack costs four times as much."))
    if active:
        reasons = [("dL/dh = 2 * h", "the derivative of a square"), ("dh/dx = -y", "h is s here")]
        w.gradient("input", "dL/dx = -2 * y * h", "The pull fades toward the margin.", reasons)
    else:
        w.gradient("input", "dL/dx = 0", "The loss is 0 here, so there is no pull.")


def hinge_embedding(w: Walk, x: Number, y: Number, *, margin: Number, **_: Any) -> None:
    """Similar pairs close together, dissimilar pairs at least a margin apart."""
    w.numbers("x is the distance of a pair; y is +1 for similar, -1 for dissimilar.", x=x, y=y)
    w.know(m=margin)
    alike = w.asks(
        "Are they similar?",
        "y == 1",
        "the distance itself is the loss",
        "they should be a margin apart",
        "Similar pairs are pulled together, dissimilar pairs are pushed apart.",
    )
    if alike:
        w.reduce(w.one("Distance", "L = x", "Similar pairs should not be far apart."))
        reasons = [("dL/dx = 1", "the loss is the distance")]
        w.gradient("input", "dL/dx = 1", "A smaller distance is better.", reasons)
        return
    w.one("Missing distance", "s = m - x", "How far the distance falls short of the margin m.")
    w.reduce(w.one("Hinge", "L = max(0, s)", "Dissimilar pairs a margin apart cost nothing."))
    reasons = [("ds/dx = -1", "the loss is the missing distance")]
    why = "A larger distance is better, up to the margin; at the margin -1 is the convention."
    w.gradient("input", "dL/dx = -1" if w.case("s >= 0") else "dL/dx = 0", why, reasons)
