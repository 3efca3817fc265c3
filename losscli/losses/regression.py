"""Losses of real numbers and real targets, element by element: x and y are (m,)."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import Effect, above, at_least, within
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import (
    NonzeroTarget,
    NotNegative,
    NotNegativeTarget,
    Reals,
    RealTarget,
)
from losscli.losses.declare.variant import Variant
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import log_cosh as log_cosh_of
from losscli.numerics.elementary import times, unless_infinite


@loss(
    family="regression",
    aliases=("mae",),
    torch="L1Loss, F.l1_loss",
    keras="MeanAbsoluteError",
    sklearn="mean_absolute_error",
    words="mean absolute error, least absolute deviations, Laplace",
    example="loss l1 -i samples/regression/predicted.csv -t samples/regression/measured.csv",
    formula="|x - y|",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="huber and smooth-l1 far from 0; quantile at tau 0.5 is half of it",
    pitfalls="the gradient does not shrink near the minimum; at x = y it is 0",
)
def l1(input: Reals, target: RealTarget, *, grad: bool = False) -> Terms:
    """Absolute error.

    input and target have the same shape; each term is |x - y| of one element, in the unit of the
    data.

    Source: Boscovich 1757; Laplace 1793 (least absolute deviations).
    """
    difference = input - target
    return np.abs(difference), {"input": np.sign(difference)} if grad else {}


@loss(
    family="regression",
    aliases=("l2",),
    root="RMSE",
    factors=(0.5,),
    torch="MSELoss, F.mse_loss",
    keras="MeanSquaredError",
    optax="squared_error; l2_loss (half as large)",
    sklearn="mean_squared_error; root_mean_squared_error (its square root); "
    "brier_score_loss (of the probability of class 1)",
    words="sse --reduction sum; mean squared error, quadratic, least squares, Brier",
    example="loss mse -i samples/regression/predicted.csv -t samples/regression/measured.csv",
    formula="(x - y)^2",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="sse is --reduction sum; twice Optax's l2_loss",
    pitfalls="one outlier can dominate the mean: see --top",
)
def mse(input: Reals, target: RealTarget, *, grad: bool = False) -> Terms:
    """Squared error.

    input and target have the same shape; each term is (x - y)^2 of one element, in the squared unit
    of the data.

    Source: Legendre 1805 (least squares).
    """
    difference = input - target
    return difference * difference, {"input": 2 * difference} if grad else {}


@loss(
    family="regression",
    torch="SmoothL1Loss, F.smooth_l1_loss",
    words="robust, bounding boxes",
    example="loss smooth-l1 -i samples/regression/predicted.csv -t samples/regression/measured.csv",
    formula="d^2 / (2 beta) where |d| < beta, |d| - beta / 2 beyond, d = x - y",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="huber with delta = beta, divided by beta; l1 at beta 0",
    pitfalls="beta is in the unit of the data; Keras and Optax have huber instead",
)
def smooth_l1(
    input: Reals,
    target: RealTarget,
    *,
    beta: Annotated[
        float,
        at_least(
            0,
            "where the quadratic part ends",
            usual=(1.0, 0.5, 0.1, 1 / 9),
            effect=Effect.ENDS_THE_SQUARE,
        ),
    ] = 1.0,
    grad: bool = False,
) -> Terms:
    """Absolute error, quadratic for errors below beta.

    input and target have the same shape; each term is the loss of one element, in the unit of the
    data.

    Source: Girshick 2015 (Fast R-CNN), doi:10.1109/ICCV.2015.169.
    """
    difference = input - target
    reach = np.finfo(difference.dtype)
    if beta and not reach.tiny <= beta <= reach.max:
        # In float32 such a beta would be 0 or infinite.
        difference = difference.astype(np.float64)
    # With d clipped at beta, d^2 / (2 beta) and |d| - beta / 2 are one formula.
    cut = np.clip(difference, -beta, beta)
    share = cut if beta == 1 else cut / beta if beta else np.sign(difference)
    terms = unless_infinite(
        share * (difference - 0.5 * cut),
        lambda: share * (input / 2 - target / 2 - 0.25 * cut) * 2,
    )
    return terms, {"input": share} if grad else {}


@loss(
    family="regression",
    factors=(2.0,),
    torch="HuberLoss, F.huber_loss",
    keras="Huber",
    optax="huber_loss",
    words="robust",
    example="loss huber -i samples/regression/predicted.csv -t samples/regression/measured.csv",
    formula="d^2 / 2 where |d| <= delta, delta (|d| - delta / 2) beyond, d = x - y",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="delta times smooth-l1 with beta = delta; half of mse below delta",
    pitfalls="delta is in the unit of the data",
)
def huber(
    input: Reals,
    target: RealTarget,
    *,
    delta: Annotated[
        float,
        above(
            0,
            "where the quadratic part ends",
            usual=(1.0, 0.5, 1.345, 2.0),
            effect=Effect.ENDS_THE_SQUARE,
        ),
    ] = 1.0,
    grad: bool = False,
) -> Terms:
    """Half the squared error up to delta, linear beyond.

    input and target have the same shape; each term is the loss of one element, in the squared unit
    of the data.

    Source: Huber 1964, doi:10.1214/aoms/1177703732.
    """
    difference = input - target
    # With d clipped at delta, d^2 / 2 and delta (|d| - delta / 2) are one formula.
    cut = np.clip(difference, -delta, delta)
    terms = unless_infinite(
        cut * (difference - 0.5 * cut),
        lambda: cut * (input / 2 - target / 2 - 0.25 * cut) * 2,
    )
    return terms, {"input": cut} if grad else {}


@loss(
    family="regression",
    keras="LogCosh",
    optax="log_cosh",
    words="robust",
    example="loss log-cosh -i samples/regression/predicted.csv -t samples/regression/measured.csv",
    formula="log cosh(x - y)",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="near d^2 / 2 for small d, |d| - log 2 for large, d = x - y",
    pitfalls="the transition from quadratic to linear is fixed at about 1: scale the data",
)
def log_cosh(input: Reals, target: RealTarget, *, grad: bool = False) -> Terms:
    """Logarithm of the hyperbolic cosine of the error.

    input and target have the same shape; each term is the loss of one element.

    Source: Green 1990 (log cosh as a potential), doi:10.1109/42.52985.
    """
    difference = input - target
    return log_cosh_of(difference), {"input": np.tanh(difference)} if grad else {}


@loss(
    family="regression",
    aliases=("pinball",),
    factors=(2.0,),
    sklearn="mean_pinball_loss",
    words="check loss, tilted, prediction intervals",
    example="loss quantile -i samples/regression/predicted.csv -t samples/regression/measured.csv",
    formula="max(tau (y - x), (tau - 1) (y - x))",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="half of l1 at tau 0.5",
    pitfalls="tau is the quantile that x predicts: 0.9 penalizes predictions that are too low",
)
def quantile(
    input: Reals,
    target: RealTarget,
    *,
    tau: Annotated[
        float,
        within(
            0,
            1,
            "the quantile that the input predicts",
            usual=(0.5, 0.1, 0.9, 0.05, 0.95, 0.25, 0.75),
        ),
    ] = 0.5,
    grad: bool = False,
) -> Terms:
    """Pinball loss of a predicted quantile: predictions too low cost tau, too high 1 - tau.

    input and target have the same shape; each term is the loss of one element, in the unit of the
    data. At x = y the gradient is the mean of both sides, 0.5 - tau.

    Source: Koenker and Bassett 1978, doi:10.2307/1913643.
    """
    short = target - input
    terms = unless_infinite(_pinball(tau, short), lambda: 2 * _pinball(tau, target / 2 - input / 2))
    if not grad:
        return terms, {}
    slope = np.where(short > 0, -tau, np.where(short < 0, 1 - tau, 0.5 - tau))
    return terms, {"input": np.where(np.isnan(short), short, slope)}


def _pinball(tau: float, short: Array) -> Array:
    return np.maximum(times(tau, short), times(tau - 1, short)) + 0.0


@loss(
    family="regression",
    counterparts=("mse",),
    root="RMSLE",
    keras="MeanSquaredLogarithmicError (numbers below 1e-7 count as 1e-7)",
    sklearn="mean_squared_log_error; root_mean_squared_log_error (its square root)",
    words="mean squared logarithmic error",
    example="loss msle -i samples/counts/predicted.csv -t samples/counts/counted.csv",
    formula="(log(1 + x) - log(1 + y))^2",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="mse of log(1 + x) and log(1 + y)",
    pitfalls="expects non-negative numbers; an error of 10 costs a lot at 1 and little at 1000",
    variants=(Variant("log(x), not log(1 + x)", "(np.log(x) - np.log(y)) ** 2", usual=False),),
)
def msle(input: NotNegative, target: NotNegativeTarget, *, grad: bool = False) -> Terms:
    """Squared error of log(1 + x), for non-negative numbers.

    input and target have the same shape; each term is the loss of one element, without a unit.

    Source: the score of the Kaggle competition "Bike Sharing Demand" (2014), which takes its root.
    """
    difference = input - target
    # log((1 + a) / (1 + b)) = log1p((a - b) / (1 + b)), b the smaller number: nothing cancels.
    gap = np.log1p(np.abs(difference) / (1 + np.minimum(input, target)))
    if not grad:
        return gap * gap, {}
    return gap * gap, {"input": 2 * np.copysign(gap, difference) / (1 + input)}


@loss(
    family="regression",
    counterparts=("l1",),
    factors=(0.01,),
    keras="MeanAbsolutePercentageError (targets below 1e-7 count as 1e-7)",
    sklearn="mean_absolute_percentage_error (a fraction, not percent)",
    words="percentage error",
    example="loss mape -i samples/counts/predicted.csv -t samples/counts/counted.csv",
    formula="100 |x - y| / |y|",
    range="0 and above, in percent",
    divides_by="the number of elements",
    equivalences="100 times l1 weighted by 1 / |y|",
    pitfalls="a target of 0 is refused; targets near 0 dominate the mean",
    variants=(
        Variant(
            "the symmetric percentage error: 200 |x - y| / (|x| + |y|)",
            "200 * np.abs(x - y) / (np.abs(x) + np.abs(y))",
        ),
    ),
)
def mape(input: Reals, target: NonzeroTarget, *, grad: bool = False) -> Terms:
    """Absolute error in percent of a nonzero target.

    input and target have the same shape; each term is the loss of one element in percent.

    Source: Armstrong 1985, Long-Range Forecasting, second edition.
    """
    difference, size = input - target, np.abs(target)
    terms = unless_infinite(
        100 * (np.abs(difference) / size),
        lambda: 100 * (np.abs(input / 2 - target / 2) / (size / 2)),
    )
    return terms, {"input": 100 / size * np.sign(difference)} if grad else {}
