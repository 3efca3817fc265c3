"""Random roles: what the contract tests feed to each kind of role.

A draw takes a generator, the shape and the number of classes c; by-class shapes have c second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from losscli.numerics.arrays import Array

if TYPE_CHECKING:
    Rng = np.random.Generator


def normal(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    """Draw numbers around 0, of both signs."""
    return rng.normal(0, 2, shape)


def uniform(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    """Draw numbers in (0, 1), away from its ends."""
    return rng.uniform(0.02, 0.98, shape)


def log_uniform(rng: Rng, shape: tuple[int, ...], c: int) -> Array:
    """Draw logarithms of numbers in (0, 1)."""
    p: Array = np.log(uniform(rng, shape, c))
    return p


def softmax(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    """Draw probabilities that sum to 1 over the classes."""
    e = np.exp(rng.normal(0, 1, shape))
    p: Array = e / e.sum(axis=1, keepdims=True)
    return p


def log_softmax(rng: Rng, shape: tuple[int, ...], c: int) -> Array:
    """Draw log-probabilities."""
    p: Array = np.log(softmax(rng, shape, c))
    return p


def positive(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    """Draw numbers above 0."""
    return rng.uniform(0.1, 5, shape)


def counts(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    """Draw counts from 0 to 5."""
    return rng.integers(0, 6, shape).astype(np.float64)


def label_rows(rng: Rng, shape: tuple[int, ...], c: int) -> Array:
    """Draw distinct labels for each row; some rows end early with -1."""
    order = rng.random(shape).argsort(axis=1)
    steps = np.arange(shape[1]).reshape(-1, *[1] * (len(shape) - 2))
    ends = rng.integers(0, c + 1, (shape[0], 1, *shape[2:]))
    return np.where(steps < ends, order, -1)


def sequence_log_softmax(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    """Draw log-probabilities with the classes last, (t, n, c)."""
    x = rng.normal(0, 2, shape)
    p: Array = x - np.log(np.exp(x).sum(axis=2, keepdims=True))
    return p


def sequence_labels(rng: Rng, shape: tuple[int, ...], c: int) -> Array:
    """Draw labels other than 0, the blank."""
    return rng.integers(1, c, shape)


def signs(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    """Draw -1 and +1."""
    return rng.choice([-1.0, 1.0], shape)


def cosines(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    """Draw numbers in (-1, 1), away from its ends."""
    return rng.uniform(-0.98, 0.98, shape)


def zeros_and_ones(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    """Draw 0 and 1."""
    return rng.choice([0.0, 1.0], shape)


def indices(rng: Rng, shape: tuple[int, ...], c: int) -> Array:
    """Draw class indices."""
    return rng.integers(0, c, shape)
