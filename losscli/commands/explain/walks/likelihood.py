"""The walks of `losses/likelihood.py`: minus the log of a density or a probability."""

from __future__ import annotations

import math
from typing import Any

from losscli.commands.explain.number import Number, compared, exp, given, log, maximum
from losscli.commands.explain.walk import Walk

PI = given(math.pi)


def poisson_nll(
    w: Walk, x: Number, y: Number, *, log_input: bool, full: bool, eps: Number, **_: Any
) -> None:
    """Counts under a Poisson rate."""
    what = "the log of the rate" if log_input else "the rate"
    w.numbers(f"x is {what} that was predicted, y the count.", x=x, y=y)
    if log_input:
        rate = w.one("Rate", "r = exp(x)", exp(x), "How many events the model expects.")
        log_rate = x
        parts, symbol = (rate, y * log_rate), "L = r - y * x"
    else:
        rate = x
        log_rate = w.one(
            "Log of the rate",
            "l = log(x + eps)",
            log(x + eps),
            "eps keeps the log of a rate of 0 finite.",
        )
        parts, symbol = (rate, y * log_rate), "L = x - y * l"
    why = "Minus the log of the Poisson probability; what does not depend on x is left out."
    grows = rate.value == math.inf
    loss = w.one("Likelihood", symbol, parts[0] if grows else parts[0] - parts[1], why)
    if full:
        many = w.branch(
            "Is the count above 1?",
            "y > 1",
            compared(y, ">", 1),
            "Stirling's term is added",
            "log y! is 0 for 0 and 1",
            "--full adds log y!, which Stirling approximates.",
        )
        if many:
            stirling = w.one(
                "Stirling",
                "f = y * (log(y) - 1) + log(2 * pi * y) / 2",
                y * (log(y) - 1) + log(2 * PI * y) / 2,
                "Nearly log y!, the part that does not depend on x.",
            )
            loss = w.one(
                "With it",
                "L_f = L + f",
                stirling if y.value == math.inf else loss + stirling,
                "The whole negative log-likelihood.",
            )
    w.reduce(loss)
    if log_input:
        w.slope(
            "input",
            "dL/dx = r - y",
            [rate - y],
            "Expected minus counted.",
            [("dr/dx = r", "r = exp(x)"), ("dL/dx = r - y", "y * x is linear in x")],
        )
    else:
        w.slope(
            "input",
            "dL/dx = 1 - y / (x + eps)",
            [1 - y / (x + eps)],
            "0 where the rate is the count.",
            [("dl/dx = 1 / (x + eps)", "the derivative of the log")],
        )


def gaussian_nll(
    w: Walk, x: Number, y: Number, var: Number, *, full: bool, eps: Number, **_: Any
) -> None:
    """Numbers under a normal distribution."""
    w.numbers(
        "x is the mean and var the variance that were predicted, y what was measured.",
        x=x,
        y=y,
        var=var,
    )
    d = w.one("Error", "d = x - y", x - y, "How far off the mean is.")
    clamped = w.branch(
        "Is the variance below eps?",
        "var < eps",
        compared(var, "<", eps),
        "eps is used",
        "it is used as it is",
        "A variance of 0 would make any error infinitely unlikely.",
    )
    v = w.one("Variance", "v = max(var, eps)", maximum(var, eps), "What the error is measured by.")
    if clamped:
        w.convention = "a convention below eps: the loss is flat in var there, the gradient passes"
    a, b = w.table(
        "The two terms",
        "",
        [("log(v)", log(v)), ("d^2 / v", d * (d / v))],
        "Being unsure costs log v; being sure and wrong costs the error in units of v.",
    )
    loss = w.one(
        "Half their sum",
        "L = (log(v) + d^2 / v) / 2",
        (a + b) / 2,
        "Minus the log of the normal density, but for a constant.",
    )
    if full:
        loss = w.one(
            "The constant",
            "L_f = L + log(2 * pi) / 2",
            loss + log(2 * PI) / 2,
            "--full adds what does not depend on the numbers.",
        )
    w.reduce(loss)
    share = d / v
    w.slope(
        "input",
        "dL/dx = d / v",
        [share],
        "The surer the model, the harder the pull.",
        [("dd/dx = 1", "d = x - y")],
    )
    r = share.settled()
    w.slope(
        "var",
        "dL/dv = (1 / v - (d / v)^2) / 2",
        [(1 / v - r * r) / 2],
        "Above 0 the variance is too large for this error, below 0 too small.",
        [("dlog(v)/dv = 1 / v", "the first term"), ("d(d^2 / v)/dv = -d^2 / v^2", "the second")],
    )
