"""The sign-flip test: whether a mean difference could be chance.

If two models are equally good, the difference of each sample is as likely to have the other sign.
p is the share of sign patterns whose sum is at least as large as the one that was found: of all
patterns where there are few samples, else of random ones. Source: Fisher 1935, The Design of
Experiments, section 21; p of random patterns: Phipson and Smyth 2010, doi:10.2202/1544-6115.1585.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from losscli.engine.breakdown.interval import in_lots
from losscli.numerics.arrays import Array

FLIPS = 10_000
LOTS = 1 << 13
"""More samples than this are combined into this many lots: a lot changes its sign as a whole."""
EXACT = 13
"""With so many differences or fewer all sign patterns are tried."""
CHUNK = 250
"""Patterns at a time."""
ROUNDING = 1e-12


class SignFlip(NamedTuple):
    """The result of the test."""

    p: float
    """Two-sided."""
    flips: int
    """The number of sign patterns."""
    exact: bool
    """Whether these were all patterns."""


def sign_flips(each: Sequence[Iterable[Array]], count: int, seed: int) -> list[SignFlip]:
    """Return the tests of several sets of `count` differences, which come piece by piece."""
    found: dict[int, SignFlip] = {}
    tested: dict[int, dict[int, Array]] = {}
    for at, differences in enumerate(each):
        (lots,) = in_lots(((part,) for part in differences), count, LOTS, seed)
        lots = lots[lots != 0]
        largest = np.abs(lots).max(initial=0.0)
        if not np.isfinite(largest):
            found[at] = SignFlip(np.nan, 0, exact=False)
        elif not lots.size:
            found[at] = SignFlip(1.0, 1, exact=True)
        else:
            tested.setdefault(lots.size, {})[at] = lots / largest
    for size, alike in tested.items():
        tests = _tested(np.array(list(alike.values())), size, seed)
        found |= dict(zip(alike, tests, strict=True))
    return [found[at] for at in range(len(each))]


def _tested(lots: Array, size: int, seed: int) -> list[SignFlip]:
    """Return the tests of differences of one size, (sets, size), on the same patterns."""
    exact = size <= EXACT
    totals = lots.sum(axis=1)
    # Sums that are equal may differ in their last digits.
    edges = np.abs(totals) - ROUNDING * np.abs(lots).sum(axis=1)
    reached, tried = np.zeros(len(lots), np.int64), 0
    for flipped in _all_patterns(size) if exact else _random_patterns(size, seed):
        sums = totals - 2 * (flipped @ lots.T)
        reached += np.count_nonzero(np.abs(sums) >= edges, axis=0)
        tried += len(flipped)
    # The pattern that was found is one of the random ones.
    own = 0 if exact else 1
    return [SignFlip((hits + own) / (tried + own), tried, exact) for hits in reached.tolist()]


def _all_patterns(size: int) -> Iterator[Array]:
    numbers = np.arange(2**size)
    yield (numbers[:, None] >> np.arange(size) & 1).astype(np.float64)


def _random_patterns(size: int, seed: int) -> Iterator[Array]:
    for number in range(FLIPS // CHUNK):
        generator = np.random.Generator(np.random.PCG64([seed, number]))
        drawn = np.frombuffer(generator.bytes(CHUNK * -(-size // 8)), np.uint8)
        bits = np.unpackbits(drawn.reshape(CHUNK, -1), axis=1)[:, :size]
        yield bits.astype(np.float64)
