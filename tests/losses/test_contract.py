"""What every loss promises, held by every declaration, kind, choice and option."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from losscli import Result
from losscli.losses.declare.role_kind import Layout
from tests.each import for_each
from tests.losses.cases import IGNORED, VARIANTS, Case, Variant, same

STEP = 1e-6
SHAPES = [(5,), (2, 3), (2, 2, 2)]
every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def entries(case: Case, role: str) -> Iterator[tuple[int, ...]]:
    """Yield the index of every number of a role."""
    return iter(np.ndindex(case.roles[role].shape))


def slope(case: Case, role: str, index: tuple[int, ...], middle: float) -> float:
    """Return the central difference of the mean, whose value is `middle`; nan beside a kink."""
    here = case.roles[role][index]
    low, high = (
        float(normalized(case.changed(role, index, here + step), role).compute().value)
        for step in (-STEP, STEP)
    )
    return math.nan if abs(high + low - 2 * middle) > 1e-7 else (high - low) / (2 * STEP)


def normalized(case: Case, role: str) -> Case:
    """Return a case whose sequences went through a log-softmax: their gradient goes through it."""
    if case.kind(role).layout is not Layout.SEQUENCES:
        return case
    x = case.roles[role]
    log_sum = np.log(np.exp(x).sum(axis=2, keepdims=True))
    return replace(case, roles={**case.roles, role: x - log_sum})


@every_variant
@for_each("axes", [(5,), (2, 2, 2)])
def test_gradient_is_the_derivative(variant: Variant, axes: tuple[int, ...]) -> None:
    case = variant.draw(rng(), axes)
    gradients = case.compute(grad=True).grad
    for role, gradient in gradients.items():
        middle = float(normalized(case, role).compute().value)
        expected = np.array([slope(case, role, index, middle) for index in entries(case, role)])
        smooth = ~np.isnan(expected)
        assert smooth.mean() > 0.8
        got = gradient.reshape(-1)[smooth]
        np.testing.assert_allclose(got, expected[smooth], rtol=1e-6, atol=1e-8)


@every_variant
def test_a_gradient_for_every_role_but_the_target(variant: Variant) -> None:
    case = variant.draw(rng(), (2, 3))
    assert case.compute().grad == {}
    gradients = case.compute(grad=True).grad
    assert "target" not in gradients
    assert tuple(gradients) == variant.loss.differentiable
    for role, gradient in gradients.items():
        assert gradient.shape == case.roles[role].shape
        assert gradient.dtype == np.float64


@every_variant
def test_nothing_has_no_sign(variant: Variant) -> None:
    result = variant.draw(rng(), (60,)).compute(reduction="none", grad=True)
    for numbers in (result.per_sample, *result.grad.values()):
        assert not np.signbit(numbers[numbers == 0]).any()


@every_variant
@for_each("axes", SHAPES)
def test_a_batch_is_a_loop_over_its_samples(variant: Variant, axes: tuple[int, ...]) -> None:
    case = variant.draw(rng(1), axes)
    whole = case.compute(reduction="sum", grad=True)
    for i in range(axes[0]):
        alone = case.sample(i).compute(reduction="sum", grad=True)
        np.testing.assert_allclose(alone.per_sample, whole.per_sample[i : i + 1], rtol=1e-14)
        for role, gradient in alone.grad.items():
            expected = whole.grad[role].take([i], axis=case.sample_axis(role))
            np.testing.assert_allclose(gradient, expected, rtol=1e-13, atol=1e-16)


@every_variant
@for_each("axes", SHAPES)
def test_reductions_agree(variant: Variant, axes: tuple[int, ...]) -> None:
    case = variant.draw(rng(2), axes)
    mean, total, none = (
        case.compute(reduction=reduction, grad=True) for reduction in ("mean", "sum", "none")
    )
    terms = np.asarray(none.value)
    assert terms.shape == case.axes
    assert mean.per_sample.tobytes() == total.per_sample.tobytes() == terms.tobytes()
    assert total.value == pytest.approx(math.fsum(terms.flat), rel=1e-14)
    assert mean.numerator == total.value or case.variant.loss.length
    assert mean.value == pytest.approx(mean.numerator / mean.denominator, rel=1e-15)
    assert math.isnan(none.numerator)
    assert math.isnan(none.denominator)
    assert mean.count + mean.ignored == terms.size
    for role, gradient in mean.grad.items():
        assert none.grad[role].tobytes() == total.grad[role].tobytes()
        by_sample = np.moveaxis(total.grad[role], case.sample_axis(role), -1)
        shares = np.moveaxis(by_sample / case.lengths, -1, case.sample_axis(role))
        expected = shares / mean.denominator
        np.testing.assert_allclose(gradient, expected, rtol=1e-15, atol=0)


@every_variant
def test_an_ignored_term_counts_for_nothing(variant: Variant) -> None:
    if "ignore_index" not in (option.name for option in variant.drawn):
        case = variant.draw(rng(3))
        result = case.compute()
        assert (result.count, result.ignored) == (5, 0)
        return
    case = variant.draw(rng(3), (3, 4))
    ignored = case.roles["target"] == IGNORED
    before = case.compute(grad=True)
    assert before.ignored == np.count_nonzero(ignored) > 0
    assert (before.per_sample[ignored] == 0).all()
    for value in (math.nan, math.inf, 1e308):
        values = case.roles["input"].copy()
        np.moveaxis(values, 1, -1)[ignored] = value
        if case.kind("input").outside(values) is not None:
            continue
        after = case.compute(input=values, grad=True)
        assert same(before, after)
        assert (np.moveaxis(after.grad["input"], 1, -1)[ignored] == 0).all()


@every_variant
def test_all_ignored_is_nan_with_gradient_0(variant: Variant) -> None:
    if not variant.indexed or variant.loss.option("ignore_index") is None:
        pytest.skip("no ignored terms")
    case = variant.draw(rng(4))
    target = np.full_like(case.roles["target"], IGNORED)
    result = case.compute(target=target, ignore_index=IGNORED, grad=True)
    assert math.isnan(float(result.value))
    assert (result.per_sample == 0).all()
    assert result.count == 0
    assert all((gradient == 0).all() for gradient in result.grad.values())
    total = case.compute(target=target, ignore_index=IGNORED, reduction="sum")
    assert total.value == 0


def first_sample(case: Case, role: str, entry: int) -> tuple[int, ...]:
    """Return the index of an entry of the first sample of a role."""
    shape = case.roles[role].shape
    axis = case.sample_axis(role)
    place = [int(i) for i in np.unravel_index(entry, (*shape[:axis], *shape[axis + 1 :]))]
    return (*place[:axis], 0, *place[axis:])


@every_variant
@for_each("entry", [0, 1])
def test_nan_is_contagious_in_its_own_sample_only(variant: Variant, entry: int) -> None:
    case = variant.draw(rng(5))
    clean = case.compute(reduction="sum", grad=True)
    for role in case.real_roles:
        wide = case.kind(role).layout is not Layout.TERMS
        result = case.changed(role, first_sample(case, role, entry * wide), math.nan).compute(
            reduction="sum", grad=True
        )
        assert math.isnan(float(result.value))
        assert math.isnan(result.per_sample[0])
        _others_untouched(case, clean, result)


def _others_untouched(case: Case, before: Result, after: Result) -> None:
    assert before.per_sample[1:].tobytes() == after.per_sample[1:].tobytes()
    for role, gradient in before.grad.items():
        others, kept = (case.by_sample(role, g)[1:] for g in (after.grad[role], gradient))
        assert others.tobytes() == kept.tobytes()


@every_variant
@for_each("value", [1e4, -1e4, 1e308, -1e308, math.inf, -math.inf, 5e-324])
def test_an_extreme_number_stays_in_its_sample(variant: Variant, value: float) -> None:
    case = variant.draw(rng(6))
    clean = case.compute(reduction="sum", grad=True)
    for role in case.real_roles:
        if not case.kind(role).low <= value <= case.kind(role).high:
            continue
        changed = case.changed(role, first_sample(case, role, 0), value)
        result = changed.compute(reduction="sum", grad=True)
        kind = case.kind(role)
        # The exponential of 1e4 is beyond every double; a likelihood does not need it.
        logarithm = kind.name in ("log rates", "log-probabilities")
        overflows = logarithm and not variant.loss.likelihood and value > 700
        _others_untouched(case, clean, result)
        if abs(value) == 1e4 and not overflows:
            assert math.isfinite(float(result.value))
            assert all(np.isfinite(gradient).all() for gradient in result.grad.values())


@every_variant
def test_inputs_are_never_modified(variant: Variant) -> None:
    case = variant.draw(rng(7), (3, 2))
    before = {name: values.copy() for name, values in case.roles.items()}
    weights = np.array([0.5, 0.0, 2.0])
    for values in (*case.roles.values(), *case.options.values(), weights):
        if isinstance(values, np.ndarray):
            values.flags.writeable = False
    case.compute(grad=True, sample_weight=weights)
    assert all(case.roles[name].tobytes() == before[name].tobytes() for name in before)
