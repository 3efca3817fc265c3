"""Sums and means of terms of all sizes, against the exactly rounded sum of the terms."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.contract.cases import Rng
from losscli.numerics.arrays import Array
from tests.conftest import Loss

N = 200_000
"""Terms; tests/slow has a million."""
CLASS_WEIGHT = [1e-300, 1.0, 1e-10, 1e150]


Arguments = tuple[str, dict[str, Any]]


@cache
def cases(n: int) -> dict[str, Arguments]:
    """Return losses and their arguments for n terms."""

    def mixed(rng: Rng, low: float, high: float) -> Array:
        """Draw numbers of both signs whose sizes lie between two powers of ten."""
        return rng.choice([-1.0, 1.0], n) * 10 ** rng.uniform(low, high, n)

    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (n, 4)) * 10 ** rng.uniform(-3, 100, (n, 1))
    labels = rng.integers(0, 4, n)
    wide, ordinary = mixed(rng, -300, 300), mixed(rng, -8, 8)
    return {
        "l1": ("l1", {"input": wide, "target": np.zeros(n)}),
        "mse": ("mse", {"input": mixed(rng, -150, 150), "target": np.zeros(n)}),
        "huber": ("huber", {"input": wide, "target": ordinary}),
        "nll of both signs": (
            "nll",
            {"input": np.stack([wide, ordinary], 1), "target": labels % 2},
        ),
        "hinge-embedding of both signs": ("hinge-embedding", {"input": wide, "target": np.ones(n)}),
        "gaussian-nll of both signs": (
            "gaussian-nll",
            {"input": ordinary, "target": np.zeros(n), "var": abs(mixed(rng, -250, 250)), "eps": 0},
        ),
        "bce-logits": ("bce-logits", {"input": wide, "target": labels % 2}),
        "ce": ("ce", {"input": logits, "target": labels}),
        "ce, class weights": ("ce", {"input": logits, "target": labels, "weight": CLASS_WEIGHT}),
        "nll, class weights": (
            "nll",
            {"input": np.log(rng.random((n, 4))), "target": labels, "weight": CLASS_WEIGHT},
        ),
    }


NAMES = (
    "l1",
    "mse",
    "huber",
    "nll of both signs",
    "hinge-embedding of both signs",
    "gaussian-nll of both signs",
    "bce-logits",
    "ce",
    "ce, class weights",
    "nll, class weights",
)


@cache
def weights_of(what: str, n: int) -> Array | None:
    """Return the weights of n samples."""
    if what == "sample weights":
        return 10 ** np.random.default_rng(1).uniform(-300, 8, n)
    if what == "tiny sample weights":
        return np.random.default_rng(2).integers(1, 99, n) * 5e-324
    return None


WEIGHTED = ("mse", "nll of both signs", "nll, class weights")


def close(value: float, exact: float, terms: Array) -> bool:
    """Tell whether a sum is within 1e-14 of the size of what it adds up, term by term."""
    return abs(value - exact) <= 1e-14 * float(abs(terms).sum())


SUMS = [(name, "no weights") for name in NAMES] + [
    (name, weights) for name in WEIGHTED for weights in ("sample weights", "tiny sample weights")
]


@pytest.mark.parametrize(("name", "weights"), SUMS)
def test_a_sum_of_mixed_terms(name: str, weights: str) -> None:
    check_sum(name, weights, N)


def test_every_case_is_named() -> None:
    assert set(NAMES) == set(cases(10))


def check_sum(name: str, weights: str, n: int) -> None:
    """Compare sum and mean of n terms with the exact ones."""
    loss, arguments = cases(n)[name]
    weight = weights_of(weights, n)
    given = {**arguments, "sample_weight": weight}
    total, mean = compute(loss, reduction="sum", **given), compute(loss, **given)
    terms = total.per_sample
    exact = math.fsum(terms.tolist())
    assert close(float(total.value), exact, terms)
    if weight is not None and "tiny" in weights:
        # Beside 5e-324 a term has few digits; the mean has all of them, whatever the unit.
        scaled = compute(loss, **{**given, "sample_weight": weight * 2.0**1000})
        assert mean.value == pytest.approx(scaled.value, rel=1e-14)
        return
    divisor = _divisor(arguments, weight, n)
    assert mean.denominator == pytest.approx(divisor, rel=1e-14)
    assert close(float(mean.value), exact / divisor, terms / divisor)


def _divisor(arguments: dict[str, Any], sample_weight: Array | None, n: int) -> float:
    """Return what the mean divides by: the exactly rounded sum of the weights."""
    mass = np.ones(n) if sample_weight is None else sample_weight
    if "weight" in arguments:
        mass = mass * np.array(arguments["weight"])[arguments["target"]]
    return math.fsum(mass.tolist())


@pytest.mark.parametrize("name", ["mse", "nll of both signs", "nll, class weights"])
def test_the_command_line_adds_up_to_the_same_bits(name: str, loss: Loss, tmp_path: Path) -> None:
    command, arguments = cases(N)[name]
    sample_weight = weights_of("sample weights", N)
    assert sample_weight is not None
    call: list[str | Path] = [command, "-q", "--no-warn"]
    for role, values in arguments.items():
        np.save(tmp_path / f"{role}.npy", values)
        call += [f"--{role}", tmp_path / f"{role}.npy"]
    np.save(tmp_path / "w.npy", sample_weight)
    for weights in (None, sample_weight):
        for reduction in ("sum", "mean"):
            ran = loss(*call, "-r", reduction)
            expected = compute(command, reduction=reduction, sample_weight=weights, **arguments)
            assert ran.status == 0
            assert float(ran.out) == expected.value
        call += ["--sample-weight", tmp_path / "w.npy"]
