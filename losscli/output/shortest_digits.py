"""The shortest digits that read back the same, of many numbers at once.

A number is scaled to a whole number of 17 digits, in two doubles: the second holds what the first
cannot. Of 15, 16 and 17 digits (6 to 9 for float32) it gets the fewest that lie within half a unit
of its last place. Where that is too close to tell, it is left to `repr`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from losscli.output.arrays import Array

WIDTH = 17
"""Digits of a scaled number."""
DOUBT = 1e-6
"""How close to a border is too close, in halves of the last place."""
BIAS, BITS = 1023, 52
"""Of a double's exponent, and of its fraction."""
SPLIT = 134217729.0
"""Times this, a double splits into halves whose products are exact (Dekker 1971)."""


class _Precision(NamedTuple):
    lengths: tuple[int, ...]
    """Digits to try; the first are so few that no two decimals of them are the same number."""
    bits: int
    least: float
    """The smallest normal number."""


PRECISIONS = {
    np.dtype(np.float64): _Precision((15, 16, 17), 53, 2.0**-1022),
    np.dtype(np.float32): _Precision((6, 7, 8, 9), 24, 2.0**-126),
}


class Digits(NamedTuple):
    """The digits of numbers (n,)."""

    digits: Array
    """Whole numbers of 17 digits, with zeros at the end; 0 for 0."""
    length: Array
    """How many digits are written."""
    point: Array
    """Where the decimal point is, counted from the first digit."""
    negative: Array
    unknown: Array
    """Indices of numbers that are left to `repr`: not finite, or too close to call."""


class _Scale:
    """Factors by the binary exponent of a number: twice it, and one more from a power of ten on."""

    def __init__(self) -> None:
        self.border = np.zeros(2048)
        """The least mantissa with one more digit in its whole number."""
        self.factors = np.zeros((4, 4096))
        """A factor as a double, its two halves, and what it lacks."""
        self.points = np.zeros(4096, np.int64)
        self._known = range(BIAS, BIAS)

    def reach(self, first: int, last: int) -> None:
        """Make what is missing of a range of exponents."""
        wanted = range(min(first, self._known.start), max(last + 1, self._known.stop))
        for exponent in wanted:
            if exponent not in self._known:
                self._make(exponent)
        self._known = wanted

    def _make(self, exponent: int) -> None:
        one = Fraction(2) ** (exponent - BIAS)
        point = math.floor((exponent - BIAS) * math.log10(2)) + 1
        border = Fraction(10) ** point / one
        at = float(border)
        self.border[exponent] = math.nextafter(at, math.inf) if at < border else at
        for more in (0, 1):
            exact = one * Fraction(10) ** (WIDTH - point - more)
            factor = float(exact)
            high = factor * SPLIT - (factor * SPLIT - factor)
            lacking = float(exact - Fraction(factor))
            self.factors[:, 2 * exponent + more] = factor, high, factor - high, lacking
            self.points[2 * exponent + more] = point + more


_scale = _Scale()


def shortest_digits(values: Array) -> Digits:
    """Return the digits of float64 or float32 numbers (n,)."""
    lengths, precision, least = PRECISIONS[values.dtype]
    with np.errstate(invalid="ignore"):
        x = np.abs(values, dtype=np.float64)
    normal = (x >= least) & (x < np.inf)
    usual = normal.all()
    if not usual:
        x[~normal] = 1
    bits = x.view(np.int64)
    exponent = bits >> BITS
    _scale.reach(int(exponent.min()), int(exponent.max()))
    mantissa = ((bits & ((1 << BITS) - 1)) | (BIAS << BITS)).view(np.float64)
    at = 2 * exponent + (mantissa >= _scale.border.take(exponent))
    whole, rest, half = _scaled(mantissa, at, precision)
    point = _scale.points.take(at)
    doubt = DOUBT * half
    # The longest first. A shorter one that lies within half the last place replaces it; where one
    # does, the longer ones do too.
    digits, count = whole, np.full(len(x), lengths[-1] + 1)
    below, unsure = whole - (rest < 0), np.abs(rest) > 0.5 - doubt
    for length in reversed(lengths):
        unit = 10 ** (WIDTH - length)
        rounded = (below + unit // 2) // unit * unit if unit > 1 else whole
        away = np.abs((rounded - whole) - rest)
        fits = away < half
        unsure &= ~fits
        unsure |= np.abs(away - half) <= doubt
        if unit * 2.0**precision < 3 * 10**WIDTH:
            unsure |= fits & (np.abs(away - unit / 2) <= doubt)
        digits = digits + (rounded - digits) * fits
        count -= fits
    short = np.flatnonzero(fits)
    count[short] = _without_zeros(digits[short])
    # Below a power of two, numbers are twice as dense.
    powers = np.flatnonzero(mantissa == 1)
    unsure[powers[~(fits & (away < half / 4))[powers]]] = True
    carried = np.flatnonzero(digits >= 10**WIDTH)
    digits[carried] = 10 ** (WIDTH - 1)
    point[carried] += 1
    if not usual:
        zero = values == 0
        digits[zero], count[zero], point[zero] = 0, 1, 1
        unsure[~normal & ~zero] = True
    return Digits(digits, count, point, np.signbit(values), np.flatnonzero(unsure))


def _scaled(mantissa: Array, at: Array, precision: int) -> tuple[Array, Array, Array]:
    """Return mantissas times their factors, rounded, what is left, and half the last place."""
    factor, high, low, lacking = (row.take(at) for row in _scale.factors)
    large = mantissa * SPLIT
    large -= large - mantissa
    small = mantissa - large
    product = mantissa * factor
    rest = large * high - product + large * low + small * high + small * low + mantissa * lacking
    nearest = np.rint(rest)
    half = factor * 2.0**-precision
    return product.astype(np.int64) + nearest.astype(np.int64), rest - nearest, half


def _without_zeros(digits: Array) -> Array:
    """Return how many of 17 digits are left without the zeros at the end, at least one."""
    count = np.full(len(digits), WIDTH)
    for zeros in (8, 4, 2, 1, 1):
        without = digits // 10**zeros
        ends = without * 10**zeros == digits
        digits = np.where(ends, without, digits)
        count[ends] -= zeros
    return count
