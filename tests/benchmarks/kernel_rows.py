"""The rows of the kernels' table: losses, shapes, arrays, and what each element has to cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from losscli.numerics.arrays import Array

Roles = dict[str, Array]
BOTH = ("float32", "float64")


class Calls(NamedTuple):
    """What is measured of a row, ours or a peer's; each is done when it returns."""

    mean: Callable[[], Any]
    gradient: Callable[[], Any]
    """Computes the mean, too; returns the gradients by role."""


class Row(NamedTuple):
    """One loss on arrays of one size and type."""

    name: str
    shape: tuple[int, ...]
    """Of the first role."""
    dtypes: tuple[str, ...] = ("float32",)
    """Each is a line of the table."""
    element: tuple[str, ...] = ()
    """NumPy's functions that no formula can do without: once per element of the first role."""
    sample: tuple[str, ...] = ()
    """The same, once per sample."""
    counts: bool = True
    """Whether it is part of the geometric mean."""

    def scaled(self, scale: float) -> Row:
        """Return the row with a part of its samples; sequences stay as long as they are."""
        if len(self.shape) == 3:
            return self
        return self._replace(shape=(max(20, int(self.shape[0] * scale)), *self.shape[1:]))

    def calls(self) -> dict[str, int]:
        """Return how often the gradient, or the mean alone, has to call each function."""
        n, size = self.shape[0], int(np.prod(self.shape))
        return dict.fromkeys(self.element, size) | dict.fromkeys(self.sample, n)

    def roles(self, dtype: str) -> Roles:
        """Return the arrays by role, in the order in which the compared functions take them."""
        rng = np.random.default_rng(5)
        x = rng.standard_normal(self.shape, np.float32).astype(dtype)
        return {key: np.ascontiguousarray(value) for key, value in ROLES[self.name](x, rng).items()}


ROWS = (
    Row("ce", (1_000_000, 10), BOTH, ("exp",), ("log",)),
    Row("ce", (100_000, 1000), BOTH, ("exp",), ("log",)),
    Row("ce", (3_000_000, 2), BOTH, ("exp",), ("log",)),
    Row("ce", (1_000_000, 32), element=("exp",), sample=("log",), counts=False),
    Row("ce", (300_000, 100), element=("exp",), sample=("log",), counts=False),
    Row("ce", (250, 128_000), element=("exp",), sample=("log",), counts=False),
    Row("bce-logits", (3_000_000,), BOTH, ("exp", "log1p")),
    Row("mse", (10_000_000,), BOTH),
    Row("huber", (10_000_000,), BOTH),
    Row("l1", (5_000_000,)),
    Row("smooth-l1", (5_000_000,)),
    Row("poisson-nll", (5_000_000,), element=("exp",)),
    Row("gaussian-nll", (5_000_000,), element=("log",), counts=False),
    Row("kl-div", (200_000, 50), element=("log",)),
    Row("hinge", (3_000_000,)),
    Row("multi-margin", (1_000_000, 10)),
    Row("triplet-margin", (200_000, 128), sample=("sqrt",)),
    Row("cosine-embedding", (200_000, 128), sample=("sqrt",), counts=False),
    Row("ctc", (200, 32, 64), element=("exp",)),
)
"""A row that takes two roots per sample is held to one, which is too little to matter."""
NAMES = list(dict.fromkeys(row.name for row in ROWS))


def _pair(x: Array, rng: np.random.Generator) -> Roles:
    return {"input": x, "target": _like(x, rng)}


def _like(x: Array, rng: np.random.Generator) -> Array:
    return rng.standard_normal(x.shape, np.float32).astype(x.dtype)


def _with_labels(x: Array, rng: np.random.Generator) -> Roles:
    return {"input": 3 * x, "target": rng.integers(0, x.shape[1], len(x))}


def _yes_or_no(x: Array, rng: np.random.Generator) -> Roles:
    return {"input": 3 * x, "target": rng.integers(0, 2, x.shape).astype(x.dtype)}


def _signs(x: Array, rng: np.random.Generator) -> Array:
    return rng.choice([-1.0, 1.0], len(x)).astype(x.dtype)


def _distributions(x: Array, rng: np.random.Generator) -> Roles:
    shares = rng.standard_exponential(x.shape, np.float32).astype(x.dtype)
    return {"input": _log_softmax(x), "target": shares / shares.sum(axis=1, keepdims=True)}


def _log_softmax(x: Array) -> Array:
    result: Array = x - np.log(np.exp(x).sum(axis=-1, keepdims=True))
    return result


def _sequences(x: Array, rng: np.random.Generator) -> Roles:
    steps, samples, classes = x.shape
    return {
        "input": _log_softmax(x),
        "target": rng.integers(1, classes, (samples, steps // 5)),
        "input_lengths": np.full(samples, steps),
        "target_lengths": np.full(samples, steps // 5),
    }


ROLES: dict[str, Callable[[Array, np.random.Generator], Roles]] = {
    "ce": _with_labels,
    "bce-logits": _yes_or_no,
    "mse": _pair,
    "huber": _pair,
    "l1": _pair,
    "smooth-l1": _pair,
    "poisson-nll": lambda x, rng: {"input": x, "target": rng.poisson(2, x.shape).astype(x.dtype)},
    "gaussian-nll": lambda x, rng: _pair(x, rng) | {"var": np.abs(_like(x, rng)) + x.dtype.type(1)},
    "kl-div": _distributions,
    "hinge": lambda x, rng: {"input": x, "target": _signs(x, rng)},
    "multi-margin": _with_labels,
    "triplet-margin": lambda x, rng: {
        "anchor": x,
        "positive": _like(x, rng),
        "negative": _like(x, rng),
    },
    "cosine-embedding": lambda x, rng: {
        "input1": x,
        "input2": _like(x, rng),
        "target": _signs(x, rng),
    },
    "ctc": _sequences,
}
