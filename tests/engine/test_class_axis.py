"""The class axis and the label base move and shift, and change nothing else."""

from __future__ import annotations

import re

import numpy as np
import pytest

from losscli import compute
from losscli.contract.cases import Case, Variant
from losscli.errors import DataError
from losscli.losses.declare.role_kind import Layout
from tests.each import for_each
from tests.losses.cases import BY_CLASS, same


def moved(case: Case, axis: int) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """Return the roles with their class axis at another place."""
    return {
        name: np.moveaxis(values, 1, axis)
        for name, values in case.roles.items()
        if case.kind(name).layout is not Layout.TERMS
    }


@pytest.mark.parametrize("variant", BY_CLASS, ids=str)
@for_each("axis", [0, 1, 2, 3, -1, -2])
def test_the_class_axis_moves_and_nothing_else(variant: Variant, axis: int) -> None:
    case = variant.draw(np.random.default_rng(21), (3, 2, 5))
    plain = case.compute(grad=True)
    turned = case.compute(**moved(case, axis), class_axis=axis, grad=True)
    assert turned.value == plain.value
    assert turned.per_sample.tobytes() == plain.per_sample.tobytes()
    for role, gradient in plain.grad.items():
        assert (turned.grad[role] == np.moveaxis(gradient, 1, axis)).all()
    assert f"class_axis:{axis}|" in turned.signature or axis == 1


@pytest.mark.parametrize("variant", BY_CLASS, ids=str)
def test_classes_by_samples(variant: Variant) -> None:
    case = variant.draw(np.random.default_rng(22), (4,), classes=4)
    plain = case.compute(grad=True)
    turned = case.compute(**moved(case, 0), class_axis=0, grad=True)
    assert turned.value == plain.value
    assert all((turned.grad[role] == plain.grad[role].T).all() for role in plain.grad)


def test_a_place_is_named_as_the_array_has_it() -> None:
    x = np.full((3, 2), 0.5)
    x[2, 1] = 7.0
    with pytest.raises(DataError, match=r"input row 3 column 2 \(index \[2, 1\]\): input 7.0 is"):
        compute("ce", input=x, target=[0, 1], from_="probs", class_axis=0)
    with pytest.raises(DataError, match=r"expected \(2,\) .* or \(3, 2\)"):
        compute("ce", input=x, target=np.ones((2, 3)), class_axis=0)


@pytest.mark.parametrize("variant", [variant for variant in BY_CLASS if variant.indexed], ids=str)
def test_labels_from_1(variant: Variant) -> None:
    case = variant.draw(np.random.default_rng(23), (6, 2))
    options = {"ignore_index": 2} if "ignore_index" in case.options else {}
    plain = case.compute(grad=True)
    shifted = case.compute(target=case.roles["target"] + 1, label_base=1, grad=True, **options)
    assert same(plain, shifted)
    assert "|label_base:1|" in shifted.signature


def test_an_ignored_label_is_compared_before_the_base_is_taken_off() -> None:
    x = [[1.0, 2.0], [3.0, 4.5], [0.0, 9.0]]
    given = compute("ce", input=x, target=[1, 0, 2], label_base=1, ignore_index=0)
    expected = compute("ce", input=[x[0], x[2]], target=[0, 1])
    assert given.ignored == 1
    assert given.value == expected.value


@pytest.mark.parametrize("axis", [1, 3])
def test_a_mask_may_have_a_channel(axis: int) -> None:
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(3, 4, 2, 5)), rng.integers(0, 4, (3, 2, 5))
    mask = np.expand_dims(y, axis)
    assert compute("ce", input=x, target=mask).value == compute("ce", input=x, target=y).value
    mask[(2, 0, 1, 4) if axis == 1 else (2, 1, 4, 0)] = 7
    place = "[2, 0, 1, 4]" if axis == 1 else "[2, 1, 4"
    with pytest.raises(DataError, match=re.escape(place)):
        compute("ce", input=x, target=mask)
