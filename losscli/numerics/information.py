"""Entropy of one distribution; cross entropy, KL and Jensen-Shannon of two.

Distributions are columns of p and q, (c, m), as in the kernels. Nothing is renormalized: every
figure is the sum in its formula, of the numbers as they are given.

Sources: Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x; Kullback and Leibler 1951,
doi:10.1214/aoms/1177729694; Lin 1991 (Jensen-Shannon), doi:10.1109/18.61115.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from losscli.numerics.arrays import Array
from losscli.numerics.elementary import compensated_sum_columns, times


class Base(NamedTuple):
    """A base of the logarithm, with its own logarithm function: log2(8) is exactly 3."""

    unit: str
    log: Callable[[Array], Array]
    size: float
    """The natural logarithm of the base, which divides nats."""


BASES = {
    "e": Base("nats", np.log, 1.0),
    "2": Base("bits", np.log2, math.log(2)),
    "10": Base("hartleys", np.log10, math.log(10)),
}


def information(p: Array, base: Base) -> Array:
    """Return -log p of every outcome; inf for an impossible one."""
    with np.errstate(divide="ignore"):
        return -base.log(p) + 0.0


def entropy(p: Array, base: Base) -> Array:
    """Return H(P) = sum of -p log p, (m,); 0 log 0 is 0."""
    return cross_entropy(p, p, base)


def cross_entropy(p: Array, q: Array, base: Base) -> Array:
    """Return H(P,Q) = sum of -p log q, (m,); 0 log 0 is 0."""
    with np.errstate(invalid="ignore"):
        return compensated_sum_columns(times(p, information(q, base)))


def kl_divergence(p: Array, q: Array, base: Base) -> Array:
    """Return KL(P||Q) = sum of p log(p / q), (m,), to the last digits even if P and Q are close.

    The terms p log(p / q) are of the size of p - q, their sum of its square: added as they are,
    they cancel. So they are split into p log(p / q) - (p - q), which is never negative, and p - q,
    whose sum is taken exactly (it is 0 where P and Q both sum to 1).
    """
    with np.errstate(all="ignore"):
        excess = compensated_sum_columns(_excess(p, q))
        return (excess + compensated_sum_columns(np.concatenate([p, -q]))) / base.size


def jensen_shannon(p: Array, q: Array, base: Base) -> Array:
    """Return JS(P,Q) = (KL(P||M) + KL(Q||M)) / 2 with M = (P + Q) / 2, (m,); at most log 2.

    With p = m (1 + u) and q = m (1 - u) each outcome adds m / 2 of
    (1 + u) log(1 + u) + (1 - u) log(1 - u) = 2 u atanh u + log(1 - u^2), which is never negative.
    """
    with np.errstate(all="ignore"):
        middle = p / 2 + q / 2
        u = _asymmetry(p, q)
        near = 2 * u * np.arctanh(u) + np.log1p(-u * u)
        far = _x_log_x(p / middle) + _x_log_x(q / middle)
        each = np.where(np.abs(u) < 0.5, near, far)
        return compensated_sum_columns(np.where(middle == 0, 0, middle / 2 * each)) / base.size


def _excess(p: Array, q: Array) -> Array:
    """Return p log(p / q) - (p - q) without cancellation; q for p = 0, inf for q = 0 < p.

    With p = m (1 + u) and q = m (1 - u) it is 2 m (u^2 + (1 + u) (atanh u - u)), and
    atanh u - u = u^3 / 3 + u^5 / 5 + ... leaves nothing to cancel.
    """
    u = _asymmetry(p, q)
    square = u * u
    series = np.zeros_like(u)
    for power in range(37, 1, -2):
        series = 1 / power + square * series
    near = (p + q) * (square + (1 + u) * u * square * series)
    ratio = p / q
    # A ratio that overflows still has a logarithm.
    usual = (ratio > 1e-300) & (ratio < 1e300)
    far = p * np.where(usual, np.log(ratio), np.log(p) - np.log(q)) - (p - q)
    excess = np.where(np.abs(u) < 1 / 3, near, far)
    excess = np.where(p == 0, q, excess)
    return np.where((q == 0) & (p > 0), math.inf, excess)


def _asymmetry(p: Array, q: Array) -> Array:
    """Return u = (p - q) / (p + q), 0 where both are 0."""
    u: Array = (p - q) / (p + q)
    return np.where((p == 0) & (q == 0), 0, u)


def _x_log_x(x: Array) -> Array:
    return np.where(x == 0, 0, x * np.log(x))


SYMBOLS = {
    "entropy": "H(P)",
    "cross_entropy": "H(P,Q)",
    "kl_pq": "KL(P||Q)",
    "kl_qp": "KL(Q||P)",
    "js": "JS(P,Q)",
}
"""The names of the measures in JSON and CSV, and their symbols; the first needs no Q."""


def measured(p: Array, q: Array | None, base: Base) -> dict[str, Array]:
    """Return the measures of columns, by name."""
    if q is None:
        return {"entropy": entropy(p, base)}
    return {
        "entropy": entropy(p, base),
        "cross_entropy": cross_entropy(p, q, base),
        "kl_pq": kl_divergence(p, q, base),
        "kl_qp": kl_divergence(q, p, base),
        "js": jensen_shannon(p, q, base),
    }
