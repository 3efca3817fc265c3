"""How far apart the distributions of two outputs are, sample by sample, on one tile.

x is the input, r the reference, both (c, m): a column is one sample. p are the probabilities that
the reference gives, q those of the input. Nearly equal outputs have a divergence of 1e-12 and less,
which sum p (log p - log q) loses to cancellation. With t = log q - log p it is

    KL(p || q) = sum (q - p - p t) = sum p (exp(t) - 1 - t),

and no term is negative: nothing cancels. Of rows that do not sum to 1 this is still a divergence.
Source: Kullback and Leibler 1951, doi:10.1214/aoms/1177729694.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from losscli.numerics.arrays import Array
from losscli.numerics.elementary import difference_error, exp_excess, log_sum_exp, times

HALF = 0.5
NEAR = 1.0
"""Up to this size of t a term is p (exp(t) - 1 - t); beyond, q - p - p t loses nothing."""


class Divergence(NamedTuple):
    """The differences of two outputs of m samples."""

    kl: Array
    """KL(reference || input) in nats, (m,), at least 0."""
    log_ratio: Array
    """Log q - log p of each class, plus `shift`, (c, m)."""
    shift: Array | float
    """The number to subtract from `log_ratio`, (m,)."""
    gap: Array
    """Largest absolute difference of a sample's numbers, (m,)."""
    free_gap: Array
    """The same after adding to each sample the constant that minimizes it, (m,)."""

    def at(self, target: Array) -> Array:
        """Return log q - log p at one class of each sample, (m,)."""
        log_ratio: Array = self.log_ratio[target, np.arange(len(target))] - self.shift
        return log_ratio


def divergence(x: Array, r: Array, form: str) -> Divergence:
    """Return how far apart two outputs are, given as logits, probs or log-probs."""
    if form == "logits":
        return _of_logits(x, r)
    if form == "probs":
        log_ratio = _log_ratio(x, r)
        kl = _terms(r, log_ratio, lambda at: x[at]).sum(axis=0)
        return Divergence(kl, log_ratio, 0.0, *_gaps(x - r))
    rounded, lost = _difference(x, r)
    log_ratio = rounded + lost
    kl = _terms(np.exp(r), log_ratio, lambda at: np.exp(x[at])).sum(axis=0)
    return Divergence(kl, log_ratio, 0.0, *_gaps(rounded))


def _of_logits(x: Array, r: Array) -> Divergence:
    """Return the divergence of the softmaxes of two outputs.

    For d = x - r minus any constant, and D = sum p (exp(d) - 1 - d), sum p exp(d) = 1 + a with
    a = D + sum p d, and t = d - log(1 + a). So KL = log(1 + a) - sum p d = D - (a - log(1 + a)).
    The second form loses nothing where the constant is x - r at the reference's top class and that
    has half of the probability, or else the mean of x - r; the first is for large a.
    """
    columns = np.arange(r.shape[1])
    best = r.argmax(axis=0)
    top = r[best, columns]
    p = r - top
    np.exp(p, out=p)
    total = p.sum(axis=0)
    p /= total
    rounded, lost = _difference(x, r)
    base, base_lost = rounded[best, columns], lost[best, columns]
    base[np.isinf(base)] = 0
    lost -= base_lost
    d = rounded - base
    d += lost
    mean = _mean(p, d)
    center = np.where(p[best, columns] < HALF, mean, 0)
    if center.any():
        d -= center
        mean = _mean(p, d)

    def log_q(at: Any) -> Array:
        """Return log p + d, also where p is 0 and d infinite."""
        sample = at[1]
        log_p = (r[at] - top[sample]) - np.log(total[sample])
        alone = ((x[at] - base[sample]) - top[sample]) - (center[sample] + np.log(total[sample]))
        found: Array = np.where(np.isneginf(log_p), alone, log_p + d[at])
        return found

    excess = _terms(p, d, lambda at: np.exp(log_q(at))).sum(axis=0)
    shift = np.log1p(excess + mean)
    small = np.abs(excess + mean) <= HALF
    kl = np.where(small, excess - exp_excess(shift), shift - mean)
    if (odd := np.flatnonzero(np.isinf(kl))).size:
        # Beyond the range of exp, or truly infinite: a class of the reference that the input lacks.
        shift[odd] = log_sum_exp(log_q(np.ix_(np.arange(len(x)), odd)))
        lacks = ((p[:, odd] > 0) & np.isneginf(x[:, odd])).any(axis=0)
        kl[odd] = np.where(lacks, np.inf, shift[odd] - mean[odd])
    huge = np.flatnonzero((np.isinf(rounded) & np.isfinite(x) & np.isfinite(r)).any(axis=0))
    if huge.size:
        # The difference of two logits overflows float64, where the softmax is 1 at one class.
        missed = x[:, huge].max(axis=0) - x[:, huge]
        kl[huge], d[:, huge] = times(p[:, huge], missed).sum(axis=0), np.nan
    kl = np.where(np.isfinite(x.max(axis=0)), np.maximum(kl, 0), np.nan)
    return Divergence(kl, d, shift, *_gaps(rounded))


def _terms(p: Array, t: Array, q_of: Any) -> Array:
    """Return q - p - p t of every class, (c, m); `q_of(index)` gives q where it differs much."""
    terms: Array = exp_excess(t)
    terms *= p
    far = np.nonzero(~((t <= NEAR) & (t >= -NEAR)))
    if far[0].size:
        terms[far] = q_of(far) - p[far] - times(p[far], t[far])
    return terms


def _mean(p: Array, values: Array) -> Array:
    """Return the mean of the finite values of each column."""
    mean: Array = (p * values).sum(axis=0)
    if not np.isfinite(mean).all():
        mean = (p * np.where(np.isinf(values), 0, values)).sum(axis=0)
    return mean


def _difference(x: Array, r: Array) -> tuple[Array, Array]:
    """Return x - r and its rounding error; a class that both lack differs like their top class."""
    rounded: Array = x - r
    lost = difference_error(x, r, rounded)
    if not np.isfinite(rounded).all():
        lost[~np.isfinite(rounded)] = 0
        lacked = np.isneginf(x) & np.isneginf(r)
        top = rounded[r.argmax(axis=0), np.arange(r.shape[1])]
        rounded = np.where(lacked, top, rounded)
    return rounded, lost


def _log_ratio(q: Array, p: Array) -> Array:
    """Return log(q / p); 0 where both are 0. Of nearly equal numbers q - p is exact."""
    difference = q - p
    near = np.abs(difference) <= p / 2
    ratio = np.where(near, np.log1p(difference / p), np.log(q) - np.log(p))
    return np.where((q == 0) & (p == 0), 0, ratio)


def _gaps(difference: Array) -> tuple[Array, Array]:
    high, low = difference.max(axis=0), difference.min(axis=0)
    return np.maximum(high, -low) + 0.0, high / 2 - low / 2
