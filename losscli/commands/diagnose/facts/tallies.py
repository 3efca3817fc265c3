"""Small tallies of a tile, which add up in the order of the tiles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, Self

import numpy as np

from losscli.numerics.arrays import Array

SHOWN = 5
"""How many places a finding shows."""
DISTINCT = 40
"""How many distinct values are counted one by one."""


@dataclass(frozen=True)
class Tally:
    """Fields that are added one by one; None where there is nothing to add."""

    def __add__(self, other: Self) -> Self:
        """Return the sum of both."""
        return type(self)(
            *(_sum(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        )


def _sum(left: Any, right: Any) -> Any:
    if isinstance(left, Mapping):
        return {key: left[key] + right[key] for key in left}
    return None if left is None else left + right


class Entry(NamedTuple):
    """One number of a file: its term, its place within the term, and its value."""

    term: int
    inner: tuple[int, ...]
    value: float | int


@dataclass(frozen=True)
class Places(Tally):
    """How many numbers something was found at, and the first of them."""

    count: int = 0
    first: tuple[Entry, ...] = ()

    def __add__(self, other: Places) -> Places:
        """Return both, the first of the left one first."""
        return Places(self.count + other.count, (*self.first, *other.first)[:SHOWN])


def places(found: Array, terms: Array, x: Array) -> Places:
    """Return the numbers of a mask (..., m), term by term, each with its place within the term."""
    count = int(np.count_nonzero(found))
    if not count:
        return Places()
    hit = np.flatnonzero(found.reshape(-1, found.shape[-1]).any(axis=0))[:SHOWN]
    first = []
    for at, *inner in np.argwhere(np.moveaxis(found[..., hit], -1, 0))[:SHOWN].tolist():
        i = hit[at]
        first.append(Entry(int(terms[i]), tuple(inner), x[(*inner, i)].item()))
    return Places(count, tuple(first))


@dataclass(frozen=True)
class Span(Tally):
    """The smallest and the largest number; inf to -inf where there is none."""

    low: float = math.inf
    high: float = -math.inf

    def __add__(self, other: Span) -> Span:
        """Return the span of both."""
        return Span(min(self.low, other.low), max(self.high, other.high))


def span(values: Array) -> Span:
    """Return the span of the numbers; NaN is not one."""
    if not values.size:
        return Span()
    low = np.fmin.reduce(values, axis=None)
    return Span() if np.isnan(low) else Span(low.item(), np.fmax.reduce(values, axis=None).item())


@dataclass(frozen=True)
class Values(Tally):
    """How often each value occurs, as long as the values are few."""

    counts: dict[float, int] = field(default_factory=dict)
    others: int = 0
    """How many numbers have a value that is not counted separately."""

    def __add__(self, other: Values) -> Values:
        """Return both; the values of the left one stay counted."""
        counts, others = dict(self.counts), self.others + other.others
        for value, count in other.counts.items():
            if value in counts or len(counts) < DISTINCT:
                counts[value] = counts.get(value, 0) + count
            else:
                others += count
        return Values(counts, others)


def distinct(values: Array) -> Values:
    """Return how often each of the values occurs."""
    found, counts = np.unique(values, return_counts=True)
    pairs = list(zip(found.tolist(), counts.tolist(), strict=True))
    return Values(dict(pairs[:DISTINCT]), sum(count for _, count in pairs[DISTINCT:]))
