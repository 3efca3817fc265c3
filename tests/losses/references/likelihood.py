"""Negative log-likelihoods of one number, and the divergence of one outcome."""

from __future__ import annotations

from typing import Any

from mpmath import mp, mpf  # type: ignore[import-untyped]

from tests.losses.references import Term
from tests.losses.references.exponential import exp


def poisson_nll(x: Any, y: Any, *, log_input: bool, full: bool, eps: Any) -> Term:
    parts = [exp(x), -y * x] if log_input else [x, -y * mp.log(x + eps) if y else mpf(0)]
    if full and y > 1:
        parts += [y * mp.log(y), -y, mp.log(2 * mp.pi * y) / 2]
    return Term(mp.fsum(parts), scale=max(map(abs, parts)), grain=y)


def gaussian_nll(x: Any, y: Any, var: Any, *, full: bool, eps: Any) -> Term:
    v = max(var, eps)
    if not v:
        return Term(mp.nan)
    parts = [mp.log(v) / 2, (x - y) ** 2 / v / 2, mp.log(2 * mp.pi) / 2 if full else mpf(0)]
    return Term(mp.fsum(parts), scale=max(map(abs, parts)))


def kl_div(x: Any, y: Any, *, log_target: bool) -> Term:
    p = exp(y) if log_target else y
    if not p:
        return Term(mpf(0))
    log_p = y if log_target else mp.log(y)
    parts = [p * log_p, -p * x]
    return Term(mp.fsum(parts), scale=max(map(abs, parts)), grain=abs(log_p - x))
