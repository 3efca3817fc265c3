"""Numbers laid out at once: the text that Python writes for each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from losscli.numerics.arrays import Array
from losscli.output.number_rows import TILE, number_rows
from losscli.output.shortest_digits import shortest_digits
from losscli.output.strict_json import cell

COUNT = 2 * TILE + 5


def _written(value: Any) -> str:
    return repr(float(str(value)))


def _hard_cases(dtype: Any) -> Iterator[Array]:
    rng = np.random.default_rng(0)
    yield np.frombuffer(rng.bytes(8 * COUNT), dtype)
    yield rng.standard_normal(COUNT)
    yield np.exp(-rng.uniform(0, 60, COUNT))
    yield np.round(1e6 * rng.standard_normal(COUNT), 2)
    yield rng.integers(-(10**18), 10**18, COUNT)
    yield rng.integers(-(10**9), 10**9, COUNT)
    yield rng.integers(0, 2**40, COUNT) / 2**20
    yield rng.integers(1, 1000, COUNT) * 10.0 ** rng.integers(-30, 30, COUNT)
    powers = [*(float(f"1e{i}") for i in range(-320, 309)), *np.ldexp(1.0, range(-1074, 1024))]
    yield np.repeat(powers, 1)
    yield np.repeat([0.0, -0.0, 1, 0.5, 1e15, 1e16, 9999999999999998, 1e-4, 1e-5, 123], 30)
    yield np.repeat([math.inf, -math.inf, math.nan, 5e-324, 3e-45, 2.2250738585072014e-308], 50)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_number_has_the_shortest_digits(dtype: Any) -> None:
    for case in _hard_cases(dtype):
        with np.errstate(over="ignore", invalid="ignore"):
            values = case.astype(dtype)
            near = [np.nextafter(values, dtype(end)) for end in (-np.inf, np.inf)]
        for numbers in (values, *near):
            found = number_rows(numbers[:, np.newaxis], ",").split("\n")
            assert found == [*map(_written, numbers), ""]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_few_numbers_are_left_to_repr(dtype: Any) -> None:
    """It is exact too, but slow."""
    values = np.random.default_rng(0).standard_normal(COUNT).astype(dtype)
    assert len(shortest_digits(values).unknown) < COUNT / 1000


@pytest.mark.parametrize("shape", [(TILE + 7, 3), (3, TILE + 7), (1, 3 * TILE), (TILE, 1)])
def test_rows_end_where_they_end(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).standard_normal(shape)
    lines = ["\t".join(map(repr, row)) + "\n" for row in values.tolist()]
    assert number_rows(values, "\t") == "".join(lines)


@pytest.mark.parametrize("dtype", [">f8", "f2", "i8", "u1", "f4", "f8"])
@pytest.mark.parametrize("count", [0, 3, 1000])
def test_numbers_of_any_dtype(dtype: str, count: int) -> None:
    values = np.random.default_rng(0).integers(0, 200, count).astype(dtype)
    found = number_rows(values[:, np.newaxis], ",").splitlines()
    assert found == list(map(repr, values.tolist()))


@pytest.mark.parametrize("count", [1, 300])
def test_json_has_no_infinity(count: int) -> None:
    values = np.array([[0.1, math.inf, -math.inf, math.nan]] * count)
    assert number_rows(values, ",", cell) == '0.1,"inf","-inf","nan"\n' * count
