"""The walks of `losses/binary.py`: one yes-or-no output, its score or probability, its label."""

from __future__ import annotations

from typing import Any

from losscli.commands.explain import naive
from losscli.commands.explain.number import Number, compared, exp, given, log, maximum
from losscli.commands.explain.walk import Walk
from losscli.commands.explain.walks.logistic import sigmoid_of, softplus, two_logs

LOG_FLOOR = -100
SLOPE_FLOOR = 9.999999960041972e-13
"""1e-12 as float32 has it."""


def _added(w: Walk, terms: dict[str, Number], weight: Number | None) -> Number:
    """Walk from the terms of yes and no to the loss."""
    why = "Each surprise counts by its share of the truth."
    yes, no = w.table("The two terms", "", list(terms.items()), why)
    why = "One of the two is 0 where y is 0 or 1."
    loss = w.one("Add them", "L = L_yes + L_no", yes + no, why)
    if weight is None:
        return loss
    return w.one("Weight", "L_w = w * L", weight * loss, "--weight scales this element.")


def _believed(w: Walk, y: Number, p: Number, q: Number) -> None:
    """Note the probability that the model gives a certain label."""
    if y.value in (0, 1):
        w.belief, w.outcomes = p.value if y.value == 1 else q.value, 2


def _times(weight: Number | None, slope: Number, symbol: str) -> tuple[Number, str]:
    if weight is None:
        return slope, symbol
    left, _, right = symbol.partition(" = ")
    return weight * slope, f"{left} = w * ({right})"


def bce(w: Walk, x: Number, y: Number, *, weight: Number | None, **_: Any) -> None:
    """Binary cross entropy of a probability."""
    w.numbers("x is the probability of yes, y the share of yes that is true.", x=x, y=y)
    yes, no = w.table(
        "The two logs",
        "",
        [("log(x)", log(x)), ("log(1 - x)", log(1 - x))],
        "How surprising yes would be, and how surprising no.",
    )
    if min(yes.value, no.value) < LOG_FLOOR:
        yes, no = w.table(
            "Clamp",
            "",
            [("log(x)", maximum(yes, LOG_FLOOR)), ("log(1 - x)", maximum(no, LOG_FLOOR))],
            "PyTorch's convention: no log counts below -100, so that the loss stays finite.",
        )
        w.convention = "a convention where a log is clamped: the loss is flat there"
    _believed(w, y, x, 1 - x)
    terms = {"-y * log(x)": -y * yes, "-(1 - y) * log(1 - x)": -(1 - y) * no}
    w.reduce(_added(w, terms, weight))
    room = x * (1 - x)
    if room.value < SLOPE_FLOOR:
        w.convention = "a convention near 0 and 1: the divisor is at least 1e-12, as in PyTorch"
        room = maximum(room, SLOPE_FLOOR)
    slope, symbol = _times(weight, (x - y) / room, "dL/dx = (x - y) / (x * (1 - x))")
    w.slope(
        "input",
        symbol,
        [slope],
        "The nearer to a wrong certainty, the harder the pull.",
        [
            ("dL/dx = -y / x + (1 - y) / (1 - x)", "the derivatives of the two logs"),
            ("dL/dx = (x - y) / (x * (1 - x))", "over one divisor"),
        ],
    )


