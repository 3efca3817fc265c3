"""Numbers that remember how they were made: bounds hold, and expressions give their values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf  # type: ignore[import-untyped]

from losscli.commands.explain import number
from losscli.commands.explain.formula import formula
from losscli.commands.explain.number import Number, exp, log, total
from losscli.commands.explain.shared_parts import exact
from losscli.commands.explain.writing import ASCII, UNICODE, latex_of, text_of
from tests.commands.explain.test_walks import calculated

Pair = tuple[Number, Any]
BINARY: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
]


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Draw an expression, as a number of a walk and in fifty digits."""
    numbers = [draw(st.floats(-50, 50, allow_nan=False)) for _ in range(4)]
    found: list[Pair] = [(Number(x), mpf(x)) for x in numbers]
    for _ in range(draw(st.integers(1, 6))):
        (a, exact_a), (b, exact_b) = draw(st.sampled_from(found)), draw(st.sampled_from(found))
        kind = draw(st.integers(0, 8))
        if kind < 4 and not (kind == 3 and exact_b == 0):
            op = BINARY[kind]
            found.append((op(a, b), op(exact_a, exact_b)))
        elif kind == 4 and abs(exact_a) < 200:
            found.append((exp(a), mp.exp(exact_a)))
        elif kind == 5 and exact_a > 0:
            found.append((log(a), mp.log(exact_a)))
        elif kind == 6:
            found.append((number.tanh(a), mp.tanh(exact_a)))
        elif kind == 7:
            found.append((total([a, b]), exact_a + exact_b))
        elif kind == 8:
            found.append(((-abs(a)).settled(), -abs(exact_a)))
    return found[-1]


@given(pairs())
@settings(max_examples=400, deadline=None)
def test_the_bound_holds(pair: Pair) -> None:
    with mp.workdps(50):
        got, expected = pair
        if math.isfinite(got.value) and math.isfinite(got.bound):
            assert abs(mpf(got.value) - expected) <= got.bound + 1e-300


@given(pairs())
@settings(max_examples=400, deadline=None)
def test_what_is_written_is_what_was_done(pair: Pair) -> None:
    got, _ = pair
    if math.isfinite(got.value) and math.isfinite(got.bound):
        written = text_of(got, ASCII, exact)
        # Read from left to right, a sum loses what a sum without rounding keeps.
        largest = max(map(abs, map(float, re.findall(r"[0-9.]+(?:e[+-][0-9]+)?", written))))
        room = 4 * got.bound + 1e-14 * largest
        assert calculated(written) == pytest.approx(got.value, abs=room)


@pytest.mark.parametrize(
    ("written", "text", "latex"),
    [
        ("p_j = e_j / S", "p_j = e_j / S", r"p_{j} = \frac{e_{j}}{S}"),
        ("S = sum_j(exp(z_j))", "S = Σ_j exp(z_j)", r"S = \sum_{j} \exp\left(z_{j}\right)"),
        ("L = max(0, 1 - y * x)^2", "L = max(0, 1 - y · x)^2", None),
        ("d = a - (b - c)", "d = a - (b - c)", "d = a - \\left(b - c\\right)"),
        ("d = a / (b * c)", "d = a / (b · c)", r"d = \frac{a}{b \cdot c}"),
        ("d = (a / b)^2", "d = (a / b)^2", r"d = \left(\frac{a}{b}\right)^{2}"),
        ("d = (-a)^2", "d = (-a)^2", r"d = \left(-a\right)^{2}"),
        ("d = -a^2", "d = -a^2", "d = -a^{2}"),
        ("a = abs(x - y)", "a = |x - y|", r"a = \left|x - y\right|"),
        ("t_j = 1[j == y]", "t_j = 1[j = y]", r"t_{j} = \mathbb{1}[j = y]"),
        ("a <= delta", "a ≤ delta", r"a \le \delta"),
        ("dL/dx_j = p_j - t_j", "dL/dx_j = p_j - t_j", None),
        ("b = sum_k(x_k)^2", "b = (Σ_k x_k)^2", None),
        ("q = sum_k(p_k, k != y)", "q = Σ_(k ≠ y) p_k", r"q = \sum_{k \ne y} p_{k}"),
        ("n = sum_k(1, h_k > 0)", "n = Σ_(k: h_k > 0) 1", r"n = \sum_{k: h_{k} > 0} 1"),
        ("k = sqrt(x)", "k = sqrt(x)", r"k = \sqrt{x}"),
    ],
)
def test_formulas(written: str, text: str, latex: str | None) -> None:
    tree = formula(written)
    assert text_of(tree, UNICODE, exact) == text
    if latex is not None:
        assert latex_of(tree, exact) == latex


def test_a_slope_is_a_partial_derivative() -> None:
    latex = latex_of(formula("dL/dx_j = p_j"), exact)
    assert latex == r"\frac{\partial L}{\partial x_{j}} = p_{j}"


def test_arithmetic_is_that_of_ieee_but_for_nothing_times_infinity() -> None:
    assert log(Number(0)).value == -math.inf
    assert exp(Number(1000)).value == math.inf
    assert (Number(1) / 0).value == math.inf
    assert (Number(-1) / 0).value == -math.inf
    assert (Number(0) * -math.inf).value == 0
    assert math.isnan((Number(math.inf) - math.inf).value)
    assert math.isnan((Number(0) / 0).value)
    assert math.isnan((Number(0) * math.nan).value)


def test_what_has_no_digits_left_is_lost() -> None:
    tiny = exp(Number(-800))
    assert log(tiny).is_lost
    assert ((Number(1e17) + 1) - 1e17).is_lost
    assert log(Number(1) - exp(Number(-40))).is_lost
    assert not log(Number(0.5)).is_lost
