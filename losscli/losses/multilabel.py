"""Losses of several labels per sample: x is (c, m)."""

from __future__ import annotations

import numpy as np

from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import ClassWeight
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import ClassScores, LabelRows, ZeroOneRows
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import lost_digits, nan_if_any, sum_columns
from losscli.numerics.entries import Entries
from losscli.numerics.strips import strips


@loss(
    family="binary",
    averages_classes=True,
    torch="MultiLabelMarginLoss, F.multilabel_margin_loss",
    words="multi-label hinge",
    example="loss multilabel-margin -i samples/multilabel/scores.csv "
    "-t samples/multilabel/indices.csv",
    formula="sum over labels y and other classes j of max(0, 1 - (x[y] - x[j])) / c",
    range="0 and above",
    divides_by="the number of samples",
    equivalences="multi-margin where every row has one label",
    pitfalls="the target lists class indices, and -1 ends a row: labels 0 and 3 of 4 classes are "
    "0,3,-1,-1; 0/1 columns are for multilabel-soft-margin",
)
def multilabel_margin(input: ClassScores, target: LabelRows, *, grad: bool = False) -> Terms:
    """Multi-label margin loss of scores and rows of class indices.

    input (n, c, d...), target of that shape: class indices, where -1 ends a row early and the rest
    is not read; each term is the loss of one sample.

    Source: Crammer and Singer 2003 (ranking of labels), JMLR 3, 1025-1058.
    """
    # A NaN anywhere makes the term NaN, even in a row without a pair to compare.
    terms = nan_if_any(input, np.zeros_like(input[0]))
    gradient = np.zeros_like(input) if grad else None
    for part in strips(input):
        counts = None if gradient is None else gradient[:, part]
        terms[part] += _violations(input[:, part], target[:, part], counts)
    if gradient is None:
        return terms, {}
    gradient /= len(input)
    return terms, {"input": gradient}


def _violations(x: Array, target: Array, counts: Array | None) -> Array:
    """Return the terms of columns without NaN; add each pair of too small a lead to `counts`."""
    c = len(x)
    total: Array = np.zeros_like(x[0])
    ends = (target < 0).all(axis=1)
    rows = target[: int(ends.argmax()) if ends.any() else c]
    others = x.copy(order="K")
    for labels in rows:
        entries = Entries(np.maximum(labels, 0), c)
        entries.put(others, np.where(labels < 0, entries.of(others), -np.inf))
    for labels in rows:
        entries = Entries(np.maximum(labels, 0), c)
        own = entries.of(x)
        # The rounding error of own - 1 is put back; x - base is exact where it is small.
        base = own - 1
        lost = lost_digits(own, 1.0, base)
        # Past the end of a row nothing exceeds the base.
        base[labels < 0] = np.inf
        slack = others - base
        slack -= lost
        # NaN is the difference of two infinities, and no violation.
        np.fmax(slack, 0, out=slack)
        part = sum_columns(slack) / c
        if np.isinf(part).any():
            # Scores this far apart dwarf the margin of 1, and divided by c they do not overflow.
            far = np.where(slack > 0, x / c - own / c, 0).sum(axis=0)
            part = np.where(np.isinf(part), far, part)
        total += part
        if counts is not None:
            np.greater(slack, 0, out=slack, casting="unsafe")
            counts += slack
            entries.put(counts, entries.of(counts) - sum_columns(slack))
    return total


@loss(
    family="binary",
    counterparts=("bce",),
    nats=True,
    averages_classes=True,
    torch="MultiLabelSoftMarginLoss, F.multilabel_soft_margin_loss",
    words="multi-label cross entropy",
    example="loss multilabel-soft-margin -i samples/multilabel/scores.csv "
    "-t samples/multilabel/labels.csv",
    formula="sum_j w[j] log(1 + exp(-x[j])) / c where y[j] = 1, of exp(x[j]) where y[j] = 0",
    range="0 and above; log 2 at x = 0",
    divides_by="the number of samples",
    equivalences="the mean of bce-logits over the classes",
    pitfalls="one 0/1 column per class; class weights do not enter the normalizer",
)
def multilabel_soft_margin(
    input: ClassScores,
    target: ZeroOneRows,
    *,
    weight: ClassWeight | None = None,
    grad: bool = False,
) -> Terms:
    """Mean over the classes of the binary cross entropy of each label.

    input (n, c, d...), target 0 or 1 of that shape; each term is the loss of one sample in nats.

    Source: Cox 1958 (logistic regression), doi:10.1111/j.2517-6161.1958.tb00292.x.
    """
    share: Array | float = 1 / input.shape[0]
    if weight is not None:
        share = (weight / input.shape[0])[:, None]
    terms, gradient = np.empty_like(input[0]), np.empty_like(input) if grad else None
    for part in strips(input):
        # Both the loss and its slope need exp(-|x|), which never overflows.
        sign = -2 * target[:, part]
        sign += 1
        against = sign * input[:, part]
        decay = np.abs(against)
        np.exp(np.negative(decay, out=decay), out=decay)
        if gradient is not None:
            slope = np.greater_equal(against, 0, out=gradient[:, part], casting="unsafe")
            np.maximum(slope, decay, out=slope)
            slope /= 1 + decay
            slope *= share
            slope *= sign
        np.log1p(decay, out=decay)
        decay += np.clip(against, 0, np.inf, out=against)
        decay *= share
        terms[part] = sum_columns(decay)
    return terms, {} if gradient is None else {"input": gradient}
