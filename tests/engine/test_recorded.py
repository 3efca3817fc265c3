"""A formula that is recorded and replayed gives the bits of the formula itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from losscli.engine import run as engine
from losscli.engine.problem import grid as layout
from losscli.engine.recorded.program import recorded
from losscli.errors import LossError
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from tests.each import for_each
from tests.losses.cases import LOSSES, VARIANTS, Case, Variant, same

BY_TERM = [v for v in VARIANTS if all(kind.layout is Layout.TERMS for kind in v.kinds)]
DOUBLE = np.dtype(np.float64)
TERMS = 96
ODD = (math.nan, math.inf, -math.inf, 1e300, -1e300, 5e-324, 0.0, 1.0)
"""Numbers that formulas treat with care, some of them outside of some domains."""


def found(case: Case, fewest: int, monkeypatch: pytest.MonkeyPatch, **how: Any) -> Any:
    """Return the result, or the refusal, if so few terms are replayed."""
    monkeypatch.setattr(engine, "FEWEST", fewest)
    try:
        return case.compute(**how)
    except LossError as error:
        return str(error)


def equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        return bool(left == right)
    return same(left, right) and left.warnings == right.warnings


@pytest.mark.parametrize("variant", BY_TERM, ids=str)
@for_each("how", [{}, {"grad": True}, {"reduction": "none"}, {"grad": True, "dtype": "float32"}])
def test_the_bits_are_those_of_the_formula(
    variant: Variant, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", 100)
    rng = np.random.default_rng(3)
    case = variant.draw(rng, (TERMS // 3, 3))
    assert equal(found(case, 1, monkeypatch, **how), found(case, 1 << 60, monkeypatch, **how))
    for role in case.real_roles:
        for number in ODD:
            odd = case.changed(role, (int(rng.integers(TERMS // 3)), 1), number)
            assert equal(found(odd, 1, monkeypatch, **how), found(odd, 1 << 60, monkeypatch, **how))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@for_each("grad", [False, True])
def test_every_formula_of_plain_elements_can_be_recorded(loss: Any, grad: bool) -> None:
    elements = all(kind.layout is Layout.TERMS for role in loss.roles for kind in role.kinds)
    roles = {role.name: DOUBLE for role in loss.roles}
    options = {option.name: option.default for option in loss.options}
    program = recorded(loss.kernel, roles, {}, options, grad=grad)
    assert (program is not None) == elements


def test_a_value_that_is_used_twice_is_computed_once() -> None:
    def formula(x: Array, **_: bool) -> Any:
        return np.exp(-np.abs(x)) + np.exp(-np.abs(x)), {}

    program = recorded(formula, {"x": DOUBLE}, {}, {}, grad=False)
    assert program is not None
    assert len(program.planned) == 4
    assert len(program.kept) == 1
