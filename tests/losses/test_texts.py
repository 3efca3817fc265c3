"""What the introductory texts teach in code, done by commands: loss functions and pitfalls."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.losses import names
from tests.conftest import Loss

LISTED = [
    "ce",
    "bce",
    "bce-logits",
    "l1",
    "mse",
    "smooth-l1",
    "poisson-nll",
    "kl-div",
    "margin-ranking",
    "multilabel-margin",
    "soft-margin",
    "multilabel-soft-margin",
    "multi-margin",
    "triplet-margin",
    "hinge-embedding",
    "cosine-embedding",
]


def number(loss: Loss, *call: str | Path) -> float:
    ran = loss(*call, "-q")
    assert (ran.status, ran.err) == (0, "")
    return float(ran.out)


def write(folder: Path, **arrays: Any) -> dict[str, Path]:
    paths = {name: folder / f"{name}.npy" for name in arrays}
    for name, array in arrays.items():
        np.save(paths[name], np.array(array))
    return paths


def test_every_loss_function_of_the_text_is_a_command() -> None:
    assert set(LISTED) <= set(names())


def test_labels_0_and_3_of_four_classes_are_written_with_ends(loss: Loss, tmp_path: Path) -> None:
    files = write(tmp_path, x=[[0.1, 0.2, 0.4, 0.8]], y=[[0, 3, -1, -1]], z=[[3, 0, -1, 1]])
    # (1 - (0.1 - 0.2)) + (1 - (0.1 - 0.4)) + (1 - (0.8 - 0.2)) + (1 - (0.8 - 0.4)), over 4
    for target in ("y", "z"):
        value = number(loss, "multilabel-margin", "-i", files["x"], "-t", files[target])
        assert value == pytest.approx((1.1 + 1.3 + 0.4 + 0.6) / 4, rel=1e-15)


def test_the_mean_of_a_weighted_cross_entropy_is_a_weighted_mean(
    loss: Loss, tmp_path: Path
) -> None:
    x, y, w = np.array([[0.1, 0.9], [0.4, -0.6], [1.5, 0.2]]), np.array([0, 1, 1]), [0.2, 3.0]
    files = write(tmp_path, x=x, y=y)
    terms = np.log(np.exp(x).sum(axis=1)) - x[np.arange(3), y]
    own = np.array(w)[y]
    value = number(loss, "ce", "-i", files["x"], "-t", files["y"], "--weight", "0.2,3")
    assert value == pytest.approx((own * terms).sum() / own.sum(), rel=1e-14)
    none = loss("ce", "-i", files["x"], "-t", files["y"], "--weight", "0.2,3", "-r", "none", "-q")
    assert [float(line) for line in none.out.split()] == pytest.approx(own * terms, rel=1e-14)


def test_pos_weight_multiplies_the_cost_of_a_missed_positive(loss: Loss, tmp_path: Path) -> None:
    files = write(tmp_path, x=[0.3, -1.2], y=[1.0, 0.0])
    call = ("bce-logits", "-i", files["x"], "-t", files["y"], "-r", "sum")
    yes, no = math.log1p(math.exp(-0.3)), math.log1p(math.exp(-1.2))
    assert number(loss, *call) == pytest.approx(yes + no, rel=1e-15)
    assert number(loss, *call, "--pos-weight", "3") == pytest.approx(3 * yes + no, rel=1e-15)


def test_poisson_with_and_without_its_options(loss: Loss, tmp_path: Path) -> None:
    files = write(tmp_path, x=[0.5], y=[3.0])
    call = ("poisson-nll", "-i", files["x"], "-t", files["y"])
    stirling = 3 * math.log(3) - 3 + 0.5 * math.log(2 * math.pi * 3)
    assert number(loss, *call) == pytest.approx(math.exp(0.5) - 1.5, rel=1e-14)
    assert number(loss, *call, "--full") == pytest.approx(math.exp(0.5) - 1.5 + stirling, rel=1e-14)
    rate = 0.5 - 3 * math.log(0.5 + 0.25)
    assert number(loss, *call, "--no-log-input", "--eps", "0.25") == pytest.approx(rate, rel=1e-14)


def test_objective_is_cost_plus_regularization(loss: Loss, tmp_path: Path) -> None:
    files = write(tmp_path, x=[1.0, 2.0], y=[0.0, 0.0], w=[[3.0, -4.0]])
    call = ("mse", "-i", files["x"], "-t", files["y"], "--params", files["w"], "--l2", "0.1")
    printed = json.loads(loss(*call, "-f", "json", "--grad").out)
    assert printed["value"] == 2.5
    assert printed["objective"]["penalty"] == pytest.approx(0.1 / 2 * 25)
    assert printed["objective"]["value"] == pytest.approx(2.5 + 1.25)
    assert printed["objective"]["grad"][str(files["w"])] == [pytest.approx([0.3, -0.4])]


def test_exp_1000_does_not_overflow_in_softmax_nor_in_sigmoid(loss: Loss, tmp_path: Path) -> None:
    files = write(tmp_path, x=[[1000.0, 0.0], [-1000.0, 1000.0]], y=[0, 0], z=[[1, 0], [1, 0]])
    terms = loss("ce", "-q", "-r", "none", "-i", files["x"], "-t", files["y"])
    assert [float(line) for line in terms.out.split()] == [0.0, 2000.0]
    softmax = json.loads(loss("softmax", "-i", files["x"], "-f", "json").out)["output"]
    assert softmax == [[1, 0], [0, 1]]
    sigmoid = json.loads(loss("sigmoid", "-i", files["x"], "-f", "json").out)["output"]
    assert sigmoid == [[1, 0.5], [0, 1]]
    binary = loss("bce-logits", "-q", "-r", "none", "-i", files["x"], "-t", files["z"])
    assert [float(line) for line in binary.out.split()] == [
        0,
        pytest.approx(math.log(2)),
        1000,
        1000,
    ]


def test_the_gradient_is_p_minus_one_hot_over_n(loss: Loss, tmp_path: Path) -> None:
    x, y = np.random.default_rng(5).normal(size=(4, 3)), np.array([2, 0, 1, 1])
    files = write(tmp_path, x=x, y=y)
    p = np.array(json.loads(loss("softmax", "-i", files["x"], "-f", "json").out)["output"])
    call = ("ce", "-i", files["x"], "-t", files["y"], "--grad", "-f", "json")
    gradient = np.array(json.loads(loss(*call).out)["grad"]["input"])
    np.testing.assert_allclose(gradient, (p - np.eye(3)[y]) / 4, atol=1e-16)


def test_clipped_probabilities_have_the_loss_of_the_clip(loss: Loss, tmp_path: Path) -> None:
    p = np.clip([1.0, 0.0, 0.3], 1e-6, 1 - 1e-6)
    files = write(tmp_path, p=p, y=[1.0, 1.0, 0.0])
    terms = loss("bce", "-q", "-r", "none", "-i", files["p"], "-t", files["y"]).out.split()
    expected = [-math.log1p(-1e-6), -math.log(1e-6), -math.log(0.7)]
    assert [float(term) for term in terms] == pytest.approx(expected, rel=1e-9)


def test_angular_losses_without_a_margin_are_the_softmax_loss(loss: Loss, tmp_path: Path) -> None:
    cosines, y = np.random.default_rng(6).uniform(-1, 1, (5, 4)), [0, 1, 2, 3, 0]
    files = write(tmp_path, cosines=cosines, logits=16 * cosines, y=y)
    plain = number(loss, "ce", "-i", files["logits"], "-t", files["y"])
    for name in ("arcface", "am-softmax"):
        call = (name, "-i", files["cosines"], "-t", files["y"], "--scale", "16", "--margin")
        assert number(loss, *call, "0") == pytest.approx(plain, rel=1e-12)
        assert number(loss, *call, "0.3") > plain


def test_the_robust_losses_are_bounded_where_cross_entropy_is_not(
    loss: Loss, tmp_path: Path
) -> None:
    files = write(tmp_path, x=[[30.0, 0.0, 0.0]], y=[1])
    call = ("-i", files["x"], "-t", files["y"])
    assert number(loss, "ce", *call) == pytest.approx(30)
    assert number(loss, "prob-mae", *call) == pytest.approx(2)
    assert number(loss, "gce", *call) == pytest.approx(1 / 0.7)
    assert number(loss, "sce", *call) == pytest.approx(0.1 * 30 + 4)


def test_entropy_of_the_first_text(loss: Loss) -> None:
    ran = loss("entropy", "-i", "-", "-q", stdin=b"0.5,0.2,0.3\n")
    assert float(ran.out) == pytest.approx(1.0297, abs=1e-4)
    call = ("kl-div", "-i", "samples/distributions/log_q.csv", "-t", "samples/distributions/p.csv")
    terms = [float(line) for line in loss(*call, "-q", "-r", "none").out.split()]
    assert terms[3:] == [pytest.approx(0.3567, abs=1e-4), 0, 0]
