"""Losses of one number against another."""

from __future__ import annotations

from typing import Any

from tests.references import Term


def l1(x: Any, y: Any) -> Term:
    return Term(x - y if x > y else y - x)


def mse(x: Any, y: Any) -> Term:
    return Term((x - y) ** 2)
