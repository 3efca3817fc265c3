"""Whether the numbers of an input look like probabilities, log-probabilities, or neither.

x is (c, m): a column is one term. The warnings of every loss and the rules of `loss diagnose` share
these checks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from losscli.losses.declare.role_kind import Kind
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import sigmoid
from losscli.numerics.rounding import rounding_of

CLEAR = 1.25
"""Standard errors: of files of 50 probabilities, about 1 % pass for logits."""
FEWEST_ELEMENTS = 20
"""This many numbers in [0, 1] are not chance: half of an ordinary model's logits are negative."""


def row_sum_tolerance(x: Array) -> float:
    """Return how far rounding alone may move the sums of columns of probabilities from 1.

    The digits that the numbers have tell how they were rounded. If they are logarithms, it is the
    tolerance of their log-sum-exp, which a relative rounding moves by up to the entropy.
    """
    classes: int = x.shape[0]
    rounding = rounding_of(x)
    moved = classes * rounding.absolute + max(1.0, math.log(max(1, classes))) * rounding.relative
    return min(0.1, max(1e-5, moved))


def sums_off(x: Array, tolerance: float | None = None) -> tuple[Array, Array]:
    """Return which columns do not sum to 1, and the sums, both (m,)."""
    tolerance = row_sum_tolerance(x) if tolerance is None else tolerance
    sums = x.sum(axis=0, dtype=np.float64)
    # A sum of 0.9 may be off by slightly less than 0.1, as it was rounded: the edge counts as off.
    return np.abs(sums - 1) >= tolerance * (1 - 1e-9), sums


def in_unit(values: Array) -> bool:
    """Return whether every number is in [0, 1]; for most inputs the first row decides."""
    return bool((values[0] >= 0).all() and (values >= 0).all() and (values <= 1).all())


def are_probabilities(x: Array) -> bool:
    """Return whether every column is in [0, 1] and sums to 1."""
    return in_unit(x) and not sums_off(x)[0].any()


def are_zeros_and_ones(values: Array) -> bool:
    """Return whether every number is 0 or 1, and not all are 0."""
    return in_unit(values) and bool((values == (values != 0)).all() and values.any())


@dataclass(frozen=True)
class SigmoidFit:
    """How much better targets fit the sigmoids of numbers in [0, 1] than the numbers themselves."""

    count: int = 0
    gain: float = 0.0
    """By how much the sum of the squared differences is smaller."""
    squares: float = 0.0
    """Sum of the squares of what each number adds to it."""

    def __add__(self, other: SigmoidFit) -> SigmoidFit:
        """Return the fit of both."""
        count, gain = self.count + other.count, self.gain + other.gain
        return SigmoidFit(count, gain, self.squares + other.squares)

    @property
    def are_logits(self) -> bool:
        """Whether the numbers are logits: the gain is CLEAR standard errors above 0 or more."""
        if self.count < 2:
            return False
        variance = (self.squares - self.gain**2 / self.count) / (self.count - 1)
        return self.gain > CLEAR * math.sqrt(max(0.0, variance) * self.count)


def sigmoid_fit(x: Array, target: Array) -> SigmoidFit:
    """Compare how targets fit numbers in [0, 1], and their sigmoids."""
    gains = (x - target) ** 2 - (sigmoid(x) - target) ** 2
    return SigmoidFit(gains.size, float(gains.sum()), float((gains * gains).sum()))


def above_zero(x: Array) -> tuple[Array, Array]:
    """Return which terms have a number above 0, not a log-probability, and the largest of each."""
    top = x.reshape(-1, x.shape[-1]).max(axis=0)
    return top > 0, top


def beyond(x: Array, kind: Kind) -> tuple[Array, Array]:
    """Return which columns have a number outside the kind's domain, and that number."""
    low, high = x.min(axis=0), x.max(axis=0)
    above = high > kind.high
    return above | (low < kind.low), np.where(above, high, low)
