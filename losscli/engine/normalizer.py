"""What each term adds to the two sums of the mean: the numerator and the divisor."""

from __future__ import annotations

import numpy as np

from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array
from losscli.numerics.summation import sum_of


def summands(problem: Problem, data: TileData, terms: Array) -> Array:
    """Return what each term adds to the numerator: its loss, over its length where it has one."""
    if data.length is None or problem.settings.reduction == "sum":
        return terms
    return terms / data.length


def divisor_of(problem: Problem, data: TileData, size: int) -> tuple[float, float]:
    """Return what a tile adds to the divisor of the mean."""
    mass = masses(problem, data)
    if mass is None:
        count = size - (0 if data.ignored is None else int(np.count_nonzero(data.ignored)))
        return float(count), count * 2.0**-64
    return sum_of(mass)


def sample_sums(problem: Problem, data: TileData, terms: Array, tile: Tile) -> Array:
    """Return what each sample of a tile adds to the numerator and to the normalizer, (2, rows)."""
    mass = masses(problem, data)
    if mass is None:
        mass = np.ones(len(terms)) if data.ignored is None else ~data.ignored
    rows = (tile.stop - tile.start, tile.last - tile.first)
    both = (summands(problem, data, terms), mass)
    return np.array([one.reshape(rows).sum(axis=1, dtype=np.float64) for one in both])


def masses(problem: Problem, data: TileData) -> Array | None:
    """Return what each term adds to the divisor, (m,); None where each counted one adds 1."""
    normalizer, mass = problem.loss.normalizer, None
    if normalizer:
        mass = normalizer(data.target, **data.options)
    if data.sample_weight is not None:
        mass = data.sample_weight if mass is None else mass * data.sample_weight
    if mass is None or data.ignored is None:
        return mass
    return np.where(data.ignored, 0, mass)
