"""Whatever files hold: no exception, and an error for what the loss refuses or makes infinite."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.errors import DataError, LossError
from losscli.numerics.arrays import Array
from tests.commands.diagnose.healthy import diagnosed
from tests.each import for_each
from tests.losses.cases import VARIANTS

Rng = np.random.Generator
REAL = (math.nan, math.inf, -math.inf, -1.0, 0.0, 1e308, -1e308, 1.5, 255.0, 1e-320)
WHOLE = (-1, -100, 255, 99, 0, 1, 2**40)


def spoiled(rng: Rng, values: Array) -> Array:
    """Return an array with one number, its length, its shape or everything changed."""
    way = rng.integers(4)
    if way == 0 and values.size:
        values = values.astype(float) if rng.random() < 0.5 else values.copy()
        known = REAL if values.dtype.kind == "f" else WHOLE
        values.reshape(-1)[rng.integers(values.size)] = known[rng.integers(len(known))]
    elif way == 1:
        values = values[: rng.integers(len(values) + 1)]
    elif way == 2:
        values = values[..., None]
    elif way == 3:
        values = np.full_like(values, rng.integers(3))
    return values


@for_each("seed", range(200))
def test_nothing_is_too_broken_to_be_diagnosed(seed: int) -> None:
    check_spoiled(seed)


def check_spoiled(seed: int) -> None:
    """Diagnose a drawn case that is spoiled, and compute its loss."""
    rng = np.random.default_rng(seed)
    variant = VARIANTS[rng.integers(len(VARIANTS))]
    case = variant.draw(rng, (int(rng.integers(1, 9)),))
    given: dict[str, Any] = {**case.roles, **case.options}
    for _ in range(rng.integers(1, 4)):
        role = list(case.roles)[rng.integers(len(case.roles))]
        given[role] = spoiled(rng, given[role])
    roles = {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
    plain = {name: value for name, value in given.items() if name not in roles}
    try:
        found = diagnosed(variant.loss.name, roles, **plain)
    except DataError:
        # Weights that are none are refused, as the loss refuses them.
        with pytest.raises(LossError, match="weight"):
            compute(variant.loss.name, **given)
        return
    errors = [finding.code for finding in found.findings if finding.severity == "error"]
    try:
        value = compute(variant.loss.name, **given).value
    except LossError:
        assert errors
    else:
        assert errors or np.isfinite(value)


def test_an_infinite_loss_without_a_softmax_is_an_error() -> None:
    roles = {"input": np.array([[-np.inf, 0.5, 0.1]]), "target": np.array([0])}
    found = diagnosed("categorical-hinge", roles)
    assert [finding.code for finding in found.findings] == ["L401"]
