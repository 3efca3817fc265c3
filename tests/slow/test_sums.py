"""Sums of a million mixed terms."""

from __future__ import annotations

import pytest

from tests.engine.test_sums import SUMS, check_sum


@pytest.mark.parametrize(("name", "weights"), SUMS)
def test_a_sum_of_a_million_mixed_terms(name: str, weights: str) -> None:
    check_sum(name, weights, 1_000_000)
