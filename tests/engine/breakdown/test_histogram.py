"""Losses by size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from losscli.engine.breakdown.histogram import MOST, borders
from tests.conftest import Loss
from tests.engine.breakdown.digits import CALL, printed


def test_every_loss_is_in_a_bin(loss: Loss) -> None:
    found = printed(loss, *CALL, "--hist")
    losses, hist = np.array(found["per_sample"]), found["hist"]
    counts, _ = np.histogram(losses, hist["edges"])
    assert hist["counts"] == counts.tolist()
    assert math.fsum(hist["shares"]) == pytest.approx(1)
    assert hist["edges"][0] == 0
    assert hist["edges"][-1] == 5


@pytest.mark.parametrize(
    ("values", "first", "last"),
    [
        ([0.001, 0.002, 0.003, 9.0], 0, 10),
        ([0.0, 0.0, 0.0, 0.5], 0, 0.5),
        ([1.0, 2.0, 3.0], 1, 3),
        ([-3.2, 1.0, 2.7], -3.5, 3),
        ([0.0, 0.0, 0.0, 7.0], 0, 10),
        ([1e-300, 1e-300, 1.0], 0, 1),
        ([5.0, 5.0], 5, 5),
        ([0.1, 0.3], 0.1, 0.3),
        ([1e299, 2e299, 3e299], 1e299, 3e299),
        ([-1.7e308, 1.7e308], -1.7e308, 1.7e308),
        ([1.7e308, 1.5e308], 1.5e308, 1.7e308),
        ([1.0, 1.0, 1.7e308], 1, 1.7e308),
        ([0.0, 5e-324], 0, 5e-324),
    ],
)
def test_borders_are_round_and_hold_everything(
    values: list[float], first: float, last: float
) -> None:
    edges = borders(lambda: [np.array(values)])
    assert edges[0] == pytest.approx(first, rel=1e-12)
    assert edges[-1] == pytest.approx(last, rel=1e-12)
    assert edges[0] <= min(values)
    assert max(values) <= edges[-1]
    assert len(edges) <= MOST + 1
    assert list(edges) == sorted(edges)


def test_no_loss_no_bin(loss: Loss, saved: Any) -> None:
    assert borders(lambda: [np.empty(0)]) == ()
    files = saved(x=np.zeros((2, 3)), y=np.array([-100, -100]))
    ran = loss("ce", "-i", files["x"], "-t", files["y"], "--hist", "--ci", "--by", "target")
    assert ran.status == 4
    assert "all 2 targets are ignored" in ran.err


@pytest.mark.parametrize("large", [[0.5], [1.0, 1.0], [1.1, 1.9]])
def test_losses_of_0_have_a_bin_apart_from_others_that_are_alike(large: list[float]) -> None:
    values = np.array([0.0] * 5 + large)
    counts, _ = np.histogram(values, borders(lambda: iter([values])))
    assert counts.tolist() == [5, len(large)]
