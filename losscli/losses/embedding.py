"""Losses that rank or embed: x is (m,) for scores, (e, m) for vectors."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.kinds import Embedding, PairSigns, Scores, Signs
from losscli.numerics import in_reach
from losscli.options import Bounds, Help, above, at_least, within
from losscli.registry import Terms, loss

Array = NDArray[Any]

COSINE_EPS = float(np.float32(1e-12))
"""PyTorch adds it to both squared lengths, so that a vector of zeros has a cosine: 0."""


@loss(
    family="embedding",
    torch="MarginRankingLoss",
    example="loss margin-ranking --input1 samples/ranking/first.csv "
    "--input2 samples/ranking/second.csv -t samples/ranking/order.csv",
    formula="max(0, margin - y (x1 - x2))",
    range="0 and above",
    divisor="the number of elements",
    equivalences="hinge of x1 - x2 at margin 1",
    pitfalls="y = 1 says that x1 should rank above x2; --map-binary takes 0/1",
)
def margin_ranking(
    input1: Scores,
    input2: Scores,
    target: Signs,
    *,
    margin: Annotated[float, Bounds("the lead that costs nothing")] = 0.0,
    grad: bool = False,
) -> Terms:
    """Margin ranking loss of two scores and which of them should be higher.

    input1, input2 and target (+1: input1 first, -1: input2 first) of one shape, any number of axes;
    a term is the loss of one pair. Where the two sides are just `margin` apart the gradient is
    that of the slope, as in PyTorch.

    Source: Herbrich, Graepel and Obermayer 2000 (large margin rank boundaries).
    """
    slack = margin - target * (input1 - input2)
    terms = np.maximum(slack, 0)
    if not grad:
        return terms, {}
    slope = _passed(slack, target)
    return terms, {"input1": -slope + 0.0, "input2": slope + 0.0}


@loss(
    family="embedding",
    torch="CosineEmbeddingLoss",
    keras="CosineSimilarity (minus the cosine)",
    optax="cosine_distance (for pairs that belong together)",
    example="loss cosine-embedding --input1 samples/embedding/anchors.csv "
    "--input2 samples/embedding/others.csv -t samples/embedding/signs.csv",
    formula="1 - cos(x1, x2) where y = 1, max(0, cos(x1, x2) - margin) where y = -1",
    range="0 to 2",
    divisor="the number of pairs",
    equivalences="half the squared distance of the normalised vectors where y = 1",
    pitfalls="lengths do not count; 1e-12 is added to both squared lengths, so vectors near 0 are "
    "far from everything",
)
def cosine_embedding(
    input1: Embedding,
    input2: Embedding,
    target: PairSigns,
    *,
    margin: Annotated[float, within(-1, 1, "the cosine that costs nothing where y = -1")] = 0.0,
    grad: bool = False,
) -> Terms:
    """Cosine distance of pairs of vectors that belong together or do not.

    input1 and input2 (n, e), target (n,) +1 or -1; a term is the loss of one pair.

    Source: Hadsell, Chopra and LeCun 2006 (contrastive pairs), doi:10.1109/CVPR.2006.100.
    """
    # The cosine does not see lengths: exact powers of two keep the squares from overflowing.
    first, up1 = in_reach(input1)
    second, up2 = in_reach(input2)
    size1 = np.sqrt((first * first).sum(axis=0) + np.ldexp(COSINE_EPS, 2 * up1))
    size2 = np.sqrt((second * second).sum(axis=0) + np.ldexp(COSINE_EPS, 2 * up2))
    unit1, unit2 = first / size1, second / size2
    cosine = (unit1 * unit2).sum(axis=0)
    apart = cosine - margin
    same = target == 1
    terms = np.where(same, 1 - cosine, np.maximum(apart, 0))
    if not grad:
        return terms, {}
    slope = np.where(same, -1, _passed(apart, np.ones_like(apart)))
    towards1 = slope * (unit2 - cosine * unit1) / size1
    towards2 = slope * (unit1 - cosine * unit2) / size2
    return terms, {"input1": np.ldexp(towards1, up1) + 0.0, "input2": np.ldexp(towards2, up2) + 0.0}


class Distance(NamedTuple):
    """The p-norm of x - y + eps for each pair, and its slope along x."""

    length: Array
    slope: Array


def _distance(x: Array, y: Array, p: float, eps: Array) -> Distance:
    gap = x - y + eps
    size = np.abs(gap)
    # Divided by the largest, no power of a part overflows, and the sum is at least 1.
    top = size.max(axis=0)
    part = size / np.where(top == 0, 1, top)
    length = top * (part**p).sum(axis=0) ** (1 / p)
    share = size / np.where(length == 0, 1, length)
    with np.errstate(divide="ignore"):
        slope = np.where(size == 0, 0, np.copysign(share ** (p - 1), gap))
    return Distance(length, np.where(np.isnan(gap), gap, slope))


@loss(
    family="embedding",
    torch="TripletMarginLoss",
    optax="triplet_margin_loss",
    example="loss triplet-margin --anchor samples/embedding/anchors.csv "
    "--positive samples/embedding/positives.csv --negative samples/embedding/others.csv",
    formula="max(0, d(a, p) - d(a, n) + margin), d the p-norm of the difference + eps",
    range="0 and above",
    divisor="the number of triplets",
    equivalences="margin-ranking of -d(a, p) and -d(a, n) with y = 1",
    pitfalls="eps is added to each difference, not to the norm: a distance to itself is not 0",
)
def triplet_margin(
    anchor: Embedding,
    positive: Embedding,
    negative: Embedding,
    *,
    margin: Annotated[float, above(0, "how much farther the negative should be")] = 1.0,
    p: Annotated[float, above(0, "which norm measures distances: 1 sums, 2 is Euclid's")] = 2.0,
    eps: Annotated[float, at_least(0, "added to each difference")] = 1e-6,
    swap: Annotated[bool, Help("take the positive's distance to the negative if smaller")] = False,
    grad: bool = False,
) -> Terms:
    """Triplet loss of anchors, positives and negatives.

    anchor, positive and negative (n, e); a term is the loss of one triplet, in the unit of the
    vectors. A distance of 0 has the slope 0; where `swap` finds two equal distances, each gets half
    of the gradient.

    Sources: Schroff, Kalenichenko and Philbin 2015, doi:10.1109/CVPR.2015.7298682; Balntas et al.
    2016 (swap), doi:10.5244/C.30.119.
    """
    # Distances of huge vectors overflow though their difference may not: exact powers of two help.
    down = np.where(np.max(np.abs([anchor, positive, negative]), axis=(0, 1)) > 1e300, 2.0**-100, 1)
    anchor, positive, negative = down * anchor, down * positive, down * negative
    near = _distance(anchor, positive, p, down * eps)
    far = _distance(anchor, negative, p, down * eps)
    least, own = far.length, np.ones_like(far.length)
    if swap:
        other = _distance(positive, negative, p, down * eps)
        least = np.minimum(far.length, other.length)
        own = np.where(far.length == other.length, 0.5, far.length < other.length)
    slack = down * margin + near.length - least
    terms = np.maximum(slack, 0) / down
    if not grad:
        return terms, {}
    scale = _passed(slack, np.ones_like(slack))
    from_near, from_far = scale * near.slope, scale * own * far.slope
    gradients = {"anchor": from_near - from_far, "positive": -from_near, "negative": from_far}
    if swap:
        from_other = scale * (1 - own) * other.slope
        gradients["positive"] = gradients["positive"] - from_other
        gradients["negative"] = gradients["negative"] + from_other
    return terms, gradients


def _passed(slack: Array, slope: Array) -> Array:
    """Return the slope where the slack is 0 or more: what PyTorch's clamp passes on."""
    return np.where(slack >= 0, slope, np.where(np.isnan(slack), slack, 0))
