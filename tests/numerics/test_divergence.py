"""The divergence of two outputs against its definition in many digits, and in edge cases."""

from __future__ import annotations

import math
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from losscli.numerics.arrays import Array
from losscli.numerics.divergence import divergence


def kl_of(x: Any, r: Any, form: str = "logits") -> Array:
    """Return the divergences of rows."""
    with np.errstate(all="ignore"):
        return divergence(np.array(x, float).T.copy(), np.array(r, float).T.copy(), form).kl


def slow_kl(x: Array, r: Array) -> mpmath.mpf:
    """Return KL(softmax r || softmax x) of one row from the definition, with many digits."""
    with mpmath.workdps(400):
        q = [mpmath.exp(mpmath.mpf(float(item))) for item in x]
        p = [mpmath.exp(mpmath.mpf(float(item))) for item in r]
        pairs = [(a / mpmath.fsum(p), b / mpmath.fsum(q)) for a, b in zip(p, q, strict=True)]
        return mpmath.fsum(a * mpmath.log(a / b) for a, b in pairs if a)


@pytest.mark.parametrize("classes", [2, 3, 20])
@pytest.mark.parametrize("scale", [0.1, 3.0, 100.0])
@pytest.mark.parametrize("step", [1e-14, 1e-9, 1e-4, 0.3, 5.0, 300.0])
def test_divergences_are_exact_however_small(classes: int, scale: float, step: float) -> None:
    rng = np.random.default_rng(7)
    for shift in (0.0, 3.0, 4096.5):
        r = rng.normal(0, scale, (3, classes))
        x = r + step * rng.normal(0, 1, r.shape) + shift
        for found, a, b in zip(kl_of(x, r), x, r, strict=True):
            expected = slow_kl(a, b)
            assert abs(found - expected) <= 1e-12 * expected + 1e-300, (found, expected)


def test_an_output_does_not_differ_from_itself() -> None:
    x = np.random.default_rng(1).normal(0, 5, (50, 7))
    for form, same in (("logits", x), ("log-probs", x - 3), ("probs", np.exp(x) / 1e9)):
        assert kl_of(same, same, form).tolist() == [0.0] * 50
    assert np.all(kl_of(x + 2.0, x) < 1e-29)


def test_divergences_are_never_negative() -> None:
    rng = np.random.default_rng(2)
    for step in (1e-17, 1e-16, 1e-15, 1e-8):
        r = rng.normal(0, 3, (2000, 4))
        x = r * (1 + step * rng.normal(0, 1, r.shape))
        assert np.all(kl_of(x, r) >= 0)
        p = np.exp(r) / np.exp(r).sum(axis=1, keepdims=True)
        assert np.all(
            kl_of((p * (1 + step)).astype(np.float32), p.astype(np.float32), "probs") >= 0
        )


def test_masked_classes() -> None:
    inf = np.inf
    assert kl_of([[0, 1, -inf]], [[0.5, 1, -inf]])[0] == pytest.approx(
        kl_of([[0, 1]], [[0.5, 1]])[0]
    )
    assert kl_of([[0, 1, -inf]], [[0.5, 1, 2]])[0] == inf
    # A class that only the input has takes its probability from the others: q / (1 - q) at 3.
    only = kl_of([[0, 1, 3]], [[0.5, 1, -inf]])[0]
    rest = float(slow_kl(np.array([0, 1]), np.array([0.5, 1])))
    assert only == pytest.approx(rest + math.log1p(math.exp(3) / (1 + math.e)), rel=1e-14)
    assert kl_of([[-1000, 0, 0]], [[0, -1000, -inf]])[0] == pytest.approx(1000 + math.log(2))
    assert kl_of([[1000, 0]], [[0, 1000]])[0] == 1000
    assert kl_of([[3]], [[5]])[0] == 0


def test_what_is_not_a_distribution_is_nan() -> None:
    inf, nan = np.inf, np.nan
    good = [1.0, 2.0, 3.0]
    for bad in ([-inf] * 3, [1, inf, 3], [1, nan, 3]):
        assert math.isnan(kl_of([bad], [good])[0])
        assert math.isnan(kl_of([good], [bad])[0])
    assert kl_of([[0, -1e308]], [[0, 1e308]])[0] == 1e308
    assert kl_of([[1e308, -1e308]], [[-1e308, 1e308]])[0] == inf


def test_probabilities_are_taken_as_they_are() -> None:
    p, q = np.array([0.5, 0.3, 0.2, 0.0]), np.array([0.4, 0.4, 0.1, 0.1])
    expected = math.fsum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a)
    assert kl_of([q], [p], "probs")[0] == pytest.approx(expected, rel=1e-15)
    with np.errstate(divide="ignore"):
        logs = np.log([q]), np.log([p])
    assert kl_of(*logs, "log-probs")[0] == pytest.approx(expected, rel=1e-15)
    assert kl_of(*logs)[0] == pytest.approx(expected, rel=1e-14)
    assert kl_of([p], [q], "probs")[0] == np.inf
    # Rows that do not sum to 1: sum p log(p / q) - p + q.
    assert kl_of([[0.5, 0.25]], [[0.5, 0.5]], "probs")[0] == pytest.approx(0.5 * math.log(2) - 0.25)
