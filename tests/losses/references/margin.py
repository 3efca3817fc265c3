"""Losses that compare the target's score with the others': x is the list of a position's scores."""

from __future__ import annotations

from typing import Any

from mpmath import mp, mpf  # type: ignore[import-untyped]

from tests.losses.references import Term


def multiclass_perceptron(x: list[Any], y: int) -> Term:
    return Term(max(x) - x[y])


def multi_margin(x: list[Any], y: int, *, p: int, margin: Any, weight: list[Any] | None) -> Term:
    parts = [max(mpf(0), margin - x[y] + z) ** p for j, z in enumerate(x) if j != y]
    loss = mp.fsum(parts) / len(x)
    return Term(loss if weight is None else weight[y] * loss)


def categorical_hinge(x: list[Any], y: int) -> Term:
    others = [mpf(0) if j == y else z for j, z in enumerate(x)]
    return Term(max(mpf(0), 1 + max(others) - x[y]))
