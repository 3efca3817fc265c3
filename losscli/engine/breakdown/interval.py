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

    It is `positions` times the sum of their losses over that of their normalizers.
    """
    (found,) = intervals_of([pieces], positions, level=level, seed=seed, threads=threads)
    return found


def intervals_of(
    each: Sequence[Pairs],
    positions: int = 1,
    *,
    level: float | None = LEVEL,
    seed: int = 0,
    threads: int | None = None,
) -> list[Interval]:
    """Return several means of the same samples, resampled together, with their intervals.

    The standard error is that of a ratio: of the samples' losses less the mean times their
    normalizers (Cochran 1977, Sampling Techniques, section 6.3; of plain means sd / sqrt n).
    Source of the interval: Efron 1979, doi:10.1214/aos/1176344552. Without a level, and of one
    sample, it is nan.
    """
    means = [_Mean(pieces) for pieces in each]
    drawn: dict[int, list[float]] = {}
    if level is not None:
        lots = {at: mean.lots(seed) for at, mean in enumerate(means) if mean.varies}
        ends = [0.5 - level / 2, 0.5 + level / 2]
        resampled = _resampled(list(lots.values()), seed, threads)
        drawn = {at: quantiles(own, ends) for at, own in zip(lots, resampled, strict=True)}
    nothing = [math.nan, math.nan]
    return [mean.interval(drawn.get(at, nothing), positions) for at, mean in enumerate(means)]


class _Mean:
    """The mean of samples, in the unit that brings their losses into range."""

    def __init__(self, pieces: Pairs) -> None:
        self._pieces = pieces
        self.count, top = 0, 0.0
        for losses, _ in pieces():
            self.count += losses.size
            top = float(np.maximum(top, np.abs(losses).max(initial=0.0)))
        self.is_finite = self.count > 0 and math.isfinite(top)
        self.varies = self.is_finite and self.count > 1
        # A power of two is exact and brings the sums and squares of any losses into range.
        self._exponent = math.frexp(top)[1]

    def _scaled(self) -> Iterator[tuple[Array, Array]]:
        return ((np.ldexp(top, -self._exponent), bottom) for top, bottom in self._pieces())

    def lots(self, seed: int) -> Array:
        """Return the losses and the normalizers of the samples, or of lots of them."""
        return in_lots(self._scaled(), self.count, UNITS, seed)

    def interval(self, ends: Sequence[float], positions: int) -> Interval:
        """Return the mean and its standard error, with the ends of its interval."""
        count, nan = self.count, math.nan
        if not self.is_finite:
            return Interval(nan, nan, nan, nan, count)
        total = _total(bottom for _, bottom in self._scaled())
        ratio = _total(top for top, _ in self._scaled()) / total
        off = (top - ratio * bottom for top, bottom in self._scaled())
        squares = _total(part * part for part in off)
        spread = squares * count / (count - 1) if count > 1 else nan
        with np.errstate(over="ignore"):
            figures = np.ldexp(
                np.array([ratio, math.sqrt(spread) / total, *ends]) * positions, self._exponent
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


def _resampled(each: Sequence[Array], seed: int, threads: int | None) -> Array:
    """Return the means of the resamples, (means, resamples), each drawn by its own generator.

    `each` has the losses and the normalizers of one mean; the normalizers are those of all.
    """
    if not each:
        return np.empty((0, RESAMPLES))
    normalizers, size = each[0][1], each[0].shape[1]
    alike = bool((normalizers == normalizers[0]).all())

    def means_of(number: int) -> list[float]:
        generator = np.random.Generator(np.random.PCG64([seed, number]))
        drawn = generator.integers(0, size, size)
        below = normalizers[0] * size if alike else normalizers[drawn].sum()
        return [float(losses[drawn].sum() / below) for losses, _ in each]

    means = in_order(means_of, range(RESAMPLES), threads, more=size > 1000)
    return np.array(list(means)).T


def _total(parts: Iterable[Array]) -> float:
    total = Sum()
    for part in parts:
        total = total.plus(*sum_of(part))
    return total.total
