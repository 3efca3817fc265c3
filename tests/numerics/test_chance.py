"""Bounds of chance hold for counts that are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from losscli.numerics.chance import log_chance, log_coins


def test_chance_bounds_a_count_from_both_sides() -> None:
    rng = np.random.default_rng(5)
    counts = rng.binomial(1000, 0.01, 200_000)
    for count in (18, 25):
        assert np.log((counts >= count).mean() + 1e-9) <= log_chance(count, 10.0)
    assert np.log((counts <= 2).mean()) <= log_chance(2, 10.0)
    assert log_chance(0, 0.0) == 0.0
    assert log_chance(1, 0.0) == -np.inf
    assert log_chance(10, 10.0) == 0.0


def test_coins_show_as_many_heads_by_chance() -> None:
    assert log_coins(13, 13) == pytest.approx(-13 * np.log(2))
    assert log_coins(6, 13) == 0.0
    heads = np.random.default_rng(6).binomial(20, 0.5, 200_000)
    assert np.exp(log_coins(14, 20)) == pytest.approx((heads >= 14).mean(), rel=0.05)
    assert log_coins(600, 1000) <= log_coins(601, 1001)
