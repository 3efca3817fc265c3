"""Reshaped relatives of cross entropy: x is the list of one position's inputs."""

from __future__ import annotations

from typing import Any

from mpmath import mp, mpf  # type: ignore[import-untyped]

from tests.losses.references import Term
from tests.losses.references.exponential import exp
from tests.losses.references.softmax import log_probabilities


def _probabilities(x: list[Any], form: str) -> list[Any]:
    return x if form == "probs" else [exp(z) for z in log_probabilities(x, form)]


def _at_target(x: list[Any], y: int, form: str) -> tuple[Any, Any]:
    return log_probabilities(x, form)[y], _probabilities(x, form)[y]


def softmax_focal(x: list[Any], y: int, *, alpha: list[Any], gamma: Any, from_: str) -> Term:
    log_p, p = _at_target(x, y, from_)
    loss = -alpha[y] * (1 - p) ** gamma * log_p if log_p else mpf(0)
    # The power multiplies the roundings of 1 - p.
    return Term(loss, ulps=4 + 4 * int(gamma + 1), grain=max(1, alpha[y]) * max(1, -log_p))


def poly(x: list[Any], y: int, *, epsilon: Any, from_: str) -> Term:
    log_p, p = _at_target(x, y, from_)
    loss = -log_p + epsilon * (1 - p)
    # An epsilon below 0 leaves less of the two parts than their roundings are of: scale.
    return Term(loss, scale=-log_p, grain=abs(epsilon))


def gce(x: list[Any], y: int, *, q: Any, from_: str) -> Term:
    return Term((1 - _at_target(x, y, from_)[1] ** q) / q)


def sce(x: list[Any], y: int, *, alpha: Any, beta: Any, log_zero: Any, from_: str) -> Term:
    p = _probabilities(x, from_)
    reverse = -mp.fsum(p[j] * log_zero for j in range(len(x)) if j != y)
    loss = -alpha * _at_target(x, y, from_)[0] + beta * reverse
    return Term(loss, grain=alpha + beta * max(1, -log_zero))


def prob_mae(x: list[Any], y: int, *, from_: str) -> Term:
    return Term(mp.fsum(abs(p - (j == y)) for j, p in enumerate(_probabilities(x, from_))))
