"""Sample weights, class weights, extreme ones, and sums that overflow where a mean does not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.contract.cases import Case, Variant, extent_of
from losscli.engine.partial import Partial, merge
from losscli.engine.problem import grid as layout
from losscli.losses.declare.options import Extent
from losscli.numerics.summation import SCALE, Sum
from tests.each import for_each
from tests.losses.cases import VARIANTS, same

every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)
WEIGHTS = np.array([2.0, 0.5, 0.0, 1.0, 3.0])
TINY, HUGE = 2.0**-1070, 2.0**1020


def drawn(variant: Variant, axes: tuple[int, ...] = (5,)) -> Case:
    return variant.draw(np.random.default_rng(11), axes)


def over_samples(values: np.ndarray[Any, Any], weights: Any, axis: int = 0) -> Any:
    """Multiply each sample's part of an array by the sample's weight."""
    return values * np.reshape(weights, (-1,) + (1,) * (values.ndim - 1 - axis))


@every_variant
@for_each("axes", [(5,), (5, 2)])
def test_the_mean_divides_by_the_weighted_normalizers(
    variant: Variant, axes: tuple[int, ...]
) -> None:
    case = drawn(variant, axes)
    alone = [case.sample(i).compute() for i in range(5)]
    plain = case.compute(reduction="sum", grad=True)
    mean = case.compute(sample_weight=WEIGHTS, grad=True)
    total = case.compute(sample_weight=WEIGHTS, reduction="sum", grad=True)
    divisor = math.fsum(w * one.denominator for w, one in zip(WEIGHTS, alone, strict=True))
    terms = over_samples(plain.per_sample, WEIGHTS)
    np.testing.assert_allclose(mean.per_sample, terms, rtol=1e-15)
    numerator = over_samples(terms, 1 / case.lengths)
    assert mean.denominator == pytest.approx(divisor, rel=1e-15)
    assert mean.value == pytest.approx(math.fsum(numerator.flat) / divisor, rel=1e-14)
    for role, gradient in plain.grad.items():
        axis = case.sample_axis(role)
        weighted = over_samples(gradient, WEIGHTS, axis)
        np.testing.assert_allclose(total.grad[role], weighted, rtol=1e-15)
        expected = over_samples(weighted, 1 / case.lengths, axis) / divisor
        np.testing.assert_allclose(mean.grad[role], expected, rtol=1e-14)


@every_variant
def test_weights_of_1_change_nothing(variant: Variant) -> None:
    case = drawn(variant)
    for reduction in ("mean", "sum", "none"):
        plain = case.compute(reduction=reduction, grad=True)
        ones = case.compute(reduction=reduction, grad=True, sample_weight=np.ones((5, 1)))
        assert same(plain, ones)


@every_variant
def test_a_weight_of_0_removes_the_sample(variant: Variant) -> None:
    case = drawn(variant)
    result = case.compute(sample_weight=[0, 1, 0, 0, 0], grad=True)
    only = case.sample(1).compute(grad=True)
    if only.count:
        assert result.value == pytest.approx(only.value, rel=1e-14)
    for role, gradient in result.grad.items():
        assert (case.by_sample(role, gradient)[[0, 2, 3, 4]] == 0).all()


@every_variant
@for_each("factor", [TINY, HUGE])
def test_extreme_sample_weights_keep_the_mean(variant: Variant, factor: float) -> None:
    case = drawn(variant)
    plain = case.compute(sample_weight=WEIGHTS * 16, grad=True)
    extreme = case.compute(sample_weight=WEIGHTS * factor, grad=True)
    assert extreme.value == plain.value
    assert all((extreme.grad[role] == plain.grad[role]).all() for role in plain.grad)
    total = case.compute(sample_weight=WEIGHTS * factor, reduction="sum", grad=True)
    slopes = case.compute(reduction="sum", grad=True).grad
    for role, slope in slopes.items():
        with np.errstate(over="ignore"):
            weighted = over_samples(slope, WEIGHTS * factor, case.sample_axis(role))
        np.testing.assert_allclose(total.grad[role], weighted, rtol=1e-14, atol=5e-324)
    with np.errstate(over="ignore"):
        terms = over_samples(case.compute().per_sample, WEIGHTS * factor)
        exact = float(terms.sum())
    np.testing.assert_allclose(total.per_sample, terms, rtol=1e-15, atol=5e-324)
    assert total.value == pytest.approx(exact, rel=1e-14, abs=1e-322)


CLASS_WEIGHTED = [
    variant
    for variant in VARIANTS
    if variant.loss.normalizer
    and variant.indexed
    and any(extent_of(option) is Extent.CLASS for option in variant.drawn)
]


@pytest.mark.parametrize("variant", CLASS_WEIGHTED, ids=str)
@for_each("factor", [TINY, HUGE])
def test_extreme_class_weights_keep_the_mean(variant: Variant, factor: float) -> None:
    case = drawn(variant)
    if case.options.pop("z_loss", None):
        case.options["z_loss"] = 0.0
    weight = np.array([1.0, 2, 3, 5])
    plain = case.compute(weight=weight, grad=True)
    extreme = case.compute(weight=weight * factor, grad=True, sample_weight=np.ones(5) * factor)
    assert extreme.value == pytest.approx(plain.value, rel=1e-15)
    for role, gradient in plain.grad.items():
        np.testing.assert_allclose(extreme.grad[role], gradient, rtol=1e-14)


def test_the_z_loss_is_not_rescaled_with_the_weights() -> None:
    x, y = [[0.5, -1.0], [2.0, 0.25]], [0, 1]
    near = compute("ce", input=x, target=y, weight=[1e29, 1e29], z_loss=1e29).value
    beyond = compute("ce", input=x, target=y, weight=[1e31, 1e31], z_loss=1e31).value
    assert beyond == pytest.approx(near, rel=1e-15)


@pytest.mark.parametrize("factor", [1e-320, 1e-40, 1e40, 1e300])
def test_weights_multiply_the_mean_over_class_probabilities(factor: float) -> None:
    x, p = [[0.5, -1.0], [2.0, 0.25]], [[0.5, 0.5], [0.25, 0.75]]
    plain = float(compute("ce", input=x, target=p).value)
    weighted = compute("ce", input=x, target=p, weight=factor).value
    assert weighted == pytest.approx(factor * plain, rel=1e-14, abs=1e-323)


def test_huge_weights_leave_the_small_ones_their_digits() -> None:
    x, y = [[0.5, -1.0], [2.0, 0.25]], [0, 1]
    plain = compute("ce", input=x, target=y).per_sample
    found = compute("ce", input=x, target=y, sample_weight=[1e308, 1e-10]).per_sample
    assert found[1] == 1e-10 * plain[1]


def test_a_weight_of_0_wins_over_an_infinite_loss() -> None:
    p = [[0.0, 1.0], [0.5, 0.5]]
    result = compute("ce", input=p, target=[0, 0], from_="probs", sample_weight=[0, 1], grad=True)
    assert result.value == -math.log(0.5)
    np.testing.assert_array_equal(result.grad["input"], [[0, 0], [-2, 0]])
    result = compute("ce", input=p, target=[0, 1], from_="probs", weight=[0, 1], grad=True)
    assert result.value == -math.log(0.5)
    np.testing.assert_array_equal(result.grad["input"], [[0, 0], [0, -2]])


def test_an_element_of_weight_0_adds_nothing() -> None:
    x, y = [-math.inf, 0.0], [1.0, 1.0]
    result = compute("bce-logits", input=x, target=y, weight=[0, 1], grad=True)
    assert result.numerator == math.log(2)
    np.testing.assert_array_equal(result.grad["input"], [0, -0.25])
    assert compute("bce-logits", input=x, target=y).value == math.inf


def test_all_weights_0_is_0_over_0() -> None:
    nothing: list[dict[str, Any]] = [{"sample_weight": [0, 0]}, {"weight": [0, 0]}]
    for weights in nothing:
        result = compute("ce", input=[[1.0, 2], [2, 3]], target=[0, 1], grad=True, **weights)
        assert math.isnan(float(result.value))
        assert (result.grad["input"] == 0).all()
        assert result.count == 2


def test_a_sum_may_overflow_where_the_mean_does_not() -> None:
    x, y = np.full(6, 1.7e308), np.zeros(6)
    assert compute("l1", input=x, target=y).value == pytest.approx(1.7e308, rel=1e-15)
    assert compute("l1", input=x, target=y, reduction="sum").value == math.inf


def test_a_sum_that_overflows_on_the_way_comes_back() -> None:
    x = np.array([[1.7e308], [1.7e308], [-1.7e308], [-1.6e308]])
    assert compute("nll", input=x, target=[0] * 4, reduction="sum").value == pytest.approx(-1e307)
    assert compute("nll", input=x, target=[0] * 4).value == pytest.approx(-2.5e306)


def test_what_a_running_sum_rounds_away_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", 1)
    x = np.array([1e16, 1.0, -1e16, 1e16, 1.0, -1e16, 1.0])[:, None]
    assert compute("nll", input=x, target=[0] * 7, reduction="sum").value == -3
    assert compute("nll", input=x, target=[0] * 7).value == -3 / 7


def test_partial_sums_of_neighbors_merge_without_loss() -> None:
    left, right = Sum(), Sum()
    for value in (1e16, 1.0):
        left = left.plus(value, 0.0, value * SCALE)
    for value in (-1e16, 1.0):
        right = right.plus(value, 0.0, value * SCALE)
    assert merge(Partial(left), Partial(right), 0).numerator.total == 2


def test_a_share_of_a_gap_that_overflows() -> None:
    loss = compute("ce", input=[[1e308, -1e308]], target=[[0.75, 0.25]]).value
    assert loss == 0.25 * 2e307 * 10
    squared = compute("ce", input=[[1e155, 0.0]], target=[0], z_loss=2.0**-20).value
    assert squared == pytest.approx(2.0**-20 * 1e155 * 1e155, rel=1e-15)


def test_float32_sums_are_double() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=100_000), rng.normal(size=100_000)
    result = compute("l1", input=x, target=y, dtype="float32")
    assert result.per_sample.dtype == np.float32
    exact = math.fsum(result.per_sample.tolist()) / 100_000
    assert result.value == pytest.approx(exact, rel=1e-14)
