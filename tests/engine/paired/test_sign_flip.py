"""The sign-flip test: exact where all patterns are tried, else an estimate of the same."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from losscli.engine.paired.sign_flip import EXACT, FLIPS, LOTS, SignFlip, sign_flips
from losscli.numerics.arrays import Array

RANDOM = np.random.default_rng(4)


def sign_flip(pieces: list[Array], count: int, seed: int) -> SignFlip:
    """Return the test of one set of differences."""
    (found,) = sign_flips([pieces], count, seed)
    return found


def share(differences: Array) -> float:
    """Return the share of all sign patterns whose sum is as far from 0, by definition."""
    signs = np.array(list(product((-1, 1), repeat=len(differences))))
    return float((np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9).mean())


def test_few_differences_are_tested_exactly() -> None:
    for size in (1, 2, 7, EXACT):
        differences = RANDOM.normal(0.4, 1, size)
        found = sign_flip([differences], size, 0)
        assert (found.p, found.flips, found.exact) == (share(differences), 2**size, True)
    # Equal samples have no sign, and ties count although their sums are rounded.
    found = sign_flip([np.array([0.1, 0.2, 0.0, 0.3]), np.zeros(20)], 24, 0)
    assert (found.p, found.flips) == (0.25, 8)
    assert sign_flip([np.zeros(9)], 9, 0).p == 1


def test_more_differences_are_an_estimate_that_the_seed_fixes() -> None:
    differences = RANDOM.normal(0.35, 1, 18)
    found = sign_flip([differences], 18, 0)
    assert (found.flips, found.exact) == (FLIPS, False)
    assert found.p == pytest.approx(share(differences), abs=0.02)
    assert sign_flip([differences[:5], differences[5:]], 18, 0) == found
    assert sign_flip([differences], 18, 1) != found


def test_several_tests_together_are_those_alone() -> None:
    sets = [
        np.concatenate([RANDOM.normal(0.3, 1, 20 - zeros), np.zeros(zeros)])
        for zeros in (0, 9, 20, 0)
    ]
    together = sign_flips([[one] for one in sets], 20, 0)
    assert together == [sign_flip([one], 20, 0) for one in sets]
    assert [one.exact for one in together] == [False, True, True, False]


def test_many_samples_are_flipped_in_lots() -> None:
    count = 4 * LOTS
    differences = RANDOM.normal(0, 1, count)
    for effect, likely in ((0.0, (0.01, 1.0)), (0.05, (0.0, 0.001))):
        moved = differences - differences.mean() + effect
        p = sign_flip([moved], count, 0).p
        assert likely[0] <= p <= likely[1]
