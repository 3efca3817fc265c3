"""Every loss of logits and of numbers, over the whole range of doubles, to the last places."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mpmath import mp  # type: ignore[import-untyped]

from losscli.kind import Layout
from tests.cases import VARIANTS, Array, Case, Variant
from tests.float_range import LEAST, case_of
from tests.references import terms
from tests.test_references import ulps

DIGITS = 700
"""Enough for 1e308 and 5e-324 in one sum, and for the product of two numbers of 5e-324 beside 1."""
SOFTMAX_DIGITS = 360
"""Enough for 1 + 5e-324."""
TERMS = 8
FILES = ("binary", "distribution", "likelihood", "multilabel", "regression", "robust", "softmax")
COVERED = [v for v in VARIANTS if v.loss.kernel.__module__.rpartition(".")[2] in FILES]


def of_logits(variant: Variant) -> bool:
    """Tell whether a term is of the softmax of a column."""
    kind = variant.kinds[0]
    return kind.name == "logits" and kind.layout is Layout.CLASSES


def rounded_gaps(case: Case) -> Array:
    """Return the ulps that x - max costs: exp of a gap of 40 is off by 20 places of the gap's last.

    Delete where the exponentials keep what the subtraction rounds away.
    """
    x = case.roles["input"] / 2
    if not of_logits(case.variant):
        return np.zeros(case.axes)
    halves = x.max(axis=1, keepdims=True) - x
    gap: Array = 2 * np.where(halves < -math.log(LEAST), halves, 0).max(axis=1)
    return gap


@pytest.mark.parametrize("variant", COVERED, ids=str)
def test_a_term_is_right_to_the_last_places(variant: Variant) -> None:
    slow = of_logits(variant)
    for seed in range(6 if slow else 20):
        case = case_of(variant, seed, TERMS)
        got = case.compute(reduction="none").per_sample
        beyond = rounded_gaps(case)
        with mp.workdps(SOFTMAX_DIGITS if slow else DIGITS):
            for i, term in enumerate(terms(case)):
                if not mp.isnan(term.loss):
                    off = ulps(float(got[i]), term)
                    most = term.ulps * (1 + beyond[i] / 4)
                    assert off <= most, (off, got[i], term, case.sample(i))
