"""Results that doubles can hold, in cases where the plain formula gives 0 or inf.

The true values come from the slow formulas in many digits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from mpmath import mp  # type: ignore[import-untyped]

from losscli import compute
from losscli.contract.cases import Case
from tests.losses.cases import VARIANTS
from tests.losses.references import reduced, terms

MOST = 1.7976931348623157e308

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "a certain prediction": ("ce", {"input": [[40.0, 0.0]], "target": [0]}),
    "a masked certain prediction": ("ce", {"input": [[700.0, 0, -np.inf]], "target": [0]}),
    "a sum of losses that overflows": ("l1", {"input": [1e308] * 4, "target": [-5e307] * 4}),
    "squares whose sum overflows": ("mse", {"input": [1.2e154] * 2, "target": [0.0] * 2}),
    "tiny class weights": (
        "ce",
        {"input": [[1.0, 2], [0, 3]], "target": [0, 1], "weight": [3e-320, 1e-320]},
    ),
    "huge class weights": (
        "ce",
        {"input": [[1.0, 2], [0, 3]], "target": [0, 1], "weight": [1e308, 1.5e308]},
    ),
    "a square beyond doubles over its variance": (
        "gaussian-nll",
        {"input": [1e200], "target": [0.0], "var": [1e300]},
    ),
    "a certain yes": ("bce-logits", {"input": [40.0], "target": [1.0]}),
    "a certain sign": ("soft-margin", {"input": [50.0], "target": [1.0]}),
    "a score beyond exp": ("soft-margin", {"input": [-800.0], "target": [1.0]}),
    "a focal loss of a certain prediction": ("sigmoid-focal", {"input": [40.0], "target": [1.0]}),
    "a probability near 1": ("bce", {"input": [1e-20], "target": [0.0]}),
    "labels certain of several classes": (
        "multilabel-soft-margin",
        {"input": [[40.0, -40]], "target": [[1.0, 0]]},
    ),
    "linear part of a far error": ("huber", {"input": [1e308], "target": [-1e308], "delta": 0.5}),
    "a far error of half a quantile": ("quantile", {"input": [1e308], "target": [-1e308]}),
    "a far error over beta": ("smooth-l1", {"input": [1e308], "target": [-1e308], "beta": 1e308}),
    "small errors of log cosh": ("log-cosh", {"input": [1e-9], "target": [0.0]}),
    "large errors of log cosh": ("log-cosh", {"input": [1e4], "target": [0.0]}),
    "counts with a small rate": (
        "poisson-nll",
        {"input": [1.0], "target": [1e9], "log_input": False},
    ),
    "large numbers next to each other": ("msle", {"input": [1e16 + 2], "target": [1e16]}),
    "percent of huge numbers": ("mape", {"input": [MOST], "target": [-MOST]}),
    "scores far apart": (
        "multilabel-margin",
        {"input": [[-1e308, 1e308]], "target": [[0, -1]]},
    ),
}


@pytest.mark.parametrize("what", CALLS)
def test_the_mean_is_what_many_digits_say(what: str) -> None:
    name, arguments = CALLS[what]
    roles = {key: np.asarray(x) for key, x in arguments.items() if key in _roles(name)}
    options = {key: x for key, x in arguments.items() if key not in roles}
    variant = next(v for v in VARIANTS if v.loss.name == name)
    with mp.workdps(700):
        exact = reduced(list(terms(Case(variant, roles, {**variant.choices, **options}))), "mean")
    assert 0 < abs(exact) <= MOST
    value = float(compute(name, **arguments).value)
    assert abs(value - float(exact)) <= 4 * np.spacing(abs(float(exact)))


@pytest.mark.parametrize("beta", [1e-320, 1e-50, 1e-40, 1e39, 1e50, 1e300])
def test_a_beta_that_float32_cannot_hold_still_counts(beta: float) -> None:
    call: dict[str, Any] = {"input": [0.5, -3, 1e25, 1], "target": [0, 1, 0, 1], "beta": beta}
    wide = compute("smooth-l1", **call, reduction="none", grad=True)
    narrow = compute("smooth-l1", **call, reduction="none", grad=True, dtype="float32")
    least = float(np.finfo(np.float32).smallest_subnormal)
    np.testing.assert_allclose(narrow.per_sample, wide.per_sample, rtol=1e-6, atol=least)
    np.testing.assert_allclose(narrow.grad["input"], wide.grad["input"], rtol=1e-6, atol=least)


def test_distances_beyond_float32_have_a_difference() -> None:
    call: dict[str, Any] = {
        "anchor": [[3e38, 3e38]],
        "positive": [[-3e38, -3e38]],
        "negative": [[-3e38, -1.5e38]],
    }
    wide = compute("triplet-margin", **call)
    narrow = compute("triplet-margin", **call, dtype="float32")
    assert narrow.value == pytest.approx(wide.value, rel=1e-6)


def _roles(name: str) -> set[str]:
    return {role.name for v in VARIANTS if v.loss.name == name for role in v.loss.roles}


def test_a_gradient_far_below_the_others_is_not_0() -> None:
    # Of -300 and -750 the exponentials are 5e-131 and 0, and their quotient is neither.
    for rows, target in (([-300.0, -300, -750], 1), ([-300.0, -750, -300], [0.5, 0.0, 0.5])):
        found = compute("ce", input=[rows], target=[target], grad=True).grad["input"][0]
        at = rows.index(-750)
        assert found[at] == pytest.approx(math.exp(-450) / 2, rel=1e-13)
    masked = compute("ce", input=[[-300.0, -math.inf, -1e9, -300]], target=[0], grad=True)
    assert masked.grad["input"].tolist() == [[-0.5, 0.0, 0.0, 0.5]]


def test_a_margin_that_is_nearly_kept_loses_no_digits() -> None:
    found = compute("multilabel-margin", input=[[1e-10, 1.0]], target=[[1, -1]])
    assert found.value == pytest.approx(5e-11, rel=1e-14)


def test_a_negative_at_infinity_costs_nothing() -> None:
    roles: dict[str, Any] = {
        "anchor": [[1.0, 0.0]],
        "positive": [[2.0, 0.0]],
        "negative": [[math.inf, 0.0]],
    }
    for p in (1.0, 2.0, 3.0):
        found = compute("triplet-margin", **roles, p=p, grad=True)
        assert found.value == 0
        assert all((gradient == 0).all() for gradient in found.grad.values())
