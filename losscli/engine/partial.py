"""Partial results of consecutive terms, and how two adjacent ones merge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from losscli.numerics.arrays import Array
from losscli.numerics.summation import SCALE, Sum

MOST_PIECES = 64
"""Pieces that are held until they are joined."""


class Largest:
    """The largest of consecutive terms with their flat indices, in descending order.

    A NaN and an infinity come first; equal terms are in the order of their indices.
    """

    def __init__(self, count: int = 0, pieces: tuple[tuple[Array, Array], ...] = ()) -> None:
        self._count = count
        self._pieces = pieces
        """Terms and their ascending indices, at most twice `count`; sorted when they are read."""

    def __iter__(self) -> Iterator[tuple[float, int]]:
        """Yield `count` terms with their indices, or all if there are fewer."""
        if not self._pieces:
            return
        terms, indices = self._joined()
        order = np.argsort(-_sizes(terms), kind="stable")[: self._count]
        numbers = terms[order].astype(np.float64, copy=False).tolist()
        yield from zip(numbers, indices[order].tolist(), strict=True)

    def plus(self, later: Largest, count: int) -> Largest:
        """Return the `count` largest of these terms and of later ones.

        The smaller ones are removed once there are as many of them: each term is then compared a
        few times, however many pieces there are.
        """
        both = Largest(count, self._pieces + later._pieces)
        if sum(len(terms) for terms, _ in both._pieces) > 2 * count:
            return largest(*both._joined(), count)
        return both if len(both._pieces) < MOST_PIECES else Largest(count, (both._joined(),))

    def _joined(self) -> tuple[Array, Array]:
        terms, indices = zip(*self._pieces, strict=True)
        return np.concatenate(terms), np.concatenate(indices)


def largest(terms: Array, indices: Array, count: int) -> Largest:
    """Return the `count` largest terms; their indices ascend."""
    keep = np.ones(len(terms), bool)
    if count < len(terms):
        sizes = _sizes(terms)
        edge = np.partition(sizes, len(sizes) - count)[len(sizes) - count]
        keep = sizes > edge
        keep[np.flatnonzero(sizes == edge)[: count - np.count_nonzero(keep)]] = True
    return Largest(count, ((terms[keep], indices[keep]),))


def _sizes(terms: Array) -> Array:
    return np.where(np.isnan(terms), np.inf, terms)


class Partial(NamedTuple):
    """The partial result of consecutive terms."""

    numerator: Sum = Sum()
    denominator: Sum = Sum()
    counted: int = 0
    ignored: int = 0
    correct: int = 0
    first_not_finite: int | None = None
    """Flat index of the first term whose loss or computed gradient is not finite."""
    top: Largest = Largest()


def plain(total: float, size: int) -> Partial:
    """Return the partial result of `size` terms that all count, from their sum."""
    return Partial(Sum(total, 0.0, total * SCALE), Sum(float(size), 0.0, size * SCALE), size)


def merge(left: Partial, right: Partial, top: int) -> Partial:
    """Return the partial result of two adjacent runs of terms, with the `top` largest."""
    return Partial(
        left.numerator.plus(*right.numerator),
        left.denominator.plus(*right.denominator),
        left.counted + right.counted,
        left.ignored + right.ignored,
        left.correct + right.correct,
        right.first_not_finite if left.first_not_finite is None else left.first_not_finite,
        left.top.plus(right.top, top) if top else left.top,
    )
