"""Losses of rankings and embeddings: x is (m,) for scores, (e, m) for vectors."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import MARGINS, Bounds, Help, above, at_least, within
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import Embedding, PairSigns, Scores, Signs
from losscli.losses.declare.variant import AS_THEY_ARE, Variant
from losscli.numerics.arrays import Array
from losscli.numerics.distances import Distances
from losscli.numerics.elementary import LARGE_SQUARE, column_products, in_reach

COSINE_EPS = float(np.float32(1e-12))
"""Added to both squared lengths, as in PyTorch, so that a vector of zeros has the cosine 0."""


@loss(
    family="embedding",
    torch="MarginRankingLoss, F.margin_ranking_loss",
    words="pairwise ranking, ranking hinge",
    example="loss margin-ranking --input1 samples/ranking/first.csv "
    "--input2 samples/ranking/second.csv -t samples/ranking/order.csv",
    formula="max(0, margin - y (x1 - x2))",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="hinge of x1 - x2 at margin 1",
    pitfalls="y = 1 means that x1 should rank above x2; --map-binary accepts 0/1",
    variants=(
        Variant(AS_THEY_ARE, "np.maximum({margin} - (y > 0) * (input1 - input2), 0)"),
        Variant(
            "log(1 + exp(-d)) of the difference d: no margin",
            "np.logaddexp(0, np.where(y > 0, input2 - input1, input1 - input2))",
            usual=False,
        ),
    ),
)
def margin_ranking(
    input1: Scores,
    input2: Scores,
    target: Signs,
    *,
    margin: Annotated[float, Bounds("how far the higher score should lead", usual=MARGINS)] = 0.0,
    grad: bool = False,
) -> Terms:
    """Margin ranking loss of two scores and the sign of their order.

    input1, input2 and target (+1: input1 higher, -1: input2 higher) of the same shape, with any
    number of axes; each term is the loss of one pair, in the unit of the scores. Exactly at the
    margin the gradient is that of the sloped side, as in PyTorch.

    Source: Herbrich, Graepel and Obermayer 2000 (large margin rank boundaries).
    """
    slack = margin - target * (input1 - input2)
    terms = np.maximum(slack, 0)
    if not grad:
        return terms, {}
    slope = _clamp_slope(slack, target)
    return terms, {"input1": -slope + 0.0, "input2": slope + 0.0}


@loss(
    family="embedding",
    torch="CosineEmbeddingLoss, F.cosine_embedding_loss",
    keras="CosineSimilarity (minus the cosine, 1 less than here for targets +1)",
    optax="cosine_distance (for targets +1)",
    words="contrastive, cosine similarity, metric learning",
    example="loss cosine-embedding --input1 samples/embedding/anchors.csv "
    "--input2 samples/embedding/others.csv -t samples/embedding/signs.csv",
    formula="1 - cos(x1, x2) where y = 1, max(0, cos(x1, x2) - margin) where y = -1",
    range="0 to 2",
    divides_by="the number of pairs",
    equivalences="half the squared distance of the normalized vectors where y = 1",
    pitfalls="vector lengths do not matter; 1e-12 is added to both squared lengths, so vectors "
    "near 0 are far from every vector",
    variants=(
        Variant(
            "squared error of the cosine against the label 0 or 1 (sentence-transformers)",
            "(cosine(input1, input2) - (y > 0)) ** 2",
        ),
        Variant(
            "contrastive loss of cosine distances, margin 0.5 (sentence-transformers)",
            "np.where(y > 0, 1 - cosine(input1, input2), "
            "np.maximum(cosine(input1, input2) - 0.5, 0)) ** 2 / 2",
        ),
        Variant("minus the cosine of every pair, as in Keras", "-cosine(input1, input2)"),
        Variant(AS_THEY_ARE, "np.where(y > 0, 1 - cosine(input1, input2), 0)"),
        Variant(
            "the cosine distance of every pair, whatever its label",
            "1 - cosine(input1, input2)",
            usual=False,
        ),
        Variant(
            "squared error of the cosine against the label -1 or +1",
            "(cosine(input1, input2) - np.where(y > 0, 1, -1)) ** 2",
            usual=False,
        ),
        Variant(
            "the dot product in place of the cosine: lengths count",
            "np.where(y > 0, 1 - (input1 * input2).sum(1), "
            "np.maximum((input1 * input2).sum(1) - {margin}, 0))",
            usual=False,
        ),
        Variant(
            "contrastive loss of Euclidean distances, margin 1",
            "np.where(y > 0, distance(input1, input2), "
            "np.maximum(1 - distance(input1, input2), 0)) ** 2 / 2",
            usual=False,
        ),
    ),
)
def cosine_embedding(
    input1: Embedding,
    input2: Embedding,
    target: PairSigns,
    *,
    margin: Annotated[
        float, within(-1, 1, "the cosine below which pairs with y = -1 cost nothing", usual=MARGINS)
    ] = 0.0,
    grad: bool = False,
) -> Terms:
    """Cosine distance of similar pairs of vectors, cosine of dissimilar ones.

    input1 and input2 (n, e), target (n,) +1 or -1; each term is the loss of one pair, from 0 to 2.

    Source: Hadsell, Chopra and LeCun 2006 (contrastive pairs), doi:10.1109/CVPR.2006.100.
    """
    first, second = input1, input2
    up1: Array | int = 0
    up2: Array | int = 0
    squares = column_products(first, first), column_products(second, second)
    if not all(square.max(initial=0) < LARGE_SQUARE[square.dtype.char] for square in squares):
        # Lengths cancel in the cosine: scaling by powers of two keeps squares from overflowing.
        first, up1 = in_reach(input1)
        second, up2 = in_reach(input2)
        squares = column_products(first, first), column_products(second, second)
    size1 = np.sqrt(squares[0] + np.ldexp(COSINE_EPS, 2 * up1))
    size2 = np.sqrt(squares[1] + np.ldexp(COSINE_EPS, 2 * up2))
    cosine = column_products(first, second) / size1 / size2
    apart = cosine - margin
    same = target == 1
    terms = np.where(same, 1 - cosine, np.maximum(apart, 0))
    if not grad:
        return terms, {}
    slope = np.where(same, -1, _clamp_slope(apart, np.ones_like(apart)))
    gradients = {}
    for name, own, other, size, other_size, up in (
        ("input1", first, second, size1, size2, up1),
        ("input2", second, first, size2, size1, up2),
    ):
        towards = other * (slope / other_size / size).astype(own.dtype)
        away = own * (slope * cosine / size / size).astype(own.dtype)
        towards -= away
        if np.any(up):
            np.ldexp(towards, up, out=towards)
        # -0.0 becomes 0.0.
        towards += 0.0
        gradients[name] = towards
    return terms, gradients


@loss(
    family="embedding",
    torch="TripletMarginLoss, F.triplet_margin_loss, TripletMarginWithDistanceLoss, "
    "F.triplet_margin_with_distance_loss",
    optax="triplet_margin_loss (eps is added to the squared distance)",
    words="contrastive, metric learning",
    example="loss triplet-margin --anchor samples/embedding/anchors.csv "
    "--positive samples/embedding/positives.csv --negative samples/embedding/others.csv",
    formula="max(0, d(a, p) - d(a, n) + margin), d the p-norm of the difference + eps",
    range="0 and above",
    divides_by="the number of triplets",
    equivalences="margin-ranking of -d(a, p) and -d(a, n) with y = 1",
    pitfalls="eps is added to each difference, not to the norm: the distance to itself is not 0",
    variants=(
        Variant(
            "squared distances, as in FaceNet",
            "np.maximum(distance(anchor, positive) ** 2 - distance(anchor, negative) ** 2"
            " + {margin}, 0)",
        ),
        Variant(
            "squared distances of unit vectors, as in FaceNet",
            "np.maximum(2 * (cosine(anchor, negative) - cosine(anchor, positive)) + {margin}, 0)",
        ),
        Variant(
            "the distance is one minus the cosine",
            "np.maximum(cosine(anchor, negative) - cosine(anchor, positive) + {margin}, 0)",
        ),
        Variant(
            "the soft margin: log(1 + exp(d)), d the difference of the distances",
            "np.logaddexp(0, distance(anchor, positive) - distance(anchor, negative))",
            usual=False,
        ),
        Variant(
            "dot products in place of distances",
            "np.maximum((anchor * negative).sum(1) - (anchor * positive).sum(1) + {margin}, 0)",
            usual=False,
        ),
    ),
)
def triplet_margin(
    anchor: Embedding,
    positive: Embedding,
    negative: Embedding,
    *,
    margin: Annotated[
        float, above(0, "how much farther away the negative should be", usual=MARGINS)
    ] = 1.0,
    p: Annotated[
        float, above(0, "the norm of distances: 1 is Manhattan, 2 Euclidean", usual=(1.0, 2.0))
    ] = 2.0,
    eps: Annotated[float, at_least(0, "added to each coordinate difference")] = 1e-6,
    swap: Annotated[
        bool, Help("use the distance from positive to negative if it is smaller")
    ] = False,
    grad: bool = False,
) -> Terms:
    """Triplet loss of anchors, positives and negatives.

    anchor, positive and negative (n, e); each term is the loss of one triplet, in the unit of the
    vectors. A distance of 0 has the gradient 0; if `swap` finds equal distances, each gets half of
    the gradient.

    Sources: Schroff, Kalenichenko and Philbin 2015, doi:10.1109/CVPR.2015.7298682; Balntas et al.
    2016 (swap), doi:10.5244/C.30.119.
    """

    def distances(anchor: Array, positive: Array, negative: Array, eps: Array | float) -> Distances:
        pairs = [(anchor, positive), (anchor, negative), (positive, negative)]
        return Distances(pairs if swap else pairs[:2], p, eps, grad=grad)

    down: Array | float = 1.0
    found = distances(anchor, positive, negative, eps)
    if not np.isfinite(found.length[0] + found.length[1]).all():
        # Distances of huge vectors overflow though their difference may not: scale them down.
        tops = [np.abs(role).max(axis=0) for role in (anchor, positive, negative)]
        huge = np.max(tops, axis=0) > np.finfo(anchor.dtype).max * 2.0**-26
        down = np.where(huge, 2.0**-100, 1).astype(anchor.dtype)
        found = distances(down * anchor, down * positive, down * negative, down * eps)
    near, far = found.length[:2]
    least, own = far, np.ones_like(far)
    if swap:
        other = found.length[2]
        least = np.minimum(far, other)
        own = np.where(far == other, far.dtype.type(0.5), far < other)
    slack = down * margin + near - least
    terms = np.maximum(slack, 0) / down
    if not grad:
        return terms, {}
    scale = _clamp_slope(slack, np.ones_like(slack))
    from_near, from_far = found.slope(0, scale), found.slope(1, -scale * own)
    from_anchor = from_near + from_far
    from_anchor += 0.0
    # 0.0 less 0.0 is 0.0, but the negative of 0.0 is -0.0.
    from_positive = np.subtract(0.0, from_near, out=from_near)
    from_negative = np.subtract(0.0, from_far, out=from_far)
    if swap:
        from_other = found.slope(2, scale * (1 - own))
        from_positive -= from_other
        from_negative += from_other
    return terms, {"anchor": from_anchor, "positive": from_positive, "negative": from_negative}


def _clamp_slope(slack: Array, slope: Array) -> Array:
    """Return the slope where the slack is at least 0, as the gradient of PyTorch's clamp."""
    return np.where(slack >= 0, slope, np.where(np.isnan(slack), slack, 0))
