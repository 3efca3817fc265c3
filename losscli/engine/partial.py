"""Partial results of consecutive terms, and how two adjacent ones merge."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from losscli.numerics.arrays import Array
from losscli.numerics.summation import Sum


class Partial(NamedTuple):
    """The partial result of consecutive terms."""

    numerator: Sum = Sum()
    denominator: Sum = Sum()
    counted: int = 0
    ignored: int = 0
    correct: int = 0
    first_not_finite: int | None = None
    """Flat index of the first term whose loss or computed gradient is not finite."""
    top: tuple[tuple[float, int], ...] = ()
    """The largest terms with their flat indices, in descending order."""


def merge(left: Partial, right: Partial, top: int) -> Partial:
    """Return the partial result of two adjacent runs of terms."""
    return Partial(
        _plus(left.numerator, right.numerator),
        _plus(left.denominator, right.denominator),
        left.counted + right.counted,
        left.ignored + right.ignored,
        left.correct + right.correct,
        right.first_not_finite if left.first_not_finite is None else left.first_not_finite,
        tuple(sorted((*left.top, *right.top), key=_largest_first)[:top]),
    )


def _plus(left: Sum, right: Sum) -> Sum:
    added = left.plus(right.value, right.scaled)
    return added._replace(error=added.error + right.error)


def _largest_first(entry: tuple[float, int]) -> tuple[float, int]:
    """Order by loss, NaN first, then by index."""
    loss, index = entry
    return (-math.inf if math.isnan(loss) else -loss, index)


def largest(terms: Array, indices: Array, count: int) -> tuple[tuple[float, int], ...]:
    """Return the `count` largest terms with their indices, in descending order, NaN first."""
    values = np.where(np.isnan(terms), np.inf, terms)
    if count < len(values):
        edge = np.partition(values, len(values) - count)[len(values) - count]
        keep = np.flatnonzero(values >= edge)
    else:
        keep = np.arange(len(values))
    entries = ((float(terms[i]), int(indices[i])) for i in keep)
    return tuple(sorted(entries, key=_largest_first)[:count])
