"""What a pass keeps of a softmax loss: the probabilities that the input gives its targets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from losscli.commands.diagnose.tallies import Extremes, Places, Tally, places
from losscli.numerics.arrays import Array

FORMS = ("logits", "log-probabilities", "probabilities")
"""What an input with a class axis may be for its softmax to be known."""
SMALLEST16, SMALLEST32 = 2.0**-25, 2.0**-150
"""Probabilities up to these round to 0 in float16 and float32: half the smallest number."""
KERAS_EPSILON = 1e-7
"""Keras clips probabilities to [1e-7, 1 - 1e-7]; scikit-learn at the eps of their dtype."""


class Softmax(NamedTuple):
    """The probabilities of a tile, (c, m), and how they came about."""

    p: Array
    log_p: Array
    log_sums: Array | None
    """Log-sum-exp of each column, (m,); None for probabilities."""


def softmax_of(x: Array, form: str) -> Softmax:
    """Return the probabilities that an input of that form stands for; nothing is renormalised."""
    if form == "probabilities":
        return Softmax(x, np.log(x), None)
    top = x.max(axis=0)
    e = np.exp(x - top)
    total = e.sum(axis=0)
    log_sums: Array = top + np.log(total)
    if form == "logits":
        return Softmax(e / total, (x - top) - np.log(total), log_sums)
    return Softmax(np.exp(x), x, log_sums)


@dataclass(frozen=True)
class Scores(Tally):
    """Sums over the terms whose loss is finite."""

    count: int
    loss: float
    """Sum of -log p(target), without weights or smoothing."""
    squares: float
    right: int
    counts: Array
    """How often each class is the target, (c,)."""
    predicted: Array
    """How often each class has the largest probability, (c,)."""
    expected: Array
    """Sum of the probabilities of each class, (c,)."""
    own: Array
    """Sum of p(target) over the targets of each class, (c,)."""
    extremes: Extremes
    """Smallest and largest probability of each class."""
    entropy: float
    slope: float
    """Sum of the derivative of -log p(target) by the inverse temperature, at 1."""
    curvature: float
    slope_at_0: float
    """The derivative at inverse temperature 0, where every class is as likely as another."""
    slope_at_infinity: float
    """The derivative far out: by how much the targets are below the largest, 0 if none is."""
    impossible: Places
    """Inputs at the targets that say outright that these are impossible: -inf as a logit, p = 0."""
    faint32: Places
    """Terms whose p(target) rounds to 0 in float32, with log p(target)."""
    faint16: Places
    faint16_expected: float
    """How many of those the probabilities themselves let expect."""
    clipped: float
    """Sum of the loss with p(target) clipped as Keras does."""
    clipped_count: int
    log_mass: float
    """Sum of the log of what each row of given probabilities sums to; 0 for logits."""

    @property
    def mean(self) -> float:
        """Mean of -log p(target) in nats."""
        return self.loss / self.count if self.count else math.nan

    @property
    def error(self) -> float:
        """Standard error of the mean; 0 for one term."""
        if self.count < 2:
            return 0.0
        variance = (self.squares - self.loss * self.mean) / (self.count - 1)
        return math.sqrt(max(0.0, variance) / self.count)


def scores_of(x: Array, soft: Softmax, labels: Array, valid: Array, terms: Array) -> Scores:
    """Add up a tile: x (c, m) as given, its softmax, and the classes of the valid targets."""
    c = x.shape[0]
    given, given_labels = x, labels
    at = soft.log_p[labels, np.arange(labels.size)]
    impossible = valid & (at == -np.inf)
    ok = valid & np.isfinite(at)
    p, log_p, terms_ok = soft.p, soft.log_p, terms
    if not ok.all():
        x, p, log_p = x[:, ok], p[:, ok], log_p[:, ok]
        labels, at, terms_ok = labels[ok], at[ok], terms[ok]
    count = labels.size
    own = p[labels, np.arange(count)]
    weighted = np.where(p > 0, p * log_p, 0)
    mean_log = weighted.sum(axis=0)
    curvature = np.where(p > 0, weighted * log_p, 0).sum(axis=0) - mean_log**2
    masked = log_p == -np.inf
    flat = np.where(masked, 0, log_p).sum(axis=0) / (c - masked.sum(axis=0))
    guess = x.argmax(axis=0) if count else labels
    faint = (p > 0) & (p <= SMALLEST16)
    clipped = np.clip(own, KERAS_EPSILON, 1 - KERAS_EPSILON)
    extremes = (
        Extremes(p.min(axis=1), p.max(axis=1))
        if count
        else Extremes(np.full(c, np.nan), np.full(c, np.nan))
    )
    return Scores(
        count=count,
        loss=float(-at.sum()),
        squares=float((at * at).sum()),
        right=int(np.count_nonzero(guess == labels)),
        counts=np.bincount(labels, minlength=c),
        predicted=np.bincount(guess, minlength=c),
        expected=p.sum(axis=1),
        own=np.bincount(labels, weights=own, minlength=c),
        extremes=extremes,
        entropy=float(-mean_log.sum()),
        slope=float((mean_log - at).sum()),
        curvature=float(curvature.sum()),
        slope_at_0=float((flat - at).sum()),
        slope_at_infinity=float((log_p.max(axis=0) - at).sum()) if count else 0.0,
        impossible=_at_targets(impossible, terms, given, given_labels),
        faint32=places(at <= math.log(SMALLEST32), terms_ok, at),
        faint16=places(at <= math.log(SMALLEST16), terms_ok, at),
        faint16_expected=float(p[faint].sum()),
        clipped=float(-np.log(clipped).sum()),
        log_mass=0.0 if soft.log_sums is not None else float(np.log(p.sum(axis=0)).sum()),
        clipped_count=int(np.count_nonzero(own < KERAS_EPSILON)),
    )


def _at_targets(found: Array, terms: Array, x: Array, labels: Array) -> Places:
    """Return the numbers of x (c, m) at the targets of a mask (m,)."""
    if not found.any():
        return Places()
    whole = np.zeros(x.shape, bool)
    whole[labels, np.arange(labels.size)] = found
    return places(whole, terms, x)
