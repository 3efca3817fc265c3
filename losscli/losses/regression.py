"""Losses of numbers against numbers, element by element: x and y are (m,)."""

from __future__ import annotations

import numpy as np

from losscli.kinds import Reals, RealTarget
from losscli.registry import Terms, loss


@loss(
    family="regression",
    aliases=("mae",),
    torch="L1Loss",
    keras="MeanAbsoluteError",
    sklearn="mean_absolute_error",
    example="loss l1 -i samples/regression/predicted.csv -t samples/regression/measured.csv",
    formula="|x - y|",
    range="0 and above",
    divisor="the number of elements",
    equivalences="huber and smooth-l1 far from 0; quantile at tau 0.5 is half of it",
    pitfalls="the gradient does not shrink near the minimum; at x = y it is 0",
)
def l1(input: Reals, target: RealTarget, *, grad: bool = False) -> Terms:
    """Absolute error.

    input and target of one shape, any number of axes; a term is |x - y| of one element, in the
    unit of the data.

    Source: Boscovich 1757; Laplace 1793 (least absolute deviations).
    """
    difference = input - target
    return np.abs(difference), {"input": np.sign(difference)} if grad else {}


@loss(
    family="regression",
    aliases=("l2",),
    torch="MSELoss",
    keras="MeanSquaredError",
    optax="squared_error",
    sklearn="mean_squared_error",
    example="loss mse -i samples/regression/predicted.csv -t samples/regression/measured.csv",
    formula="(x - y)^2",
    range="0 and above",
    divisor="the number of elements",
    equivalences="sse is --reduction sum; twice Optax's l2_loss",
    pitfalls="one outlier can carry the whole mean: see --top",
)
def mse(input: Reals, target: RealTarget, *, grad: bool = False) -> Terms:
    """Squared error.

    input and target of one shape, any number of axes; a term is (x - y)^2 of one element, in the
    squared unit of the data.

    Source: Legendre 1805 (least squares).
    """
    difference = input - target
    return difference * difference, {"input": 2 * difference} if grad else {}
