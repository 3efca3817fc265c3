"""How entries are stored, and what they are read as: NumPy's numbers, bfloat16, 8-bit floats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from losscli.errors import DataError
from losscli.readers.source import Array

BFLOAT16 = "bfloat16"


class _Layout(NamedTuple):
    """The bits of an 8-bit float: a sign, then the exponent, then the mantissa."""

    exponent: int
    bias: int
    special: str
    """`ieee`: infinity and NaN as in float16; `fn`: one NaN; `fnuz`: its NaN is minus zero."""


_LAYOUTS = {
    "float8_e5m2": _Layout(5, 15, "ieee"),
    "float8_e4m3": _Layout(4, 7, "ieee"),
    "float8_e3m4": _Layout(3, 3, "ieee"),
    "float8_e4m3fn": _Layout(4, 7, "fn"),
    "float8_e5m2fnuz": _Layout(5, 16, "fnuz"),
    "float8_e4m3fnuz": _Layout(4, 8, "fnuz"),
    "float8_e4m3b11fnuz": _Layout(4, 11, "fnuz"),
    "float8_e8m0fnu": _Layout(8, 127, "power"),
}
SHORT_FLOATS = (BFLOAT16, *_LAYOUTS)
"""The floating-point numbers that NumPy lacks, as PyTorch and ml_dtypes name them."""


@dataclass(frozen=True)
class Encoding:
    """How the entries of an array are stored."""

    stored: np.dtype[Any]
    """The dtype of the bytes."""
    short: str = ""
    """The name of a floating-point number that NumPy lacks."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype when read: native byte order, at most float64; float32 for shorter ones."""
        if self.short:
            return np.dtype(np.float32)
        return np.dtype(np.float64) if self.stored.itemsize > 8 else self.stored.newbyteorder("=")

    def decode(self, raw: Array, label: str) -> Array:
        """Turn stored entries into numbers; DataError where float64 cannot hold one.

        The array of entries is used up: it may become that of the numbers.
        """
        if self.short == BFLOAT16:
            # bfloat16 is the upper half of a float32.
            upper = raw.astype(np.uint32)
            upper <<= 16
            return upper.view(np.float32)
        if self.short:
            return np.take(_values(self.short), raw)
        if self.stored.kind == "b":
            return np.not_equal(raw.view(np.uint8), 0)
        if self.stored.itemsize <= 8:
            # In place: a large array is not copied.
            return raw if raw.dtype.isnative else raw.byteswap(inplace=True).view(self.dtype)
        with np.errstate(all="ignore"):
            array = raw.astype(np.float64)
        if np.any(np.isinf(array) & np.isfinite(raw)):
            raise DataError(
                f"{label}: a number of dtype {self.stored} overflows float64; rescale it"
            )
        return array


def short_float(name: str, order: str = "<") -> Encoding:
    """Return the encoding of a floating-point number that NumPy lacks."""
    return Encoding(np.dtype(f"{order}u2" if name == BFLOAT16 else "u1"), name)


@cache
def _values(name: str) -> Array:
    """Return the 256 numbers of an 8-bit float."""
    layout = _LAYOUTS[name]
    code = np.arange(256)
    if layout.special == "power":
        values: Array = np.ldexp(1.0, code - layout.bias)
        values[255] = np.nan
        return values.astype(np.float32)
    mantissa = 7 - layout.exponent
    exponent, fraction = code % 128 >> mantissa, code % 128 % (1 << mantissa)
    lead = np.where(exponent > 0, 1 << mantissa, 0)
    values = np.ldexp(lead + fraction, np.maximum(exponent, 1) - layout.bias - mantissa)
    if layout.special == "ieee":
        top = exponent == (1 << layout.exponent) - 1
        values[top] = np.where(fraction[top] > 0, np.nan, np.inf)
    elif layout.special == "fn":
        values[code % 128 == 127] = np.nan
    values = np.where(code < 128, values, -values)
    if layout.special == "fnuz":
        values[128] = np.nan
    return values.astype(np.float32)
