"""What a pass keeps of each tile: small things that add up in the order of the tiles."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import NamedTuple, Self

import numpy as np

from losscli.numerics.arrays import Array

SHOWN = 5
"""Places that a finding shows."""
DISTINCT = 40
"""Distinct values that are counted one by one."""


@dataclass(frozen=True)
class Tally:
    """Fields that are added one by one; tiles are added in their order."""

    def __add__(self, other: Self) -> Self:
        """Return what both stretches hold together."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return type(self)(*(left + right for left, right in pairs))


class Entry(NamedTuple):
    """One number of a file: its term, its place within the term, and its value."""

    term: int
    inner: tuple[int, ...]
    value: float | int


@dataclass(frozen=True)
class Places(Tally):
    """How many terms something was found at, and the first of them."""

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
    """Return the span of the numbers that are no NaN."""
    if not values.size:
        return Span()
    low = np.fmin.reduce(values, axis=None)
    return Span() if np.isnan(low) else Span(low.item(), np.fmax.reduce(values, axis=None).item())


@dataclass(frozen=True)
class Extremes(Tally):
    """The smallest and the largest number of each class."""

    low: Array
    high: Array

    def __add__(self, other: Extremes) -> Extremes:
        """Return the extremes of both."""
        return Extremes(np.fmin(self.low, other.low), np.fmax(self.high, other.high))


@dataclass(frozen=True)
class Values(Tally):
    """How often each value occurs, as long as there are few."""

    counts: dict[float, int] = field(default_factory=dict)
    others: int = 0
    """How many more there are that are not counted one by one."""

    def __add__(self, other: Values) -> Values:
        """Return both; the values of the left one stay the ones that are counted."""
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
