"""Promises about the numbers: the gradient, the reductions, ignored terms, one term at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from losscli.contract.cases import IGNORED, Case, Variant
from losscli.contract.promise import (
    require,
    require_close,
    require_others_untouched,
    require_same,
    same_bits,
)
from losscli.losses.declare.options import Effect
from losscli.losses.declare.role_kind import Layout

STEP = 1e-6
SHAPES = [(5,), (2, 3), (2, 2, 2)]
EXTREMES = (1e4, -1e4, 1e308, -1e308, math.inf, -math.inf, 5e-324)


def rng(seed: int = 0) -> np.random.Generator:
    """Return the generator of a promise's cases: the same cases every time."""
    return np.random.default_rng(seed)


def _slope(case: Case, role: str, index: tuple[int, ...], middle: float) -> float:
    """Return the central difference of the mean, whose value is `middle`; nan beside a kink."""
    here = case.roles[role][index]
    low, high = (
        float(_normalized(case.changed(role, index, here + step), role).compute().value)
        for step in (-STEP, STEP)
    )
    return math.nan if abs(high + low - 2 * middle) > 1e-7 else (high - low) / (2 * STEP)


def _normalized(case: Case, role: str) -> Case:
    """Return a case whose sequences went through a log-softmax: their gradient goes through it."""
    if case.kind(role).layout is not Layout.SEQUENCES:
        return case
    x = case.roles[role]
    log_sum = np.log(np.exp(x).sum(axis=2, keepdims=True))
    return replace(case, roles={**case.roles, role: x - log_sum})


def the_gradient_is_the_derivative(variant: Variant) -> None:
    """Each number of the gradient is the difference quotient of the mean."""
    for axes in ((5,), (2, 2, 2)):
        case = variant.draw(rng(), axes)
        for role, gradient in case.compute(grad=True).grad.items():
            middle = float(_normalized(case, role).compute().value)
            places = np.ndindex(case.roles[role].shape)
            expected = np.array([_slope(case, role, index, middle) for index in places])
            smooth = ~np.isnan(expected)
            require(smooth.mean() > 0.8, f"most numbers of {role} are at kinks")
            got = np.where(smooth, gradient.reshape(-1), math.nan)
            shape = gradient.shape
            what = f"the gradient of {role}"
            room = 1e-8 * max(1.0, abs(middle))
            require_close(got.reshape(shape), expected.reshape(shape), what, rtol=1e-6, atol=room)


def every_role_but_the_target_has_a_gradient(variant: Variant) -> None:
    """The gradient has the roles' names and shapes, and is float64."""
    case = variant.draw(rng(), (2, 3))
    require(case.compute().grad == {}, "there is a gradient that nobody asked for")
    gradients = case.compute(grad=True).grad
    require(tuple(gradients) == variant.loss.differentiable, f"gradients of {[*gradients]} only")
    for role, gradient in gradients.items():
        shape = case.roles[role].shape
        fits = gradient.shape == shape and gradient.dtype == np.float64
        require(fits, f"the gradient of {role} is {gradient.dtype} of shape {gradient.shape}")


def no_zero_is_minus_zero(variant: Variant) -> None:
    """A loss or a gradient of 0 is not -0, which tables would show."""
    result = variant.draw(rng(), (60,)).compute(reduction="none", grad=True)
    for what, numbers in (("loss", result.per_sample), *result.grad.items()):
        negative = np.signbit(numbers[numbers == 0]).any()
        require(not negative, f"{what}: there is a -0; add 0.0 to the result")


def a_batch_is_a_loop_over_its_samples(variant: Variant) -> None:
    """A sample alone has the loss and the gradient that it has among others."""
    for axes in SHAPES:
        case = variant.draw(rng(1), axes)
        whole = case.compute(reduction="sum", grad=True)
        for i in range(axes[0]):
            alone = case.sample(i).compute(reduction="sum", grad=True)
            what = f"a loss of sample {i} alone "
            require_close(alone.per_sample, whole.per_sample[i : i + 1], what, rtol=1e-14)
            for role, gradient in alone.grad.items():
                expected = whole.grad[role].take([i], axis=case.sample_axis(role))
                what = f"the gradient of {role} of sample {i} alone "
                require_close(gradient, expected, what, rtol=1e-13, atol=1e-16)


def reductions_agree(variant: Variant) -> None:
    """Mean, sum and none are of the same terms, and so are their gradients."""
    for axes in SHAPES:
        case = variant.draw(rng(2), axes)
        mean, total, none = (
            case.compute(reduction=reduction, grad=True) for reduction in ("mean", "sum", "none")
        )
        terms = np.asarray(none.value)
        require(terms.shape == case.axes, f"terms of shape {terms.shape}, expected {case.axes}")
        for reduced in (mean, total):
            require(same_bits(reduced.per_sample, terms), "the terms depend on the reduction")
        require_close(total.value, math.fsum(terms.flat), "the sum", rtol=1e-14)
        same = mean.numerator == total.value or variant.loss.length
        require(same, "the mean is not of the sum")
        quotient = mean.numerator / mean.denominator
        require_close(mean.value, quotient, "the mean", rtol=1e-15)
        neither = math.isnan(none.numerator) and math.isnan(none.denominator)
        require(neither, "unreduced terms have a numerator")
        require(mean.count + mean.ignored == terms.size, "the counts do not add up")
        for role, gradient in mean.grad.items():
            unreduced = same_bits(none.grad[role], total.grad[role])
            require(unreduced, f"the gradient of {role} differs between none and sum")
            by_sample = np.moveaxis(total.grad[role], case.sample_axis(role), -1)
            shares = np.moveaxis(by_sample / case.lengths, -1, case.sample_axis(role))
            expected = shares / mean.denominator
            require_close(gradient, expected, f"the mean's gradient of {role}", rtol=1e-15)


