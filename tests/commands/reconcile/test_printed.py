"""A number as a log prints it: its digits say how exact it is."""

from __future__ import annotations

import math

import pytest

from losscli.commands.reconcile.printed import parse
from losscli.errors import UsageError


@pytest.mark.parametrize(
    ("text", "digits", "value", "tolerance"),
    [
        ("1.5547", None, 1.5547, 5e-5),
        ("1.50", None, 1.5, 5e-3),
        ("12", None, 12.0, 0.5),
        ("1.2e3", None, 1200.0, 50.0),
        ("1.5547", 2, 1.5547, 5e-3),
        ("-0.25", None, -0.25, 5e-3),
        ("2.", None, 2.0, 0.5),
        ("1e-3", None, 1e-3, 5e-4),
        ("1.5e+00", None, 1.5, 0.05),
        ("0.000", None, 0.0, 5e-4),
        ("0", 3, 0.0, 5e-4),
    ],
)
def test_digits_are_those_typed(
    text: str, digits: int | None, value: float, tolerance: float
) -> None:
    printed = parse(text, digits)
    assert printed.value == value
    assert math.isclose(printed.tolerance, tolerance, rel_tol=1e-6)
    assert not printed.single


@pytest.mark.parametrize("text", ["0", "-0", "0.0", "0e0", " 0 "])
def test_zero_is_exactly_zero(text: str) -> None:
    printed = parse(text, None)
    assert printed.agrees(0.0)
    assert not printed.agrees(1e-9)
    assert math.isfinite(printed.distance(0.25))


def test_a_float32_number_printed_in_full_is_recognized() -> None:
    printed = parse("1.5546932220458984", None)
    assert printed.single
    assert printed.agrees(1.5546932220458984 * (1 + 3e-7))
    assert not parse("1.55469322204589", None).agrees(1.5546932220458984 * (1 + 3e-7))


@pytest.mark.parametrize("text", ["", "1,5", "nan", "inf", "abc", "1e999"])
def test_what_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--value"):
        parse(text, None)
