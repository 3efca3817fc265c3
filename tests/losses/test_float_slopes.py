"""The gradient of every loss of numbers over the whole range of doubles, to its last places."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf  # type: ignore[import-untyped]

from losscli.contract.cases import Case, Variant
from tests.losses.float_range import case_of
from tests.losses.references import arguments, reference
from tests.losses.test_float_range import COVERED, of_logits

DIGITS = 1100
"""Enough for the difference of two losses of 1e308 whose arguments are a step apart."""
STEP = -1200
"""The step's power of two, far below the least double: no kink comes near it by chance."""
FAMILIES = [
    variant
    for variant in COVERED
    # Of probabilities the gradient is PyTorch's, not the derivative of the clamped logarithms.
    if not of_logits(variant) and variant.loss.name != "bce" and not variant.loss.by_class
]


def slopes(case: Case, i: int, role: int) -> tuple[Any, Any, int]:
    """Return the slopes of term i by a role's number, both sides, and the ulps it may be off."""
    function = reference(case.variant.loss.name)
    roles, options = arguments(case, (i,))
    step = mp.ldexp(1, STEP)
    low, here, high = (
        function(*roles[:role], roles[role] + sign * step, *roles[role + 1 :], **options)
        for sign in (-1, 0, 1)
    )
    return (here.loss - low.loss) / step, (high.loss - here.loss) / step, here.ulps


def largest_part(case: Case, i: int, role: str) -> Any:
    """Return the largest of the parts that a slope is a difference of; 0 where it is none."""
    name, given = case.variant.loss.name, {key: mpf(float(x[i])) for key, x in case.roles.items()}
    if name == "poisson-nll":
        return given["target"] if case.options["log_input"] else mpf(1)
    if name == "bce-logits":
        against, along = 1 / (1 + mp.exp(-given["input"])), 1 / (1 + mp.exp(given["input"]))
        weight, pos_weight = (
            mpf(float(np.broadcast_to(case.options.get(key, 1.0), case.roles["input"].shape)[i]))
            for key in ("weight", "pos_weight")
        )
        yes, no = pos_weight * given["target"] * along, (1 - given["target"]) * against
        return weight * max(yes, no)
    if name == "gaussian-nll" and role == "var":
        return 1 / (2 * given["var"])
    return mpf(0)


def places(got: float, left: Any, right: Any, part: Any) -> float:
    """Return how many of its last places a slope is off; between both sides of a kink none."""
    low, high = min(left, right), max(left, right)
    end = mp.ldexp(1, 1024)
    found = mpf(got) if math.isfinite(got) else math.copysign(1, got) * end
    exact = max(min(max(low, min(found, high)), end), -end)
    largest = max(min(abs(exact), end / 2), part)
    unit = max(mp.ldexp(1, mp.frexp(largest)[1] - 53), mpf(5e-324))
    return float(abs(found - exact) / unit)


def is_left_out(case: Case, i: int, role: str) -> bool:
    """Tell whether a variance is clamped, which its gradient passes, or a rate and eps overflow."""
    eps = case.options.get("eps", 0.0 if role == "input" else 1e-6)
    number = float(case.roles[role][i])
    return number <= eps if role == "var" else math.isinf(number + eps)


@pytest.mark.parametrize("variant", FAMILIES, ids=str)
def test_a_slope_is_correct_to_the_last_places(variant: Variant) -> None:
    check_slopes(variant, range(4))


def check_slopes(variant: Variant, seeds: range) -> None:
    """Compare the slopes of drawn cases with those of the reference."""
    for seed in seeds:
        case = case_of(variant, seed, 6)
        gradients = case.compute(reduction="sum", grad=True).grad
        for role, name in enumerate(case.roles):
            for i, got in enumerate(gradients.get(name, ())):
                if is_left_out(case, i, name):
                    continue
                with mp.workdps(DIGITS):
                    left, right, ulps = slopes(case, i, role)
                    off = places(float(got), left, right, largest_part(case, i, name))
                assert off <= 4 + ulps, (off, got, name, case.sample(i))
