"""`--hist`: the distribution of the losses, in bins with round borders.

Losses are skewed: most are small, and a few make up most of the sum. Where they span more than a
decade or so, bins grow as 1, 2, 5, 10, ..., and the first one takes everything smaller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from losscli.engine.confidence import wrong_ones
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.spooled import Pieces, Spooled, quantiles_of
from losscli.numerics.arrays import Array

STEPS = (1, 2, 5)
MOST = 16
"""The largest number of bins."""
ROUNDING = 1e-12
ORDINARY = (1e-300, 1e300)
"""If all losses are smaller, or one is larger, there is one bin: round borders would not fit."""
SKEWED = 20.0
"""Above this ratio of the largest loss to the median, bins grow."""


@dataclass(frozen=True)
class Histogram:
    """Counts and sums between borders; a bin includes its lower border, the last one both."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    shares: tuple[float, ...]
    """Fractions of the sum of the losses."""
    not_finite: int
    wrong: tuple[int, ...] = ()
    """Counts of wrong predictions, where they were asked for and terms have predictions."""


class BySize:
    """The counted losses, 8 bytes per term; if there are many, in a temporary file."""

    def __init__(self, problem: Problem, *, wrong: bool = False) -> None:
        """Take the problem; with `wrong` wrong predictions are counted as well."""
        self.problem = problem
        self._losses, self._wrong = Spooled(), Spooled()
        self._marks = wrong
        self._not_finite = 0

    @property
    def losses(self) -> Spooled:
        """The finite losses."""
        return self._losses

    def look(
        self,
        problem: Problem,
        data: TileData,
        terms: Array,
        tile: Tile,  # noqa: ARG002
    ) -> tuple[Array, Array | None]:
        """Return the losses of a tile, and those of wrong predictions."""
        wrong = wrong_ones(problem, data, terms) if self._marks else None
        terms = np.ldexp(terms.astype(np.float64), -problem.weight_exponent)
        kept = terms if data.ignored is None else terms[~data.ignored]
        return kept, None if wrong is None else terms[wrong]

    def add(self, seen: Any) -> None:
        """Add the losses of a tile."""
        losses, wrong = seen
        finite = losses[np.isfinite(losses)]
        self._losses.add(finite)
        self._not_finite += losses.size - finite.size
        if wrong is None:
            self._marks = False
        elif wrong.size:
            self._wrong.add(wrong[np.isfinite(wrong)])

    def histogram(self) -> Histogram:
        """Return the histogram."""
        losses = self._losses
        edges = borders(losses.pieces)
        if not edges:
            return Histogram((), (), (), self._not_finite)
        counts, sums = np.zeros(len(edges) - 1, np.int64), np.zeros(len(edges) - 1)
        wrong = np.zeros(len(edges) - 1, np.int64)
        inner = np.array(edges[1:-1])
        # Sums of huge losses overflow; their shares do not.
        largest = max(-edges[0], edges[-1])
        down = -64 if largest > np.finfo(np.float64).max / losses.size else 0
        for part in losses.pieces():
            at = np.searchsorted(inner, part, side="right")
            counts += np.bincount(at, minlength=len(counts))
            sums += np.bincount(at, np.ldexp(part, down), len(counts))
        for part in self._wrong.pieces():
            at = np.searchsorted(inner, part, side="right")
            wrong += np.bincount(at, minlength=len(wrong))
        total = float(sums.sum())
        shares = sums / total if total else np.zeros(len(sums))
        return Histogram(
            tuple(edges),
            tuple(counts.tolist()),
            tuple(shares.tolist()),
            self._not_finite,
            tuple(wrong.tolist()) if self._marks else (),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the histogram for JSON."""
        found = self.histogram()
        return {
            "edges": list(found.edges),
            "counts": list(found.counts),
            "shares": list(found.shares),
            "not_finite": found.not_finite,
        }


def borders(pieces: Pieces) -> Sequence[float]:
    """Return round borders from the smallest value or below to the largest or above."""
    spans = [(float(part.min()), float(part.max())) for part in pieces() if part.size]
    if not spans:
        return ()
    low, high = min(low for low, _ in spans), max(high for _, high in spans)
    if low == high or not ORDINARY[0] < max(-low, high) < ORDINARY[1]:
        return (low, high)
    (middle,) = quantiles_of(pieces, [0.5])
    if low >= 0 and high > SKEWED * middle:
        return _growing(lambda: (part[part > 0] for part in pieces()), high)
    return _even(low, high)


def _growing(pieces: Pieces, high: float) -> list[float]:
    """Return 0 and the numbers 1, 2, 5, 10, ... around the values, at most MOST bins."""
    (smallest,) = quantiles_of(pieces, [0.01])
    exponents = range(math.floor(math.log10(smallest)) - 1, math.ceil(math.log10(high)) + 2)
    series = [float(f"{step}e{exponent}") for exponent in exponents for step in STEPS]
    last = next(i for i, edge in enumerate(series) if edge >= high)
    first = max(i for i, edge in enumerate(series) if edge <= smallest)
    # Where all are alike, they and 0 still have a bin each.
    return [0.0, *series[max(min(first + 1, last - 1), last - MOST + 2) : last + 1]]


def _even(low: float, high: float) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten."""
    exponent = math.floor(math.log10((high - low) / MOST))
    steps = (float(f"{step}e{exponent + up}") for up in (0, 1) for step in STEPS)
    for step in steps:
        # 3e299 / 2e298 is 15 plus an ulp: a value on a border must not open another bin.
        first, last = math.floor(low / step + ROUNDING), math.ceil(high / step - ROUNDING)
        if last - first <= MOST:
            break
    # 15 digits, so that multiples of 0.1 become the numbers written as such.
    return [float(f"{i * step:.15g}") for i in range(first, last + 1)]
