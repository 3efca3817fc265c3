"""A number as printed in a log: its value and its precision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np

from losscli.errors import UsageError

ROUNDING = 1e-12
"""Relative: sums of doubles in a different order differ by less."""
SINGLE = 5e-7
"""Relative: the precision of a loss computed in float32, a few units in its last place."""
LONG = 9
"""A number of at least this many digits that is exact in float32 was computed in float32."""


@dataclass(frozen=True)
class Printed:
    """A number with its printed precision."""

    text: str
    value: float
    tolerance: float
    single: bool
    """Whether it is a float32 number, printed in full."""

    def agrees(self, value: float) -> bool:
        """Return whether a value would be printed like this."""
        return abs(value - self.value) <= self.tolerance


def parse(text: str, digits: int | None) -> Printed:
    """Read a number as typed: half a unit in its last digit is its precision.

    `digits` after the decimal point, where given, replace those that are typed. Raises UsageError
    for what is not a finite number.
    """
    try:
        exact = Decimal(text.strip())
    except InvalidOperation:
        raise UsageError(f"--value: {text!r} is not a number; give it as it was printed") from None
    value = float(exact) if exact.is_finite() else math.inf
    if not math.isfinite(value):
        raise UsageError(f"--value: {text} is not a finite number; give one")
    exponent = exact.as_tuple().exponent
    typed = -exponent if isinstance(exponent, int) else 0
    count = typed if digits is None else digits
    with np.errstate(over="ignore"):
        is_single = float(np.float32(value)) == value
    single = digits is None and is_single and len(exact.as_tuple().digits) >= LONG
    half_unit = 0.5 * 10.0**-count if count < 400 else 0.0
    floor = abs(value) * (SINGLE if single else ROUNDING)
    # A half is rounded to even or up: the edge itself agrees.
    return Printed(text.strip(), value, max(half_unit * (1 + 1e-9), floor), single)
