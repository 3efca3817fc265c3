"""Losses over classes: x is the list of one position's inputs."""

from __future__ import annotations

from typing import Any

from mpmath import mp, mpf  # type: ignore[import-untyped]

from tests.references import Term


def log_probabilities(x: list[Any], form: str = "logits") -> list[Any]:
    """Return log p of every class; the sum of exponentials is taken as it stands."""
    if form == "probs":
        return [mp.log(p) for p in x]
    if form == "log-probs":
        return x
    total = mp.fsum(mp.exp(z) for z in x)
    return [mp.log(mp.exp(z) / total) for z in x]


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
    if z_loss:
        loss += z_loss * mp.log(mp.fsum(mp.exp(z) for z in x)) ** 2
    return Term(loss, mpf(1) if isinstance(y, list) else w[y])


def nll(x: list[Any], y: int, *, weight: list[Any] | None, **_: Any) -> Term:
    w = weight[y] if weight else mpf(1)
    return Term(-w * x[y], w)


def sparsemax(x: list[Any], y: int) -> Term:
    falling = sorted(x, reverse=True)
    size = max(k for k, z in enumerate(falling, 1) if 1 + k * z > mp.fsum(falling[:k]))
    tau = (mp.fsum(falling[:size]) - 1) / size
    loss = mp.fsum(z**2 - tau**2 for z in falling[:size]) / 2 + mpf(1) / 2 - x[y]
    return Term(loss)
