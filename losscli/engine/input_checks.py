"""What the numbers of an input look like: rows of probabilities, log-probabilities, or neither.

x is (c, m): a column is one term. One implementation for the warnings of every loss command and for
the rules of `loss diagnose`.
"""

from __future__ import annotations

import numpy as np

from losscli.losses.declare.role_kind import Kind
from losscli.numerics.arrays import Array
from losscli.readers.source import Source

BINARY_ROUNDING = {2: 4e-4, 4: 1e-6, 8: 0.0}
"""Rounding of a probability by the bytes of a binary file's floats."""
FEWEST_ELEMENTS = 20
"""So many numbers in [0, 1] are no chance: half of an ordinary model's logits are below 0."""


def row_sum_tolerance(source: Source, classes: int) -> float:
    """Return how far a row of probabilities may be from 1 by the rounding of its numbers alone."""
    decimals = source.decimals
    known = BINARY_ROUNDING.get(source.dtype.itemsize, 0.0)
    rounding = known if decimals is None else 0.5 * 10.0**-decimals
    return min(0.1, max(1e-5, classes * rounding))


def sums_off(x: Array, tolerance: float) -> tuple[Array, Array]:
    """Return which columns do not sum to 1, and the sums, both (m,)."""
    sums = x.sum(axis=0, dtype=np.float64)
    # A sum printed as 0.9 is off by 0.1 less a rounding: the edge itself counts as off.
    return np.abs(sums - 1) >= tolerance * (1 - 1e-9), sums


def in_unit(values: Array) -> bool:
    """Return whether every number is in [0, 1]; the first row alone tells most inputs apart."""
    return bool((values[0] >= 0).all() and (values >= 0).all() and (values <= 1).all())


def are_probabilities(x: Array, tolerance: float) -> bool:
    """Return whether every column is in [0, 1] and sums to 1."""
    return in_unit(x) and not sums_off(x, tolerance)[0].any()


def above_zero(x: Array) -> tuple[Array, Array]:
    """Return which terms hold a number above 0, no log-probability, and the largest of each."""
    top = x.reshape(-1, x.shape[-1]).max(axis=0)
    return top > 0, top


def beyond(x: Array, kind: Kind) -> tuple[Array, Array]:
    """Return which columns hold a number outside the kind's domain, and that number."""
    low, high = x.min(axis=0), x.max(axis=0)
    above = high > kind.high
    return above | (low < kind.low), np.where(above, high, low)
