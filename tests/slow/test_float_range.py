"""Terms and slopes over the whole range of doubles, with many more draws than in the suite."""

from __future__ import annotations

import pytest

from tests.losses.cases import Variant
from tests.losses.test_float_range import COVERED, check_terms
from tests.losses.test_float_slopes import FAMILIES, check_slopes


@pytest.mark.parametrize("variant", COVERED, ids=str)
def test_terms(variant: Variant) -> None:
    check_terms(variant, range(100, 200))


@pytest.mark.parametrize("variant", FAMILIES, ids=str)
def test_slopes(variant: Variant) -> None:
    check_slopes(variant, range(100, 140))
