"""Every loss of logits and of numbers, over the whole range of doubles, to the last places."""

from __future__ import annotations

import pytest
from mpmath import mp  # type: ignore[import-untyped]

from losscli.contract.cases import Variant
from losscli.losses.declare.role_kind import Layout
from tests.losses.cases import VARIANTS
from tests.losses.float_range import case_of
from tests.losses.references import terms
from tests.losses.test_references import ulps

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


@pytest.mark.parametrize("variant", COVERED, ids=str)
def test_a_term_is_correct_to_the_last_places(variant: Variant) -> None:
    check_terms(variant, range(6 if of_logits(variant) else 20))


def check_terms(variant: Variant, seeds: range) -> None:
    """Compare the terms of drawn cases with the reference."""
    for seed in seeds:
        case = case_of(variant, seed, TERMS)
        got = case.compute(reduction="none").per_sample
        with mp.workdps(SOFTMAX_DIGITS if of_logits(variant) else DIGITS):
            for i, term in enumerate(terms(case)):
                if not mp.isnan(term.loss):
                    off = ulps(float(got[i]), term)
                    assert off <= term.ulps, (seed, off, got[i], term, case.sample(i))
