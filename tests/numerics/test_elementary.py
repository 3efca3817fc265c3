"""What the numeric tricks promise."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest

from losscli.numerics.elementary import nan_if_any


@pytest.mark.parametrize("order", ["C", "F"])
@np.errstate(invalid="ignore")
def test_only_a_column_with_a_nan_becomes_nan(order: Literal["C", "F"]) -> None:
    x = np.zeros((40, 3), order=order)
    x[:2, 0] = math.inf, -math.inf
    assert nan_if_any(x, np.arange(3.0)).tolist() == [0.0, 1.0, 2.0]
    x[7, 1] = math.nan
    np.testing.assert_array_equal(nan_if_any(x, np.arange(3.0)), [0.0, math.nan, 2.0])
