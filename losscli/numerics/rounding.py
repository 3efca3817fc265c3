"""To how many digits numbers were rounded before they were stored, in whatever type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from losscli.numerics.arrays import Array

SAMPLED = 1000
"""Unrounded numbers show among so many; the others are then not looked at."""
BITS = {8: 0xFFFF0000, 11: 0xFFFFE000}
"""By significant bits, those of bfloat16 and float16: the bits of a float32 that they keep."""
MANY = 5
"""With this many decimals or digits, numbers of a short type were printed."""
SIX_DIGITS = 5e-6
IN_SHORT_TYPE = 4
"""Exponentials, sums and quotients in a short type round more than once."""


class Rounding(NamedTuple):
    """How far rounding may have moved each number."""

    absolute: float = 0.0
    relative: float = 0.0


def rounding_of(x: Array) -> Rounding:
    """Return the coarsest rounding that explains all numbers of x: few decimals, bits or digits.

    The last axis of x is its longest. NaN and infinity have any digits.
    """
    few = x[..., : 1 + SAMPLED * x.shape[-1] // max(1, x.size)]

    def fewest(rounded: Callable[[Array, int], Array], numbers: Sequence[int]) -> int | None:
        if not _same(few, rounded(few, numbers[-1])):
            return None
        fitting = (n for n in numbers if _same(few, rounded(few, n)) and _same(x, rounded(x, n)))
        return next(fitting, None)

    with np.errstate(all="ignore"):
        # More decimals or digits round a sum by less than any tolerance.
        decimals, digits = fewest(np.round, range(7)), fewest(_to_digits, range(2, 6))
        absolute = 0.0 if decimals is None else 0.5 * 10.0**-decimals
        if min(MANY if n is None else n for n in (decimals, digits)) >= MANY:
            printed = absolute
            bits = fewest(lambda y, bits: _to_bits(y, bits, printed), tuple(BITS))
            if bits is not None:
                return Rounding(relative=IN_SHORT_TYPE * 2.0**-bits)
        if decimals is not None and (digits is None or digits >= decimals + _digits_before(x)):
            return Rounding(absolute)
        if digits is not None:
            return Rounding(absolute, 0.5 * 10.0 ** (1 - digits))
        return Rounding(absolute=1e-6 if (few.astype(np.float32) == few).all() else 0.0)


def _same(x: Array, rounded: Array) -> bool:
    """Return whether rounding changed nothing that a float32 would show."""
    short = x.astype(np.float32)
    return bool(((short == rounded.astype(np.float32)) | np.isnan(short)).all())


def _to_bits(x: Array, bits: int, printed: float) -> Array:
    """Round to significant bits, but keep numbers that six printed digits, or decimals, explain."""
    short = x.astype(np.float32)
    kept = np.uint32(BITS[bits])
    nearest = ((short.view(np.uint32) + (~kept >> 1) + 1) & kept).view(np.float32)
    close = np.abs(nearest - short) <= SIX_DIGITS * np.abs(short) + printed
    return np.where(close, short, nearest)


def _to_digits(x: Array, digits: int) -> Array:
    """Round to significant decimal digits."""
    size = np.where((x == 0) | ~np.isfinite(x), 1, np.abs(x))
    scale = 10.0 ** (digits - 1 - np.floor(np.log10(size)))
    return np.round(x * scale) / scale


def _digits_before(x: Array) -> int:
    """Return how many digits the largest number has in front of its decimal point; 0 for 1."""
    largest = np.abs(x[np.isfinite(x)]).max(initial=1)
    return int(np.ceil(np.log10(largest)))
