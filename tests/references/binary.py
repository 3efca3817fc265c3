"""Losses of one output against a yes or no."""

from __future__ import annotations

from typing import Any

from mpmath import mp, mpf  # type: ignore[import-untyped]

from tests.references import Term


def bce(x: Any, y: Any, *, weight: Any) -> Term:
    log_yes = max(mp.log(x), -100) if x else mpf(-100)
    log_no = max(mp.log(1 - x), -100) if x != 1 else mpf(-100)
    return Term(-(1 if weight is None else weight) * (y * log_yes + (1 - y) * log_no))


def bce_logits(x: Any, y: Any, *, weight: Any, pos_weight: Any) -> Term:
    yes = y if pos_weight is None else pos_weight * y
    loss = yes * mp.log(1 + mp.exp(-x)) + (1 - y) * mp.log(1 + mp.exp(x))
    return Term(loss if weight is None else weight * loss)
