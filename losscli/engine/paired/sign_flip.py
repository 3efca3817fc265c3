"""The sign-flip test: whether a mean difference could be chance.

If two models are equally good, the difference of each sample is as likely to have the other sign.
p is the share of sign patterns whose sum is at least as large as the one that was found: of all
patterns where there are few samples, else of random ones. Source: Fisher 1935, The Design of
Experiments, section 21; p of random patterns: Phipson and Smyth 2010, doi:10.2202/1544-6115.1585.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


def sign_flip(differences: Iterable[Array], count: int, seed: int) -> SignFlip:
    """Return the test of `count` differences, which come piece by piece."""
    (lots,) = in_lots(((part,) for part in differences), count, LOTS, seed)
    lots = lots[lots != 0]
    largest = np.abs(lots).max(initial=0.0)
    if not np.isfinite(largest):
        return SignFlip(np.nan, 0, exact=False)
    if not lots.size:
        return SignFlip(1.0, 1, exact=True)
    lots = lots / largest
    exact = lots.size <= EXACT
    patterns = _all_patterns(lots.size) if exact else _random_patterns(lots.size, seed)
    # Sums that are equal may differ in their last digits.
    edge = abs(lots.sum()) - ROUNDING * np.abs(lots).sum()
    reached = tried = 0
    for flipped in patterns:
        sums = lots.sum() - 2 * (flipped @ lots)
        reached += int(np.count_nonzero(np.abs(sums) >= edge))
        tried += len(flipped)
    # The pattern that was found is one of the random ones.
    p = reached / tried if exact else (reached + 1) / (tried + 1)
    return SignFlip(p, tried, exact)


def _all_patterns(size: int) -> Iterator[Array]:
    numbers = np.arange(2**size)
    yield (numbers[:, None] >> np.arange(size) & 1).astype(np.float64)


def _random_patterns(size: int, seed: int) -> Iterator[Array]:
    for number in range(FLIPS // CHUNK):
        generator = np.random.Generator(np.random.PCG64([seed, number]))
        drawn = np.frombuffer(generator.bytes(CHUNK * -(-size // 8)), np.uint8)
        bits = np.unpackbits(drawn.reshape(CHUNK, -1), axis=1)[:, :size]
        yield bits.astype(np.float64)
