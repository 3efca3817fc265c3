"""The numeric tricks, each once and with its reason.

Arrays follow the kernels' layout: the class axis is the first axis, samples run along the last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from losscli.numerics.arrays import Array

LARGE = {"d": 1e100, "f": 1e15}
"""By dtype: squares of numbers up to this, and sums of the squares, do not overflow."""
LARGE_SQUARE = {kind: most**2 for kind, most in LARGE.items()}
"""By dtype: sums of squares between it and its inverse lose nothing."""
DOTS = (32, 4096)
"""The shortest and longest rows that are added by a dot product: its loop is wide, and other
threads do not wait for it as they do for einsum. Above 10,000, BLAS uses threads of its own."""
SERIES = 1 / 32
"""Up to this size seven terms of the exponential series are exact to the last bit."""


def sum_columns(x: Array) -> Array:
    """Return the column sums of x (c, m); columns that are contiguous in memory in stretches."""
    total: Array
    c, longest = len(x), DOTS[1]
    if not x.flags.f_contiguous:
        total = x.sum(axis=0)
    elif c < DOTS[0]:
        total = np.einsum("ij,j->i", x.T, np.ones(c, x.dtype))
    elif c <= longest:
        total = np.vecdot(x.T, np.ones(c, x.dtype))
    else:
        whole = c - c % longest
        stretches = x.T[:, :whole].reshape(x.shape[1], -1, longest)
        total = sum_columns(np.vecdot(stretches, np.ones(longest, x.dtype)).T)
        total += np.vecdot(x.T[:, whole:], np.ones(c - whole, x.dtype))
    return total


def exp_of_gaps(x: Array, top: Array) -> Array:
    """Return exp(x - top) to the last bits, x (c, m) and top (m,); fresh, may be overwritten.

    A gap of 600 is rounded by up to 6e-14, which exp turns into a relative error of its result;
    what the subtraction rounds away is put back as a factor.
    """
    gap = x - top
    lost = lost_digits(x, top, gap)
    np.exp(gap, out=gap)
    lost *= gap
    gap += lost
    return gap


def pairwise_sum_columns(x: Array) -> Array:
    """Return the column sums of x (c, m), added in pairs: the error grows with log c, not with c.

    The order of the additions depends on c alone, so a column has the same bits in any tile.
    """
    while (rows := x.shape[0]) > 1:
        half = (rows + 1) // 2
        paired = x[:half].copy()
        paired[: rows - half] += x[half:]
        x = paired
    total: Array = x[0]
    return total


def compensated_sum_columns(x: Array) -> Array:
    """Return the column sums of x (c, m) as if added in twice the precision and rounded once.

    For sums that cancel: the error of every addition (Knuth's two-sum) is kept and added last.
    """
    lost = np.zeros(x.shape[1])
    while (rows := x.shape[0]) > 1:
        half = (rows + 1) // 2
        paired = x[:half].copy()
        first, second = x[: rows - half], x[half:]
        paired[: rows - half] += second
        lost += difference_error(first, -second, paired[: rows - half]).sum(axis=0)
        x = paired
    lost[~np.isfinite(lost)] = 0
    result: Array = x[0] + lost
    return result


def nan_if_any(x: Array, values: Array) -> Array:
    """Return the values (m,), NaN where a column of x (c, m) has a NaN, as a softmax would."""
    # Opposite infinities make a sum NaN too, a maximum does not.
    if math.isnan(sum_columns(x).sum()):
        values = np.where(np.isnan(x.max(axis=0)), np.nan, values)
    return values


def times(factor: Array | float, value: Array) -> Array:
    """Return factor * value, where a factor of 0 wins over an infinity.

    An ignored number adds nothing, although 0 * inf is nan in IEEE arithmetic. NaN stays NaN.
    """
    product: Array = factor * value
    if not np.isfinite(product).all():
        product = np.where((np.equal(factor, 0)) & np.isinf(value), 0, product)
    return product


def column_products(x: Array, y: Array) -> Array:
    """Return the column sums of x * y, (c, m) each."""
    total: Array
    if len(x) < DOTS[0]:
        total = np.einsum("ij,ij->j", x, y)
    elif x.flags.f_contiguous and y.flags.f_contiguous and len(x) <= DOTS[1]:
        total = np.vecdot(x.T, y.T)
    else:
        total = (x * y).sum(axis=0)
    return total


def unless_infinite(terms: Array, again: Callable[[], Array]) -> Array:
    """Return the terms; where one is infinite, the result of a formula that overflows later.

    A difference of two huge numbers may overflow where the term itself does not.
    """
    if math.isfinite(terms.sum()):
        return terms
    found = again()
    return np.where(np.isinf(terms) & ~np.isnan(found), found, terms)


def sum_of_gaps(share: Array, top: Array, x: Array) -> Array:
    """Return the column sums of share * (top - x), where a share of 0 wins over an infinity.

    A gap of two huge numbers overflows where its share may not: half the gap is exact and fits.
    """
    total: Array = times(share, top - x).sum(axis=0)
    if np.isinf(total).any():
        halved = times(share, top / 2 - x / 2).sum(axis=0)
        total = np.where(np.isinf(total), 2 * halved, total)
    return total


def in_reach(x: Array) -> tuple[Array, Array]:
    """Return the columns of x (e, m) times 2**up, and up (m,), 0 unless squares would overflow."""
    size = np.where(np.isfinite(x), np.abs(x), 0).max(axis=0)
    up = np.where(size > LARGE[x.dtype.char], -np.frexp(size)[1], 0)
    return np.ldexp(x, up), up


def sum_of_three(a: Array, b: Array, c: float) -> Array:
    """Return a + b + c rounded as if once: the error of each sum is added back.

    A margin of 1 and two scores nearly 1 apart would leave nothing but rounding errors.
    """
    first = a + b
    both: Array = first + c
    missing = difference_error(a, -b, first) + difference_error(first, -c, both)
    return np.where(np.isfinite(missing), both + missing, both)


def difference_error(a: Array, b: Array | float, difference: Array) -> Array:
    """Return exactly what rounding a - b to `difference` lost (Knuth's two-sum).

    If the difference is not finite, the error is NaN.
    """
    back: Array = difference - a
    error: Array = difference - back
    np.subtract(a, error, out=error)
    back += b
    error -= back
    return error


def lost_digits(a: Array, b: Array | float, difference: Array) -> Array:
    """Return what rounding a - b to `difference` lost, 0 where the difference is not finite."""
    lost = difference_error(a, b, difference)
    if not math.isfinite(lost.sum()):
        lost[~np.isfinite(lost)] = 0
    return lost


def softplus(x: Array) -> Array:
    """Return log(1 + exp(x)) from exp(-|x|), which never overflows; nothing cancels."""
    positive: Array = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return positive


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), for negative x as exp(x) / (1 + exp(x)): exp never overflows."""
    decay = np.exp(-np.abs(x))
    result: Array = np.where(x >= 0, 1, decay) / (1 + decay)
    return result


def log_cosh(x: Array) -> Array:
    """Return log cosh x: as log1p(2 sinh(x/2)^2) for small x, from |x| - log 2 for large x."""
    size = np.abs(x)
    half = np.sinh(np.minimum(size, 1) / 2)
    far = size - math.log(2) + np.log1p(np.exp(-2 * size))
    result: Array = np.where(size < 1, np.log1p(2 * half * half), far)
    return result


def exp_excess(t: Array) -> Array:
    """Return exp(t) - 1 - t, never negative: near 0 by its series, as expm1(t) - t cancels."""
    u = np.clip(t, -SERIES, SERIES)
    series = np.full_like(u, 1 / 40320)
    for factorial in (5040, 720, 120, 24, 6, 2):
        series *= u
        series += 1 / factorial
    series *= u
    series *= u
    excess: Array = np.expm1(t)
    excess -= t
    np.copyto(excess, series, where=u == t)
    return excess


def log_sum_exp(x: Array) -> Array:
    """Return log(sum of exp) over the first axis, the largest subtracted first against overflow."""
    top = x.max(axis=0)
    log_sum: Array = top + np.log(np.exp(x - top).sum(axis=0))
    return np.where(np.isinf(top), top, log_sum)


def quantiles(values: Array, at: Sequence[float]) -> list[float]:
    """Return quantiles, interpolated linearly as NumPy and PyTorch do by default; nan if any is.

    Between two infinities it is infinite, where an interpolation would give nan.
    """
    if not values.size or np.isnan(values).any():
        return [math.nan] * len(at)
    ranks = [q * (values.size - 1) for q in at]
    places = sorted({int(rank) + step for rank in ranks for step in (0, 1)} - {values.size})
    ordered = np.partition(values, places)
    found = []
    for rank in ranks:
        low = float(ordered[int(rank)])
        high = float(ordered[min(int(rank) + 1, values.size - 1)])
        share = rank - int(rank)
        found.append(low if low == high or not share else low + (high - low) * share)
    return found
