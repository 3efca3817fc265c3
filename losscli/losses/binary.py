"""Losses of binary outputs, element by element: x and y are (m,)."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import (
    FOCAL_GAMMAS,
    MARGINS,
    Bounds,
    PosWeight,
    TermWeight,
    at_least,
    within,
)
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import (
    BinaryLogits,
    BinaryProbs,
    Distances,
    Probs,
    Scores,
    Signs,
    ZeroOne,
)
from losscli.losses.declare.variant import AS_THEY_ARE, Variant
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import sigmoid, softplus, times, unless_infinite

LOG_FLOOR = -100
"""Both logarithms of bce are clamped here, as in PyTorch."""
SLOPE_FLOOR = float(np.float32(1e-12))
"""x (1 - x) is clamped here in the gradient of bce, as in PyTorch."""


@loss(
    family="binary",
    counterparts=("bce-logits",),
    other_activation="ce",
    log_floor=LOG_FLOOR,
    nats=True,
    torch="BCELoss, F.binary_cross_entropy",
    keras="BinaryCrossentropy (p is clipped to [1e-7, 1 - 1e-7])",
    sklearn="log_loss (p is clipped to [eps, 1 - eps])",
    words="log loss, binary cross-entropy",
    example="loss bce -i samples/binary/probs.csv -t samples/binary/targets.csv",
    formula="-w (y log x + (1 - y) log(1 - x)), both logs at least -100",
    range="0 to 100 per element (times the weight)",
    divides_by="the number of elements",
    equivalences="bce-logits of logit(x), away from the clamp",
    pitfalls="expects probabilities, not logits; the clamp hides an infinite loss at x = 0 or 1",
)
def bce(
    input: Probs,
    target: BinaryProbs,
    *,
    weight: TermWeight | None = None,
    grad: bool = False,
) -> Terms:
    """Binary cross entropy of probabilities and targets in [0, 1].

    input and target have the same shape; each term is the loss of one element in nats. The gradient
    is (x - y) / max(x (1 - x), 1e-12), as in PyTorch.

    Source: Good 1952 (logarithmic score), doi:10.1111/j.2517-6161.1952.tb00104.x.
    """
    yes = np.maximum(np.log(input), LOG_FLOOR)
    no = np.maximum(np.log1p(-input), LOG_FLOOR)
    terms = -(target * yes + (1 - target) * no) + 0.0
    if weight is not None:
        terms = weight * terms
    if not grad:
        return terms, {}
    slope = (input - target) / np.maximum(input * (1 - input), SLOPE_FLOOR)
    return terms, {"input": slope if weight is None else weight * slope}


@loss(
    family="binary",
    aliases=("sigmoid-ce",),
    counterparts=("bce",),
    other_activation="ce",
    nats=True,
    torch="BCEWithLogitsLoss, F.binary_cross_entropy_with_logits",
    keras="BinaryCrossentropy(from_logits=True)",
    optax="sigmoid_binary_cross_entropy",
    words="logistic, sigmoid_cross_entropy_with_logits",
    example="loss bce-logits -i samples/binary/logits.csv -t samples/binary/targets.csv",
    formula="w (p y softplus(-x) + (1 - y) softplus(x))",
    range="0 and above; log 2 at x = 0",
    divides_by="the number of elements",
    equivalences="bce of sigmoid(x), without its clamp; ce of the two logits (0, x)",
    pitfalls="applies the sigmoid itself: pass logits, not probabilities",
)
def bce_logits(
    input: BinaryLogits,
    target: BinaryProbs,
    *,
    weight: TermWeight | None = None,
    pos_weight: PosWeight | None = None,
    grad: bool = False,
) -> Terms:
    """Binary cross entropy of logits and targets in [0, 1].

    input and target have the same shape; each term is the loss of one element in nats. `pos_weight`
    multiplies the part of the target 1: above 1 it trades precision for recall.

    Source: Cox 1958 (logistic regression), doi:10.1111/j.2517-6161.1958.tb00292.x.
    """
    # softplus(x) = max(x, 0) + log1p(exp(-|x|)): exp never overflows, and both parts are at least
    # 0, so nothing cancels. softplus(-x) has the same log.
    size = np.abs(input)
    decay = np.exp(-size)
    near = np.log1p(decay)
    # Multiplying by 0 and 1 selects between two numbers ten times as fast as a mask does.
    up = (input >= 0).astype(input.dtype)
    if pos_weight is None:
        against = np.abs(up - target)
        along = 1 - against
    else:
        yes, no = pos_weight * target, 1 - target
        against = up * no + (1 - up) * yes
        along = up * yes + (1 - up) * no
    # The part of the target against the sign of x costs |x|; every part costs the rest.
    terms = against * size + (near if pos_weight is None else (against + along) * near)

    def with_care(factor: Array | float) -> Array:
        """Return the terms times a factor where |x| or a product of weights overflows."""
        yes = factor * (target if pos_weight is None else pos_weight * target)
        no = factor * (1 - target)
        linear: Array = times(yes, np.maximum(-input, 0)) + times(no, np.maximum(input, 0))
        return linear + (yes + no) * near

    if not math.isfinite(terms.sum()):
        terms = np.where(np.isfinite(terms), terms, with_care(1))
    if weight is not None:
        terms = unless_infinite(times(weight, terms), lambda: with_care(weight))
    if not grad:
        return terms, {}
    # sigmoid(|x|) = 1 / (1 + exp(-|x|)), sigmoid(-|x|) = exp(-|x|) / (1 + exp(-|x|)): one quotient.
    slope = (against - along * decay) * (2 * up - 1) / (1 + decay) + 0.0
    return terms, {"input": slope if weight is None else weight * slope}


@loss(
    family="binary",
    keras="BinaryFocalCrossentropy --alpha 0.5 (of probabilities, twice as large without alpha)",
    optax="sigmoid_focal_loss --alpha 0.5 (twice as large without alpha)",
    words="focal loss, RetinaNet, class imbalance",
    example="loss sigmoid-focal -i samples/binary/logits.csv -t samples/binary/targets.csv",
    formula="-alpha_t (1 - p_t)^gamma log p_t, p_t the probability of the label",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="gamma 0 and alpha 0.5: half of bce-logits",
    pitfalls="torchvision's default reduction is none; Keras applies alpha only if asked to",
    variants=(
        Variant(
            "no alpha: both labels count in full",
            "np.logaddexp(0, (1 - 2 * y) * x)"
            ' * losscli.transform("sigmoid", (1 - 2 * y) * x) ** {gamma}',
        ),
        Variant(
            "alpha weighs label 1 alone: label 0 counts in full",
            "np.where(y > 0, {alpha}, 1) * np.logaddexp(0, (1 - 2 * y) * x)"
            ' * losscli.transform("sigmoid", (1 - 2 * y) * x) ** {gamma}',
            usual=False,
        ),
    ),
)
def sigmoid_focal(
    input: BinaryLogits,
    target: ZeroOne,
    *,
    alpha: Annotated[
        float,
        within(0, 1, "weight of label 1; label 0 gets 1 - alpha", usual=(0.25, 0.5, 0.75)),
    ] = 0.25,
    gamma: Annotated[
        float, at_least(0, "how much it down-weights well-classified samples", usual=FOCAL_GAMMAS)
    ] = 2.0,
    grad: bool = False,
) -> Terms:
    """Focal loss of logits and 0/1 labels: down-weights well-classified samples.

    input and target have the same shape; each term is the loss of one element.

    Source: Lin et al. 2017, doi:10.1109/ICCV.2017.324.
    """
    yes = target == 1
    signed = np.where(yes, input, -input)
    weight = np.where(yes, alpha, 1 - alpha)
    surprise = softplus(-signed)
    missing = sigmoid(-signed)
    faded = weight * missing**gamma
    terms = times(faded, surprise)
    if not grad:
        return terms, {}
    # With q = 1 - p_t: d(q^g L)/dz = -q^g (g p_t L + q), z the logit of the label.
    slope = -times(faded, gamma * times(sigmoid(signed), surprise) + missing)
    return terms, {"input": np.where(yes, slope, -slope)}


@loss(
    family="binary",
    nats=True,
    torch="SoftMarginLoss, F.soft_margin_loss",
    words="logistic",
    example="loss soft-margin -i samples/binary/logits.csv -t samples/binary/signs.csv",
    formula="log(1 + exp(-y x))",
    range="0 and above; log 2 at x = 0",
    divides_by="the number of elements",
    equivalences="bce-logits with targets (y + 1) / 2",
    pitfalls="targets are -1/+1: --map-binary maps 0/1 to them",
    variants=(Variant(AS_THEY_ARE, "np.logaddexp(0, -x * (y > 0))"),),
)
def soft_margin(input: Scores, target: Signs, *, grad: bool = False) -> Terms:
    """Logistic loss of scores and signs -1/+1.

    input and target have the same shape; each term is the loss of one element in nats.

    Source: Cox 1958 (logistic regression), doi:10.1111/j.2517-6161.1958.tb00292.x.
    """
    agreement = target * input
    terms = softplus(-agreement)
    return terms, {"input": -target * sigmoid(-agreement)} if grad else {}


@loss(
    family="binary",
    keras="Hinge",
    optax="hinge_loss",
    sklearn="hinge_loss",
    words="SVM, max-margin",
    example="loss hinge -i samples/binary/logits.csv -t samples/binary/signs.csv",
    formula="max(0, 1 - y x)",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="the building block of multi-margin; 0 for scores beyond the margin of 1",
    pitfalls="targets are -1/+1: --map-binary maps 0/1 to them; Keras accepts 0/1 as well",
    variants=(Variant(AS_THEY_ARE, "np.maximum(1 - x * (y > 0), 0)"),),
)
def hinge(input: Scores, target: Signs, *, grad: bool = False) -> Terms:
    """Hinge loss of scores and signs -1/+1.

    input and target have the same shape; each term is the loss of one element, in the unit of the
    scores.

    Source: Cortes and Vapnik 1995, doi:10.1007/BF00994018.
    """
    slack = np.maximum(1 - target * input, 0)
    return slack, {"input": _where_slack(slack, -target)} if grad else {}


@loss(
    family="binary",
    keras="SquaredHinge",
    example="loss squared-hinge -i samples/binary/logits.csv -t samples/binary/signs.csv",
    formula="max(0, 1 - y x)^2",
    range="0 and above",
    divides_by="the number of elements",
    equivalences="the square of hinge",
    pitfalls="targets are -1/+1: --map-binary maps 0/1 to them",
    variants=(Variant(AS_THEY_ARE, "np.maximum(1 - x * (y > 0), 0) ** 2"),),
)
def squared_hinge(input: Scores, target: Signs, *, grad: bool = False) -> Terms:
    """Squared hinge loss of scores and signs -1/+1.

    input and target have the same shape; each term is the loss of one element, in the squared unit
    of the scores.

    Source: Lee and Mangasarian 2001 (smooth support vectors), doi:10.1023/A:1011215321374.
    """
    slack = np.maximum(1 - target * input, 0)
    return slack * slack, {"input": -2 * target * slack + 0.0} if grad else {}


@loss(
    family="binary",
    torch="HingeEmbeddingLoss, F.hinge_embedding_loss",
    words="contrastive, metric learning",
    example="loss hinge-embedding -i samples/binary/distances.csv -t samples/binary/signs.csv",
    formula="x where y = 1, max(0, margin - x) where y = -1",
    range="0 and above for distances",
    divides_by="the number of elements",
    equivalences="the building block of cosine-embedding",
    pitfalls="the input is a distance: small means similar",
    variants=(
        Variant(
            "both parts are squared, as in the contrastive loss",
            "np.where(y > 0, x, np.maximum({margin} - x, 0)) ** 2",
        ),
        Variant(AS_THEY_ARE, "x * 1.0 + np.where(y > 0, 0, np.maximum({margin} - x, 0))"),
    ),
)
def hinge_embedding(
    input: Distances,
    target: Signs,
    *,
    margin: Annotated[
        float, Bounds("the distance beyond which dissimilar pairs cost nothing", usual=MARGINS)
    ] = 1.0,
    grad: bool = False,
) -> Terms:
    """Hinge loss of distances: similar pairs (+1) close, dissimilar pairs (-1) beyond a margin.

    input and target have the same shape; each term is the loss of one element, in the unit of the
    distances. At the margin the gradient is -1, as in PyTorch.

    Source: Hadsell, Chopra and LeCun 2006, doi:10.1109/CVPR.2006.100.
    """
    alike = target == 1
    room = margin - input
    terms = np.where(alike, input, np.maximum(room, 0))
    if not grad:
        return terms, {}
    slope = np.where(alike, 1, np.where(room >= 0, -1, 0)).astype(input.dtype)
    return terms, {"input": np.where(np.isnan(input), input, slope)}


def _where_slack(slack: Array, slope: Array) -> Array:
    """Return the slope where there is slack, 0 where there is none, NaN where it is NaN."""
    found: Array = slope * (slack > 0).astype(slack.dtype) + 0.0
    return np.where(np.isnan(slack), slack, found) if np.isnan(slack).any() else found
