"""Facts about a binary loss: clamped logarithms, and probabilities that round to 0."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.facts.lenient_tile import LenientTile
from losscli.commands.diagnose.facts.scores import KERAS_EPSILON, SMALLEST32
from losscli.commands.diagnose.facts.tallies import Places, Tally, places
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import softplus, times


@dataclass(frozen=True)
class Elements(Tally):
    """Sums over the elements of a binary loss whose numbers are in their domains."""

    count: int
    inside: int
    """How many inputs are in [0, 1]."""
    true_loss: float
    """Sum of the loss without any clamp."""
    clamped_loss: float
    """Sum with the logarithms clamped as the loss clamps them."""
    clipped_loss: float
    """Sum with the probabilities clipped as in Keras."""
    clamped: Places
    """Elements whose clamped logarithm takes part in the loss, with the input."""
    faint32: Places
    """Elements whose target's probability rounds to 0 in float32, with the logit."""


def elements_of(tile: LenientTile) -> Elements:
    """Add up a tile of inputs and targets, both (m,)."""
    x, y, terms = tile.input, tile.roles["target"], tile.terms
    inside = (x >= 0) & (x <= 1)
    inputs = int(np.count_nonzero(inside))
    logits = tile.problem.input.kind.name == "logits"
    ok = (y >= 0) & (y <= 1) & (~np.isnan(x) if logits else inside)
    x, y, terms = x[ok], y[ok], terms[ok]
    if logits:
        yes, no = -softplus(-x), -softplus(x)
        faint = places(np.where(y >= 0.5, yes, no) <= math.log(SMALLEST32), terms, x)
        loss = _sum(y, yes, no)
        return Elements(x.size, inputs, loss, loss, loss, Places(), faint)
    yes, no = np.log(x), np.log1p(-x)
    floor = tile.problem.loss.log_floor
    clip = np.clip(x, KERAS_EPSILON, 1 - KERAS_EPSILON)
    return Elements(
        x.size,
        inputs,
        _sum(y, yes, no),
        _sum(y, np.maximum(yes, floor), np.maximum(no, floor)),
        _sum(y, np.log(clip), np.log1p(-clip)),
        places(((yes < floor) & (y > 0)) | ((no < floor) & (y < 1)), terms, x),
        Places(),
    )


def _sum(y: Array, yes: Array, no: Array) -> float:
    return float(-(times(y, yes) + times(1 - y, no)).sum())
