"""Every loss against its slow formula: value, terms, and the last digits on hard numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from mpmath import mp  # type: ignore[import-untyped]

from losscli import compute
from losscli.contract.cases import Case, Rng, Variant
from losscli.losses import names
from losscli.numerics.arrays import Array
from tests.losses.cases import VARIANTS
from tests.losses.references import Term, reduced, reference, terms

DIGITS = 50
MANY_DIGITS = 360
"""Enough for 1 + 5e-324, which is what a softmax in plain digits needs for a tiny loss."""
SHAPES = [(6,), (2, 3), (2, 2, 3)]


def ulps(got: float, term: Term) -> float:
    """Return the distance to the exact loss in units of the last digit of its largest part."""
    if mp.isinf(term.grain):
        return 0.0
    if math.isnan(got) or mp.isinf(term.loss):
        return 0.0 if got == term.loss else math.inf
    # Infinity is the double that would follow the largest one.
    end = mp.ldexp(1, 1024)
    exact = max(min(term.loss, end), -end)
    rounded = mp.mpf(float(got)) if math.isfinite(got) else math.copysign(1, got) * end
    largest = max(min(abs(exact), end / 2), term.scale)
    unit = max(mp.ldexp(1, mp.frexp(largest)[1] - 53), mp.mpf(5e-324) * max(1, term.grain))
    return float(abs(rounded - exact) / unit)


def check(case: Case, what: object, digits: int = DIGITS) -> None:
    """Compare every term of a case, and its mean and sum, with the reference; `what` names it.

    A sum may overflow though its terms do not, and the mean must not; a term that overflows is inf.
    """
    with mp.workdps(digits):
        found = list(terms(case))
        per_sample = case.compute(reduction="none").per_sample.reshape(-1)
        assert len(found) == per_sample.size
        for got, term in zip(per_sample, found, strict=True):
            assert ulps(got, term) <= term.ulps, (what, got, term.loss)
        for reduction in ("mean", "sum"):
            value, exact = float(case.compute(reduction=reduction).value), reduced(found, reduction)
            largest = max(max(abs(float(term.loss)), float(term.scale)) for term in found)
            if math.isfinite(largest):
                assert value == float(exact) or abs(value - exact) <= 1e-14 * max(1.0, largest), (
                    what,
                    reduction,
                )


@pytest.mark.parametrize("name", names())
def test_every_loss_has_a_reference(name: str) -> None:
    assert callable(reference(name))


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_random_cases(variant: Variant) -> None:
    for axes in SHAPES:
        for seed in range(4):
            case = variant.draw(np.random.default_rng(seed), axes, classes=2 + seed)
            check(case, (axes, seed))


def _dyadic(numbers: Array) -> Array:
    """Cut numbers to ten binary places: differences of logits are exact, and the loss is hard."""
    return np.ldexp(np.rint(np.ldexp(numbers, 10)), -10)


HARD: dict[str, Callable[[Rng, tuple[int, ...]], Array]] = {
    "far apart": lambda rng, shape: _dyadic(rng.normal(0, 20, shape)),
    "1e4": lambda rng, shape: _dyadic(rng.uniform(-1e4, 1e4, shape)),
    "around 1e4": lambda rng, shape: _dyadic(rng.normal(1e4, 10, shape)),
    "1e16": lambda rng, shape: rng.uniform(-1e16, 1e16, shape),
    "around 1e16": lambda rng, shape: 1e16 + 2 * np.rint(rng.normal(0, 10, shape)),
    "1e308": lambda rng, shape: rng.uniform(-0.8e308, 0.8e308, shape),
    "denormal": lambda rng, shape: rng.integers(-9, 9, shape) * 5e-324,
    "ties": lambda rng, shape: rng.integers(0, 2, shape) * 40.0,
    "tiny losses": lambda rng, shape: rng.choice([0.0, -40, -300, -700], shape),
}


@pytest.mark.parametrize(
    "variant", [variant for variant in VARIANTS if variant.kinds[0].high == math.inf], ids=str
)
def test_hard_numbers(variant: Variant) -> None:
    for what, numbers in HARD.items():
        rng = np.random.default_rng(7)
        case = variant.draw(rng, (4,))
        for role in case.real_roles:
            kind = case.kind(role)
            if kind.high < math.inf:
                continue
            drawn = numbers(rng, case.roles[role].shape)
            if kind.low == 0 or "log" in kind.name:
                drawn = abs(drawn) if kind.low == 0 else -abs(drawn)
            case.roles[role] = np.where(drawn == 0, 1, drawn) if kind.nonzero else drawn
        check(case, what, MANY_DIGITS)


PROBABILITIES = [5e-324, 1e-300, 1e-20, 1e-9, 2.0**-30, 0.5, 1 - 2.0**-40, 1 - 2.0**-53]


@pytest.mark.parametrize(
    "variant", [variant for variant in VARIANTS if variant.kinds[0].high == 1], ids=str
)
def test_probabilities_near_0_and_1(variant: Variant) -> None:
    rng = np.random.default_rng(8)
    case = variant.draw(rng, (6,))
    case.roles["input"] = rng.choice(PROBABILITIES, case.roles["input"].shape)
    check(case, PROBABILITIES, MANY_DIGITS)
    # At a certain target only one logarithm remains, and must be right to the end.
    certain = {role: np.rint(case.roles[role]) for role in case.real_roles if role == "target"}
    certain_case = replace(case, roles={**case.roles, **certain})
    check(certain_case, "certain", MANY_DIGITS)


def test_a_loss_of_4e_18_keeps_its_digits() -> None:
    result = compute("ce", input=[[40.0, 0.0]], target=[0], grad=True)
    assert result.value == pytest.approx(4.248354255291589e-18, rel=4e-16)
    np.testing.assert_allclose(
        result.grad["input"], [[-4.248354255291589e-18, 4.248354255291589e-18]], rtol=4e-16
    )
