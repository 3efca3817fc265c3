"""Ranking and embedding losses in their corners, and several gradients in the outputs."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.errors import DataError
from losscli.numerics import strips
from tests.conftest import Loss

RNG = np.random.default_rng(81)
A, B, C = (RNG.normal(size=(5, 3)) for _ in range(3))


def triplet(**changes: Any) -> Any:
    return compute("triplet-margin", **{"anchor": A, "positive": B, "negative": C, **changes})


def test_margin_ranking_passes_its_gradient_at_the_margin() -> None:
    result = compute(
        "margin-ranking", input1=[1.0, 1.0], input2=[1.0, 2.0], target=[1, -1], grad=True
    )
    assert result.value == 0
    assert result.grad["input1"].tolist() == [-0.5, 0.0]
    assert result.grad["input2"].tolist() == [0.5, 0.0]


def test_a_vector_of_zeros_has_the_cosine_0() -> None:
    zeros = np.zeros((2, 3))
    result = compute(
        "cosine-embedding", input1=zeros, input2=A[:2], target=[1, -1], reduction="none", grad=True
    )
    assert result.per_sample.tolist() == [1, 0]
    assert all(np.isfinite(gradient).all() for gradient in result.grad.values())


@pytest.mark.parametrize("factor", [1e-3, 2.0**300, 2.0**900])
def test_the_cosine_does_not_depend_on_lengths(factor: float) -> None:
    signs = [1, -1, 1, -1, 1]
    plain = compute("cosine-embedding", input1=A, input2=B, target=signs, grad=True)
    scaled = compute("cosine-embedding", input1=A * factor, input2=B, target=signs, grad=True)
    assert scaled.value == pytest.approx(plain.value, rel=1e-6)
    np.testing.assert_allclose(
        scaled.grad["input1"] * factor, plain.grad["input1"], rtol=1e-5, atol=1e-8
    )


def test_equal_vectors_have_no_distance_and_no_slope() -> None:
    result = triplet(positive=A, negative=A, eps=0, grad=True)
    assert result.value == 1
    assert all((gradient == 0).all() for gradient in result.grad.values())


def test_eps_is_added_to_each_difference() -> None:
    assert triplet(positive=A, negative=A + 1e-6, reduction="none").per_sample == pytest.approx(
        1 + np.sqrt(3) * 1e-6, abs=1e-12
    )


def test_equal_distances_share_the_gradient_of_a_swap() -> None:
    # The negative is as far from the anchor as from the positive.
    points = {"anchor": [[0.0, 0.0]], "positive": [[2.0, 0.0]], "negative": [[1.0, 3.0]]}
    result = triplet(**points, swap=True, eps=0, margin=5, grad=True)
    far = np.array([1, 3]) / np.sqrt(10)
    other = np.array([1, -3]) / np.sqrt(10)
    expected = {
        "anchor": np.array([-1, 0]) + far / 2,
        "positive": np.array([1, 0]) - other / 2,
        "negative": -far / 2 + other / 2,
    }
    for role, gradient in expected.items():
        np.testing.assert_allclose(result.grad[role][0], gradient, rtol=1e-15, atol=1e-15)


def test_the_gradients_of_a_triplet_add_up_to_nothing() -> None:
    for options in ({}, {"swap": True}, {"p": 1.0}, {"p": 3.5}):
        result = triplet(margin=50, grad=True, **options)
        total = sum(result.grad.values())
        np.testing.assert_allclose(total, np.zeros_like(A), atol=1e-16)


@pytest.mark.parametrize("size", [3, 20, 70])
@pytest.mark.parametrize("options", [{}, {"p": 1.0}, {"p": 2.5, "swap": True}], ids=str)
def test_strips_change_no_bit(
    size: int, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = {role: RNG.normal(size=(40, size)) for role in ("anchor", "positive", "negative")}
    roles["positive"][3] = 1e200
    whole = triplet(**roles, **options, grad=True, reduction="none")
    monkeypatch.setattr(strips, "STRIP_BYTES", 3 * size * 8)
    cut = triplet(**roles, **options, grad=True, reduction="none")
    without = triplet(**roles, **options, reduction="none")
    for found in (cut, without):
        np.testing.assert_array_equal(found.per_sample, whole.per_sample)
    for role, gradient in whole.grad.items():
        np.testing.assert_array_equal(cut.grad[role], gradient)


def test_triplets_are_rankings_of_distances() -> None:
    near = np.linalg.norm(A - B + 1e-6, axis=1)
    far = np.linalg.norm(A - C + 1e-6, axis=1)
    ranked = compute(
        "margin-ranking", input1=-near, input2=-far, target=np.ones(5), margin=1, reduction="none"
    )
    np.testing.assert_allclose(triplet(reduction="none").per_sample, ranked.per_sample, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "roles", "words"),
    [
        (
            "triplet-margin",
            {"anchor": A, "positive": B[:4], "negative": C},
            r"positive has shape \(4, 3\), expected \(5, 3\) for an anchor of shape \(5, 3\)",
        ),
        (
            "triplet-margin",
            {"anchor": A[0], "positive": B[0], "negative": C[0]},
            r"anchor has shape \(3,\), expected \(n, e\) for vectors; give one row per sample",
        ),
        (
            "cosine-embedding",
            {"input1": A, "input2": B, "target": [0, 1, 1, 0, 1]},
            r"target row 1: target 0 is not in \{-1, \+1\}; .*0/1 labels, use map_binary=True",
        ),
        (
            "cosine-embedding",
            {"input1": A, "input2": B, "target": np.ones((5, 3))},
            r"target has shape \(5, 3\), expected \(5,\)",
        ),
        (
            "margin-ranking",
            {"input1": A, "input2": B[:, :1], "target": np.ones((5, 3))},
            r"input2 has shape \(5, 1\), expected \(5, 3\)",
        ),
        (
            "kl-div",
            {"input": np.log([[0.5, 0.5]]), "target": [[-0.7, -0.7]]},
            "target -0.7 is not in .*; .* if these are logarithms, use log_target=True",
        ),
        (
            "poisson-nll",
            {"input": [1.0], "target": [-1.0]},
            r"target row 1: target -1.0 is not in \[0, inf\); write non-negative counts",
        ),
        (
            "poisson-nll",
            {"input": [-1.0], "target": [1.0], "log_input": False},
            r"input row 1: input -1.0 is not in \[0, inf\); .* logarithms, use log_input=True",
        ),
        (
            "multilabel-soft-margin",
            {"input": [[1.0, 2.0]], "target": [[0, 3]]},
            r"target row 1 column 2 .*: target 3 is not in \{0, \+1\}",
        ),
        (
            "multilabel-margin",
            {"input": [[1.0, 2.0]], "target": [[2, -1]]},
            r"target row 1 column 1 .*: label 2 is not in 0\.\.1; are the labels numbered from 1\?",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_refused(name: str, roles: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        compute(name, **roles)


def test_batchmean_counts_samples() -> None:
    p, q = np.array([[0.5, 0.2, 0.3], [1, 0, 0]]), np.array([[0.4, 0.3, 0.3], [0.7, 0.2, 0.1]])
    total = compute("kl-div", input=np.log(q), target=p, reduction="sum", grad=True)
    result = compute("kl-div", input=np.log(q), target=p, reduction="batchmean", grad=True)
    assert (result.numerator, result.denominator) == (total.value, 2)
    assert result.value == float(total.value) / 2
    assert (result.grad["input"] == total.grad["input"] / 2).all()
    assert "|reduction:batchmean|" in result.signature
    weighted = compute(
        "kl-div", input=np.log(q), target=p, reduction="batchmean", sample_weight=[3, 1]
    )
    terms = compute("kl-div", input=np.log(q), target=p, reduction="none").per_sample
    assert weighted.denominator == 4
    assert weighted.value == pytest.approx((3 * terms[0].sum() + terms[1].sum()) / 4, rel=1e-15)


def test_batchmean_is_for_kl_div_only(loss: Loss) -> None:
    files = ("-i", "samples/regression/predicted.csv", "-t", "samples/regression/measured.csv")
    ran = loss("mse", *files, "-r", "batchmean")
    assert (ran.status, ran.out) == (2, "")
    assert "--reduction: 'batchmean' is not one of mean, sum, none" in ran.err


def test_every_role_has_its_gradient_in_the_outputs(loss: Loss, tmp_path: Path) -> None:
    for name, values in (("a", A), ("p", B), ("n", C)):
        np.save(tmp_path / f"{name}.npy", values)
    call = ["triplet-margin", "--anchor", tmp_path / "a.npy", "--positive", tmp_path / "p.npy"]
    call += ["--negative", tmp_path / "n.npy", "--grad"]
    grad = triplet(grad=True).grad
    ran = loss(*call, "-f", "csv", "--grad-output", tmp_path / "g.npy")
    assert ran.status == 0
    rows = list(csv.DictReader(ran.out.splitlines()))
    assert list(rows[0])[:3] == ["index", "loss", "grad_anchor_0"]
    for role in ("anchor", "positive", "negative"):
        assert (np.load(tmp_path / f"g.{role}.npy") == grad[role]).all()
        listed = [[float(row[f"grad_{role}_{i}"]) for i in range(3)] for row in rows]
        assert listed == grad[role].tolist()
    printed = json.loads(loss(*call, "-f", "json").out)
    assert list(printed["grad"]) == ["anchor", "positive", "negative"]
    assert printed["grad"]["negative"] == grad["negative"].tolist()
    assert loss(*call).out.count("\n") == 1 + 1 + 5 + 3
