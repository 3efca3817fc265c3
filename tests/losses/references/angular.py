"""Losses of cosines: x is the list of one position's cosines."""

from __future__ import annotations

from typing import Any

from mpmath import mp  # type: ignore[import-untyped]

from tests.losses.references import Term
from tests.losses.references.exponential import exp


def _ce(logits: list[Any], y: int, scale: Any) -> Term:
    # A scale of 64 makes losses of exp(-128): 1 + that needs more digits than the others do.
    with mp.extradps(100):
        loss = mp.log(mp.fsum(exp(z) for z in logits) / exp(logits[y]))
    # An exponential is off by the rounding of its exponent, which is up to 2 scale large.
    return Term(loss, ulps=4 + int(4 * scale))


def arcface(x: list[Any], y: int, *, scale: Any, margin: Any) -> Term:
    moved = mp.cos(mp.acos(x[y]) + margin)
    return _ce([scale * (moved if j == y else z) for j, z in enumerate(x)], y, scale)


def am_softmax(x: list[Any], y: int, *, scale: Any, margin: Any) -> Term:
    return _ce([scale * (z - margin * (j == y)) for j, z in enumerate(x)], y, scale)
