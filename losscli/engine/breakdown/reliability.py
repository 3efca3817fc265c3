"""How often predictions of some confidence are right: bins of equal width, (15,)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from losscli.engine.confidence import (
    confidences,
    is_binary,
    label_probabilities,
    label_shares,
    wrong_ones,
)
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array

BINS = 15
Z = 1.959963984540054
"""The normal quantile of a 95 % interval."""


@dataclass(frozen=True)
class Reliability:
    """Sums of terms by the probability of their prediction."""

    count: Array
    confidence: Array
    """Sum of the probabilities."""
    right: Array

    def __add__(self, other: Reliability) -> Reliability:
        """Return the sums of both."""
        return Reliability(
            self.count + other.count,
            self.confidence + other.confidence,
            self.right + other.right,
        )

    @property
    def total(self) -> int:
        """The number of terms."""
        return int(self.count.sum())

    @property
    def error(self) -> float:
        """Expected calibration error: the mean gap between confidence and accuracy."""
        gaps = np.abs(self.confidence - self.right).sum()
        return float(gaps / self.total) if self.total else math.nan

    @property
    def mean_confidence(self) -> float:
        """The mean of the probabilities."""
        return float(self.confidence.sum() / self.total) if self.total else math.nan

    @property
    def accuracy(self) -> float:
        """The share of the terms that are right."""
        return float(self.right.sum() / self.total) if self.total else math.nan

    def rows(self) -> Iterator[tuple[float, float, int, float, float]]:
        """Yield the bins that hold a term: low, high, count, mean confidence, accuracy."""
        for i, count in enumerate(self.count.astype(int).tolist()):
            if count:
                confidence, right = float(self.confidence[i]), float(self.right[i])
                yield i / BINS, (i + 1) / BINS, count, confidence / count, right / count


def reliability_of(confidence: Array, right: Array) -> Reliability:
    """Return the sums of some terms, from their probabilities and whether they are right."""
    # Bins are (k/15, (k+1)/15], as in Guo et al. 2017.
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    return Reliability(
        np.bincount(bins, minlength=BINS),
        np.bincount(bins, weights=confidence, minlength=BINS),
        np.bincount(bins, weights=right, minlength=BINS),
    )


def interval(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of this many terms (Wilson 1927)."""
    square = Z * Z / count
    middle = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / count + square / count / 4) / (1 + square)
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


class ByConfidence:
    """Observes a run: predictions by their confidence, or two labels by the second one's."""

    def __init__(self) -> None:
        nothing = np.zeros(0)
        self.found = reliability_of(nothing, nothing)
        self.broken = 0
        """Terms without a probability: a number of theirs is nan."""

    def look(
        self,
        problem: Problem,
        data: TileData,
        terms: Array,
        tile: Tile,  # noqa: ARG002
    ) -> tuple[Reliability, int]:
        """Return the sums of a tile."""
        if is_binary(problem):
            confidence, right = label_probabilities(problem, data), label_shares(problem, data)
        else:
            wrong = wrong_ones(problem, data, terms)
            assert wrong is not None, "what has probabilities has predictions"
            confidence, right = confidences(problem, data), ~wrong
        counted = ~np.isnan(confidence)
        broken = int(
            np.count_nonzero(~counted if data.ignored is None else ~counted & ~data.ignored)
        )
        if data.ignored is not None:
            counted &= ~data.ignored
        if not counted.all():
            confidence, right = confidence[counted], right[counted]
        return reliability_of(confidence, right), broken

    def add(self, seen: Any) -> None:
        """Add a tile."""
        self.found = self.found + seen[0]
        self.broken += seen[1]
