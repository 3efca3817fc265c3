"""The walks of `losses/regression.py`: predictions of numbers, and the cost of an error."""

from __future__ import annotations

import math
from typing import Any

from losscli.commands.explain.naive import Fragile
from losscli.commands.explain.number import Number
from losscli.commands.explain.walk import Walk

NUMBERS = "x is the prediction, y the true value."
SIDES = "the size has slope 1 on one side, -1 on the other"


def _error(w: Walk, x: Number, y: Number) -> Number:
    """Walk to the error."""
    w.numbers(NUMBERS, x=x, y=y)
    return w.one("Error", "d = x - y", "How far off the prediction is, and in which direction.")


def l1(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Absolute error."""
    _error(w, x, y)
    w.reduce(w.one("Absolute error", "L = abs(d)", "The loss is proportional to the error."))
    reasons = [("dL/dd = sign(d)", SIDES), ("dd/dx = 1", "d = x - y")]
    why = "The same pull at any distance; at 0 there is no slope, and 0 is the convention."
    w.gradient("input", "dL/dx = sign(d)", why, reasons)


def mse(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Squared error."""
    _error(w, x, y)
    w.reduce(w.one("Square it", "L = d^2", "Twice as far off costs four times as much."))
    reasons = [("dL/dd = 2 * d", "the derivative of a square"), ("dd/dx = 1", "d = x - y")]
    w.gradient("input", "dL/dx = 2 * d", "The pull grows with the error.", reasons)


def smooth_l1(w: Walk, x: Number, y: Number, *, beta: Number, **_: Any) -> None:
    """Quadratic below beta, linear beyond."""
    _error(w, x, y)
    w.know(beta=beta)
    w.one("Its size", "a = abs(d)", "Too high and too low cost the same.")
    near = w.asks(
        "Below beta?",
        "a < beta",
        "the quadratic part",
        "the linear part",
        "Small errors are squared, so that the pull fades; large ones count in proportion.",
    )
    if near:
        why = "Below beta a square, flat at 0."
        w.reduce(w.one("Quadratic part", "L = a^2 / (2 * beta)", why))
        reasons = [("dL/dd = d / beta", "the derivative of d^2 / (2 * beta)")]
        why = "Within beta the pull shrinks with the error."
        w.gradient("input", "dL/dx = d / beta", why, reasons)
    else:
        why = "Beyond beta the absolute error, minus a constant so that both parts meet."
        w.reduce(w.one("Linear part", "L = a - beta / 2", why))
        why = "Beyond beta the pull is 1 at any distance."
        w.gradient("input", "dL/dx = sign(d)", why, [("da/dd = sign(d)", SIDES)])


def huber(w: Walk, x: Number, y: Number, *, delta: Number, **_: Any) -> None:
    """Half the square within delta, linear beyond."""
    _error(w, x, y)
    w.know(delta=delta)
    w.one("Its size", "a = abs(d)", "Too high and too low cost the same.")
    near = w.asks(
        "Within delta?",
        "a <= delta",
        "the quadratic part",
        "the linear part",
        "Within delta an error is treated as noise and squared; beyond it as an outlier.",
    )
    if near:
        w.reduce(w.one("Quadratic part", "L = a^2 / 2", "Within delta half the square."))
        reasons = [("dL/dd = d", "the derivative of d^2 / 2")]
        w.gradient("input", "dL/dx = d", "Within delta the pull is the error itself.", reasons)
    else:
        why = "Beyond delta a line with the slope that the square has there."
        w.reduce(w.one("Linear part", "L = delta * (a - delta / 2)", why))
        reasons = [("dL/dd = delta * sign(d)", "the slope of that line")]
        why = "An outlier pulls with delta and no more."
        w.gradient("input", "dL/dx = delta * sign(d)", why, reasons)


def log_cosh(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Log of the hyperbolic cosine of the error."""
    d = _error(w, x, y)
    w.fragile = _fragile_log_cosh(d.value)
    why = "(e^d + e^-d) / 2: 1 at 0, half of e^|d| far away."
    near = w.case("abs(d) < 690")
    if near:
        w.one("Hyperbolic cosine", "c = cosh(d)", why)
        why = "Near d^2 / 2 for small errors, |d| - log 2 for large ones."
        w.reduce(w.one("Its log", "L = log(c)", why))
    else:
        why = "cosh(d) is e^|d| / 2 here and overflows; its log does not."
        w.reduce(w.one("Far away", "L = abs(d) - log(2)", why))
    reasons = [("dL/dd = sinh(d) / cosh(d)", "the chain rule; their quotient is tanh")]
    why = "Between -1 and 1: small errors pull in proportion, large ones all alike."
    w.gradient("input", "dL/dx = tanh(d)", why, reasons if near else [])


def _fragile_log_cosh(d: float) -> Fragile:
    stable = ("r = log1p(exp(-2 * abs(d)))", "L = abs(d) - log(2) + r")
    if abs(d) < 1:
        stable = ("h = 2 * sinh(d / 2)^2", "L = log1p(h)")
    return Fragile("log(cosh(d))", {"d": d}, ("c = cosh(d)", "L = log(c)"), stable)


def quantile(w: Walk, x: Number, y: Number, *, tau: Number, **_: Any) -> None:
    """Low predictions cost tau, high ones 1 - tau."""
    w.numbers(NUMBERS, x=x, y=y)
    w.know(tau=tau)
    why = "Above 0 the prediction is too low, below 0 too high."
    s = w.one("How much too low", "s = y - x", why)
    low = w.asks(
        "Too low?",
        "s > 0",
        "each unit costs tau",
        "each unit costs 1 - tau",
        "A prediction of the quantile tau lies below the truth in a share 1 - tau of the cases.",
    )
    if low:
        w.reduce(w.one("Price", "L = tau * s", "Too low: tau per unit."))
    else:
        w.reduce(w.one("Price", "L = (tau - 1) * s", "Too high: 1 - tau per unit."))
    reasons = [("ds/dx = -1", "s = y - x falls as x grows")]
    why = "A constant pull; where x equals y, the mean of both sides is the convention."
    formula = "-tau" if low else "(1 - tau - tau) / 2" if w.case("s == 0") else "1 - tau"
    w.gradient("input", f"dL/dx = {'s' if math.isnan(s.value) else formula}", why, reasons)


def msle(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Squared error of log(1 + x)."""
    w.numbers(NUMBERS, x=x, y=y)
    w.fragile = Fragile(
        "log(1 + x) - log(1 + y)",
        {"x": x.value, "y": y.value},
        ("a = log(1 + x)", "b = log(1 + y)", "g = a - b"),
        ("r = (x - y) / (1 + y)", "g = log1p(r)"),
    )
    why = "Logs turn ratios into differences; the 1 keeps the log of a count of 0 finite."
    w.several("Logs", why, "a = log(1 + x)", "b = log(1 + y)")
    w.one("Their difference", "g = a - b", "The log of the ratio of 1 + x and 1 + y.")
    why = "Too high and too low cost the same; far off costs more."
    w.reduce(w.one("Square it", "L = g^2", why))
    reasons = [
        ("dg/dx = 1 / (1 + x)", "the derivative of log(1 + x)"),
        ("dL/dg = 2 * g", "the derivative of a square"),
    ]
    why = "At large x the log is flat, and the pull is weak."
    w.gradient("input", "dL/dx = 2 * g / (1 + x)", why, reasons)


def mape(w: Walk, x: Number, y: Number, **_: Any) -> None:
    """Absolute error in percent of the target."""
    _error(w, x, y)
    why = "An error of 1 is large at 2 and small at 200."
    w.one("As a share of the true value", "r = abs(d) / abs(y)", why)
    w.reduce(w.one("In percent", "L = 100 * r", "A percent is a hundredth."))
    why = "The smaller the true value, the stronger the pull."
    reasons = [("dr/dd = sign(d) / abs(y)", SIDES)]
    w.gradient("input", "dL/dx = 100 / abs(y) * sign(d)", why, reasons)
