"""Sums and means of batches, from what each sample adds to the mean."""

from __future__ import annotations

import numpy as np

from losscli.engine.normalizer import sample_sums
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array


class Batches:
    """Observes a run: the numerator and the normalizer of each sample, 16 bytes per sample."""

    def __init__(self, samples: int) -> None:
        self._sums = np.zeros((2, samples))

    @property
    def samples(self) -> int:
        """The number of samples."""
        return int(self._sums.shape[1])

    def look(
        self, problem: Problem, data: TileData, terms: Array, tile: Tile
    ) -> tuple[Tile, Array]:
        """Return the two sums of each sample of a tile."""
        sums = sample_sums(problem, data, terms, tile)
        if problem.weight_exponent:
            sums = np.ldexp(sums, -problem.weight_exponent)
        return tile, sums

    def add(self, seen: tuple[Tile, Array]) -> None:
        """Add a tile; a long sample comes in several."""
        tile, sums = seen
        self._sums[:, tile.start : tile.stop] += sums

    def part(self, start: int, stop: int | None, step: int = 1) -> Batches:
        """Return the batches of some of the samples."""
        found = Batches(0)
        found._sums = self._sums[:, start:stop:step]
        return found

    def sums(self, size: int, *, whole: bool = False) -> Array:
        """Return the sums of each batch of `size` samples, (2, batches).

        `whole` drops a smaller last batch.
        """
        if size == 1:
            return self._sums
        starts = np.arange(0, self.samples - self.samples % size if whole else self.samples, size)
        if not starts.size:
            return np.empty((2, 0))
        with np.errstate(all="ignore"):
            return np.add.reduceat(self._sums[:, : starts[-1] + size], starts, axis=1)

    def means(self, size: int, *, whole: bool = False) -> Array:
        """Return the mean of each batch of `size` samples; `whole` drops a smaller last one.

        A batch without counted terms has the mean nan.
        """
        top, bottom = self.sums(size, whole=whole)
        with np.errstate(all="ignore"):
            means: Array = top / bottom
        return means
