"""`--ci`: how certain the mean is, by its standard error and by a bootstrap of the samples.

The mean is the ratio of two sums over samples, of losses and of normalizers. Terms of one sample
(the tokens of a text) are not independent, so whole samples are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.normalizer import sample_sums
from losscli.engine.pool import in_order
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.spooled import Spooled
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import quantiles

LEVEL = 0.95
RESAMPLES = 1000
UNITS = 1 << 18
"""More samples than this are combined into this many lots, which are drawn as a whole."""


class Interval(NamedTuple):
    """A mean with its standard error and its percentile interval."""

    mean: float
    stderr: float
    low: float
    high: float
    samples: int


class BySample:
    """Two sums per sample, 16 bytes; of many samples, in a temporary file."""

    def __init__(self, problem: Problem, seed: int, threads: int | None) -> None:
        self.problem = problem
        self.seed = seed
        self._threads = threads
        self._losses, self._normalizers = Spooled(), Spooled()
        self._last = np.zeros((2, 0))
        """The sums of the last sample, which may be incomplete."""

    def look(
        self, problem: Problem, data: TileData, terms: Array, tile: Tile
    ) -> tuple[Tile, Array]:
        """Return the sums of a tile's samples."""
        return tile, sample_sums(problem, data, terms, tile)

    def add(self, seen: Any) -> None:
        """Add a tile; a large sample comes in several."""
        tile, sums = seen
        if tile.first:
            self._last += sums
            return
        self._keep(self._last)
        self._keep(sums[:, :-1])
        self._last = sums[:, -1:]

    def _keep(self, sums: Array) -> None:
        counted = sums[1] > 0
        self._losses.add(sums[0, counted])
        self._normalizers.add(sums[1, counted])

    def interval(self) -> Interval:
        """Return the mean with its standard error and its 95 % percentile interval.

        The standard error is that of a ratio: of the samples' losses less the mean times their
        normalizers (Cochran 1977, Sampling Techniques, section 6.3; of plain means sd / sqrt n).
        Source of the interval: Efron 1979, doi:10.1214/aos/1176344552.
        """
        self._keep(self._last)
        self._last = self._last[:, :0]
        count, positions = self._losses.size, self.problem.positions
        top = float(np.max([np.abs(part).max() for part in self._losses.pieces()] or math.nan))
        if not math.isfinite(top):
            nan = math.nan
            return Interval(nan, nan, nan, nan, count)
        # A power of two is exact and brings the sums and squares of any losses into range.
        exponent = math.frexp(top)[1]
        total = _total(normalizers for _, normalizers in self._pieces(exponent))
        ratio = _total(losses for losses, _ in self._pieces(exponent)) / total
        off = (losses - ratio * normalizers for losses, normalizers in self._pieces(exponent))
        squares = _total(part * part for part in off)
        spread = squares * count / (count - 1) if count > 1 else math.nan
        losses, normalizers = self._units(exponent)
        low, high = quantiles(
            self._resampled(losses, normalizers), [0.5 - LEVEL / 2, 0.5 + LEVEL / 2]
        )
        stderr = math.sqrt(spread) / total
        with np.errstate(over="ignore"):
            figures = np.ldexp(np.array([ratio, stderr, low, high]) * positions, exponent)
        mean, stderr, low, high = figures.tolist()
        return Interval(mean, stderr, low, high, count)

    def _pieces(self, exponent: int) -> Iterator[tuple[Array, Array]]:
        """Yield losses times a power of two, and normalizers."""
        pairs = zip(self._losses.pieces(), self._normalizers.pieces(), strict=True)
        return ((np.ldexp(losses, -exponent), normalizers) for losses, normalizers in pairs)

    def _units(self, exponent: int) -> tuple[Array, Array]:
        """Return the units that are drawn: the losses and normalizers of samples, or of lots."""
        units = np.zeros((2, min(self._losses.size, UNITS)))
        both = ((self._losses, -exponent), (self._normalizers, 0))
        for start in range(0, self._losses.size, UNITS):
            for unit, (kept, up) in zip(units, both, strict=True):
                part = kept.read(start, start + UNITS)
                unit[: part.size] += np.ldexp(part, up)
        return units[0], units[1]

    def _resampled(self, losses: Array, normalizers: Array) -> Array:
        """Return the means of the resamples, each drawn by its own generator."""
        alike = bool((normalizers == normalizers[0]).all())

        def mean_of(number: int) -> float:
            generator = np.random.Generator(np.random.PCG64([self.seed, number]))
            drawn = generator.integers(0, losses.size, losses.size)
            below = normalizers[0] * losses.size if alike else normalizers[drawn].sum()
            return float(losses[drawn].sum() / below)

        means = in_order(mean_of, range(RESAMPLES), self._threads, more=losses.size > 1000)
        return np.fromiter(means, np.float64, RESAMPLES)

    def as_json(self) -> dict[str, Any]:
        """Return the interval for JSON."""
        found = self.interval()
        return {
            "mean": found.mean,
            "stderr": found.stderr,
            "level": LEVEL,
            "low": found.low,
            "high": found.high,
            "samples": found.samples,
            "resamples": RESAMPLES,
            "seed": self.seed,
        }


def _total(parts: Iterable[Array]) -> float:
    return math.fsum(chain.from_iterable(part.tolist() for part in parts))
