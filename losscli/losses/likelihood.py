"""Negative log-likelihoods of counts and real numbers, element by element: x and y are (m,)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import Help, LogInput, at_least
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import Counts, LogRates, Reals, RealTarget, Variances
from losscli.losses.declare.variant import Variant
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import difference_error, times, unless_infinite

FACTORIAL = "log y! is added, exact and not Stirling's approximation"
DEVIANCE = "the deviance: twice the gap to the best rate, as in scikit-learn"


@loss(
    family="regression",
    nats=True,
    torch="PoissonNLLLoss, F.poisson_nll_loss",
    keras="Poisson --no-log-input --eps 1e-7",
    sklearn="mean_poisson_deviance --no-log-input --eps 0 (twice the gap to the best rate)",
    words="Poisson regression, counts, deviance",
    example="loss poisson-nll -i samples/counts/log_rates.csv -t samples/counts/counted.csv",
    formula="exp(x) - y x; with --no-log-input x - y log(x + eps); --full adds Stirling's log y!",
    range="any number: without --full the part that does not depend on x is omitted",
    divides_by="the number of elements",
    equivalences="a Poisson likelihood, up to log y!",
    pitfalls="the input is the logarithm of a rate unless --no-log-input; the loss may be negative",
    variants=(
        Variant(FACTORIAL, "np.exp(x) - y * x + log_factorial(y)", where={"log_input": True}),
        Variant(
            FACTORIAL,
            "x - y * np.log(x + {eps}) + log_factorial(y)",
            where={"log_input": False},
        ),
        Variant(
            DEVIANCE,
            "2 * (y * (np.log(np.where(y > 0, y, 1)) - x) - y + np.exp(x))",
            where={"log_input": True},
        ),
        Variant(
            DEVIANCE,
            "2 * (y * np.log(np.where(y > 0, y, 1) / (x + {eps})) - y + x)",
            where={"log_input": False},
        ),
    ),
)
def poisson_nll(
    input: LogRates,
    target: Counts,
    *,
    log_input: LogInput = True,
    full: Annotated[bool, Help("add Stirling's approximation of log y!")] = False,
    eps: Annotated[
        float, at_least(0, "added to the rate with --no-log-input", usual=(1e-7, 0.0))
    ] = 1e-8,
    grad: bool = False,
) -> Terms:
    """Negative log-likelihood of counts under Poisson rates.

    input (log rates, or rates) and target (counts) have the same shape; each term is the loss of
    one element in nats, without log y! unless `full`. Stirling's approximation is y log y - y +
    log(2 pi y) / 2 for y > 1, else 0, as in PyTorch.

    Source: Cameron and Trivedi 1998, Regression Analysis of Count Data,
    doi:10.1017/CBO9780511814365.
    """
    rate = np.exp(input) if log_input else input
    log_rate = input if log_input else _log_of_sum(input, eps)
    if full:
        stirling = target > 1
        log_y = np.log(np.where(stirling, target, 1))
        # y log y - y log rate as one product: the difference is smaller than either.
        terms = rate + times(target, np.where(stirling, log_y - 1, 0) - log_rate)
        terms = terms + np.where(stirling, 0.5 * (log_y + math.log(2 * math.pi)), 0)
    else:
        terms = rate - times(target, log_rate)
    if np.isnan(terms).any():
        # inf - inf: the infinity with the larger logarithm decides the sign.
        both = np.isnan(terms) & ~np.isnan(input) & ~np.isnan(target)
        larger = (input == np.inf) | (input > np.log(target) + np.log(np.abs(input)))
        terms = np.where(both, np.where(larger, np.inf, -np.inf), terms)
    if not grad:
        return terms, {}
    return terms, {"input": rate - target if log_input else 1 - target / (input + eps)}


def _log_of_sum(x: Array, eps: float) -> Array:
    """Return log(x + eps): near 1 the sum has lost digits of eps that matter in its logarithm."""
    total = x + eps
    lost = difference_error(x, -eps, total)
    lost[(lost == 0) | ~np.isfinite(lost)] = 0
    log = np.log(total) + np.divide(lost, total, where=lost != 0, out=lost)
    return unless_infinite(log, lambda: np.log(x / 2 + eps / 2) + math.log(2))


@loss(
    family="regression",
    nats=True,
    factors=(2.0,),
    torch="GaussianNLLLoss, F.gaussian_nll_loss",
    words="GNLL, normal, heteroscedastic, uncertainty",
    example=(
        "loss gaussian-nll -i samples/regression/predicted.csv "
        "-t samples/regression/measured.csv --var samples/regression/variances.csv"
    ),
    formula="(log v + (x - y)^2 / v) / 2, v = max(var, eps); --full adds log(2 pi) / 2",
    range="any number: negative where the variance is small and the prediction accurate",
    divides_by="the number of elements",
    equivalences="half of mse plus a constant where all variances are 1",
    pitfalls="expects variances, not standard deviations; the loss may be negative",
    variants=(
        Variant(
            "the logarithm of the variance is left out",
            "(x - y) ** 2 / np.maximum(var, {eps}) / 2",
            usual=False,
        ),
    ),
)
def gaussian_nll(
    input: Reals,
    target: RealTarget,
    var: Variances,
    *,
    full: Annotated[bool, Help("add the constant log(2 pi) / 2")] = False,
    eps: Annotated[
        float,
        at_least(
            0,
            "lower bound of the variance: smaller ones are raised to it",
            usual=(1e-6, 1e-8, 1e-4, 1e-3),
        ),
    ] = 1e-6,
    grad: bool = False,
) -> Terms:
    """Negative log-likelihood of real numbers under normal distributions.

    input (means) and target of the same shape, with any number of axes; var of that shape, or with
    a last axis of 1 for one variance per row, whose gradient is then the sum over the row. Each
    term is the loss of one element in nats. The gradient passes through the clamp at eps.

    Source: Nix and Weigend 1994, doi:10.1109/ICNN.1994.374138.
    """
    difference = input - target
    v = np.maximum(var, eps)
    # d / 2 * (d / v) is finite where d * d may not be.
    share = difference / v
    squared = unless_infinite(
        (0.5 * difference) * share, lambda: 0.5 * (difference * difference) / v
    )
    terms = 0.5 * np.log(v) + squared
    if full:
        terms = terms + 0.5 * math.log(2 * math.pi)
    if not grad:
        return terms, {}
    share = unless_infinite(share, lambda: 2 * ((input / 2 - target / 2) / v))
    return terms, {"input": share, "var": 0.5 * (1 / v - share * share)}
