"""The two sums of the mean, term by term: the numerator and the normalizer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array
from losscli.numerics.summation import SCALE, Sum, sum_of


def numerator_terms(problem: Problem, data: TileData, terms: Array) -> Array:
    """Return what each term adds to the numerator: its loss, over its length if it has one."""
    if data.length is None or problem.settings.reduction == "sum":
        return terms
    return terms / data.length


def normalizer_of(problem: Problem, data: TileData, size: int) -> Sum:
    """Return what a tile of `size` terms adds to the normalizer."""
    added = _weights(problem, data)
    return _count(data, size) if added is None else sum_of(added)


def normalizers(problem: Problem, data: TileData, tiles: Sequence[Tile]) -> list[Sum]:
    """Return what neighboring tiles add to the normalizer, from the data of all of them."""
    added = _weights(problem, data)
    if added is None:
        return [_count(data, sum(tile.terms for tile in tiles))]
    ends = np.cumsum([tile.terms for tile in tiles])
    return [sum_of(part) for part in np.split(added, ends[:-1])]


def _count(data: TileData, size: int) -> Sum:
    count = size - (0 if data.ignored is None else int(np.count_nonzero(data.ignored)))
    return Sum(float(count), 0.0, count * SCALE)


def normalizer_terms(problem: Problem, data: TileData, size: int) -> Array:
    """Return what each of `size` terms adds to the normalizer; an ignored one adds 0."""
    added = _weights(problem, data)
    if added is None:
        return np.ones(size) if data.ignored is None else 1.0 - data.ignored
    return added


def sample_sums(
    problem: Problem, data: TileData, terms: Array, tile: Tile
) -> tuple[Array, Array | None]:
    """Return what each sample of a tile adds to the numerator and to the normalizer, (rows,).

    The latter is None where each term adds 1.
    """
    rows = (tile.stop - tile.start, tile.last - tile.first)

    def summed(numbers: Array) -> Array:
        by_sample: Array = numbers.reshape(rows).sum(axis=1, dtype=np.float64)
        return by_sample

    added = _weights(problem, data)
    if added is None and data.ignored is not None:
        added = 1.0 - data.ignored
    top = summed(numerator_terms(problem, data, terms))
    return top, None if added is None else summed(added)


def _weights(problem: Problem, data: TileData) -> Array | None:
    """Return what each term adds, (m,); None where each counted term adds 1."""
    normalizer, added = problem.loss.normalizer, None
    if normalizer:
        added = normalizer(data.target, **data.options)
    if data.sample_weight is not None:
        added = data.sample_weight if added is None else added * data.sample_weight
    if added is None or data.ignored is None:
        return added
    return np.where(data.ignored, 0, added)
