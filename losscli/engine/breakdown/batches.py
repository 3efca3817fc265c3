"""What each sample adds to the mean, and the mean of the means of batches."""

from __future__ import annotations

import numpy as np

from losscli.engine.normalizer import masses, summands
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array


class Batches:
    """Watches a run: the numerator and the divisor of each sample, 16 bytes a sample."""

    def __init__(self, samples: int) -> None:
        self._tops = np.zeros(samples)
        self._bottoms = np.zeros(samples)

    def look(
        self, problem: Problem, data: TileData, terms: Array, tile: Tile
    ) -> tuple[Tile, Array, Array]:
        """Return what the samples of a tile add."""
        mass = masses(problem, data)
        if mass is None:
            mass = np.ones(terms.shape) if data.ignored is None else 1.0 - data.ignored
        rows = tile.stop - tile.start
        top = summands(problem, data, terms).astype(np.float64)
        # Extreme weights are scaled in both, and a mean does not see it.
        return tile, top.reshape(rows, -1).sum(axis=1), mass.reshape(rows, -1).sum(axis=1)

    def add(self, seen: tuple[Tile, Array, Array]) -> None:
        """Take what was seen of a tile; a long sample comes in several."""
        tile, top, bottom = seen
        self._tops[tile.start : tile.stop] += top
        self._bottoms[tile.start : tile.stop] += bottom

    def means(self, size: int, *, whole: bool = False) -> Array:
        """Return the mean of each batch of `size` samples; `whole` leaves out a last smaller one.

        A batch of which nothing counts has none, and nan stands for it.
        """
        tops, bottoms = self._tops, self._bottoms
        if whole:
            end = len(tops) - len(tops) % size
            tops, bottoms = tops[:end], bottoms[:end]
        starts = np.arange(0, len(tops), size)
        if not starts.size:
            return np.empty(0)
        with np.errstate(all="ignore"):
            means: Array = np.add.reduceat(tops, starts) / np.add.reduceat(bottoms, starts)
        return means
