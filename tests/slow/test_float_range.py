"""Terms and slopes over the whole range of doubles, with many more draws than in the suite."""

from __future__ import annotations

import pytest

from losscli.contract.cases import Variant, extent_of
from losscli.losses.declare.options import Extent
from tests.losses.test_float_range import COVERED, check_terms
from tests.losses.test_float_slopes import FAMILIES, check_slopes

UNWEIGHTED = [
    variant
    for variant in COVERED
    # Class weights of 1e-308 next to 1e308 may lose digits.
    if not any(extent_of(option) is Extent.CLASS for option in variant.drawn)
]
SINGLE_WEIGHT = [
    variant
    for variant in FAMILIES
    # A product of two weights may underflow where a third factor would bring it back.
    if sum(extent_of(option) is Extent.TERM for option in variant.drawn) < 2
]


@pytest.mark.parametrize("variant", UNWEIGHTED, ids=str)
def test_terms(variant: Variant) -> None:
    check_terms(variant, range(100, 130))


@pytest.mark.parametrize("variant", SINGLE_WEIGHT, ids=str)
def test_slopes(variant: Variant) -> None:
    check_slopes(variant, range(100, 120))
