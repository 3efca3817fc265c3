"""McNemar's test by the definitions of its two distributions."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import mpmath  # type: ignore[import-untyped]
import pytest

from losscli.numerics.mcnemar import APPROXIMATE, EXACT, FEW, mcnemar


def test_few_samples_are_counted_exactly() -> None:
    for first in range(13):
        for second in range(12):
            several = first + second
            found = mcnemar(first, second)
            # Two-sided: all outcomes that are at most as likely as the one that was found.
            ways = [comb(several, k) for k in range(several + 1)]
            unlikely = sum(way for way in ways if way <= ways[first])
            assert found.p == pytest.approx(float(Fraction(unlikely, 2**several)), rel=1e-15)
            assert (found.test, found.statistic) == (EXACT, None)


def test_many_samples_have_a_chi_squared_statistic() -> None:
    for first, second in ((20, 5), (13, 12), (40, 40), (300, 200)):
        found = mcnemar(first, second)
        assert first + second >= FEW
        statistic = max(abs(first - second) - 1, 0) ** 2 / (first + second)
        p = mpmath.gammainc(0.5, mpmath.mpf(statistic) / 2, regularized=True)
        assert found.statistic == statistic
        assert found.p == pytest.approx(float(p), rel=1e-13)
        assert found.test == APPROXIMATE
