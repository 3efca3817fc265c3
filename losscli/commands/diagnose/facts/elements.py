"""Facts about a binary loss: clamped logarithms, and probabilities that round to 0."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.facts.lenient_tile import LenientTile
from losscli.commands.diagnose.facts.scores import KERAS_EPSILON, SMALLEST32
from losscli.commands.diagnose.facts.tallies import Places, Tally, places
from losscli.engine.input_checks import SigmoidFit, sigmoid_fit
from losscli.losses.declare.standard_kinds import SIGNS
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import softplus, times


@dataclass(frozen=True)
class Elements(Tally):
    """Sums over the elements of a binary loss whose numbers are in their domains."""

    count: int
    inside: int
    """How many inputs are in [0, 1]."""
    right: int
    """How many inputs are on the target's side of 1/2, as probabilities are that predict it."""
    fit: SigmoidFit
    """How the targets fit the inputs if these are logits in [0, 1]."""
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
    positive: float
    """Sum of the targets."""


def elements_of(tile: LenientTile) -> Elements:
    """Add up a tile of inputs and targets, (m,) or (c, m)."""
    x, y, terms = tile.input, tile.roles["target"], tile.terms
    if tile.problem.operand("target").kind.values == SIGNS and not tile.problem.settings.map_binary:
        y = (y + 1) / 2
    inside = (x >= 0) & (x <= 1)
    inputs = int(np.count_nonzero(inside))
    applies_sigmoid = tile.problem.input.kind.name != "probabilities"
    ok = (y >= 0) & (y <= 1) & (~np.isnan(x) if applies_sigmoid else inside)
    right = np.count_nonzero(ok & ((x > 0.5) == (y > 0.5)))
    in_unit = applies_sigmoid and inputs == x.size
    fit = sigmoid_fit(x[ok], y[ok]) if in_unit else SigmoidFit()
    counts = int(np.count_nonzero(ok)), inputs, int(right), fit
    if applies_sigmoid:
        yes, no = -softplus(-x), -softplus(x)
        unlikely = np.where(y >= 0.5, yes, no) <= math.log(SMALLEST32)
        loss = _sum(y[ok], yes[ok], no[ok])
        faint = places(unlikely & ok, terms, x)
        return Elements(*counts, loss, loss, loss, Places(), faint, float(y[ok].sum()))
    yes, no = np.log(x), np.log1p(-x)
    floor = tile.problem.loss.log_floor
    clamped = ((yes < floor) & (y > 0)) | ((no < floor) & (y < 1))
    y, yes, no = y[ok], yes[ok], no[ok]
    clip = np.clip(x[ok], KERAS_EPSILON, 1 - KERAS_EPSILON)
    return Elements(
        *counts,
        _sum(y, yes, no),
        _sum(y, np.maximum(yes, floor), np.maximum(no, floor)),
        _sum(y, np.log(clip), np.log1p(-clip)),
        places(clamped & ok, terms, x),
        Places(),
        float(y.sum()),
    )


def _sum(y: Array, yes: Array, no: Array) -> float:
    return float(-(times(y, yes) + times(1 - y, no)).sum())
