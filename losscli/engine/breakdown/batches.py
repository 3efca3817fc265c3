"""Means of batches, from what each sample adds to the mean."""

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

    def look(
        self, problem: Problem, data: TileData, terms: Array, tile: Tile
    ) -> tuple[Tile, Array]:
        """Return the two sums of each sample of a tile."""
        # Extreme weights are scaled in both sums, which cancels in a mean.
        return tile, sample_sums(problem, data, terms, tile)

    def add(self, seen: tuple[Tile, Array]) -> None:
        """Add a tile; a long sample comes in several."""
        tile, sums = seen
        self._sums[:, tile.start : tile.stop] += sums

    def means(self, size: int, *, whole: bool = False) -> Array:
        """Return the mean of each batch of `size` samples; `whole` drops a smaller last one.

        A batch without counted terms has the mean nan.
        """
        samples = self._sums.shape[1]
        starts = np.arange(0, samples - samples % size if whole else samples, size)
        if not starts.size:
            return np.empty(0)
        sums = self._sums[:, : starts[-1] + size]
        with np.errstate(all="ignore"):
            top, bottom = np.add.reduceat(sums, starts, axis=1)
            means: Array = top / bottom
        return means
