"""Targets one position ahead, as language models have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from tests.conftest import Loss
from tests.engine.breakdown.digits import printed


@pytest.mark.parametrize("name", ["ce", "nll"])
def test_shifted_targets(loss: Loss, saved: Any, name: str) -> None:
    rng = np.random.default_rng(6)
    x = -rng.uniform(0.1, 3, (4, 9, 5))
    y = rng.integers(0, 5, (4, 9))
    y[1, 3] = -100
    expected = losscli.compute(name, input=x[:, :-1].transpose(0, 2, 1), target=y[:, 1:])
    files = saved(x=x, t=x.transpose(0, 2, 1), y=y)
    for options in ((files["x"], "--class-axis", "2"), (files["t"],)):
        found = printed(loss, name, "-i", options[0], *options[1:], "-t", files["y"], "--shift")
        assert found["value"] == expected.value
        assert found["per_sample"] == expected.per_sample.tolist()
        assert "|shift:1|n:4|c:5|d:8|" in found["signature"]
    again = losscli.compute(name, input=x, target=y, class_axis=2, shift=True, grad=True)
    assert again.value == expected.value
    assert again.grad["input"].shape == (4, 8, 5)


def test_one_shifted_sequence(saved: Any, loss: Loss) -> None:
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(30_000, 6)), rng.integers(0, 6, 30_000)
    files = saved(x=x, y=y)
    found = printed(loss, "ce", "-i", files["x"], "-t", files["y"], "--shift")
    assert found["value"] == losscli.compute("ce", input=x[:-1], target=y[1:]).value
    soft = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    value = losscli.compute("ce", input=x, target=soft, shift=True).value
    assert value == losscli.compute("ce", input=x[:-1], target=soft[1:]).value


def test_places_of_shifted_targets_are_the_files(loss: Loss, saved: Any) -> None:
    y = np.zeros((2, 4), int)
    y[1, 2] = 9
    files = saved(x=np.zeros((2, 3, 4)), y=y, short=y[:, 1:])
    ran = loss("ce", "-i", files["x"], "-t", files["y"], "--shift")
    assert (ran.status, "row 2 column 3" in ran.err) == (3, True)
    ran = loss("ce", "-i", files["x"], "-t", files["short"], "--shift")
    assert (ran.status, "give the unshifted targets" in ran.err) == (3, True)


def test_what_cannot_be_shifted(loss: Loss, saved: Any) -> None:
    files = saved(x=np.zeros((2, 3, 4, 5)), y=np.zeros((2, 4, 5), int), one=np.zeros((2, 3, 1)))
    files |= saved(v=np.zeros(4), z=np.zeros((2, 1), int), s=np.zeros((3, 2)), w=np.zeros(2, int))
    for arguments, status in (
        (("ce", "-i", files["x"], "-t", files["y"]), 3),
        (("ce", "-i", files["one"], "-t", files["z"]), 3),
        (("mse", "-i", files["v"], "-t", files["v"]), 2),
        (("ce", "-i", files["s"], "-t", files["w"], "--class-axis", "0"), 2),
    ):
        ran = loss(*arguments, "--shift")
        assert (ran.status, ran.out, ran.err.count("\n")) == (status, "", 1), ran
