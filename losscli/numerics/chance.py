"""Whether chance explains a count or a loss: bounds that hold for files of any size.

Source: Chernoff 1952, doi:10.1214/aoms/1177729330; Krichevsky and Trofimov 1981,
doi:10.1109/TIT.1981.1056331.
"""

from __future__ import annotations

import math

EXACT = 1000
"""The chance of at most this many tosses of a coin is computed and not bounded."""
ODDS = math.log(1e-6)
"""A log-probability: anything less likely is not explained by chance."""


def log_chance(count: int, expected: float) -> float:
    """Return a bound of log P(N >= count), below the mean of log P(N <= count).

    N counts independent events, each with its own probability; `expected` is its mean.
    """
    if expected <= 0:
        return -math.inf if count else 0.0
    return count - expected - (count * math.log(count / expected) if count else 0.0)


def margin_over_shares(count: int, classes: int) -> float:
    """Return how many nats the best constant guess may gain over `count` labels by chance.

    A code that learns the shares of the classes on the way loses (c - 1) / 2 log n + log c to one
    that knows them; no code beats the true probabilities by k nats with a chance above exp(-k).
    """
    return (classes - 1) / 2 * math.log(count) + math.log(classes) - ODDS


def log_coins(heads: int, tosses: int) -> float:
    """Return the log of the chance of this many heads or more, or of a bound for many tosses."""
    if heads <= tosses / 2:
        return 0.0
    if tosses > EXACT:
        # Hoeffding 1963, doi:10.1080/01621459.1963.10500830.
        return -2 * (heads - tosses / 2) ** 2 / tosses
    ways = sum(math.comb(tosses, k) for k in range(heads, tosses + 1))
    return math.log(ways) - tosses * math.log(2)
