"""Bounds of chance hold for counts that are drawn."""

from __future__ import annotations

import numpy as np

from losscli.numerics.chance import log_chance


def test_chance_bounds_a_count_from_both_sides() -> None:
    rng = np.random.default_rng(5)
    counts = rng.binomial(1000, 0.01, 200_000)
    for count in (18, 25):
        assert np.log((counts >= count).mean() + 1e-9) <= log_chance(count, 10.0)
    assert np.log((counts <= 2).mean()) <= log_chance(2, 10.0)
    assert log_chance(0, 0.0) == 0.0
    assert log_chance(1, 0.0) == -np.inf
    assert log_chance(10, 10.0) == 0.0
