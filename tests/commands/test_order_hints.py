"""Classes or samples in a different order are noticed; two models that differ give no hint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from losscli.numerics.arrays import Array
from tests.conftest import Loss

RANDOM = np.random.default_rng(8)
N, C = 200, 7
LOGITS = RANDOM.normal(size=(N, C)) * 3
NOISE = RANDOM.normal(size=(N, C)) / 2
CLASSES, ROWS = np.roll(np.arange(C), 1), RANDOM.permutation(N)
SWAPPED = [0, 1, 5, 3, 4, 2, 6]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ((LOGITS + NOISE)[:, CLASSES], "class 0 is like class 6 there"),
        ((LOGITS + NOISE)[:, SWAPPED], "class 2 is like class 5 there"),
        ((LOGITS + NOISE)[ROWS], "check the order of the samples"),
        (LOGITS + NOISE, ""),
        (LOGITS, ""),
        (LOGITS * 2 + 1, ""),
        (-LOGITS, ""),
        (RANDOM.normal(size=(N, C)), ""),
        (np.zeros((N, C)), ""),
        ((LOGITS + NOISE)[:, :1], ""),
    ],
)
def test_hints(loss: Loss, tmp_path: Path, other: Array, words: str) -> None:
    np.save(tmp_path / "x.npy", other)
    np.save(tmp_path / "r.npy", LOGITS[:, : other.shape[1]])
    ran = loss("compare", "-i", tmp_path / "x.npy", "--reference", tmp_path / "r.npy", "-q")
    assert ran.status == 0
    assert ("different order" in ran.err) == bool(words)
    assert words in ran.err


def test_what_has_few_rows_gives_no_hint(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", LOGITS[:5, CLASSES])
    np.save(tmp_path / "r.npy", LOGITS[:5])
    ran = loss("compare", "-i", tmp_path / "x.npy", "--reference", tmp_path / "r.npy", "-q")
    assert (ran.status, ran.err) == (0, "")
