"""Losses of one output against a yes or no."""

from __future__ import annotations

from typing import Any

from mpmath import mp, mpf  # type: ignore[import-untyped]

from tests.losses.references import Term
from tests.losses.references.exponential import exp


def bce(x: Any, y: Any, *, weight: Any) -> Term:
    log_yes = max(mp.log(x), -100) if x else mpf(-100)
    log_no = max(mp.log(1 - x), -100) if x != 1 else mpf(-100)
    return Term(-(1 if weight is None else weight) * (y * log_yes + (1 - y) * log_no))


def bce_logits(x: Any, y: Any, *, weight: Any, pos_weight: Any) -> Term:
    yes = y if pos_weight is None else pos_weight * y
    loss = yes * mp.log(1 + exp(-x)) + (1 - y) * mp.log(1 + exp(x))
    w, p = (mpf(1) if factor is None else factor for factor in (weight, pos_weight))
    return Term(w * loss, grain=w * max(1, p) * max(1, abs(x)))


def sigmoid_focal(x: Any, y: Any, *, alpha: Any, gamma: Any) -> Term:
    z, weight = (x, alpha) if y == 1 else (-x, 1 - alpha)
    missing, surprise = 1 / (1 + exp(z)), mp.log(1 + exp(-z))
    # The power multiplies the roundings of 1 - p.
    loss = weight * missing**gamma * surprise
    return Term(loss, ulps=4 + 2 * int(gamma + 1), grain=max(1, surprise))


def soft_margin(x: Any, y: Any) -> Term:
    return Term(mp.log(1 + exp(-y * x)))


def hinge(x: Any, y: Any) -> Term:
    return Term(max(mpf(0), 1 - y * x))


def squared_hinge(x: Any, y: Any) -> Term:
    return Term(max(mpf(0), 1 - y * x) ** 2)


def hinge_embedding(x: Any, y: Any, *, margin: Any) -> Term:
    return Term(x if y == 1 else max(mpf(0), margin - x))
