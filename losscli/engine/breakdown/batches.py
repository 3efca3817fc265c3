"""Sums and means of batches, from what each sample adds to the mean."""

from __future__ import annotations

import numpy as np

from losscli.engine.normalizer import sample_sums
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array


class Batches:
    """Observes a run: the numerator and the normalizer of each sample.

    8 bytes per sample, and as many again where the samples do not all add the same to the
    normalizer.
    """

    def __init__(self, samples: int, positions: int = 1) -> None:
        self._tops = np.zeros(samples)
        self._bottoms: Array | None = None
        self._positions = positions
        self._made: dict[int, tuple[Array, Array | None]] = {}
        self._means: dict[int, Array] = {}

    @property
    def samples(self) -> int:
        """The number of samples."""
        return int(self._tops.shape[0])

    def look(
        self, problem: Problem, data: TileData, terms: Array, tile: Tile
    ) -> tuple[Tile, Array, Array | None]:
        """Return the two sums of each sample of a tile; None where each term adds 1."""
        top, bottom = sample_sums(problem, data, terms, tile)
        if problem.weight_exponent:
            top = np.ldexp(top, -problem.weight_exponent)
            bottom = None if bottom is None else np.ldexp(bottom, -problem.weight_exponent)
        return tile, top, bottom

    def add(self, seen: tuple[Tile, Array, Array | None]) -> None:
        """Add a tile; a long sample comes in several."""
        tile, top, bottom = seen
        rows = slice(tile.start, tile.stop)
        self._tops[rows] += top
        if bottom is not None and self._bottoms is None:
            # Every term before this one added 1.
            self._bottoms = np.zeros(self.samples)
            self._bottoms[: tile.start] = self._positions
            self._bottoms[rows] = tile.first
        if self._bottoms is not None:
            self._bottoms[rows] += tile.last - tile.first if bottom is None else bottom

    def part(self, start: int, stop: int | None, step: int = 1) -> Batches:
        """Return the batches of some of the samples."""
        found = Batches(0, self._positions)
        found._tops = self._tops[start:stop:step]
        if self._bottoms is not None:
            found._bottoms = self._bottoms[start:stop:step]
        return found

    def numerators(self, size: int) -> Array:
        """Return the numerator of each batch of `size` samples; the last may be smaller."""
        return self._sums(size)[0]

    def normalizers(self, size: int) -> Array:
        """Return the normalizer of each batch of `size` samples."""
        tops, bottoms = self._sums(size)
        if bottoms is not None:
            return bottoms
        full = np.full(len(tops), float(size * self._positions))
        if rest := self.samples % size:
            full[-1] = rest * self._positions
        return full

    def means(self, size: int, *, whole: bool = False) -> Array:
        """Return the mean of each batch of `size` samples; `whole` drops a smaller last one.

        A batch without counted terms has the mean nan.
        """
        if size not in self._means:
            with np.errstate(all="ignore"):
                self._means[size] = self.numerators(size) / self.normalizers(size)
        means = self._means[size]
        return means[: self.samples // size] if whole else means

    def _sums(self, size: int) -> tuple[Array, Array | None]:
        """Return both sums, made of those of smaller batches that are there."""
        if size == 1:
            return self._tops, self._bottoms
        if size not in self._made:
            smaller = max((made for made in self._made if size % made == 0), default=1)
            tops, bottoms = self._sums(smaller)
            starts = np.arange(0, len(tops), size // smaller)
            with np.errstate(all="ignore"):
                self._made[size] = (
                    np.add.reduceat(tops, starts) if len(tops) else tops,
                    None if bottoms is None else np.add.reduceat(bottoms, starts),
                )
        return self._made[size]
