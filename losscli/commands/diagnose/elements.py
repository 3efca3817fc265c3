"""What a pass keeps of a binary loss: clamped logarithms, and probabilities that vanish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.scores import KERAS_EPSILON, SMALLEST32
from losscli.commands.diagnose.tallies import Places, Tally, places
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import softplus, times

LOG_FLOOR = -100
"""PyTorch's clamp of both logarithms in bce."""


@dataclass(frozen=True)
class Elements(Tally):
    """Sums over the elements of a binary loss whose numbers are in their domains."""

    count: int
    clamped: Places
    """Elements where a logarithm that counts is below the clamp, with the input."""
    true_loss: float
    """Sum of the loss without any clamp."""
    floored: float
    """Sum with PyTorch's clamp."""
    clipped: float
    """Sum with Keras's clip of the probability."""
    faint32: Places
    """Elements whose target's probability rounds to 0 in float32, with the input."""
    inside: int
    """How many inputs are in [0, 1]."""


def elements_of(x: Array, y: Array, form: str, terms: Array) -> Elements:
    """Add up a tile of inputs and targets in [0, 1], both (m,)."""
    ok = (y >= 0) & (y <= 1) & ~np.isnan(x)
    inside = (x >= 0) & (x <= 1)
    nothing = Places()
    if form == "probabilities":
        ok &= inside
        x, y, terms = x[ok], y[ok], terms[ok]
        yes, no = np.log(x), np.log1p(-x)
        clip = np.clip(x, KERAS_EPSILON, 1 - KERAS_EPSILON)
        clamped = ((yes < LOG_FLOOR) & (y > 0)) | ((no < LOG_FLOOR) & (y < 1))
        floored = (np.maximum(yes, LOG_FLOOR), np.maximum(no, LOG_FLOOR))
        return Elements(
            x.size,
            places(clamped, terms, x),
            _sum(y, yes, no),
            _sum(y, *floored),
            _sum(y, np.log(clip), np.log1p(-clip)),
            nothing,
            int(np.count_nonzero(inside)),
        )
    inside_count = int(np.count_nonzero(inside))
    x, y, terms = x[ok], y[ok], terms[ok]
    yes, no = -softplus(-x), -softplus(x)
    own = np.where(y >= 0.5, yes, no)
    total = _sum(y, yes, no)
    faint = places(own <= np.log(SMALLEST32), terms, x)
    return Elements(x.size, nothing, total, total, total, faint, inside_count)


def _sum(y: Array, yes: Array, no: Array) -> float:
    return float(-(times(y, yes) + times(1 - y, no)).sum())