def an_ignored_term_counts_for_nothing(variant: Variant) -> None:
    """An ignored target has loss 0 and gradient 0, whatever the input."""
    case = variant.draw(rng(3), (3, 4))
    ignored = case.ignored
    if ignored is None:
        result = variant.draw(rng(3)).compute()
        require((result.count, result.ignored) == (5, 0), "targets are ignored without an option")
        return
    before = case.compute(grad=True)
    require(before.ignored == np.count_nonzero(ignored), "the count of ignored terms is wrong")
    require((before.per_sample[ignored] == 0).all(), "an ignored term has a loss")
    for value in (math.nan, math.inf, 1e308):
        values = case.roles["input"].copy()
        np.moveaxis(values, 1, -1)[ignored] = value
        if case.kind("input").outside(values) is not None:
            continue
        after = case.compute(input=values, grad=True)
        require_same(before, after, f"where an ignored input is {value:g}")
        gradient = np.moveaxis(after.grad["input"], 1, -1)[ignored]
        require((gradient == 0).all(), "an ignored term has a gradient")


def the_mean_of_no_terms_is_nan(variant: Variant) -> None:
    """The mean of no terms is nan, their sum 0."""
    ignores = variant.loss.with_effect(Effect.IGNORES_TARGETS)
    if not variant.indexed or ignores is None:
        return
    case = variant.draw(rng(4))
    nothing = {"target": np.full_like(case.roles["target"], IGNORED), ignores.name: IGNORED}
    result = case.compute(**nothing, grad=True)
    require(math.isnan(float(result.value)), f"the mean of no terms is {result.value}, not nan")
    require((result.per_sample == 0).all() and result.count == 0, "an ignored term counts")
    empty = all((gradient == 0).all() for gradient in result.grad.values())
    require(empty, "an ignored term has a gradient")
    total = case.compute(**nothing, reduction="sum").value
    require(total == 0, f"the sum of no terms is {total}, not 0")


def _first_sample(case: Case, role: str, entry: int) -> tuple[int, ...]:
    """Return the index of an entry of the first sample of a role."""
    shape = case.roles[role].shape
    axis = case.sample_axis(role)
    place = [int(i) for i in np.unravel_index(entry, (*shape[:axis], *shape[axis + 1 :]))]
    return (*place[:axis], 0, *place[axis:])


def a_nan_stays_in_its_sample(variant: Variant) -> None:
    """The loss of a sample with a nan is nan, and no other one changes."""
    case = variant.draw(rng(5))
    clean = case.compute(reduction="sum", grad=True)
    for entry in (0, 1):
        for role in case.real_roles:
            wide = case.kind(role).layout is not Layout.TERMS
            changed = case.changed(role, _first_sample(case, role, entry * wide), math.nan)
            result = changed.compute(reduction="sum", grad=True)
            why = f"where a number of {role} is nan"
            own = result.per_sample[0]
            require(math.isnan(own), f"the loss is {own}, not nan, {why}")
            require(math.isnan(float(result.value)), f"the sum is {result.value}, not nan, {why}")
            require_others_untouched(case, clean, result, why)


def an_extreme_number_stays_in_its_sample(variant: Variant) -> None:
    """Numbers of 1e4 give finite results; larger ones and infinite ones change no other term."""
    case = variant.draw(rng(6))
    clean = case.compute(reduction="sum", grad=True)
    for value in EXTREMES:
        for role in case.real_roles:
            kind = case.kind(role)
            if not kind.low <= value <= kind.high:
                continue
            changed = case.changed(role, _first_sample(case, role, 0), value)
            result = changed.compute(reduction="sum", grad=True)
            # The exponential of 1e4 is beyond every double; a likelihood does not need it.
            logarithm = kind.name in ("log rates", "log-probabilities")
            overflows = logarithm and not variant.loss.likelihood and value > 700
            require_others_untouched(case, clean, result, f"where a number of {role} is {value:g}")
            if abs(value) == 1e4 and not (overflows or variant.loss.infinite):
                for what, numbers in (("loss", result.value), *result.grad.items()):
                    finite = np.isfinite(numbers).all()
                    require(finite, f"{what}: not finite where a number of {role} is {value:g}")


def inputs_are_never_modified(variant: Variant) -> None:
    """The arrays that are given are as they were, and may be read-only."""
    case = variant.draw(rng(7), (3, 2))
    before = {name: values.copy() for name, values in case.roles.items()}
    weights = np.array([0.5, 0.0, 2.0])
    for values in (*case.roles.values(), *case.options.values(), weights):
        if isinstance(values, np.ndarray):
            values.flags.writeable = False
    case.compute(grad=True, sample_weight=weights)
    for name, values in case.roles.items():
        require(same_bits(values, before[name]), f"{name} is modified")


PROMISES: tuple[Callable[[Variant], None], ...] = (
    the_gradient_is_the_derivative,
    every_role_but_the_target_has_a_gradient,
    no_zero_is_minus_zero,
    a_batch_is_a_loop_over_its_samples,
    reductions_agree,
    an_ignored_term_counts_for_nothing,
    the_mean_of_no_terms_is_nan,
    a_nan_stays_in_its_sample,
    an_extreme_number_stays_in_its_sample,
    inputs_are_never_modified,
)
