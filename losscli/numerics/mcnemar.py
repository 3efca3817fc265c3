"""McNemar's test: whether two classifiers make equally many mistakes on the same samples.

Only the samples on which one is right and the other is wrong say anything; if both are equally
good, either is as likely to be the one that is right. Source: McNemar 1947,
doi:10.1007/BF02295996; the correction for continuity: Edwards 1948, doi:10.1007/BF02289261.
"""

from __future__ import annotations

import math
from typing import NamedTuple

FEW = 25
"""With fewer of these samples the chi-squared distribution is not close enough."""
EXACT, APPROXIMATE = "exact binomial", "chi-squared with continuity correction"


class McNemar(NamedTuple):
    """The result of the test."""

    p: float
    """Two-sided."""
    test: str
    statistic: float | None
    """The chi-squared statistic with one degree of freedom; None for the exact test."""


def mcnemar(first: int, second: int) -> McNemar:
    """Return the test of how often only the first, and how often only the second, is right."""
    few, several = min(first, second), first + second
    if several < FEW:
        ways = sum(math.comb(several, k) for k in range(few + 1))
        return McNemar(min(1.0, 2 * ways / 2**several), EXACT, None)
    statistic = max(abs(first - second) - 1, 0) ** 2 / several
    return McNemar(math.erfc(math.sqrt(statistic / 2)), APPROXIMATE, statistic)
