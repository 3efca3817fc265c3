"""Facts about a softmax loss: the probabilities that the input gives to its targets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.facts.lenient_tile import LenientTile
from losscli.commands.diagnose.facts.tallies import Places, Tally, places
from losscli.numerics.arrays import Array

SMALLEST16, SMALLEST32 = 2.0**-25, 2.0**-150
"""Probabilities up to these round to 0 in float16 and float32: half the smallest number."""
KERAS_EPSILON = 1e-7
"""Keras clips probabilities to [1e-7, 1 - 1e-7]."""


@dataclass(frozen=True)
class Scores(Tally):
    """Sums over the terms whose loss is finite."""

    count: int
    loss: float
    """Sum of -log p(target), without weights or smoothing."""
    loss_squares: float
    right: int
    counts: Array
    """How often each class is the target, (c,)."""
    predicted: Array
    """How often each class has the largest probability, (c,)."""
    expected: Array
    """Sum of the probabilities of each class, (c,)."""
    expected_squares: Array
    """Sum of their squares, (c,)."""
    own: Array
    """Sum of p(target) over the targets of each class, (c,)."""
    impossible: Places
    """Inputs that give their targets the probability 0: -inf as a logit, or p = 0."""
    faint32: Places
    """Terms whose p(target) rounds to 0 in float32, with log p(target)."""
    faint16: Places
    faint16_expected: float
    """How many of those the probabilities themselves lead one to expect."""
    clipped: float
    """Sum of the loss with p(target) clipped as in Keras."""
    clipped_count: int
    log_sums: float
    """Sum of the logs of what the rows of given probabilities sum to; 0 for logits."""

    @property
    def mean(self) -> float:
        """Mean of -log p(target) in nats."""
        return self.loss / self.count if self.count else math.nan

    @property
    def error(self) -> float:
        """Standard error of the mean; 0 for one term."""
        if self.count < 2:
            return 0.0
        variance = (self.loss_squares - self.loss * self.mean) / (self.count - 1)
        return math.sqrt(max(0.0, variance) / self.count)

    @property
    def same_rows(self) -> bool:
        """Whether every row gives the same probabilities: their variance is 0, up to rounding."""
        squares = self.expected * self.expected
        return np.allclose(self.expected_squares * self.count, squares, rtol=1e-12, atol=0)


def scores_of(tile: LenientTile) -> Scores:
    """Add up a tile whose problem has a softmax."""
    x, labels, soft = tile.input, tile.labels, tile.softmax
    c, m = x.shape
    at = soft.log_p[labels, np.arange(m)]
    impossible = np.zeros(x.shape, bool)
    impossible[labels, np.arange(m)] = tile.valid & (at == -np.inf)
    found = places(impossible, tile.terms, x)
    p, terms = soft.p, tile.terms
    ok = tile.valid & np.isfinite(at)
    if not ok.all():
        x, p, labels, at, terms = x[:, ok], p[:, ok], labels[ok], at[ok], terms[ok]
    count = labels.size
    own = p[labels, np.arange(count)]
    guess = x.argmax(axis=0) if count else labels
    faint = p[(p > 0) & (p <= SMALLEST16)]
    return Scores(
        count=count,
        loss=float(-at.sum()),
        loss_squares=float((at * at).sum()),
        right=int(np.count_nonzero(guess == labels)),
        counts=np.bincount(labels, minlength=c),
        predicted=np.bincount(guess, minlength=c),
        expected=p.sum(axis=1),
        expected_squares=(p * p).sum(axis=1),
        own=np.bincount(labels, weights=own, minlength=c),
        impossible=found,
        faint32=places(at <= math.log(SMALLEST32), terms, at),
        faint16=places(at <= math.log(SMALLEST16), terms, at),
        faint16_expected=float(faint.sum()),
        clipped=float(-np.log(np.clip(own, KERAS_EPSILON, 1 - KERAS_EPSILON)).sum()),
        clipped_count=int(np.count_nonzero(own < KERAS_EPSILON)),
        log_sums=0.0 if soft.log_sums is not None else float(np.log(p.sum(axis=0)).sum()),
    )
