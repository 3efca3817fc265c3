"""Cross entropy, negative log-likelihood and the sparsemax loss.

x is (c, m): a column is one term. Targets are class indices (m,) or class probabilities (c, m).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import ClassWeight, Effect, From, IgnoreIndex, at_least, within
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import (
    ClassIndex,
    ClassProbs,
    ClassScores,
    Logits,
    LogProbs,
)
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import (
    difference_error,
    nan_if_any,
    sum_of_gaps,
    times,
)
from losscli.numerics.entries import Entries
from losscli.numerics.exponentials import exponentials, underflown


def target_weight(target: Array, *, weight: Array | None, **_: object) -> Array | None:
    """Return what each term adds to the normalizer: w[y] for a class index; None stands for 1."""
    return weight[target] if weight is not None and target.ndim == 1 else None


@loss(
    family="classification",
    aliases=("cross-entropy", "softmax-ce"),
    normalizer=target_weight,
    likelihood=True,
    other_activation="bce-logits",
    nats=True,
    torch="CrossEntropyLoss, F.cross_entropy",
    keras="SparseCategoricalCrossentropy, CategoricalCrossentropy --from probs "
    "(rows are divided by their sums, p is clipped to [1e-7, 1 - 1e-7]); "
    "SparseCategoricalCrossentropy(from_logits=True), CategoricalCrossentropy(from_logits=True)",
    optax="softmax_cross_entropy, softmax_cross_entropy_with_integer_labels, "
    "safe_softmax_cross_entropy",
    sklearn="log_loss --from probs (p is clipped to [eps, 1 - eps])",
    words="log loss, xent, softmax loss, softmax_cross_entropy_with_logits, "
    "sparse_softmax_cross_entropy_with_logits, InfoNCE; perplexity, ppl (its exponential); "
    "label smoothing --label-smoothing 0.1",
    example="loss ce -i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv",
    formula="-w[y] log softmax(x)[y]",
    range="0 and above; 0 only when p(target) = 1; log c for uniform predictions",
    divides_by="sum of w[y] over counted targets; for class probabilities the number of positions",
    equivalences="nll of log-softmax; with 2 classes bce-logits of the difference of the logits",
    pitfalls="applies softmax itself: pass logits, not probabilities; labels are numbered from 0",
)
def ce(
    input: Logits,
    target: ClassIndex | ClassProbs,
    *,
    weight: ClassWeight | None = None,
    ignore_index: IgnoreIndex = -100,
    label_smoothing: Annotated[
        float,
        within(
            0,
            1,
            "fraction of the target that is spread evenly over all classes",
            effect=Effect.SMOOTHS_TARGETS,
        ),
    ] = 0.0,
    z_loss: Annotated[
        float,
        at_least(
            0,
            "adds z_loss * logsumexp(x)^2 to each counted term",
            effect=Effect.ADDS_TO_TERMS,
            needs="logits",
        ),
    ] = 0.0,
    from_: From = "logits",
    grad: bool = False,
) -> Terms:
    """Cross entropy of logits and class indices or class probabilities.

    input (n, c, d...), target (n, d...) indices or (n, c, d...) probabilities in [0, 1]; each term
    is the loss of one position in nats. With `label_smoothing` e the target becomes
    (1 - e) onehot + e / c; class weights multiply each class's share of the sum.

    Sources: Bridle 1990 (softmax), doi:10.1007/978-3-642-76153-9_28; Szegedy et al. 2016 (label
    smoothing), doi:10.1109/CVPR.2016.308; Chowdhery et al. 2022 (z-loss), arXiv:2204.02311.
    """
    plain = target.ndim == 1 and not label_smoothing and not z_loss
    if from_ != "logits":
        share = _shares(input, target, weight, label_smoothing)
        log_p = np.log(input) if from_ == "probs" else input
        terms = -times(share, log_p).sum(axis=0) + 0.0
        if not grad:
            return terms, {}
        slope = np.divide(share, input, where=share != 0, out=np.zeros_like(share))
        return terms, {"input": -(slope if from_ == "probs" else share) + 0.0}

    split = Entries(target if plain else input.argmax(axis=0), len(input))
    exps = exponentials(input, split, others=grad)
    if plain:
        terms = exps.minus_log
        term_weight = None if weight is None else weight[target]
        if term_weight is not None:
            terms = times(term_weight, terms)
    else:
        share = _shares(input, target, weight, label_smoothing)
        term_weight = share.sum(axis=0)
        terms = sum_of_gaps(share, split.of(input), input) + term_weight * exps.minus_log
    if z_loss:
        log_sum = split.of(input) + exps.minus_log
        terms = terms + z_loss * log_sum * log_sum
    if not grad:
        return terms, {}

    # d(-log p_y)/dx = p - onehot; at the target that is -(sum of the others), with no 1 - 1 left.
    lost = underflown(input, split, exps)
    gradient = exps.others
    scale = 1 / exps.sum if term_weight is None else term_weight / exps.sum
    if not plain:
        split.put(gradient, exps.at)
    gradient *= scale
    if lost is not None:
        gradient[lost.at] = lost.ratio * (exps.at * scale)[lost.at[1]]
    if plain:
        split.put(gradient, 0.0 - exps.rest * scale)
    else:
        gradient -= share
    if z_loss:
        gradient += 2 * z_loss * log_sum * np.exp(input - log_sum)
    return terms, {"input": gradient}


def _shares(x: Array, target: Array, weight: Array | None, smoothing: float) -> Array:
    """Return the factor of -log p of each class: smoothed target times class weight, (c, m)."""
    share: Array
    if target.ndim == 1:
        share = np.zeros_like(x)
        Entries(target, len(x)).put(share, 1)
    else:
        share = target
    if smoothing:
        share = share * (1 - smoothing) + smoothing / x.shape[0]
    return share if weight is None else share * weight[:, None]


@loss(
    family="classification",
    normalizer=target_weight,
    likelihood=True,
    counterparts=("ce",),
    nats=True,
    torch="NLLLoss, F.nll_loss",
    words="negative log-likelihood, log-likelihood",
    example="loss nll -i samples/log-softmax/log_probs.csv -t samples/log-softmax/labels.csv",
    formula="-w[y] x[y]",
    range="0 and above for log-probabilities; negative if exp(input) sums to more than 1",
    divides_by="sum of w[y] over the counted targets",
    equivalences="ce is nll of log-softmax; ce --from log-probs is nll",
    pitfalls="expects log-probabilities, neither probabilities nor logits",
)
def nll(
    input: LogProbs,
    target: ClassIndex,
    *,
    weight: ClassWeight | None = None,
    ignore_index: IgnoreIndex = -100,
    grad: bool = False,
) -> Terms:
    """Negative log-likelihood of log-probabilities and class indices.

    input (n, c, d...) log-probabilities, which are used as they are and never normalized; target
    (n, d...) class indices. Each term is minus the input at the target in nats, times the weight
    of the target's class.

    Source: Fisher 1922 (maximum likelihood), doi:10.1098/rsta.1922.0009.
    """
    own = Entries(target, len(input))
    picked = nan_if_any(input, own.of(input))
    term_weight = np.ones_like(picked) if weight is None else weight[target]
    terms = -times(term_weight, picked) + 0.0
    if not grad:
        return terms, {}
    gradient = np.zeros_like(input)
    own.put(gradient, -term_weight)
    return terms, {"input": gradient}


@loss(
    family="classification",
    optax="multiclass_sparsemax_loss",
    words="sparse softmax",
    example="loss sparsemax -i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv",
    formula="-x_y + sum_{j in S} (x_j^2 - tau^2) / 2 + 1/2, S where sparsemax(x) = x - tau > 0",
    range="0 and above; 0 where the target leads every class by 1",
    divides_by="the number of terms",
    equivalences="2 classes: (1 - d)^2 / 4 for a lead d in [-1, 1], 0 above, -d below",
    pitfalls="predicts with sparsemax, not softmax: most probabilities are exactly 0",
)
def sparsemax(input: ClassScores, target: ClassIndex, *, grad: bool = False) -> Terms:
    """Sparsemax loss of scores and class indices: sparse probabilities.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. The
    sparsemax of the scores is the closest point on the probability simplex; the gradient is that
    point minus the one-hot target.

    Source: Martins and Astudillo 2016, arXiv:1602.02068.
    """
    own = Entries(target, len(input))
    top = input.max(axis=0)
    gaps = input - top
    inside = _support(gaps)
    columns, m = inside[1], len(top)

    def sums(x: Array) -> Array:
        return np.bincount(columns, x, m).astype(input.dtype, copy=False)

    # The gaps of the support lie in [-1, 0]: their upper halves add up exactly, and small p keep
    # their digits.
    gap, halfway = gaps[inside], 2.0 ** (np.finfo(input.dtype).nmant // 2)
    upper = np.rint(gap * halfway) / halfway
    lower = (gap - upper) + difference_error(input[inside], top[columns], gap)
    size = np.bincount(columns, minlength=m).astype(input.dtype)
    sum_upper, sum_lower = sums(upper), sums(lower)
    n = size[columns]
    p = (1 + (n * upper - sum_upper[columns]) + (n * lower - sum_lower[columns])) / n
    np.maximum(p, 0, out=p)
    tau = (sum_upper - 1 + sum_lower) / size
    # |p - onehot|^2 / 2, plus how far the target lies below the support: nothing cancels.
    is_target = inside[0] == target[columns]
    p[is_target] = 0
    missing = sums(p)
    below = np.maximum(tau - own.of(gaps), 0)
    reached = columns[is_target]
    below[reached[~np.isnan(top[reached])]] = 0
    terms = (missing * missing + sums(p * p)) / 2 + below
    if not grad:
        return terms, {}
    gradient = np.zeros_like(input)
    gradient[inside] = p
    own.put(gradient, 0.0 - missing)
    return terms, {"input": gradient}


def _support(gaps: Array) -> tuple[Array, Array]:
    """Return the rows and columns of the support of sparsemax from the gaps to the maxima, (c, m).

    Classes below the threshold of the current candidates are dropped until none is left to drop
    (Michelot 1986, doi:10.1007/BF00938486): no sort is needed.
    """
    c, m = gaps.shape
    places = np.flatnonzero(~(gaps < -1).T)
    columns = places // c
    rows = places - columns * c
    gap = gaps[rows, columns]
    while True:
        threshold = (np.bincount(columns, gap, m) - 1) / np.bincount(columns, minlength=m)
        kept = np.flatnonzero(~(gap < threshold[columns]))
        if kept.size == gap.size:
            return rows, columns
        rows, columns, gap = rows[kept], columns[kept], gap[kept]
