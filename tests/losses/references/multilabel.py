"""Losses of several labels: x is the list of one sample's scores."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from mpmath import mp, mpf  # type: ignore[import-untyped]

from tests.losses.references import Term
from tests.losses.references.exponential import exp


def multilabel_margin(x: list[Any], y: list[int]) -> Term:
    labels = list(takewhile(lambda label: label >= 0, y))
    others = [j for j in range(len(x)) if j not in labels]
    pairs = [max(mpf(0), 1 - (x[k] - x[j])) for k in labels for j in others]
    largest = max((abs(x[k] - x[j]) for k in labels for j in others), default=mpf(0))
    return Term(mp.fsum(pairs) / len(x), scale=max(1, largest) if any(pairs) else mpf(0))


def multilabel_soft_margin(x: list[Any], y: list[Any], *, weight: list[Any] | None) -> Term:
    w = weight or [mpf(1)] * len(x)
    parts = [w[j] * mp.log(1 + exp(-x[j] if y[j] == 1 else x[j])) for j in range(len(x))]
    return Term(mp.fsum(parts) / len(x), grain=max(w))
