"""The walks of `losses/likelihood.py`: minus the log of a density or a probability."""

from __future__ import annotations

import math
from typing import Any

from losscli.commands.explain.number import Number, given
from losscli.commands.explain.walk import Walk

PI = given(math.pi)


def poisson_nll(
    w: Walk, x: Number, y: Number, *, log_input: bool, full: bool, eps: Number, **_: Any
) -> None:
    """Counts under a Poisson rate."""
    what = "the log of the rate" if log_input else "the rate"
    w.numbers(f"x is {what} that was predicted, y the count.", x=x, y=y)
    w.know(eps=eps, pi=PI)
    if log_input:
        rate = "r"
        w.one("Rate", "r = exp(x)", "How many events the model expects.")
        text, gradient, why = "L = r - y * x", "r - y", "Expected count minus actual count."
        reasons = [("dr/dx = r", "r = exp(x)"), ("dL/dx = r - y", "y * x is linear in x")]
    else:
        rate = "x"
        w.one("Log of the rate", "l = log(x + eps)", "eps keeps the log of a rate of 0 finite.")
        text, gradient, why = "L = x - y * l", "1 - y / (x + eps)", "0 where the rate is the count."
        reasons = [("dl/dx = 1 / (x + eps)", "the derivative of the log")]
    about = (
        "Minus the log of the Poisson probability; the part that does not depend on x is omitted."
    )
    if w.case(f"{rate} == inf"):
        loss = _infinite(w, "Likelihood", "The rate is infinite, and so is the loss.")
    else:
        loss = w.one("Likelihood", text, about)
    if full:
        loss = _full(w, loss)
    w.reduce(loss)
    w.gradient("input", f"dL/dx = {gradient}", why, reasons)


def _full(w: Walk, loss: Number) -> Number:
    """Walk to the loss with the constant that Stirling's formula gives."""
    many = w.asks(
        "Is the count above 1?",
        "y > 1",
        "Stirling's term is added",
        "log y! is 0 for 0 and 1",
        "--full adds log y!, which Stirling approximates.",
    )
    if not many:
        return loss
    why = "Nearly log y!, the part that does not depend on x."
    w.one("Stirling", "f = y * (log(y) - 1) + log(2 * pi * y) / 2", why)
    if w.case("y == inf"):
        return _infinite(w, "With it", "The count is infinite: so is the log of its factorial.")
    return w.one("With it", "L_f = L + f", "The whole negative log-likelihood.")


def _infinite(w: Walk, name: str, why: str) -> Number:
    """Walk to an infinite loss: its formula would be inf - inf."""
    loss = given(math.inf)
    w.know(L=loss)
    w.table(name, "", [("L", loss)], why)
    return loss


def gaussian_nll(
    w: Walk, x: Number, y: Number, var: Number, *, full: bool, eps: Number, **_: Any
) -> None:
    """Numbers under a normal distribution."""
    why = "x is the mean and var the variance that were predicted, y what was measured."
    w.numbers(why, x=x, y=y, var=var)
    w.know(eps=eps, pi=PI)
    w.one("Error", "d = x - y", "How far off the mean is.")
    clamped = w.asks(
        "Is the variance below eps?",
        "var < eps",
        "eps is used",
        "it is used as it is",
        "A variance of 0 would make any error infinitely unlikely.",
    )
    w.one(
        "Variance",
        f"v = {'eps' if clamped else 'var'}",
        "The unit in which the squared error is measured.",
    )
    if clamped:
        w.convention = "a convention below eps: the loss is flat in var there, the gradient passes"
    why = "A large variance costs log v; a small one makes errors cost their square in units of v."
    w.several("The two terms", why, "a = log(v)", "b = d * (d / v)")
    why = "Minus the log of the normal density, up to a constant."
    loss = w.one("Half their sum", "L = (a + b) / 2", why)
    if full:
        why = "--full adds the constant."
        loss = w.one("The constant", "L_f = L + log(2 * pi) / 2", why)
    w.reduce(loss)
    reasons = [("db/dd = 2 * d / v", "the derivative of a square"), ("dd/dx = 1", "d = x - y")]
    w.gradient(
        "input", "dL/dx = d / v", "The more certain the model, the stronger the pull.", reasons
    )
    why = "Above 0 the variance is too large for this error, below 0 too small."
    reasons = [("da/dv = 1 / v", "the first term"), ("db/dv = -d^2 / v^2", "the second")]
    w.gradient("var", "dL/dv = (1 / v - (d / v) * (d / v)) / 2", why, reasons)
