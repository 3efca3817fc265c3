"""Losses of yes-or-no outputs, element by element: x and y are (m,)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.kinds import BinaryLogits, BinaryProbs, PosWeight, Probs, TermWeight
from losscli.numerics import times
from losscli.registry import Terms, loss

Array = NDArray[Any]

LOG_FLOOR = -100
"""PyTorch's clamp of both logarithms in bce."""
SLOPE_FLOOR = float(np.float32(1e-12))
"""PyTorch's clamp of x (1 - x) in the gradient of bce."""


@loss(
    family="binary",
    torch="BCELoss",
    keras="BinaryCrossentropy",
    sklearn="log_loss",
    example="loss bce -i samples/binary/probs.csv -t samples/binary/targets.csv",
    formula="-w (y log x + (1 - y) log(1 - x)), both logs at least -100",
    range="0 to 100 per element (times the weight)",
    divisor="the number of elements",
    equivalences="bce-logits of logit(x), away from the clamp",
    pitfalls="takes probabilities, not logits; the clamp hides an infinite loss at x = 0 or 1",
)
def bce(
    input: Probs,
    target: BinaryProbs,
    *,
    weight: TermWeight | None = None,
    grad: bool = False,
) -> Terms:
    """Binary cross entropy of probabilities and targets in [0, 1].

    input and target of one shape, any number of axes; a term is the loss in nats of one element.
    The gradient is (x - y) / max(x (1 - x), 1e-12), as PyTorch's kernel computes it.

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
    torch="BCEWithLogitsLoss",
    keras="BinaryCrossentropy(from_logits=True)",
    optax="sigmoid_binary_cross_entropy",
    example="loss bce-logits -i samples/binary/logits.csv -t samples/binary/targets.csv",
    formula="w (p y softplus(-x) + (1 - y) softplus(x))",
    range="0 and above; log 2 at x = 0",
    divisor="the number of elements",
    equivalences="bce of sigmoid(x), without its clamp; ce of the two logits (0, x)",
    pitfalls="the sigmoid is applied inside: put none before it",
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

    input and target of one shape, any number of axes; a term is the loss in nats of one element.
    `pos_weight` multiplies the part of the target 1: above 1 it trades precision for recall.

    Source: Cox 1958 (logistic regression), doi:10.1111/j.2517-6161.1958.tb00292.x.
    """
    yes = target if pos_weight is None else pos_weight * target
    no = 1 - target
    # softplus(x) = max(x, 0) + log1p(exp(-|x|)): exp never overflows, and both parts are >= 0, so
    # nothing cancels; softplus(-x) shares the log.
    decay = np.exp(-np.abs(input))
    terms = (
        (yes + no) * np.log1p(decay)
        + times(yes, np.maximum(-input, 0))
        + times(no, np.maximum(input, 0))
    )
    if weight is not None:
        terms = times(weight, terms)
    if not grad:
        return terms, {}
    # sigmoid(|x|) = 1 / (1 + exp(-|x|)), sigmoid(-|x|) = exp(-|x|) / (1 + exp(-|x|)).
    large = 1 / (1 + decay)
    small = decay * large
    up = input >= 0
    slope = no * np.where(up, large, small) - yes * np.where(up, small, large)
    return terms, {"input": slope if weight is None else weight * slope}
