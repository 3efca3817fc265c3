"""Calibration of probabilities: the best temperature, and a reliability table.

The temperature T divides the logits (Guo et al. 2017, arXiv:1706.04599). The mean of -log p(target)
is convex in 1/T, so a safeguarded Newton iteration finds its minimum; each step is one pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from losscli.commands.diagnose.facts.collect import Facts
from losscli.commands.diagnose.facts.lenient_tile import LenientTile, by_index
from losscli.commands.diagnose.facts.passes import Passes
from losscli.commands.diagnose.facts.tallies import Tally
from losscli.engine.breakdown.reliability import Reliability, reliability_of
from losscli.engine.problem.problem import Problem
from losscli.numerics.arrays import Array

STEPS = 60
COLDEST, HOTTEST = 2.0**-20, 2.0**20
"""Bounds of 1/T, exceeded only by files without a minimum."""
SHORTEST_STEP = 1e-5


@dataclass(frozen=True)
class Cooled(Tally):
    """Sums of the loss of the normalized p^(1/T), and its derivatives with respect to 1/T."""

    loss: float
    slope: float
    curvature: float


@dataclass(eq=False)
class Calibration:
    """The best temperature of an input, and how far its confidence is from its accuracy."""

    problem: Problem
    passes: Passes
    count: int
    inverse: float
    """The best 1/T."""
    before: float
    """Mean of -log p(target) as given."""
    after: float
    """The same at the best temperature."""

    @property
    def temperature(self) -> float:
        """T; 0 or inf where the loss has no minimum and falls toward them."""
        if self.inverse >= HOTTEST:
            return 0.0
        return 1 / self.inverse if self.inverse else math.inf

    @property
    def gain(self) -> float:
        """The share by which the loss is lower at the best temperature."""
        return (self.before - self.after) / self.before if self.before > 0 else 0.0

    @cached_property
    def bins(self) -> Reliability:
        """Confidence and accuracy as given."""
        return _reliability(self.problem, 1.0, self.passes)

    @cached_property
    def bins_after(self) -> Reliability:
        """Confidence and accuracy at the best temperature."""
        return _reliability(self.problem, self.inverse, self.passes)


def calibrate(problem: Problem, facts: Facts, passes: Passes) -> Calibration | None:
    """Find the temperature that minimizes the mean of -log p(target) over counted terms.

    None where no term has a class as its target, or a term cannot be judged: a target of
    probability 0, or targets that are class probabilities and not one-hot.
    """
    scores = facts.scores
    if not scores or not scores.count or scores.impossible.count:
        return None
    if not by_index(problem) and facts.rows["target"].one_hot < facts.rows["target"].count:
        return None
    inverse, total = _minimum(problem, passes, all_right=scores.right == scores.count)
    return Calibration(problem, passes, scores.count, inverse, scores.mean, total / scores.count)


def _minimum(problem: Problem, passes: Passes, *, all_right: bool) -> tuple[float, float]:
    """Return the 1/T with the smallest loss, and the sum of the losses there.

    Newton's iteration, kept inside a bracket that shrinks. Each step squares its error, so a
    step of 1e-5 lands within 1e-10, and the parabola through it knows the loss there.
    """
    low, high, at = COLDEST, HOTTEST, 1.0
    here = _sums_at(problem, at, passes)
    if not here.slope and not here.curvature:
        return at, here.loss
    if all_right:
        return HOTTEST, _sums_at(problem, HOTTEST, passes).loss
    if here.slope > 0:
        uniform = _sums_at(problem, 0.0, passes)
        if uniform.slope >= 0:
            return 0.0, uniform.loss
    for _ in range(STEPS):
        low, high = (at, high) if here.slope < 0 else (low, at)
        step = at - here.slope / here.curvature if here.curvature > 0 else high
        # Where the loss is flat, Newton's steps are huge: a step may change 1/T at most fourfold.
        step = min(max(step, at / 4), at * 4)
        if not low <= step <= high:
            step = math.sqrt(low * high)
        by = step - at
        if abs(by) <= SHORTEST_STEP * at:
            return step, here.loss + by * here.slope + by * by * here.curvature / 2
        at = step
        here = _sums_at(problem, at, passes)
        if at >= HOTTEST:
            break
    return at, here.loss


def _sums_at(problem: Problem, inverse: float, passes: Passes) -> Cooled:
    def look(tile: LenientTile) -> Cooled:
        log_p, labels = _predictions_of(tile)
        at = log_p[labels, np.arange(labels.size)]
        q, log_sum = _softmax_at(log_p, inverse)
        weighted = np.where(q > 0, q * log_p, 0)
        mean = weighted.sum(axis=0)
        variance = np.where(q > 0, weighted * log_p, 0).sum(axis=0) - mean * mean
        return Cooled(
            float((log_sum - inverse * at).sum()), float((mean - at).sum()), float(variance.sum())
        )

    return passes.total(problem, look)


def _reliability(problem: Problem, inverse: float, passes: Passes) -> Reliability:
    """Return confidence and accuracy by bins of the prediction's probability, at one 1/T."""

    def look(tile: LenientTile) -> Reliability:
        log_p, labels = _predictions_of(tile)
        guess = log_p.argmax(axis=0) if labels.size else labels
        q, _ = _softmax_at(log_p, inverse)
        confidence = q[guess, np.arange(labels.size)]
        return reliability_of(confidence, guess == labels)

    return passes.total(problem, look)


def _predictions_of(tile: LenientTile) -> tuple[Array, Array]:
    """Return the log-probabilities and target classes of the terms that have both."""
    log_p = tile.softmax.log_p
    ok = tile.valid & np.isfinite(log_p[tile.labels, np.arange(tile.labels.size)])
    return (log_p, tile.labels) if ok.all() else (log_p[:, ok], tile.labels[ok])


def _softmax_at(log_p: Array, inverse: float) -> tuple[Array, Array]:
    """Return softmax(log_p / T), (c, m), and the log of its normalizer, (m,)."""
    scaled = np.where(log_p == -np.inf, -np.inf, log_p * inverse)
    top = scaled.max(axis=0, initial=-np.inf)
    e = np.exp(scaled - top)
    total = e.sum(axis=0)
    return e / total, top + np.log(total)
