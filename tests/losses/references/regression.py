"""Losses of one number against another."""

from __future__ import annotations

from typing import Any

from mpmath import mp  # type: ignore[import-untyped]

from tests.losses.references import Term
from tests.losses.references.exponential import exp


def l1(x: Any, y: Any) -> Term:
    return Term(x - y if x > y else y - x)


def mse(x: Any, y: Any) -> Term:
    return Term((x - y) ** 2)


def smooth_l1(x: Any, y: Any, *, beta: Any) -> Term:
    size = abs(x - y)
    return Term(size * size / (2 * beta) if size < beta else size - beta / 2)


def huber(x: Any, y: Any, *, delta: Any) -> Term:
    size = abs(x - y)
    return Term(size * size / 2 if size <= delta else delta * (size - delta / 2))


def log_cosh(x: Any, y: Any) -> Term:
    size = abs(x - y)
    if size > 10**6:
        return Term(size - mp.log(2))
    return Term(mp.log((exp(size) + exp(-size)) / 2))


def quantile(x: Any, y: Any, *, tau: Any) -> Term:
    return Term(tau * (y - x) if y > x else (1 - tau) * (x - y))


def msle(x: Any, y: Any) -> Term:
    return Term((mp.log(1 + x) - mp.log(1 + y)) ** 2)


def mape(x: Any, y: Any) -> Term:
    return Term(100 * abs(x - y) / abs(y))
