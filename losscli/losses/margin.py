"""Losses that compare the target's score with the other scores, with or without a margin.

x is (c, m): a column is one term; targets are class indices (m,).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np

from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import MARGINS, Bounds, ClassWeight, Help
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import ClassIndex, ClassScores
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import (
    lost_digits,
    sum_columns,
    sum_of_three,
    times,
    unless_infinite,
)
from losscli.numerics.entries import Entries
from losscli.numerics.strips import strips


@loss(
    family="classification",
    optax="multiclass_perceptron_loss",
    words="max-margin",
    example=(
        "loss multiclass-perceptron -i samples/log-softmax/logits.csv "
        "-t samples/log-softmax/labels.csv"
    ),
    formula="max_j x_j - x_y",
    range="0 and above; 0 where the target has the largest score",
    divides_by="the number of terms",
    equivalences="ce of scores times t, over t, for large t",
    pitfalls="0 as soon as the target leads, however narrowly; equal scores cost 0",
)
def multiclass_perceptron(input: ClassScores, target: ClassIndex, *, grad: bool = False) -> Terms:
    """Multiclass perceptron loss of scores and class indices: how far the target falls behind.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position, in
    the unit of the scores. If k classes share the maximum, each gets 1/k of its gradient.

    Sources: Rosenblatt 1958, doi:10.1037/h0042519; Collins 2002 (as a loss of many classes),
    doi:10.3115/1118693.1118694.
    """
    own = Entries(target, len(input))
    top = input.max(axis=0)
    terms = top - own.of(input)
    if not grad:
        return terms, {}
    gradient = _share_of_max(input, top)
    own.put(gradient, own.of(gradient) - 1)
    return terms, {"input": gradient}


@loss(
    family="classification",
    averages_classes=True,
    torch="MultiMarginLoss, F.multi_margin_loss",
    words="multiclass hinge, Weston-Watkins, SVM, max-margin",
    example="loss multi-margin -i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv",
    formula="w[y] / c * sum_{j != y} max(0, margin - x_y + x_j)^p",
    range="0 and above; 0 where the target leads every class by the margin",
    divides_by="the number of terms; weights are not counted",
    equivalences="2 classes, p 1, margin 1: half of hinge of the signed difference of the scores",
    pitfalls="divided by the number of classes c, not by c - 1; weights do not normalize the mean",
)
def multi_margin(
    input: ClassScores,
    target: ClassIndex,
    *,
    p: Annotated[Literal[1, 2], Help("power of the shortfall from the margin")] = 1,
    margin: Annotated[float, Bounds("how far the target should lead", usual=MARGINS)] = 1.0,
    weight: ClassWeight | None = None,
    grad: bool = False,
) -> Terms:
    """Multi-class margin loss of scores and class indices: a lead over every other class.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. Where
    a lead equals the margin exactly, the gradient is 0, as in PyTorch.

    Source: Weston and Watkins 1999, Support vector machines for multi-class pattern recognition.
    """
    c = len(input)
    entries = Entries(target, c)
    own = entries.of(input)
    # The rounding error of own - margin is put back; x - base is exact where it is small.
    base = own - margin
    lost = lost_digits(own, margin, base)
    of_target = 0 if c > 1 else np.where(np.isnan(own), own, 0)
    term_weight = None if weight is None else weight[target]
    sums, kept = [], np.empty_like(input)
    for part in strips(input):
        slack = kept[:, part]
        np.subtract(input[:, part], base[part], out=slack)
        slack -= lost[part]
        np.clip(slack, 0, np.inf, out=slack)
        entries.put(kept, of_target, part)
        sums.append(sum_columns(slack if p == 1 else slack * slack))
        if grad:
            share = 1 / c if term_weight is None else term_weight[part] / c
            if p == 2:
                slack[...] = times(share, 2 * slack) + 0.0
            else:
                _to_steps(slack, sums[-1])
                slack *= share
            entries.put(kept, 0.0 - sum_columns(slack), part)

    def slack_over_c() -> Array:
        slack = input / c - base / c
        slack -= lost / c
        np.maximum(slack, 0, out=slack)
        entries.put(slack, of_target)
        return slack

    total = sums[0] if len(sums) == 1 else np.concatenate(sums)
    total /= c
    # Sums, squares and differences may overflow where their weighted mean does not.
    terms = unless_infinite(
        total if term_weight is None else times(term_weight, total),
        lambda: _weighed(1 if term_weight is None else term_weight, slack_over_c(), p),
    )
    return terms, {"input": kept} if grad else {}


def _to_steps(slack: Array, sums: Array) -> None:
    """Replace what is above 0 by 1, in place; `sums` are the column sums."""
    if math.isnan(sums.sum()):
        np.sign(slack, out=slack)
    else:
        np.greater(slack, 0, out=slack, casting="unsafe")


def _weighed(term_weight: Array | float, share: Array, p: int) -> Array:
    """Return the sum of term_weight * slack ** p / c from slack / c, small factors first."""
    if p == 1:
        return sum_columns(times(term_weight, share))
    root = times(np.sqrt(term_weight * len(share)), share)
    return sum_columns(root * root)


@loss(
    family="classification",
    keras="CategoricalHinge",
    optax="multiclass_hinge_loss (without the target's 0 in the maximum)",
    sklearn="hinge_loss (without the target's 0 in the maximum)",
    words="multiclass hinge, Crammer-Singer, SVM, max-margin",
    example=(
        "loss categorical-hinge -i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv"
    ),
    formula="max(0, 1 + max_j (1 - onehot_j) x_j - x_y)",
    range="0 and above; 0 where the target's score is 1 or more, and 1 above all others",
    divides_by="the number of terms",
    equivalences="2 classes, positive scores: hinge of the signed difference of the scores",
    pitfalls="the target enters the maximum as 0, so its own score must reach 1",
)
def categorical_hinge(input: ClassScores, target: ClassIndex, *, grad: bool = False) -> Terms:
    """Categorical hinge loss of scores and class indices: a lead over the best other class.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. If k
    entries share one of the two maxima, each gets 1/k of its gradient.

    Source: Crammer and Singer 2001, Journal of Machine Learning Research 2, 265-292.
    """
    entries = Entries(target, len(input))
    own = entries.of(input)
    others = input.copy(order="K")
    entries.put(others, 0)
    top = others.max(axis=0)
    slack = sum_of_three(top, -own, 1.0)
    terms = np.maximum(slack, 0)
    if not grad:
        return terms, {}
    passed = np.where(slack == 0, 0.5, np.where(slack > 0, 1, terms))
    gradient = _share_of_max(others, top)
    gradient *= passed
    entries.put(gradient, 0.0 - passed)
    return terms, {"input": gradient}


def _share_of_max(x: Array, top: Array) -> Array:
    """Return the gradient of the column maxima: 1/k for each of k equal entries."""
    share = np.equal(x, top, out=np.empty_like(x), casting="unsafe")
    count = sum_columns(share)
    # No entry equals a maximum of NaN: 0/0 makes the share NaN.
    if (count != 1).any():
        share /= count
    return share
