"""Row sums of rounded probabilities are within the tolerance, which their digits determine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from losscli.engine.input_checks import row_sum_tolerance
from losscli.numerics.arrays import Array
from losscli.numerics.rounding import Rounding, rounding_of


def bfloat16(x: Array) -> Array:
    bits = np.asarray(x, np.float32).view(np.uint32)
    even: Array = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return even.view(np.float32)


def digits(count: int) -> Callable[[Array], Array]:
    return np.vectorize(lambda value: float(f"{value:.{count - 1}e}"))


BFLOAT16 = Rounding(relative=4 * 2.0**-8)
ROUNDED: dict[str, tuple[Callable[[Array], Array], Rounding]] = {
    "2 decimals": (lambda p: p.round(2), Rounding(absolute=0.005)),
    "4 decimals": (lambda p: p.round(4), Rounding(absolute=0.00005)),
    "3 decimals as float32": (lambda p: p.round(3).astype("f4"), Rounding(absolute=0.0005)),
    "3 digits": (digits(3), Rounding(relative=0.005)),
    "bfloat16": (bfloat16, BFLOAT16),
    "float16": (lambda p: p.astype("f2"), Rounding(relative=4 * 2.0**-11)),
    "float32": (lambda p: p.astype("f4"), Rounding(absolute=1e-6)),
    "bfloat16 printed": (lambda p: np.array([float(str(v)) for v in bfloat16(p).flat]).reshape(
        p.shape), BFLOAT16),
    "bfloat16, 6 decimals": (lambda p: bfloat16(p).astype("f8").round(6), BFLOAT16),
    "float16, 8 digits": (lambda p: digits(8)(p.astype("f2")), Rounding(relative=4 * 2.0**-11)),
    "not at all": (lambda p: p, Rounding()),
}  # fmt: skip


@pytest.mark.parametrize("name", ROUNDED)
@pytest.mark.parametrize("classes", [2, 5, 30])
def test_the_numbers_tell_how_they_were_rounded(name: str, classes: int) -> None:
    rounded, expected = ROUNDED[name]
    p = np.random.default_rng(classes).dirichlet(np.ones(classes), 300)
    for x in (rounded(p), rounded(p).astype(np.float64)):
        assert rounding_of(x.T) == pytest.approx(expected, abs=6e-6)
        off = np.abs(x.astype(np.float64).sum(axis=1) - 1).max()
        assert off <= row_sum_tolerance(x.T)
    with np.errstate(divide="ignore"):
        log_p = np.log(p)
    x = rounded(log_p)
    off = np.abs(np.log(np.exp(x.astype(np.float64)).sum(axis=1))).max()
    assert off <= row_sum_tolerance(x.T)


def test_one_number_with_all_its_digits_is_enough() -> None:
    x = np.full((3, 5000), 0.25)
    assert rounding_of(x) == Rounding(absolute=0.005)
    x[2, 4999] = 1 / 3
    assert rounding_of(x) == Rounding(absolute=1e-6)
    x[0, 0] = np.nan
    x[0, 1] = -np.inf
    assert rounding_of(x[:, :-1]) == Rounding(absolute=0.005)
