"""Sums of columns: exact in any length, the same wherever the columns lie in memory."""

from __future__ import annotations

import math

import numpy as np
import pytest

from losscli.numerics.arrays import Array
from losscli.numerics.elementary import DOTS, column_products, sum_columns

LENGTHS = [3, DOTS[0] - 1, DOTS[0], DOTS[0] + 29, DOTS[1], DOTS[1] + 1, 2 * DOTS[1] + 99]


def shifted(rows: Array, by: int) -> Array:
    """Return the transposed rows at another distance from the start of their memory."""
    memory = np.empty(rows.size + by, rows.dtype)
    memory[by:] = rows.ravel()
    return memory[by:].reshape(rows.shape).T


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", LENGTHS)
def test_columns_are_added_alike_in_any_place_and_company(length: int, dtype: str) -> None:
    x, y = np.random.default_rng(2).normal(size=(2, 9, length)).astype(dtype)
    sums, products = sum_columns(x.T), column_products(x.T, y.T)
    exact = [math.fsum(row) for row in x.tolist()]
    most = 64 * np.finfo(dtype).eps * np.abs(x).sum(axis=1)
    assert (abs(sums - exact) <= most).all()
    for by in range(1, 16):
        assert (sum_columns(shifted(x, by)) == sums).all()
        assert (column_products(shifted(x, by), shifted(y, 16 - by)) == products).all()
    assert (sum_columns(x[4:].T) == sums[4:]).all()
    assert (column_products(x[4:].T, y[4:].T) == products[4:]).all()


@pytest.mark.parametrize("length", LENGTHS)
def test_products_are_those_of_rows_in_either_layout(length: int) -> None:
    x, y = np.random.default_rng(3).normal(size=(2, 4, length))
    expected = [math.fsum(row) for row in (x * y).tolist()]
    for one, two in ((x.T, y.T), (x.T.copy(), y.T.copy())):
        np.testing.assert_allclose(column_products(one, two), expected, rtol=0, atol=1e-12)
