"""Losses that rank or embed: numbers, or lists of a vector's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp, mpf  # type: ignore[import-untyped]

from tests.losses.references import Term


def margin_ranking(x1: Any, x2: Any, y: Any, *, margin: Any) -> Term:
    return Term(max(mpf(0), margin - y * (x1 - x2)), scale=max(abs(margin), abs(x1 - x2)))


def cosine_embedding(x1: list[Any], x2: list[Any], y: Any, *, margin: Any) -> Term:
    eps = mpf(float(np.float32(1e-12)))  # PyTorch's constant is a single
    dot = mp.fsum(a * b for a, b in zip(x1, x2, strict=True))
    sizes = (mp.fsum(a * a for a in x1) + eps) * (mp.fsum(b * b for b in x2) + eps)
    cosine = dot / mp.sqrt(sizes)
    return Term(1 - cosine if y == 1 else max(mpf(0), cosine - margin), scale=mpf(1))


def triplet_margin(
    anchor: list[Any],
    positive: list[Any],
    negative: list[Any],
    *,
    margin: Any,
    p: Any,
    eps: Any,
    swap: bool,
) -> Term:
    def distance(x: list[Any], y: list[Any]) -> Any:
        return mp.fsum(abs(a - b + eps) ** p for a, b in zip(x, y, strict=True)) ** (1 / p)

    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = min(far, distance(positive, negative))
    # A power multiplies the rounding of what it gets, and its root divides it again.
    loss = max(mpf(0), near - far + margin)
    return Term(loss, ulps=6 + int(4 / p), scale=max(near, far, margin))
