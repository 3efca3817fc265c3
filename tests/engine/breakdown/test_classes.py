"""What each class adds to the loss."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.conftest import Loss
from tests.engine.breakdown.digits import CALL, DIGITS, WEIGHT, printed


@pytest.mark.parametrize("options", [(), WEIGHT])
def test_classes_add_up_to_the_whole(loss: Loss, options: tuple[str, ...]) -> None:
    found = printed(loss, *CALL, *options, "--by", "target")
    classes = found["by"]["target"]
    labels = np.load(DIGITS / "labels.npy")
    weight = np.array([float(x) for x in WEIGHT[1].split(",")]) if options else np.ones(10)
    assert [row["target"] for row in classes][:3] == ["zero", "one", "two"]
    assert [row["count"] for row in classes] == np.bincount(labels).tolist()
    losses = np.array(found["per_sample"])
    for cls, row in enumerate(classes):
        own = losses[labels == cls]
        assert row["mean"] == pytest.approx(own.sum() / (len(own) * weight[cls]), rel=1e-13)
        assert row["share"] == pytest.approx(own.sum() / losses.sum(), rel=1e-13)
    assert math.fsum(row["share"] for row in classes) == pytest.approx(1)
    right = math.fsum(row["accuracy"] * row["count"] for row in classes)
    assert right / 450 == pytest.approx(found["summary"]["accuracy"])


def test_classes_without_a_term_and_ignored_ones(loss: Loss, saved: Any) -> None:
    x = np.random.default_rng(0).normal(size=(6, 4))
    files = saved(x=x, y=np.array([0, 0, 1, -100, 1, -100]))
    call = ("ce", "-i", files["x"], "-t", files["y"], "--by", "target")
    classes = printed(loss, *call)["by"]["target"]
    assert [row["count"] for row in classes] == [2, 2, 0, 0]
    assert (classes[2]["mean"], classes[2]["accuracy"], classes[2]["share"]) == ("nan", "nan", 0)
    rows = [line.split() for line in loss(*call).out.splitlines()]
    assert ["2", "0", "-", "-", "0.0"] in rows


def test_class_probabilities_count_for_the_most_probable(loss: Loss, saved: Any) -> None:
    files = saved(x=np.zeros((2, 3)), y=np.array([[0.2, 0.5, 0.3], [0.6, 0.2, 0.2]]))
    found = printed(loss, "ce", "-i", files["x"], "-t", files["y"], "--by", "target")
    assert [row["count"] for row in found["by"]["target"]] == [1, 1, 0]


def test_labels_of_two_values_are_classes(loss: Loss, saved: Any) -> None:
    x, y = np.array([0.3, 0.8, 0.4]), np.array([0.0, 1.0, 1.0])
    files = saved(x=x, y=y, soft=np.array([0.0, 0.5, 1.0]), signs=2 * y - 1)
    found = printed(loss, "bce", "-i", files["x"], "-t", files["y"], "--by", "target")
    assert [(row["target"], row["count"]) for row in found["by"]["target"]] == [(0, 1), (1, 2)]
    assert "accuracy" not in found["by"]["target"][0]
    signs = printed(loss, "hinge", "-i", files["x"], "-t", files["signs"], "--by", "target")
    assert [row["target"] for row in signs["by"]["target"]] == [-1, 1]
    ran = loss("bce", "-i", files["x"], "-t", files["soft"], "--by", "target")
    assert (ran.status, ran.out) == (3, "")
    assert "row 2: target 0.5 is neither 0 nor 1" in ran.err
    ran = loss("mse", "-i", files["x"], "-t", files["y"], "--by", "target")
    assert (ran.status, "mse has no target classes" in ran.err) == (2, True)
