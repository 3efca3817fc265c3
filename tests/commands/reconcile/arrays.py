"""Arrays for every kind of loss, and formulas of losses in plain NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from losscli.engine.compute import compute
from losscli.numerics.arrays import Array

RNG = np.random.default_rng(7)
N, C = 24, 5
EXACT = "log y! is added, exact and not Stirling's approximation"
A, P, M = RNG.normal(size=(3, N, 4)).round(3)
X, Y = RNG.normal(size=(2, N)).round(3)
X1, X2 = RNG.normal(size=(2, N)).round(3)
LOGITS = RNG.normal(size=(N, C)).round(3)
LABELS = RNG.integers(0, C, N)
YES = RNG.integers(0, 2, N) * 1.0
SIGNS = 2 * YES - 1
PROBS = RNG.random(N).round(3)
SOFT = RNG.dirichlet(np.ones(C), N)
Q = np.log(RNG.dirichlet(np.ones(C), N))
VAR = (0.2 + RNG.random(N)).round(3)
COUNTS = RNG.integers(0, 9, N) * 1.0
HOT = np.eye(C)[LABELS]
WEIGHT = (0.2 + RNG.random(N)).round(2)
STEPS = np.log(RNG.dirichlet(np.ones(6), (9, 3)))
WORDS = np.array([[1, 2, 3], [2, 2, 1], [4, 1, 1]])
LENGTHS = np.array([3, 3, 2])
TIMES = np.array([9, 8, 7])
TRIPLET = {"anchor": A, "positive": P, "negative": M}
PAIRS = {"input1": A, "input2": P, "target": SIGNS}
BINARY = {"input": X, "target": YES}
SCORES = {"input": X, "target": SIGNS}
KL = {"input": Q, "target": SOFT}
CE = {"input": LOGITS, "target": LABELS}
GAUSS = {"input": X, "target": Y, "var": VAR}
CTC = {"input": STEPS, "target": WORDS, "input_lengths": TIMES, "target_lengths": LENGTHS}
Roles = dict[str, Array]


def cos(a: Array, b: Array) -> Array:
    return np.array([u @ v / math.sqrt((u @ u) * (v @ v)) for u, v in zip(a, b, strict=True)])


def gap(a: Array, b: Array) -> Array:
    return np.asarray(np.sqrt(((a - b) ** 2).sum(axis=1)))


def unit(a: Array) -> Array:
    return np.stack([v / math.sqrt(v @ v) for v in a])


def relu(x: Array) -> Array:
    return np.where(x > 0, x, 0)


def softmax(x: Array) -> Array:
    return np.asarray(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))


def plain(name: str, **given: Any) -> float:
    return float(compute(name, **given).value)


def each(name: str, **given: Any) -> Array:
    return np.asarray(compute(name, **given, reduction="none").per_sample)


def triplet(near: Array, far: Array, margin: float) -> float:
    return float(relu(near - far + margin).mean())


def softened(t: float) -> float:
    p, q = softmax(np.log(SOFT) / t), softmax(Q / t)
    return float((p * np.log(p / q)).sum() / N)


def focal(alpha: Array | float) -> Array:
    p = 1 / (1 + np.exp(-X * SIGNS))
    return np.asarray(alpha * (1 - p) ** 2 * -np.log(p))


def in_half() -> float:
    """The absolute error, each step rounded to float16."""
    x, y = (np.float16(values).astype(float) for values in (X, Y))
    return float(np.float16(np.float16(abs(x - y)).astype(float).mean()))
