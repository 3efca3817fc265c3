"""What trained models give, and labels drawn from what they say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from losscli.numerics.arrays import Array

Rng = np.random.Generator
T = TypeVar("T")
CLASSES = (2, 2, 3, 3, 4, 5, 7, 10, 10, 20, 31, 50, 100, 200, 1000)
LARGEST = 30_000
"""Numbers of one input."""


def one_of(rng: Rng, values: Sequence[T]) -> T:
    """Draw one of several values."""
    return values[int(rng.integers(len(values)))]


def between(rng: Rng, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def size(rng: Rng, low: int = 1, high: int = 5000, *, width: int = 1) -> int:
    """Draw a number of samples, fewer of wide ones."""
    return max(low, int(between(rng, low, max(low, min(high, LARGEST // width)) + 0.99)))


def log_softmax(z: Array, axis: int = 1) -> Array:
    """Return log-probabilities."""
    top = z - z.max(axis=axis, keepdims=True)
    p: Array = top - np.log(np.exp(top).sum(axis=axis, keepdims=True))
    return p


def softmax(z: Array, axis: int = 1) -> Array:
    """Return probabilities."""
    p: Array = np.exp(log_softmax(z, axis))
    return p


def sigmoid(x: Array) -> Array:
    """Return probabilities."""
    p: Array = np.exp(-np.logaddexp(0, -x))
    return p


def prior(rng: Rng, c: int) -> Array:
    """Draw how frequent the classes are: equally, unequally, or very unequally."""
    concentration = one_of(rng, (math.inf, 5.0, 1.0, 0.3))
    if math.isinf(concentration):
        return np.full(c, 1 / c)
    p = rng.dirichlet(np.full(c, concentration)) + 1e-4 / c
    share: Array = p / p.sum()
    return share


def logits(rng: Rng, n: int, c: int, quality: float | None = None) -> Array:
    """Draw the logits of a model that says how sure it is, weak to nearly perfect, (n, c)."""
    quality = between(rng, 0.7, 8) if quality is None else quality
    if rng.random() < 0.5:
        z: Array = rng.normal(0, quality, (n, c)) + np.log(prior(rng, c))
    else:
        # The posterior of Gaussian clusters, as a well trained network has it.
        e = min(c, 12)
        means = rng.normal(0, quality, (c, e))
        share = prior(rng, c)
        own = rng.choice(c, n, p=share)
        point = means[own] + rng.normal(0, 1, (n, e))
        z = point @ means.T - (means * means).sum(axis=1) / 2 + np.log(share)
    offset: Array | float = [
        -z.max() - rng.uniform(0, 5),
        -z.mean(axis=1, keepdims=True),
        rng.normal(0, 3, (n, 1)),
        -z.mean(),
    ][rng.integers(4)]
    moved: Array = z + offset
    return moved


def labels_of(rng: Rng, p: Array) -> Array:
    """Draw a label for each row of probabilities (n, c), normalized."""
    edges = np.cumsum(p, axis=1)
    drawn = rng.random((len(p), 1)) * edges[:, -1:]
    labels: Array = (drawn >= edges).sum(axis=1)
    return labels


def entropy(p: Array) -> float:
    """Return the mean entropy of rows of probabilities, in nats."""
    safe = np.where(p > 0, p, 1)
    return float(-(safe * np.log(safe)).sum(axis=1).mean())


def says_nothing(p: Array) -> frozenset[str]:
    """Return the rule that is true of a model that knows almost nothing."""
    return frozenset({"L701"}) if entropy(p) > 0.97 * math.log(p.shape[1]) else frozenset()


def binary_logits(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Draw logits of rare, even or frequent positives."""
    center = one_of(rng, (0.0, 0.0, rng.uniform(-6, 6)))
    x: Array = rng.normal(center, between(rng, 0.5, 8), shape)
    return x


def terms_shape(rng: Rng, low: int = 1) -> tuple[int, ...]:
    """Draw a shape of terms."""
    n = size(rng, low)
    return one_of(rng, [(n,), (n,), (n, 1), (n, 3), (n, 10), (max(1, n // 30), 5, 6)])


def spread_out(x: Array, tail: tuple[int, ...]) -> Array:
    """Return rows (n * d, c...) as (n, c..., d), where tail is the shape of the positions."""
    n = len(x) // math.prod(tail)
    whole = x.reshape(n, *tail, *x.shape[1:])
    moved: Array = np.moveaxis(whole, range(1, 1 + len(tail)), range(-len(tail), 0))
    return np.ascontiguousarray(moved)


def with_share(rng: Rng, share: float, options: dict[str, Any]) -> dict[str, Any]:
    """Return options with a probability, else none."""
    return options if rng.random() < share else {}
