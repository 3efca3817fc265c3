"""The walks of `losses/regression.py`: the error, the case that applies, its price."""

from __future__ import annotations

from typing import Any

from losscli.commands.explain import naive
from losscli.commands.explain.number import Number, absolute, compared, cosh, given, log, sign, tanh
from losscli.commands.explain.walk import Walk


def numbers(w: Walk, x: Number, y: Number) -> None:
    """Show the prediction and the target."""
    w.numbers("x is what was predicted, y what is true.", x=x, y=y)


def error(w: Walk, x: Number, y: Number) -> Number:
    """Walk to the error."""
    numbers(w, x, y)
    return w.one("Error", "d = x - y", x - y, "How far off the prediction is, and to which side.")


def size(w: Walk, d: Number) -> Number:
    """Walk to the size of the error."""
    return w.one("Its size", "a = abs(d)", absolute(d), "Too high and too low cost the same.")


def l1(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Absolute error."""
    d = error(w, x, y)
    w.reduce(
        w.one(
            "Absolute error", "L = abs(d)", absolute(d), "The price grows in step with the error."
        )
    )
    w.slope(
        "input",
        "dL/dx = sign(d)",
        [sign(d)],
        "The same pull however far off; at 0 there is no slope, and 0 is the convention.",
        [
            ("dabs(d)/dd = sign(d)", "the size has slope 1 on one side, -1 on the other"),
            ("dd/dx = 1", "d = x - y"),
        ],
    )


def mse(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Squared error."""
    d = error(w, x, y)
    w.reduce(w.one("Square it", "L = d^2", d**2, "Twice as far off costs four times as much."))
    w.slope(
        "input",
        "dL/dx = 2 * d",
        [2 * d],
        "The pull grows with the error.",
        [("dL/dd = 2 * d", "the derivative of a square"), ("dd/dx = 1", "d = x - y")],
    )


def smooth_l1(w: Walk, x: Number, y: Number, *, beta: Number, **_: Any) -> None:
    """Quadratic below beta, linear beyond."""
    d = error(w, x, y)
    a = size(w, d)
    test = compared(a, "<", beta)
    near = w.branch(
        "Below beta?",
        "a < beta",
        test,
        "the quadratic part",
        "the linear part",
        "Small errors are squared, so that the slope fades; large ones count in step.",
    )
    if near:
        loss = w.one(
            "Quadratic part",
            "L = a^2 / (2 * beta)",
            a**2 / (2 * beta),
            "Below beta the square, flat at 0.",
        )
        slope, symbol = d / beta, "dL/dx = d / beta"
    else:
        loss = w.one(
            "Linear part",
            "L = a - beta / 2",
            a - beta / 2,
            "Beyond beta the size, less what makes both parts meet.",
        )
        slope, symbol = sign(d), "dL/dx = sign(d)"
    w.reduce(loss)
    w.slope(
        "input",
        symbol,
        [slope],
        "Within beta the pull shrinks with the error."
        if near
        else "Beyond beta the pull is 1, however far off.",
        [
            ("dL/dd = d / beta", "below beta: the derivative of d^2 / (2 * beta)"),
            ("dL/dd = sign(d)", "beyond: that of the size"),
        ],
    )


def huber(w: Walk, x: Number, y: Number, *, delta: Number, **_: Any) -> None:
    """Half the square within delta, linear beyond."""
    d = error(w, x, y)
    a = size(w, d)
    test = compared(a, "<=", delta)
    near = w.branch(
        "Within delta?",
        "a <= delta",
        test,
        "the quadratic part",
        "the linear part",
        "Within delta an error is taken for noise and squared; beyond it for an outlier.",
    )
    if near:
        loss = w.one("Quadratic part", "L = a^2 / 2", a**2 / 2, "Within delta half the square.")
        slope, symbol = d, "dL/dx = d"
    else:
        loss = w.one(
            "Linear part",
            "L = delta * (a - delta / 2)",
            delta * (a - delta / 2),
            "Beyond delta a line with the slope that the square has there.",
        )
        slope, symbol = delta * sign(d), "dL/dx = delta * sign(d)"
    w.reduce(loss)
    w.slope(
        "input",
        symbol,
        [slope],
        "Within delta the pull is the error itself."
        if near
        else "An outlier pulls with delta and no more.",
        [
            ("dL/dd = d", "within delta: the derivative of d^2 / 2"),
            ("dL/dd = delta * sign(d)", "beyond: that of the line"),
        ],
    )


def log_cosh(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Log of the hyperbolic cosine of the error."""
    d = error(w, x, y)
    w.fragile = naive.log_cosh(d.value)
    c = cosh(d)
    if c.value < 1e300:
        c = w.one(
            "Hyperbolic cosine",
            "c = cosh(d)",
            c,
            "(e^d + e^-d) / 2: 1 at 0, half of e^|d| far away.",
        )
        loss = w.one(
            "Its log",
            "L = log(c)",
            log(c),
            "Near d^2 / 2 for small errors, |d| - log 2 for large ones.",
        )
    else:
        loss = w.one(
            "Far away",
            "L = abs(d) - log(2)",
            absolute(d) - log(given(2)),
            "cosh d is e^|d| / 2 here and beyond the largest number; its log is not.",
        )
    w.reduce(loss)
    w.slope(
        "input",
        "dL/dx = tanh(d)",
        [tanh(d)],
        "Between -1 and 1: small errors pull in step, large ones alike.",
        [("dlog(c)/dd = sinh(d) / cosh(d)", "the chain rule; their quotient is tanh")],
    )


def quantile(w: Walk, x: Number, y: Number, *, tau: Number, **_: Any) -> None:
    """Low predictions cost tau, high ones 1 - tau."""
    numbers(w, x, y)
    s = w.one(
        "How much too low",
        "s = y - x",
        y - x,
        "Above 0 the prediction is too low, below 0 too high.",
    )
    test = compared(s, ">", 0)
    low = w.branch(
        "Too low?",
        "s > 0",
        test,
        "each unit costs tau",
        "each unit costs 1 - tau",
        "A prediction of the quantile tau lies below the truth in a share 1 - tau of the cases.",
    )
    if low:
        w.reduce(w.one("Price", "L = tau * s", tau * s, "Too low: tau a unit."))
        slope, symbol = -tau, "dL/dx = -tau"
    else:
        w.reduce(w.one("Price", "L = (tau - 1) * s", (tau - 1) * s, "Too high: 1 - tau a unit."))
        slope, symbol = 1 - tau, "dL/dx = 1 - tau"
        if s.value == 0:
            slope, symbol = (1 - tau - tau) / 2, "dL/dx = (1 - tau - tau) / 2"
        elif s.value != s.value:
            slope = s
    w.slope(
        "input",
        symbol,
        [slope],
        "A constant pull; exactly right, the mean of both sides is the convention.",
        [("ds/dx = -1", "s = y - x: more x is less s")],
    )


def msle(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Squared error of log(1 + x)."""
    numbers(w, x, y)
    w.fragile = naive.log_gap(x.value, y.value)
    a, b = w.table(
        "Logs",
        "",
        [("log(1 + x)", log(1 + x)), ("log(1 + y)", log(1 + y))],
        "Logs turn ratios into differences; the 1 keeps a count of 0 in the game.",
    )
    g = w.one(
        "Their difference",
        "g = log(1 + x) - log(1 + y)",
        a - b,
        "The log of the ratio of 1 + x and 1 + y.",
    )
    w.reduce(
        w.one(
            "Square it", "L = g^2", g**2, "Too high and too low cost the same; far off costs more."
        )
    )
    w.slope(
        "input",
        "dL/dx = 2 * g / (1 + x)",
        [2 * g / (1 + x)],
        "At large x the log is flat, and so is the pull.",
        [
            ("dg/dx = 1 / (1 + x)", "the derivative of log(1 + x)"),
            ("dL/dg = 2 * g", "that of the square"),
        ],
    )


def mape(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Absolute error in percent of the target."""
    d = error(w, x, y)
    share = w.one(
        "As a share of the truth",
        "r = abs(d) / abs(y)",
        absolute(d) / absolute(y),
        "An error of 1 is much at 2 and little at 200.",
    )
    w.reduce(w.one("In percent", "L = 100 * r", 100 * share, "Percent are hundredths."))
    w.slope(
        "input",
        "dL/dx = 100 / abs(y) * sign(d)",
        [100 / absolute(y) * sign(d)],
        "The smaller the truth, the harder the pull.",
        [("dabs(d)/dx = sign(d)", "the rest is a factor")],
    )
