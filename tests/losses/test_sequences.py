"""ctc beside its contract: lengths, blanks, labels in one vector, and what has no path."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.errors import DataError, UsageError
from losscli.losses import sequence
from tests.conftest import Loss
from tests.losses.cases import same

RNG = np.random.default_rng(71)
STEPS, SAMPLES, CLASSES = 6, 4, 5


def log_softmax(x: Any) -> Any:
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def roles(**changes: Any) -> dict[str, Any]:
    given = {
        "input": log_softmax(np.random.default_rng(3).normal(size=(STEPS, SAMPLES, CLASSES))),
        "target": np.array([[1, 2, 3], [4, 4, 0], [2, 0, 0], [0, 0, 0]]),
        "input_lengths": np.array([6, 5, 3, 2]),
        "target_lengths": np.array([3, 2, 1, 0]),
    }
    return {**given, **changes}


def brute_force(x: Any, labels: list[int], blank: int = 0) -> float:
    """Add up all paths, one after another."""
    total = 0.0
    for path in product(range(x.shape[1]), repeat=x.shape[0]):
        merged = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
        if [c for c in merged if c != blank] == labels:
            total += math.exp(sum(x[i, c] for i, c in enumerate(path)))
    return -math.log(total) if total else math.inf


def test_the_sum_over_every_path() -> None:
    x = log_softmax(RNG.normal(size=(5, 1, 3)))
    for labels in ([], [1], [1, 2], [1, 1], [2, 1, 2], [1, 1, 1]):
        target = np.array([[*labels, *[0] * (3 - len(labels))]])
        result = compute(
            "ctc",
            input=x,
            target=target,
            input_lengths=[5],
            target_lengths=[len(labels)],
            reduction="sum",
        )
        assert result.value == pytest.approx(brute_force(x[:, 0], labels), rel=1e-13)


def test_labels_in_one_vector_are_the_padded_ones() -> None:
    padded = compute("ctc", **roles(), grad=True)
    vector = compute("ctc", **roles(target=np.array([1, 2, 3, 4, 4, 2])), grad=True)
    assert same(padded, vector)


def test_what_is_past_a_length_is_not_read() -> None:
    plain = compute("ctc", **roles(), grad=True)
    x = roles()["input"].copy()
    x[5, 1], x[3:, 2], x[2:, 3] = np.nan, np.inf, -7
    target = np.array([[1, 2, 3], [4, 4, -9], [2, 0, 77], [-1, -1, -1]])
    result = compute("ctc", **roles(input=x, target=target), grad=True)
    assert same(plain, result)
    assert (result.grad["input"][3:, 2] == 0).all()


def test_the_mean_divides_by_target_lengths_first() -> None:
    terms = compute("ctc", **roles(), reduction="none").per_sample
    assert compute("ctc", **roles()).value == pytest.approx(np.mean(terms / [3, 2, 1, 1]))
    assert compute("ctc", **roles(), reduction="sum").value == pytest.approx(terms.sum())


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_the_class_axis_may_be_elsewhere(axis: int) -> None:
    plain = compute("ctc", **roles(), grad=True)
    x = np.moveaxis(roles()["input"], 2, axis)
    turned = compute("ctc", **roles(input=x), class_axis=axis, grad=True)
    assert turned.value == plain.value
    assert (turned.grad["input"] == np.moveaxis(plain.grad["input"], 2, axis)).all()


def test_a_blank_elsewhere_is_the_same_loss_with_classes_renamed() -> None:
    order = [4, 0, 1, 2, 3]
    plain = compute("ctc", **roles(), grad=True)
    renamed = roles(input=roles()["input"][..., [1, 2, 3, 4, 0]])
    renamed["target"] = np.where(renamed["target"] > 0, renamed["target"] - 1, 0)
    moved = compute("ctc", **renamed, blank=4, grad=True)
    assert moved.value == pytest.approx(plain.value, rel=1e-14)
    np.testing.assert_allclose(moved.grad["input"][..., order], plain.grad["input"], atol=1e-15)


def test_labels_that_do_not_fit_into_the_steps() -> None:
    crowded = roles(input_lengths=[6, 2, 3, 2])
    result = compute("ctc", **crowded, reduction="none", grad=True)
    assert np.isinf(result.per_sample).tolist() == [False, True, False, False]
    assert np.isnan(result.grad["input"][:2, 1]).all()
    counted = compute("ctc", **crowded, zero_infinity=True, reduction="none", grad=True)
    assert counted.per_sample[1] == 0
    assert (counted.grad["input"][:, 1] == 0).all()
    assert (counted.per_sample[[0, 2, 3]] == result.per_sample[[0, 2, 3]]).all()


def test_no_steps_are_the_path_of_no_labels() -> None:
    result = compute("ctc", **roles(input_lengths=[6, 5, 0, 0]), reduction="none", grad=True)
    assert result.per_sample[2] == math.inf
    assert result.per_sample[3] == 0
    assert (result.grad["input"][:, 3] == 0).all()


@pytest.mark.parametrize(
    ("name", "value"), [("LOWEST", math.inf), ("LONG", 1)], ids=["logs", "tilted"]
)
def test_another_arithmetic_gives_the_same(
    name: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = compute("ctc", **roles(), grad=True)
    monkeypatch.setattr(sequence, name, value)
    monkeypatch.setattr(sequence, "_tilt", lambda _: np.array([-3, -1, -20, 0]))
    other = compute("ctc", **roles(), grad=True)
    np.testing.assert_allclose(other.per_sample, plain.per_sample, rtol=1e-14)
    np.testing.assert_allclose(other.grad["input"], plain.grad["input"], rtol=1e-13, atol=1e-15)


def test_long_sequences_need_no_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    given = {
        "input": log_softmax(rng.normal(size=(4000, 2, 16))),
        "target": rng.integers(1, 16, (2, 300)),
        "input_lengths": [4000, 3000],
        "target_lengths": [300, 150],
    }
    monkeypatch.setattr(sequence, "LOGS", None)
    result = compute("ctc", **given, grad=True)
    np.testing.assert_allclose(result.grad["input"].sum(axis=2), 0, atol=1e-14)


def test_probabilities_below_every_double() -> None:
    plain = compute("ctc", **roles(), reduction="none", grad=True)
    x = roles()["input"].copy()
    # The one path of sample 0 goes through classes that are nearly impossible.
    x[:, 0] = [-1e-9, -1000, -700, -1100, -2000]
    short = roles(input=x, input_lengths=[3, 5, 3, 2])
    result = compute("ctc", **short, reduction="none", grad=True)
    assert result.per_sample[0] == 2800
    wanted = np.exp(x[:3, 0])
    wanted[[0, 1, 2], [1, 2, 3]] -= 1
    gradient = result.grad["input"]
    np.testing.assert_allclose(gradient[:3, 0], wanted, rtol=1e-12)
    assert gradient[:, 1:].tobytes() == plain.grad["input"][:, 1:].tobytes()


def test_a_certain_path_keeps_its_digits() -> None:
    x = log_softmax(40 * np.eye(5)[[1, 2, 3]])[:, None]
    x[[0, 1, 2], 0, [1, 2, 3]] = -4 * np.exp(-40.0)
    given = {"input": x, "target": [[1, 2, 3]], "input_lengths": [3], "target_lengths": [3]}
    assert compute("ctc", **given, reduction="sum").value == pytest.approx(12 * np.exp(-40.0))


@pytest.mark.parametrize("steps", [100, 700])
def test_the_gradient_and_the_size_of_a_strip_change_no_bit_of_a_term(
    steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(8)
    given = {
        "input": log_softmax(rng.normal(size=(steps, 3, 9))),
        "target": rng.integers(1, 9, (3, 20)),
        "input_lengths": [steps, steps - 1, steps // 2],
        "target_lengths": [20, 7, 20],
    }
    plain = compute("ctc", **given, grad=True)
    assert compute("ctc", **given).per_sample.tobytes() == plain.per_sample.tobytes()
    np.testing.assert_allclose(plain.grad["input"].sum(axis=2), 0, atol=1e-15)
    for name in ("STRIP_BYTES", "BLOCK", "MANY"):
        monkeypatch.setattr(sequence, name, 1)
    strips = compute("ctc", **given, grad=True)
    assert strips.per_sample.tobytes() == plain.per_sample.tobytes()
    np.testing.assert_allclose(strips.grad["input"], plain.grad["input"], rtol=1e-13, atol=1e-17)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"input_lengths": [6, 7, 3, 2]}, "input_lengths row 2: length 7 is not in 0..6, the leng"),
        ({"input_lengths": [6, -1, 3, 2]}, "input_lengths row 2: length -1 is not in 0..6"),
        ({"input_lengths": [6, 2.5, 3, 2]}, "input_lengths row 2: length 2.5 is not in 0..6"),
        ({"target_lengths": [3, 2, 4, 0]}, "target_lengths row 3: length 4 is not in 0..3"),
        ({"target_lengths": [3, 2, 1]}, r"target_lengths has shape \(3,\), expected \(4,\)"),
        ({"target": [[1, 2, 3], [4, 0, 0], [2, 0, 0], [0, 0, 0]]}, "label 0 is the blank"),
        ({"target": [[1, 2, 5], [4, 4, 0], [2, 0, 0], [0, 0, 0]]}, r"label 5 is not in 0\.\.4"),
        ({"target": [1, 2, 3, 4, 4]}, "target_lengths sum to 6, but target holds 5 labels"),
        ({"target": [1, 2, 3, 4, 0, 2]}, r"target row 5: label 0 is the blank"),
        ({"target": [[1, 2, 3]]}, r"target has shape \(1, 3\), expected \(4, s\) or one vector"),
        ({"input": np.zeros((6, 4))}, r"input has shape \(6, 4\), expected \(t, n, c\)"),
    ],
    ids=str,
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        compute("ctc", **roles(**changes))


def test_a_blank_that_is_not_a_class_is_refused() -> None:
    with pytest.raises(UsageError, match=r"blank: 5 is not a class; give one of 0\.\.4"):
        compute("ctc", **roles(), blank=5)


def test_the_command_says_why_a_loss_is_infinite(loss: Loss, tmp_path: Path) -> None:
    np.savez(tmp_path / "all.npz", **roles(input_lengths=[6, 2, 3, 2]))
    ran = loss("ctc", "-i", tmp_path / "all.npz", "-q", "--no-warn")
    assert (ran.status, ran.out) == (4, "inf\n")
    assert (
        "the loss of sample 1 (counted from 0) is not finite: the labels need more steps" in ran.err
    )
    assert "--zero-infinity" in ran.err
    rows = loss("ctc", "-i", tmp_path / "all.npz", "-f", "csv").out.splitlines()
    assert rows[0] == "index,target,input_lengths,target_lengths,loss"
    assert rows[1].startswith("0,1 2 3,6,3,")
    assert rows[4].startswith("3,,2,0,")


def test_positive_log_probabilities_are_warned_about(loss: Loss, tmp_path: Path) -> None:
    np.savez(tmp_path / "all.npz", **roles(input=roles()["input"] + 3))
    ran = loss("ctc", "-i", tmp_path / "all.npz", "-q")
    assert ran.status == 0
    assert "is above 0, so it is not a log-probability (4 of 4)" in ran.err