def bce_logits(
    w: Walk, x: Number, y: Number, *, weight: Number | None, pos_weight: Number | None, **_: Any
) -> None:
    """Binary cross entropy of a logit."""
    w.numbers("x is the logit of yes, y the share of yes that is true.", x=x, y=y)
    p, q = sigmoid_of(w, x)
    w.fragile = naive.log_sigmoid(x.value, 1.0 if y.value >= 0.5 else -1.0)
    yes, no = two_logs(w, x, p, q)
    share = y
    if pos_weight is not None:
        share = w.one(
            "pos_weight", "y_w = w_p * y", pos_weight * y, "--pos-weight scales the part of yes."
        )
    _believed(w, y, p, q)
    terms = {"-y * log(p)": -share * yes, "-(1 - y) * log(q)": -(1 - y) * no}
    w.reduce(_added(w, terms, weight))
    if pos_weight is None:
        slope, symbol = p - y, "dL/dx = p - y"
    else:
        slope, symbol = (1 - y) * p - share * q, "dL/dx = (1 - y) * p - y_w * q"
    slope, symbol = _times(weight, slope, symbol)
    w.slope(
        "input",
        symbol,
        [slope],
        "The probability given minus the one wanted.",
        [
            ("dlog(p)/dx = q", "the derivative of the log of the sigmoid"),
            ("dlog(q)/dx = -p", "and of the other answer's"),
            ("dL/dx = (1 - y) * p - y * q", "each by its share; without weights p - y"),
        ],
    )


def sigmoid_focal(w: Walk, x: Number, y: Number, *, alpha: Number, gamma: Number, **_: Any) -> None:
    """Focal loss: what is classified well counts little."""
    w.numbers("x is the logit of yes; the label y is 0 or 1.", x=x, y=y)
    is_yes = w.branch(
        "The label",
        "y = 1",
        compared(y, "=", 1),
        "z is x, the weight is alpha",
        "z is -x, the weight is 1 - alpha",
        "The score of the label is x, or -x where the label is 0.",
    )
    z = w.one(
        "Score of the label",
        "z = x" if is_yes else "z = -x",
        x if is_yes else -x,
        "Above 0 the label is the likelier answer.",
    )
    factor = w.one(
        "Weight of the label",
        "alpha_t = alpha" if is_yes else "alpha_t = 1 - alpha",
        alpha if is_yes else 1 - alpha,
        "alpha balances a rare yes against a frequent no.",
    )
    w.fragile = naive.log_sigmoid(z.value, 1.0)
    p, q = sigmoid_of(w, z, "z")
    w.belief = p.value
    surprise = log(p)
    if surprise.is_lost:
        surprise = w.one(
            "Log",
            "l = log(p)",
            -softplus(-z),
            "p has lost its log here; log1p of the exponential has not.",
        )
    else:
        surprise = w.one("Log", "l = log(p)", surprise, "How surprising the label is.")
    faded = w.one("Fade", "f = q^gamma", q**gamma, "The better the answer, the smaller the factor.")
    w.reduce(
        w.one(
            "Focal loss",
            "L = -alpha_t * f * l",
            -factor * faded * surprise,
            "Cross entropy, where it is still needed.",
        )
    )
    direction = 1 if is_yes else -1
    symbol = "alpha_t * f * (gamma * p * l - q)"
    inner = factor * faded * (gamma * p * surprise - q)
    w.slope(
        "input",
        f"dL/dx = {symbol}" if is_yes else f"dL/dx = -{symbol}",
        [inner if direction == 1 else -inner],
        "Towards the label, and the weaker the surer the answer already is.",
        [
            ("df/dz = -gamma * f * p", "the chain rule: dq/dz = -p * q"),
            ("dl/dz = q", "the derivative of the log of the sigmoid"),
            ("dL/dz = alpha_t * f * (gamma * p * l - q)", "the product rule"),
        ],
    )


def _agreement(w: Walk, x: Number, y: Number) -> Number:
    w.numbers("x is the score; the sign y is +1 or -1.", x=x, y=y)
    return w.one(
        "Agreement", "a = y * x", y * x, "Above 0 score and sign agree; its size is how surely."
    )


