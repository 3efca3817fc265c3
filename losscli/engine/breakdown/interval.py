"""`--ci`: how certain the mean is, by its standard error and by a bootstrap of the samples.

The mean is the ratio of two sums over samples, of losses and of normalizers. Terms of one sample
(the tokens of a text) are not independent, so whole samples are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.normalizer import sample_sums
from losscli.engine.pool import in_order
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.spooled import Spooled
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import quantiles
from losscli.numerics.summation import Sum, sum_of

LEVEL = 0.95
RESAMPLES = 1000
UNITS = 1 << 14
"""More samples than this are combined into this many lots, which are drawn as a whole."""
Pairs = Callable[[], Iterable[tuple[Array, Array]]]
"""Iterates over the losses and the normalizers of samples, as often as it is called."""


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
        top, bottom = sample_sums(problem, data, terms, tile)
        if bottom is None:
            bottom = np.full(len(top), float(tile.last - tile.first))
        return tile, np.array([top, bottom])

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
        """Return the mean with its standard error and its 95 % percentile interval."""
        self._keep(self._last)
        self._last = self._last[:, :0]
        return interval_of(
            self._pieces, self.problem.positions, seed=self.seed, threads=self._threads
        )

    def _pieces(self) -> Iterator[tuple[Array, Array]]:
        return zip(self._losses.pieces(), self._normalizers.pieces(), strict=True)

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


def interval_of(
    pieces: Pairs,
    positions: int = 1,
    *,
    level: float | None = LEVEL,
    seed: int = 0,
    threads: int | None = None,
) -> Interval:
    """Return the mean of samples with its standard error and its percentile interval.

    The standard error is that of a ratio: of the samples' losses less the mean times their
    normalizers (Cochran 1977, Sampling Techniques, section 6.3; of plain means sd / sqrt n).
    Source of the interval: Efron 1979, doi:10.1214/aos/1176344552. Without a level it is nan.
    """
    count, top = 0, 0.0
    for losses, _ in pieces():
        count += losses.size
        top = float(np.maximum(top, np.abs(losses).max(initial=0.0)))
    nan = math.nan
    if not count or not math.isfinite(top):
        return Interval(nan, nan, nan, nan, count)
    # A power of two is exact and brings the sums and squares of any losses into range.
    exponent = math.frexp(top)[1]

    def scaled() -> Iterator[tuple[Array, Array]]:
        return ((np.ldexp(losses, -exponent), normalizers) for losses, normalizers in pieces())

    total = _total(normalizers for _, normalizers in scaled())
    ratio = _total(losses for losses, _ in scaled()) / total
    off = (losses - ratio * normalizers for losses, normalizers in scaled())
    squares = _total(part * part for part in off)
    spread = squares * count / (count - 1) if count > 1 else nan
    low = high = nan
    if level is not None:
        losses, normalizers = in_lots(scaled(), count, UNITS, seed)
        means = _resampled(losses, normalizers, seed, threads)
        low, high = quantiles(means, [0.5 - level / 2, 0.5 + level / 2])
    with np.errstate(over="ignore"):
        figures = np.ldexp(
            np.array([ratio, math.sqrt(spread) / total, low, high]) * positions, exponent
        )
    mean, stderr, low, high = figures.tolist()
    return Interval(mean, stderr, low, high, count)


def in_lots(pieces: Iterable[Sequence[Array]], count: int, most: int, seed: int) -> Array:
    """Return numbers of `count` samples, in rows; of more than `most` samples the sums of lots.

    A sample's lot is random, so that no order of the samples makes lots unlike each other.
    """
    if count <= most:
        return np.concatenate([np.array(piece) for piece in pieces], axis=1)
    generator = np.random.Generator(np.random.PCG64([seed, RESAMPLES]))
    total: Array = np.zeros(())
    for piece in pieces:
        lots = generator.integers(0, most, len(piece[0]))
        total = total + np.array([np.bincount(lots, row, most) for row in piece])
    return total


def _resampled(losses: Array, normalizers: Array, seed: int, threads: int | None) -> Array:
    """Return the means of the resamples, each drawn by its own generator."""
    alike = bool((normalizers == normalizers[0]).all())

    def mean_of(number: int) -> float:
        generator = np.random.Generator(np.random.PCG64([seed, number]))
        drawn = generator.integers(0, losses.size, losses.size)
        below = normalizers[0] * losses.size if alike else normalizers[drawn].sum()
        return float(losses[drawn].sum() / below)

    means = in_order(mean_of, range(RESAMPLES), threads, more=losses.size > 1000)
    return np.fromiter(means, np.float64, RESAMPLES)


def _total(parts: Iterable[Array]) -> float:
    total = Sum()
    for part in parts:
        total = total.plus(*sum_of(part))
    return total.total
