"""Every loss against its slow formula: value, terms, and the last digits on hard numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from mpmath import mp  # type: ignore[import-untyped]

from losscli.losses import names
from tests.cases import VARIANTS, Case, Variant
from tests.references import reduced, reference, terms

DIGITS = 50
ULPS = 4
SHAPES = [(6,), (2, 3), (2, 2, 3)]


def ulps(got: float, exact: Any) -> float:
    """Return the distance to the exact number in units of its last double's last digit."""
    nearest = float(exact)
    if not math.isfinite(nearest):
        return 0.0 if got == nearest else math.inf
    return float(abs(mp.mpf(float(got)) - exact) / math.ulp(nearest))


def check(case: Case, digits: int = DIGITS) -> None:
    """Compare every term of a case, and its mean and sum, with the reference."""
    with mp.workdps(digits):
        found = list(terms(case))
        per_sample = case.compute(reduction="none").per_sample.reshape(-1)
        assert len(found) == per_sample.size
        for got, term in zip(per_sample, found, strict=True):
            assert ulps(got, term.loss) <= ULPS, (got, term.loss)
        for reduction in ("mean", "sum"):
            exact = reduced(found, reduction)
            scale = max(1.0, *(abs(float(term.loss)) for term in found))
            value = case.compute(reduction=reduction).value
            assert abs(float(value) - float(exact)) <= 1e-14 * scale


@pytest.mark.parametrize("name", names())
def test_every_loss_has_a_reference(name: str) -> None:
    assert callable(reference(name))


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("axes", SHAPES, ids=str)
def test_random_cases(variant: Variant, axes: tuple[int, ...]) -> None:
    for seed in range(4):
        check(variant.draw(np.random.default_rng(seed), axes, classes=2 + seed))
