"""Losses over classes: x is the list of one position's inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp, mpf  # type: ignore[import-untyped]

from losscli.engine.problem.weights import rescaling
from tests.losses.references import Term
from tests.losses.references.exponential import exp


def log_probabilities(x: list[Any], form: str = "logits") -> list[Any]:
    """Return log p of every class; the sum of exponentials is taken without any trick."""
    if form == "probs":
        return [mp.log(p) for p in x]
    if form == "log-probs":
        return x
    total = mp.fsum(exp(z) for z in x)
    return [mp.log(exp(z) / total) for z in x]


def ce(
    x: list[Any],
    y: int | list[Any],
    *,
    weight: list[Any] | None,
    label_smoothing: Any,
    z_loss: Any,
    from_: str,
    **_: Any,
) -> Term:
    c = len(x)
    w = weight or [mpf(1)] * c
    onehot = y if isinstance(y, list) else [mpf(j == y) for j in range(c)]
    target = [(1 - label_smoothing) * t + label_smoothing / c for t in onehot]
    log_p = log_probabilities(x, from_)
    loss = -mp.fsum(w[j] * target[j] * log_p[j] for j in range(c) if target[j])
    share = [w[j] * target[j] for j in range(c)]
    # A share that is nearly no double may be 0 in one, and a mask then counts for nothing.
    parts = [w[j] * max(1, -log_p[j]) for j in range(c) if mp.isfinite(log_p[j]) and target[j]]
    lost = [mp.inf for j in range(c) if mp.isinf(log_p[j]) and 0 < share[j] < mpf(2) ** -1000]
    scale = mpf(0)
    if z_loss:
        # The normalizer is right to the last places of 1.
        normalizer = mp.log(mp.fsum(exp(z) for z in x))
        loss += z_loss * normalizer**2
        scale = z_loss * abs(normalizer)
    mass = mpf(1) if isinstance(y, list) else w[y]
    return Term(loss, mass, scale=scale, grain=max([_grain(w), *parts, *lost]))


def _grain(w: list[Any]) -> Any:
    """Return what one step of the least weights is worth: the largest are scaled into reach."""
    return mp.ldexp(1, -rescaling(np.array(w, float), np.dtype(float)))


def nll(x: list[Any], y: int, *, weight: list[Any] | None, **_: Any) -> Term:
    w = weight[y] if weight else mpf(1)
    return Term(-w * x[y], w, grain=max(w, _grain(weight or [mpf(1)])))


def sparsemax(x: list[Any], y: int) -> Term:
    falling = sorted(x, reverse=True)
    size = max(k for k, z in enumerate(falling, 1) if 1 + k * z > mp.fsum(falling[:k]))
    tau = (mp.fsum(falling[:size]) - 1) / size
    loss = mp.fsum(z**2 - tau**2 for z in falling[:size]) / 2 + mpf(1) / 2 - x[y]
    return Term(loss)
