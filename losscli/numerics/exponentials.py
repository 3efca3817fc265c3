"""Exponentials of columns, split at one entry of each so that no digits are lost.

Arrays are (c, m): the class axis is the first axis, samples run along the last.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from losscli.numerics.arrays import Array
from losscli.numerics.elementary import exp_of_gaps, sum_columns
from losscli.numerics.entries import Entries
from losscli.numerics.strips import strips

REACH = {"d": (1e-150, 1e150), "f": (1e-18, 1e18)}
"""By dtype: sums of exponentials in this range can be divided, and lose nothing to denormals."""


class Exponentials(NamedTuple):
    """The exponentials of each column, split at one entry per column to lose no digits.

    Each column is correct up to a factor of its own, which cancels in every quotient.
    """

    others: Array
    """The exponentials with 0 at the split entry, shape (c, m); fresh, may be overwritten.

    Of shape (0, m) if they were not asked for.
    """
    rest: Array
    """Column sums of `others`, shape (m,)."""
    at: Array
    """The exponential of the split entry, shape (m,)."""
    minus_log: Array
    """Minus log softmax at the split entry, log((rest + at) / at), shape (m,)."""

    @property
    def sum(self) -> Array:
        """Column sums, shape (m,)."""
        return self.rest + self.at


def exponentials(x: Array, split: Entries, *, others: bool = True) -> Exponentials:
    """Return the exponentials of the columns of x (c, m), split at one entry of each.

    Where exp(x) neither overflows nor underflows, nothing is subtracted first: x - max would be
    rounded, by up to 4e-15 for a gap of 40, which exp turns into a relative error.
    """
    c, m = x.shape
    parts = strips(x)
    at, rest = np.exp(split.of(x)), np.empty(m, x.dtype)
    kept = np.empty_like(x if others else x[:, parts[0]])
    for part in parts:
        e = kept[:, part] if others else kept[:, : part.stop - part.start]
        if len(parts) > 1:
            # From memory, a copy is read several times as fast as an exponential.
            np.copyto(e, x[:, part])
        np.exp(e if len(parts) > 1 else x, out=e)
        split.part(part).put(e, 0)
        rest[part] = sum_columns(e)
    exps = Exponentials(kept if others else kept[:0], rest, at, np.log1p(rest / at))
    low, high = REACH[x.dtype.char]
    # Sums that are huge, tiny, empty or NaN: there the maximum must be subtracted.
    smallest, largest = np.minimum.reduce, np.maximum.reduce
    if not (low < smallest(at) and low < smallest(rest) and largest(at) < high > largest(rest)):
        far = ~((low < at) & (at < high) & (low < rest) & (rest < high))
        _subtract_first(x[:, far], Entries(split.rows[far], c), far, exps)
    return exps


def _subtract_first(x: Array, split: Entries, far: Array, exps: Exponentials) -> None:
    """Replace the columns `far` of the exponentials by those of x - max, which cannot overflow.

    `x` and `split` are those of these columns alone.

    The sum then holds an exp(0) = 1. Where that is the split entry, at - 1 is 0 and log1p sees what
    the other classes add, however small; a plain log(sum) would see log(1).
    """
    top = x.max(axis=0)
    e = exp_of_gaps(x, top)
    at = split.of(e)
    split.put(e, 0)
    rest = sum_columns(e)
    if exps.others.size:
        exps.others[:, far] = e
    exps.rest[far], exps.at[far] = rest, at
    exps.minus_log[far] = (top - split.of(x)) + np.log1p(rest + (at - 1))


class Underflown(NamedTuple):
    """Entries of columns whose exponential underflows, though their share of the sum does not."""

    at: tuple[Array, Array]
    """Their rows and columns."""
    ratio: Array
    """Their exponentials over that of the split entry of their column."""


def underflown(x: Array, split: Entries, exps: Exponentials) -> Underflown | None:
    """Return the entries that `exponentials` lost; None where there are none, as almost always."""
    finfo = np.finfo(x.dtype)
    # What underflows is also less than any number as a share of a sum of about 1 or more.
    if not (exps.sum < 0.5).any() or not (x < math.log(finfo.smallest_normal)).any():
        return None
    # In columns from which the maximum was subtracted, what is 0 is less than any number.
    reached = exps.at > REACH[x.dtype.char][0]
    lost = (exps.others < finfo.smallest_normal) & np.isfinite(x) & reached
    rows, columns = np.nonzero(lost & (x < split.of(x)))
    ratio = exp_of_gaps(x[rows, columns], x[split.rows[columns], columns])
    return Underflown((rows, columns), ratio)
