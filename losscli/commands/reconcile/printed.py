"""A number as printed in a log: its value and its precision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

import numpy as np

from losscli.errors import UsageError

ROUNDING = 1e-12
"""Relative: sums of doubles in a different order differ by less."""
SINGLE = 5e-7
"""Relative: the precision of a loss computed in float32, a few units in its last place."""
LONG = 9
"""A number of at least this many digits that is exact in float32 was computed in float32."""
SMALLEST = 1e-200
"""Stands for the tolerance of an exact 0 where distances are compared."""


@dataclass(frozen=True)
class Printed:
    """A number with its printed precision."""

    text: str
    value: float
    tolerance: float
    single: bool = False
    """Whether it is a float32 number, printed in full."""

    @property
    def loose(self) -> Printed:
        """The number to the precision of float32, where it has more digits than that."""
        wide = abs(self.value) * SINGLE
        digits = sum(map(str.isdigit, self.text.lower().partition("e")[0]))
        return replace(self, tolerance=max(self.tolerance, wide)) if digits >= LONG else self

    def agrees(self, value: float) -> bool:
        """Return whether a value would be printed like this."""
        return abs(value - self.value) <= self.tolerance

    def distance(self, value: float) -> float:
        """Return by how many tolerances a value is off."""
        return abs(value - self.value) / (self.tolerance or SMALLEST)


def is_number(text: str) -> bool:
    """Return whether a text is a number, perhaps an infinite one, as opposed to a file."""
    try:
        Decimal(text.strip())
    except InvalidOperation:
        return False
    return True


def parse(text: str, digits: int | None) -> Printed:
    """Read a number as typed: half a unit in its last digit is its precision.

    `digits` after the decimal point, where given, replace those that are typed. A 0 without them,
    or `0.0`, as Python prints it, is exactly 0. Raises UsageError for what is not a finite number.
    """
    text = text.strip()
    if not is_number(text):
        raise UsageError(f"--value: {text!r} is not a number; give it as it was printed")
    exact = Decimal(text)
    if not math.isfinite(float(exact) if exact.is_finite() else math.inf):
        raise UsageError(f"--value: {text} is not a finite number; give one")
    typed = _decimals(exact)
    if not exact and digits is None and typed < 2:
        return Printed(text, 0.0, 0.0)
    single = digits is None and _length(exact) >= LONG and _fits_single(exact)
    return _printed(text, exact, typed if digits is None else digits, single=single)


def parse_series(texts: Sequence[str], digits: int | None) -> list[Printed | None]:
    """Read the numbers of one column of a log; None for one that is not finite.

    Programs drop the zeros at the end: numbers of one column have the same decimals, or else the
    same significant digits, whichever leaves fewer zeros dropped.
    """
    exact = [Decimal(text) for text in texts]
    finite = [one for one in exact if one.is_finite() and math.isfinite(float(one))]
    decimals = [_decimals(one) for one in finite]
    lengths = [_length(one) for one in finite if one]
    most, longest = max(decimals, default=0), max(lengths, default=0)
    same_length = sum(longest - own for own in lengths) < sum(most - own for own in decimals)
    single = digits is None and longest >= LONG and all(map(_fits_single, finite))
    found: list[Printed | None] = []
    for text, one in zip(texts, exact, strict=True):
        own = most if digits is None else digits
        if digits is None and same_length and one and one.is_finite():
            own = _decimals(one) + longest - _length(one)
        is_finite = one.is_finite() and math.isfinite(float(one))
        found.append(_printed(text, one, own, single=single) if is_finite else None)
    return found


def _printed(text: str, exact: Decimal, decimals: int, *, single: bool) -> Printed:
    """Return a number with this many decimals."""
    value = float(exact)
    half_unit = 0.5 * 10.0**-decimals if decimals < 400 else 0.0
    floor = abs(value) * (SINGLE if single else ROUNDING)
    # A half is rounded to even or up: the edge itself agrees.
    return Printed(text, value, max(half_unit * (1 + 1e-9), floor), single)


def _decimals(exact: Decimal) -> int:
    exponent = exact.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _length(exact: Decimal) -> int:
    """Return how many digits a number has."""
    return len(exact.as_tuple().digits)


def _fits_single(exact: Decimal) -> bool:
    value = float(exact)
    with np.errstate(over="ignore"):
        return float(np.float32(value)) == value
