"""A formula that is recorded and replayed gives the bits of the formula itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from losscli.engine.recorded.program import recorded
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from tests.each import for_each
from tests.losses.cases import LOSSES

DOUBLE = np.dtype(np.float64)


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
