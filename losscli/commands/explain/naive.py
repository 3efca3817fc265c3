"""The formula as it stands beside the stable one, in the precisions that a file may have.

`log(softmax(x))` is right on paper and dies in a computer: exp overflows, a probability rounds to 0
or 1. Here both run on the sample's own numbers, step by step, until the naive one dies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from losscli.numerics.arrays import Array

Steps = list[tuple[str, Any]]
PRECISIONS: dict[str, Any] = {"float64": np.float64, "float32": np.float32, "float16": np.float16}
DIGITS_LOST = 16
"""A result that is off by this many times its precision has lost more than its last digit."""


class Fragile(NamedTuple):
    """A formula that rounding can kill, and the one that it cannot."""

    name: str
    numbers: tuple[float, ...]
    naive: Callable[[Array], Steps]
    stable: Callable[[Array], Steps]


class Trial(NamedTuple):
    """Both formulas in one precision, and how the naive one dies."""

    name: str
    precision: str
    naive: tuple[tuple[str, float], ...]
    stable: tuple[tuple[str, float], ...]
    dies_at: int
    how: str


def trials(fragile: Fragile | None, file_dtype: Any) -> list[Trial]:
    """Return the precisions in which the naive formula dies on these numbers.

    Tried are the file's own, float32 and float16, the widest first.
    """
    if fragile is None:
        return []
    own = str(file_dtype) if str(file_dtype) in PRECISIONS else "float64"
    names = [name for name in PRECISIONS if name in (own, "float32", "float16")]
    found = (_tried(fragile, name) for name in names)
    return [trial for trial in found if trial]


def _tried(fragile: Fragile, name: str) -> Trial | None:
    precision = PRECISIONS[name]
    with np.errstate(all="ignore"):
        x = np.array(fragile.numbers, precision)
        if not np.isfinite(x).all():
            return None
        naive, stable = _floats(fragile.naive(x)), _floats(fragile.stable(x))
        (*_, (_, exact)) = _floats(fragile.stable(x.astype(np.float64)))
    death = _death(naive, exact, np.finfo(precision), name)
    return Trial(fragile.name, name, tuple(naive), tuple(stable), *death) if death else None


def _floats(steps: Steps) -> list[tuple[str, float]]:
    return [(symbol, float(value)) for symbol, value in steps]


def _death(
    naive: Sequence[tuple[str, float]], exact: float, limits: Any, name: str
) -> tuple[int, str] | None:
    *steps, (_, result) = naive
    for at, (symbol, value) in enumerate(steps):
        if math.isinf(value):
            return at, f"{symbol} overflows, {name} ends at {float(limits.max):.5g}"
        if value == 0:
            return at, f"{symbol} underflows to 0, {name} begins at {float(limits.tiny):.2g}"
    error = abs(result - exact)
    if math.isfinite(result) and error <= DIGITS_LOST * float(limits.eps) * abs(exact):
        return None
    if result == 0 or not math.isfinite(result):
        return len(steps), "not one digit is right"
    kept = max(0, math.floor(-math.log10(error / abs(exact))))
    return len(steps), f"{kept} digit{'' if kept == 1 else 's'} of it are right"


def log_softmax(x: Sequence[float], y: int) -> Fragile:
    """-log of the softmax at y, of the logits x."""

    def naive(x: Array) -> Steps:
        e = np.exp(x)
        total = e.sum(dtype=x.dtype)
        p = e[y] / total
        return [
            ("exp(max_j x_j)", e.max()),
            ("sum_j exp(x_j)", total),
            ("p_y", p),
            ("-log(p_y)", -np.log(p)),
        ]

    def stable(x: Array) -> Steps:
        at = int(x.argmax())
        z = x - x[at]
        rest = np.exp(np.delete(z, at)).sum(dtype=x.dtype)
        return [
            ("exp(0)", np.exp(z[at])),
            ("rest of the sum", rest),
            ("log1p(rest)", np.log1p(rest)),
            ("... - (x_y - max)", np.log1p(rest) - z[y]),
        ]

    return Fragile("-log(softmax(x)_y)", tuple(x), naive, stable)


def log_sigmoid(x: float, sign: float) -> Fragile:
    """-log of the sigmoid of sign * x: the logistic loss of one logit."""

    def naive(x: Array) -> Steps:
        e = np.exp(-sign * x[0])
        p = x.dtype.type(1) / (x.dtype.type(1) + e)
        return [
            ("exp(-z)", e),
            ("1 + exp(-z)", 1 + e),
            ("p = 1 / (1 + exp(-z))", p),
            ("-log(p)", -np.log(p)),
        ]

    def stable(x: Array) -> Steps:
        z = sign * x[0]
        decay = np.exp(-np.abs(z))
        small = np.log1p(decay)
        return [
            ("exp(-|z|)", decay),
            ("log1p(exp(-|z|))", small),
            ("max(-z, 0)", np.maximum(-z, 0)),
            ("their sum", np.maximum(-z, 0) + small),
        ]

    return Fragile("-log(sigmoid(z))", (x,), naive, stable)


def log_cosh(d: float) -> Fragile:
    """Log cosh of an error."""

    def naive(x: Array) -> Steps:
        c = np.cosh(x[0])
        return [("cosh(d)", c), ("log(cosh(d))", np.log(c))]

    def stable(x: Array) -> Steps:
        size = np.abs(x[0])
        if size < 1:
            half = np.sinh(size / 2)
            return [("2 sinh(d/2)^2", 2 * half * half), ("log1p(...)", np.log1p(2 * half * half))]
        tail = np.log1p(np.exp(-2 * size))
        return [
            ("log1p(exp(-2 |d|))", tail),
            ("|d| - log(2) + ...", size - x.dtype.type(math.log(2)) + tail),
        ]

    return Fragile("log(cosh(d))", (d,), naive, stable)


def log_gap(x: float, y: float) -> Fragile:
    """The difference of log(1 + x) and log(1 + y)."""

    def naive(v: Array) -> Steps:
        one = v.dtype.type(1)
        a, b = np.log(one + v[0]), np.log(one + v[1])
        return [("log(1 + x)", a), ("log(1 + y)", b), ("their difference", a - b)]

    def stable(v: Array) -> Steps:
        ratio = (v[0] - v[1]) / (1 + v[1])
        return [
            ("x - y", v[0] - v[1]),
            ("(x - y) / (1 + y)", ratio),
            ("log1p(...)", np.log1p(ratio)),
        ]

    return Fragile("log(1 + x) - log(1 + y)", (x, y), naive, stable)
