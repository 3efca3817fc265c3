"""The walk of every loss, option and kind arrives at the kernel's number and gradient."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from losscli.commands.explain.gradient import checked
from losscli.commands.explain.number import Number
from losscli.commands.explain.shared_parts import exact
from losscli.commands.explain.writing import ASCII, text_of
from losscli.contract.cases import IGNORED, Variant
from tests.commands.explain.walked import explain
from tests.each import for_each
from tests.losses.cases import VARIANTS

every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


@every_variant
def test_walk_is_kernel(variant: Variant) -> None:
    for seed, reduction in enumerate(("mean", "sum", "none")):
        case = variant.draw(np.random.default_rng(seed), (4,), classes=3 + 4 * seed)
        for term in range(4):
            found = explain(case, term, reduction=reduction)
            assert found.agrees, (found.value, found.kernel)
            assert found.check.matches_kernel
            assert found.check.agrees, found.check.slopes
            assert found.walk.holds


@every_variant
def test_rounding_leaves_no_room_for_a_fault(variant: Variant) -> None:
    case = variant.draw(np.random.default_rng(5), (3,))
    found = explain(case, 0)
    assert found.walk.loss is not None
    assert found.walk.loss.bound < 1e-12 * max(1.0, abs(found.value))


@every_variant
def test_a_wrong_walk_is_noticed(variant: Variant) -> None:
    case = variant.draw(np.random.default_rng(6), (3,))
    found = explain(case, 0)
    assert found.walk.loss is not None
    found.walk.loss.value *= 1 + 1e-9
    assert not found.agrees or found.value == 0
    for numbers in found.walk.gradients.values():
        numbers[0] = Number(numbers[0].value + 1e-9, numbers[0].error)
    assert not checked(found.sample, found.walk).matches_kernel


@every_variant
def test_the_numbers_of_a_step_give_its_result(variant: Variant) -> None:
    """What is written, typed into a calculator, is what the step says."""
    case = variant.draw(np.random.default_rng(7), (3,), classes=9)
    walk = explain(case, 0, sample_weight=np.array([0.5, 2.0, 1.0])).walk
    rows = [row for step in walk.steps for row in step.rows if not row.span]
    assert len(rows) >= 4
    for row in rows:
        text = text_of(row.result, ASCII, exact)
        assert calculated(text) == pytest.approx(row.result.value, rel=1e-9, abs=1e-13), text


def calculated(text: str) -> float:
    """Return what an expression of a step comes to."""
    python = re.sub(r"\|([^|]+)\|", r"abs(\1)", text).replace("^", "**").replace(" = ", " == ")
    known = {name: getattr(math, name) for name in ("exp", "log", "log1p", "tanh", "cosh", "sqrt")}
    known |= {
        "max": max,
        "min": min,
        "abs": abs,
        "cos": math.cos,
        "sin": math.sin,
        "arccos": math.acos,
    }
    known |= {"sign": lambda x: (x > 0) - (x < 0), "nan": math.nan, "inf": math.inf}
    return float(eval(python, {"__builtins__": {}}, known))


@every_variant
def test_axes_weights_and_ignored_targets(variant: Variant) -> None:
    case = variant.draw(np.random.default_rng(8), (2, 3))
    weights = np.array([0.0, 2.5])
    for term in range(case.compute().per_sample.size):
        found = explain(case, term, sample_weight=weights)
        assert found.agrees
        assert found.check.agrees
    if "ignore_index" in case.options:
        flat = case.roles["target"].reshape(-1)
        term = int(np.flatnonzero(flat == IGNORED)[0])
        found = explain(case, term)
        assert found.sample.is_ignored
        assert found.agrees
        assert found.check.agrees
        assert found.value == 0


@every_variant
def test_float32(variant: Variant) -> None:
    case = variant.draw(np.random.default_rng(9), (3,))
    for term in range(3):
        found = explain(case, term, dtype="float32")
        assert found.agrees, (found.value, found.kernel)
        assert found.check.agrees


HARD = [
    0.0,
    1e-300,
    -1e-9,
    40.0,
    -40.0,
    800.0,
    -800.0,
    1e16,
    math.inf,
    -math.inf,
    math.nan,
]


@every_variant
@for_each("number", HARD)
def test_hard_numbers(variant: Variant, number: float) -> None:
    rng = np.random.default_rng(10)
    case = variant.draw(rng, (4,))
    for role in case.real_roles:
        kind = case.kind(role)
        if not math.isnan(number) and kind.outside(np.array([number])) is not None:
            continue
        wide = case.roles[role].ndim > 1
        for entry in (0, 1) if wide else (0,):
            changed = case.changed(role, (0, entry) if wide else (0,), number)
            found = explain(changed, 0)
            assert found.agrees, (role, entry, found.value, found.kernel)
            assert found.check.agrees, (role, entry, found.check)
            assert found.walk.holds, (role, entry, found.walk.steps)
