"""The operations and the digits of a page are those of the walk and of the terminal."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from losscli.commands.explain.comparisons import COMPARE
from losscli.commands.explain.number import Number
from losscli.output.digits import decimals_of, scaled, shown
from losscli.output.page import Form
from losscli.output.page import Number as Shown
from losscli.output.strict_json import plain
from tests.commands.explain.live.browser import Browser
from tests.commands.explain.live.evaluated import OPERATIONS
from tests.commands.explain.live.opening import opened, saved
from tests.conftest import Loss

HARD = [0.0, 1.0, -1.0, 0.3, -2.5, 40.0, 800.0, 1e-9, 1e-320, 1e16, 1e308]
HARD += [math.inf, -math.inf, math.nan]
ARITIES = {"sum": 5, "max": 5, "min": 5, "lost": 3, "logsumexp": 4, "if": 3, "alike": 2}
ARITIES |= dict.fromkeys((*"+-*/^", *COMPARE, *(f"[{sign}]" for sign in COMPARE)), 2)
"""How many numbers an operation has; of most others one."""


@pytest.mark.parametrize("op", OPERATIONS)
def test_an_operation_is_that_of_the_walk(
    op: str, page: Browser, tmp_path: Path, loss: Loss
) -> None:
    """Its value to the last digits, and the bound of its error closely: it chooses the steps."""
    opened(page, saved(tmp_path, loss, "mse"))
    rng = np.random.default_rng(0)
    values = rng.choice([*HARD, *rng.normal(size=14)], size=(150, ARITIES.get(op, 1)))
    with np.errstate(over="ignore", invalid="ignore"):
        errors = np.abs(values) * rng.choice([0.0, 3.0], values.shape)
    errors[~np.isfinite(errors)] = 0.0
    pairs = list(zip(values.tolist(), errors.tolist(), strict=True))
    found = page.run(f"{json.dumps(plain(pairs))}.map((pair) => operated({json.dumps(op)}, pair))")
    for (xs, bounds), (value, error) in zip(pairs, found, strict=True):
        wanted = OPERATIONS[op](*map(Number, xs, bounds))
        about = (op, xs, bounds)
        assert float(value) == pytest.approx(wanted.value, rel=4e-15, abs=0, nan_ok=True), about
        assert float(error) == pytest.approx(wanted.error, rel=1e-6, abs=1e-300), about


NUMBERS = [
    0.03125,
    0.09375,
    2.5,
    -0.00005,
    1e-7,
    123456.78905,
    1e9,
    9.995e8,
    1e22,
    0.1,
    -2.0,
    1 / 3,
]
NUMBERS += [5e-324, 1.5e-5, 0.30000000000000004, math.inf, -math.inf, math.nan, 0.0, 1e16, 1e-4]


@pytest.mark.parametrize("digits", [0, 1, 4, 9, 17])
@pytest.mark.parametrize("form", [Form.FIXED, Form.GIVEN, Form.SCALED])
def test_numbers_are_written_as_on_the_terminal(
    page: Browser, tmp_path: Path, loss: Loss, form: Form, digits: int
) -> None:
    opened(page, saved(tmp_path, loss, "mse"))
    rng = np.random.default_rng(digits)
    many = NUMBERS + [float(x) for x in rng.normal(size=100) * 10.0 ** rng.integers(-12, 12, 100)]
    for numbers in ([x] for x in many):
        wanted = scaled(numbers, digits) if form is Form.SCALED else fixed(numbers, form, digits)
        code = (
            f"column({json.dumps(plain(numbers))}.map(numberOf), '{form.name.lower()}', {digits})"
        )
        assert page.run(code) == wanted, numbers


def fixed(numbers: list[float], form: Form, digits: int) -> list[str]:
    decimals = decimals_of([Shown(x, form) for x in numbers], digits)
    return [shown(x, decimals) for x in numbers]
