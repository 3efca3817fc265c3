"""Mistakes that people make, in the losses and shapes in which they make them: found and named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.commands.findings import Finding
from losscli.numerics.arrays import Array
from tests.commands.diagnose.healthy import alarms, diagnosed, drawn_labels, log_softmax

RNG = np.random.default_rng(15)
X = RNG.normal(0, 2, (60, 4))
Y = drawn_labels(RNG, X)
P = np.exp(log_softmax(X))
ONE_HOT = np.eye(4)[Y]
Z = RNG.normal(0, 2, 60)
Q = 1 / (1 + np.exp(-Z))
B = (RNG.random(60) < Q) * 1.0
PAIRS = np.stack([1 - Q, Q], axis=1)


def first(loss: str, **given: Any) -> Finding:
    roles = {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
    options = {name: value for name, value in given.items() if name not in roles}
    return diagnosed(loss, roles, **options).findings[0]


@pytest.mark.parametrize("loss", ["ce", "nll", "gce", "sparsemax", "categorical-hinge"])
def test_an_argmax_is_a_predicted_class(loss: str) -> None:
    assert first(loss, input=np.eye(4)[X.argmax(axis=1)], target=Y).code == "L107"


@pytest.mark.parametrize(("loss", "low"), [("bce", 0), ("bce-logits", 0), ("hinge", -1)])
def test_a_sign_or_a_threshold_is_a_predicted_class(loss: str, low: int) -> None:
    target = np.where(B == 1, 1.0, low)
    found = first(loss, input=np.where(Q > 0.5, 1.0, low), target=target)
    assert found.code == "L107"
    assert "--from probs" not in found.next
    untrained = diagnosed("bce-logits", {"input": np.zeros(60), "target": B})
    assert alarms(untrained) == []


@pytest.mark.parametrize("loss", ["bce", "bce-logits", "multilabel-soft-margin"])
def test_softmax_rows_need_a_loss_with_a_softmax(loss: str) -> None:
    found = first(loss, input=P, target=ONE_HOT)
    assert found.code == "L108"
    assert found.next.startswith("loss ce ")
    assert "--from probs" in found.next
    assert found.evidence["ce_from_probs"] == compute("ce", input=P, target=Y, from_="probs").value
    assert first("bce", input=PAIRS, target=np.eye(2)[B.astype(int)]).severity == "info"


@pytest.mark.parametrize(
    ("loss", "output", "form"),
    [("bce", Q, "loss bce "), ("bce", Z, "loss bce-logits "), ("ce", P, "--from probs")],
)
def test_labels_in_the_input_are_swapped(loss: str, output: Array, form: str) -> None:
    found = first(loss, input=ONE_HOT if loss == "ce" else B, target=output)
    assert found.code == "L110"
    assert form in found.next
    hard, smoothed = (Q > 0.5) * 1.0, 0.05 + 0.9 * B
    assert first("bce", input=hard, target=smoothed).code == "L107"


def test_files_that_fit_the_other_way_around() -> None:
    found = first("ce", input=Y, target=X)
    assert found.evidence["loss_swapped"] == compute("ce", input=X, target=Y).value
    assert "predicted class" in first("ce", input=X.argmax(axis=1), target=Y).message


def test_logits_in_the_unit_interval_are_no_probabilities_if_the_labels_say_so() -> None:
    x = RNG.random(400)
    y = (RNG.random(400) < 1 / (1 + np.exp(-x))) * 1.0
    assert alarms(diagnosed("bce-logits", {"input": x, "target": y})) == []
    assert compute("bce-logits", input=x, target=y).warnings == ()
    y = (RNG.random(400) < x) * 1.0
    for loss, target in (("bce-logits", y), ("sigmoid-focal", y), ("soft-margin", 2 * y - 1)):
        assert first(loss, input=x, target=target).code == "L103"
    assert compute("bce-logits", input=x, target=y).warnings[0].code == "L103"


@pytest.mark.parametrize("target", [B, B[:, None]])
def test_a_column_for_each_class_is_for_a_softmax(target: Array) -> None:
    found = first("bce", input=PAIRS, target=target)
    assert found.code == "L501"
    assert found.next.endswith(" --from probs")
    assert found.evidence["ce_from_probs"] == pytest.approx(
        compute("bce", input=Q, target=B).value, rel=1e-12
    )
    poor = np.where(B == 1, 0.01, 0.99)
    found = first("bce", input=np.stack([1 - poor, poor], axis=1), target=target)
    assert found.next.endswith(" --from probs")
    logits = np.stack([-Z / 2, Z / 2], axis=1)
    assert first("bce-logits", input=logits, target=target).next.startswith("loss ce ")


@pytest.mark.parametrize("square", [True, False])
def test_batch_first_is_recognized(square: bool) -> None:
    n, t = 9, 9 if square else 11
    target = np.stack([RNG.permutation(np.arange(1, 6))[:3] for _ in range(n)])
    x = RNG.normal(0, 1, (n, t, 6))
    for i in range(n):
        x[i, :, 0] += 6
        x[i, [0, 3, 6], target[i]] += 12
    roles = {"target": target, "target_lengths": np.full(n, 3), "input_lengths": np.full(n, t)}
    log_p = x - np.log(np.exp(x).sum(axis=2, keepdims=True))
    found = first("ctc", input=log_p, **roles)
    assert found.code == ("L502" if square else "L501")
    right = {**roles, "input": log_p.transpose(1, 0, 2)}
    value = found.evidence["loss_exchanged" if square else "loss_with_it"]
    assert value == compute("ctc", **right).value
    assert alarms(diagnosed("ctc", right)) == []


def test_an_axis_of_length_1_is_named() -> None:
    value = compute("bce", input=Q, target=B).value
    for roles in ({"input": Q[:, None], "target": B}, {"input": Q, "target": B[:, None]}):
        assert first("bce", **roles).evidence["loss_with_it"] == value
    pooled = first("ce", input=X[:, :, None, None], target=Y)
    assert "numpy.squeeze(x, (2, 3))" in pooled.message


def test_embeddings_that_are_the_same() -> None:
    one, many = np.tile(X[:1], (60, 1)), X
    nearly = one + 1e-6 * X
    sides = np.where(B == 1, 1, -1)
    for left, right in ((one, one), (one, nearly), (many, many)):
        assert first("cosine-embedding", input1=left, input2=right, target=sides).code == "L109"
    roles = {"anchor": one, "positive": many, "negative": -many}
    assert alarms(diagnosed("triplet-margin", roles)) == []


@pytest.mark.parametrize(("sequences", "classes"), [(2, 7), (16, 7), (20, 2)])
def test_a_shift_is_found_in_few_positions_and_not_where_labels_rarely_change(
    sequences: int, classes: int
) -> None:
    labels = RNG.integers(0, classes, (sequences, 12))
    x = RNG.normal(0, 0.5, (sequences, classes, 12))
    ahead = np.roll(labels, -1, axis=1)
    np.put_along_axis(x, ahead[:, None], 5.0, axis=1)
    found = first("ce", input=x, target=labels)
    assert found.code == "L207"
    assert found.next.endswith("--shift")
    rare = np.repeat(RNG.integers(0, classes, (200, 1)), 12, axis=1)
    rare[:, 6:] = RNG.integers(0, classes, (200, 1))
    x = RNG.normal(0, 0.5, (200, classes, 12))
    np.put_along_axis(x, np.roll(rare, 1, axis=1)[:, None], 5.0, axis=1)
    assert "L207" not in alarms(diagnosed("ce", {"input": x, "target": rare}))
