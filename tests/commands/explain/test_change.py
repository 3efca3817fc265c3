"""What if: another number in the sample, by `--set`."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.commands.explain.test_command import (
    BY_NAME,
    PRINTED,
    STEPS,
    explained,
)
from tests.conftest import Loss


def test_what_if(loss: Loss) -> None:
    changed = explained(
        loss, "ce", *BY_NAME, "--sample", "0", "--set", "cat=1.5", "--set", "target=dog"
    )
    assert changed["changes"] == [
        {"what": "input[cat]", "before": "0.7459", "after": "1.5"},
        {"what": "target", "before": "cat", "after": "dog"},
    ]
    assert changed["target"] == "dog"
    assert changed["before"]["loss"] == pytest.approx(0.9632, abs=PRINTED)
    e = np.exp([1.5, 0.5881, 0.4795])
    assert changed["value"] == pytest.approx(-math.log(e[1] / e.sum()), rel=1e-14)
    assert changed["before"]["value"] == pytest.approx(1.0646, abs=PRINTED)
    others = 1.0646 * 3 - 0.9632
    assert changed["reduction"]["value"] == pytest.approx((others + changed["value"]) / 3, abs=2e-4)
    assert changed["gradient"]["input"][1] == pytest.approx((e[1] / e.sum() - 1) / 3, rel=1e-13)


def test_set_sets_and_adds(loss: Loss) -> None:
    for text, value in (("cat=+1.5", 1.5), ("cat+=1.5", 2.2459), ("cat-=1", -0.2541), ("0=-2", -2)):
        found = explained(loss, "ce", *BY_NAME, "--sample", "0", "--set", text)
        assert found["sample"]["input"][0] == pytest.approx(value, abs=1e-15)
    found = explained(loss, "mse", "--sample", "0", "--set", "input=7", "--set", "target-=1")
    assert found["value"] == 25
    probs = ("-i", f"{STEPS}/logits.csv", "-t", "samples/distributions/p.csv")
    assert loss("explain", "ce", *probs).status == 3


def test_set_of_next_token_targets(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(24.0).reshape(2, 3, 4) / 7)
    np.save(tmp_path / "y.npy", np.array([[0, 1, 2, 0], [1, 0, 2, 1]]))
    files = ("-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy", "--shift", "--sample", "1,0")
    assert explained(loss, "ce", *files)["sample"]["target"] == 0
    found = explained(loss, "ce", *files, "--set", "target=2", "--set", "0=9")
    assert found["sample"]["target"] == 2
    assert found["sample"]["input"][0] == 9


def test_set_reaches_every_role(loss: Loss, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.normal(size=(2, 3, 4)))
    np.save(tmp_path / "p.npy", np.full((2, 3, 4), 1 / 3))
    files = ("-i", tmp_path / "x.npy", "-t", tmp_path / "p.npy", "--sample", "1,2")
    found = explained(loss, "ce", *files, "--set", "target=2", "--set", "1=5")
    assert found["sample"]["target"] == [0, 0, 1]
    assert found["sample"]["input"][1] == 5
    found = explained(loss, "ce", *files, "--set", "target[0]=0.5")
    assert found["sample"]["target"][0] == 0.5
    found = explained(loss, "triplet-margin", "--set", "anchor[1]=2", "--sample", "0")
    assert found["sample"]["anchor"][1] == 2
    found = explained(loss, "ctc", "--set", "input[2,3]=-0.1", "--set", "target[0]=2")
    assert found["sample"]["input"][2][3] == -0.1
    assert found["sample"]["target"] == [2, 1]
    found = explained(loss, "multilabel-margin", "--set", "target[1]=cat", "--sample", "1")
    assert found["sample"]["target"] == [1, 0, -1]
