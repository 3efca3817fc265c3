"""What a bakery's forecasts cost it: two losses for losscli."""

from typing import Annotated

import numpy as np

import losscli
from losscli.losses.declare import (
    ClassIndex,
    ClassScores,
    IgnoreIndex,
    Reals,
    RealTarget,
    Terms,
    above,
)


@losscli.loss(
    family="regression",
    example="loss bread-cost -i 2.5,0.4,7.2 -t 3,1,6",
    formula="short (y - x) where x < y, else waste (x - y)",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="l1 at short = waste = 1; quantile at tau = short, where short + waste = 1",
    pitfalls="short and waste are prices of one loaf",
)
def bread_cost(
    input: Reals,
    target: RealTarget,
    *,
    short: Annotated[float, above(0, "price of a loaf that is missing")] = 2.0,
    waste: Annotated[float, above(0, "price of a loaf that is left over")] = 0.5,
    grad: bool = False,
) -> Terms:
    """Cost of baking x loaves where the customers ask for y.

    input and target have the same shape; each term is the cost of one day. At x = y the gradient
    is 0.

    Source: Arrow, Harris and Marschak 1951 (the newsvendor problem), doi:10.2307/1906813.
    """
    left = input - target
    price = np.where(left > 0, waste, -short)
    return price * left + 0.0, {"input": np.where(left == 0, left, price)} if grad else {}


@losscli.loss(
    family="classification",
    aliases=("regret",),
    example="loss shelf-regret -i '1.4,-0.3,0.8;-1.2,2.2,0.4' -t 0,2",
    formula="max(x) - x[y]",
    range="0 and above",
    divides_by="the number of targets that are not ignored",
    equivalences="multi-margin at margin 0 where one product is ahead of the target",
    pitfalls="0 for every correct prediction, however close",
)
def shelf_regret(
    input: ClassScores,
    target: ClassIndex,
    *,
    ignore_index: IgnoreIndex = -100,
    grad: bool = False,
) -> Terms:
    """Regret of filling the shelf with the best-rated product instead of the one that sold.

    input (n, c, d...) scores, target (n, d...) indices; each term is the loss of one position, in
    the unit of the scores.

    Source: Rosenblatt 1958 (the perceptron's rule), doi:10.1037/h0042519.
    """
    # A tile is (c, m): classes first, then the m terms.
    term = np.arange(input.shape[1])
    best = input.argmax(axis=0)
    terms = input[best, term] - input[target, term]
    if not grad:
        return terms, {}
    gradient = np.zeros_like(input)
    gradient[best, term] += 1
    gradient[target, term] -= 1
    return terms, {"input": gradient}