def soft_margin(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Logistic loss of score and sign."""
    a = _agreement(w, x, y)
    w.fragile = naive.log_sigmoid(a.value, 1.0)
    w.belief, w.outcomes = (1 / (1 + exp(-a))).value, 2
    if a.value < -700:
        loss = w.one(
            "Far on the wrong side",
            "L = -a + log(1 + exp(a))",
            -a + log(1 + exp(a)),
            "exp(-a) is beyond the largest number; its log is near -a.",
        )
    else:
        e = w.one("Exponentiate", "e = exp(-a)", exp(-a), "Large where score and sign disagree.")
        plain = log(1 + e)
        if plain.is_lost:
            loss = w.one(
                "Log", "L = log(1 + e)", softplus(-a), "1 + e would round e away; log1p keeps it."
            )
        else:
            loss = w.one(
                "Log",
                "L = log(1 + e)",
                plain,
                "Near 0 for a sure right score, near -a for a wrong one.",
            )
    w.reduce(loss)
    w.slope(
        "input",
        "dL/dx = -y / (1 + exp(a))",
        [-y / (1 + exp(a))],
        "The probability of being wrong, towards the sign.",
        [
            ("dL/da = -exp(-a) / (1 + exp(-a))", "the derivative of log(1 + exp(-a))"),
            ("da/dx = y", "a = y * x"),
        ],
    )


def _slack(w: Walk, x: Number, y: Number) -> tuple[Number, bool]:
    a = _agreement(w, x, y)
    s = w.one("Slack", "s = 1 - a", 1 - a, "What is missing to the margin of 1.")
    test = compared(s, ">", 0)
    active = w.branch(
        "Is the hinge active?",
        "s > 0",
        test,
        "inside the margin or wrong",
        "right by at least the margin",
        "Right by a margin of 1 is good enough and costs nothing.",
    )
    return s, active


def hinge(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Hinge loss of score and sign."""
    s, active = _slack(w, x, y)
    w.reduce(w.one("Hinge", "L = max(0, s)", maximum(0, s), "The slack, where there is any."))
    w.slope(
        "input",
        "dL/dx = -y" if active else "dL/dx = 0",
        [-y if active else given(0)],
        "A constant pull towards the sign." if active else "Nothing to gain.",
        [("ds/dx = -y", "s = 1 - y * x")],
    )


def squared_hinge(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Squared hinge loss of score and sign."""
    s, active = _slack(w, x, y)
    slack = w.one("Hinge", "h = max(0, s)", maximum(0, s), "The slack, where there is any.")
    w.reduce(
        w.one("Square it", "L = h^2", slack**2, "Far on the wrong side costs more than in step.")
    )
    w.slope(
        "input",
        "dL/dx = -2 * y * h",
        [-2 * y * slack],
        "The pull fades towards the margin." if active else "Nothing to gain.",
        [
            ("dL/dh = 2 * h", "the derivative of a square"),
            ("dh/dx = -y", "where the hinge is active"),
        ],
    )


def hinge_embedding(w: Walk, x: Number, y: Number, *, margin: Number, **_: Any) -> None:
    """Like pairs near, unlike pairs beyond a margin."""
    w.numbers("x is the distance of a pair; y is +1 for alike, -1 for unlike.", x=x, y=y)
    alike = w.branch(
        "Are they alike?",
        "y = 1",
        compared(y, "=", 1),
        "the distance itself is the loss",
        "they should be a margin apart",
        "Like pairs are pulled together, unlike pairs pushed apart.",
    )
    if alike:
        w.reduce(w.one("Distance", "L = x", x, "Alike and far apart is wrong."))
        slope, symbol = given(1), "dL/dx = 1"
    else:
        room = w.one(
            "Missing distance", "s = m - x", margin - x, "What is missing to the margin m."
        )
        why = "Unlike and a margin apart costs nothing."
        w.reduce(w.one("Hinge", "L = max(0, s)", maximum(0, room), why))
        slope, symbol = (given(-1), "dL/dx = -1") if room.value >= 0 else (given(0), "dL/dx = 0")
    w.slope(
        "input",
        symbol,
        [slope],
        "Nearer is better."
        if alike
        else "Farther is better, up to the margin; at it -1 is the convention.",
        [
            ("dL/dx = 1", "alike: the loss is the distance"),
            ("dL/dx = -1", "unlike: the loss is what is missing"),
        ],
    )
