"""Numbers that remember how they were computed, so that a walk shows its own arithmetic.

A walk computes with these as with floats: `e / total` has a value, the expression `1.0 / 2.62` that
a step shows, and a bound of its rounding error. Arithmetic is that of IEEE 754
(log 0 is -inf, nothing is raised), except that a factor of 0 wins over an infinity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

UNIT = 2.0**-53
"""Half a unit in the last place of 1.0: the largest relative rounding error of one operation."""
TINY = 2.0**-1020
"""The error of an operation where numbers underflow, in units of UNIT."""
LOST = 1e-8
"""A number whose bound is above this share of it has no digits left to show."""

GIVEN, MADE = "given", "made"
"""Leaves: a number of the user's or of the formula, and a result of an earlier step.

A leaf is written as a number; where it has an argument, that says how it came about.
"""
IF = "if"
"""A part of a sum that counts where a comparison holds: the part, the comparison, what else."""
LOGSUMEXP = "logsumexp"
_ORIGINS_KEPT: ContextVar[bool] = ContextVar("origins kept", default=False)


@contextmanager
def origins_kept() -> Iterator[None]:
    """Let the results of steps keep how they came about, for those who follow a whole walk."""
    token = _ORIGINS_KEPT.set(True)
    try:
        yield
    finally:
        _ORIGINS_KEPT.reset(token)


class Number:
    """A double, the operation that made it, and a bound of its error in units of UNIT."""

    __slots__ = ("args", "error", "op", "value")

    def __init__(
        self, value: float, error: float = 0.0, op: str = GIVEN, args: Sequence[Number] = ()
    ) -> None:
        self.value = float(value)
        self.error = math.inf if math.isnan(error) else error
        self.op = op
        self.args = tuple(args)

    def __repr__(self) -> str:
        return f"Number({self.value!r})"

    def __float__(self) -> float:
        return self.value

    @property
    def bound(self) -> float:
        """How far the value may be from the exact one."""
        return self.error * UNIT

    @property
    def is_lost(self) -> bool:
        """Whether rounding left no digits: an exp that underflowed, a difference of near equals."""
        return math.isinf(self.error) or self.bound > LOST * abs(self.value)

    def settled(self) -> Number:
        """Return the result as a later step uses it: the number alone."""
        if self.op in (GIVEN, MADE):
            return self
        origin = (self,) if _ORIGINS_KEPT.get() else ()
        return Number(self.value, self.error, GIVEN if self.is_count else MADE, origin)

    @property
    def is_count(self) -> bool:
        """Whether this is the number of parts that count in a sum."""
        return self.op == "sum" and all(
            arg.op == IF and arg.args[0].op == GIVEN and arg.args[0].value == 1 for arg in self.args
        )

    def __add__(self, other: Number | float) -> Number:
        b = given(other)
        return _result_of(self.value + b.value, self.error + b.error, "+", self, b)

    def __radd__(self, other: float) -> Number:
        return given(other) + self

    def __sub__(self, other: Number | float) -> Number:
        b = given(other)
        return _result_of(self.value - b.value, self.error + b.error, "-", self, b)

    def __rsub__(self, other: float) -> Number:
        return given(other) - self

    def __mul__(self, other: Number | float) -> Number:
        b = given(other)
        error = _product(abs(self.value), b.error) + _product(abs(b.value), self.error)
        return _result_of(_product(self.value, b.value), error + TINY, "*", self, b)

    def __rmul__(self, other: float) -> Number:
        return given(other) * self

    def __truediv__(self, other: Number | float) -> Number:
        b = given(other)
        value = _quotient(self.value, b.value)
        if math.isinf(b.value) and math.isfinite(self.value):
            # A number that overflowed is too large for float64; its reciprocal is nearly 0.
            return Number(value, TINY, "/", (self, b))
        error = _quotient(self.error, abs(b.value)) + _product(
            abs(value), _quotient(b.error, abs(b.value))
        )
        return _result_of(value, error + TINY, "/", self, b)

    def __rtruediv__(self, other: float) -> Number:
        return given(other) / self

    def __neg__(self) -> Number:
        # 0 - x, so that -0 is never shown.
        return Number(0.0 - self.value, self.error, "neg", (self,))

    def __abs__(self) -> Number:
        return Number(abs(self.value), self.error, "abs", (self,))

    def __pow__(self, other: Number | float) -> Number:
        a, k = self.value, given(other)
        value = _power(a, k.value)
        slope = abs(k.value) * abs(_power(a, k.value - 1)) if k.value else 0.0
        error = _product(slope, self.error) + 2 * abs(value)
        if k.error and a > 0:
            error += abs(value * math.log(a)) * k.error
        return _result_of(value, error + TINY, "^", self, k)


def given(value: Number | float) -> Number:
    """Return a plain number as a leaf."""
    return value if isinstance(value, Number) else Number(value)


def _result_of(value: float, error: float, op: str, *args: Number) -> Number:
    exact = op in "+-*" and error <= TINY and abs(value) <= 2**53
    if exact and all(arg.value.is_integer() for arg in args):
        # Small integers are added and multiplied without rounding.
        return Number(value, 0.0, op, args)
    rounding = abs(value) if math.isfinite(value) else 0.0
    return Number(value, error + rounding, op, args)


def _product(a: float, b: float) -> float:
    if (a == 0 or b == 0) and not (math.isnan(a) or math.isnan(b)):
        return 0.0
    return a * b


def _quotient(a: float, b: float) -> float:
    if b:
        return a / b
    sign = math.copysign(1.0, a) * math.copysign(1.0, b)
    return math.nan if not a or math.isnan(a) else sign * math.inf


def _power(a: float, k: float) -> float:
    try:
        return math.pow(a, k)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if a == 0 else math.nan


def exp(x: Number) -> Number:
    """Return e to the x; inf where it overflows."""
    try:
        value = math.exp(x.value)
    except OverflowError:
        value = math.inf
    growth = math.expm1(min(x.bound, 700.0)) / UNIT if x.bound > 1e-8 else x.error
    if x.bound > 1:
        # No digit of x is correct: it may as well be the largest number within its bound.
        return _result_of(value, math.exp(min(x.value + x.bound, 700.0)) / UNIT, "exp", x)
    return _result_of(value, _product(value, growth) + abs(value) + TINY, "exp", x)


def log(x: Number) -> Number:
    """Return the natural logarithm; of 0 it is -inf, of negative numbers nan."""
    if x.value > 0:
        value = math.log(x.value) if x.value < math.inf else math.inf
    else:
        value = -math.inf if x.value == 0 else math.nan
    error = x.error / x.value if x.bound < x.value / 2 else math.inf if x.error else 0.0
    return _result_of(value, 2 * error, "log", x)


def log1p(x: Number) -> Number:
    """Return log(1 + x), exact for small x."""
    value = math.log1p(x.value) if -1 < x.value < math.inf else log(x + 1).value
    error = x.error / (1 + x.value) if x.value > -1 else math.inf
    return _result_of(value, error, "log1p", x)


def sqrt(x: Number) -> Number:
    """Return the square root."""
    value = math.sqrt(x.value) if x.value >= 0 else math.nan
    error = x.error / (2 * value) if value and x.bound < x.value else math.sqrt(x.bound) / UNIT
    return _result_of(value, error, "sqrt", x)


def maximum(*numbers: Number | float) -> Number:
    """Return the largest of a few numbers; nan if one is."""
    return _extreme(max, "max", [given(number) for number in numbers])


def minimum(*numbers: Number | float) -> Number:
    """Return the smallest of a few numbers; nan if one is."""
    return _extreme(min, "min", [given(number) for number in numbers])


def _extreme(choose: Callable[[Iterable[float]], float], op: str, numbers: list[Number]) -> Number:
    values = [number.value for number in numbers]
    value = math.nan if any(map(math.isnan, values)) else choose(values)
    errors = (number.error for number in numbers if math.isfinite(number.value))
    return Number(value, max(errors, default=0.0), op, numbers)


Function = Callable[[Number], Number]


def smooth(op: str, function: Callable[[float], float], *, grows: bool = False) -> Function:
    """Return a function with a slope of at most 1, or at most 1 + its size where it `grows`."""

    def apply(x: Number) -> Number:
        try:
            value = function(x.value)
        except OverflowError:
            value = math.copysign(math.inf, function(math.copysign(1.0, x.value)))
        except ValueError:
            value = math.nan
        error = _product(1 + abs(value), x.error) if grows else x.error
        return _result_of(value, error + abs(value), op, x)

    return apply


tanh, cos, sin = smooth("tanh", math.tanh), smooth("cos", math.cos), smooth("sin", math.sin)
sinh, cosh = smooth("sinh", math.sinh, grows=True), smooth("cosh", math.cosh, grows=True)


def arccos(x: Number) -> Number:
    """Return the angle of a cosine, 0 to pi."""
    value = math.acos(x.value) if -1 <= x.value <= 1 else math.nan
    room = max(math.sqrt(max(1 - x.value * x.value, 0.0)), math.sqrt(max(x.bound, UNIT)))
    return _result_of(value, x.error / room + 1 / room, "arccos", x)


def total(numbers: Sequence[Number]) -> Number:
    """Return the sum of some numbers, added from left to right."""
    if len(numbers) == 1 and numbers[0].op != IF:
        return numbers[0]
    value = math.fsum(n.value for n in numbers) if _all_finite(numbers) else _plain_sum(numbers)
    error = math.fsum(number.error for number in numbers)
    sizes = math.fsum(abs(n.value) for n in numbers) if _all_finite(numbers) else 0.0
    return Number(value, error + sizes, "sum", numbers)


def _all_finite(numbers: Sequence[Number]) -> bool:
    return all(abs(number.value) < 1e300 for number in numbers)


def _plain_sum(numbers: Sequence[Number]) -> float:
    return sum(number.value for number in numbers)


def logsumexp(*numbers: Number) -> Number:
    """Return log(exp(a) + exp(b) + ...), which needs no exp that underflows."""
    if len(numbers) == 1:
        return numbers[0]
    top = given(maximum(*numbers).value)
    if top.value == -math.inf:
        return Number(-math.inf, 0.0, LOGSUMEXP, numbers)
    exact = top + log(total([exp(number.value - top) for number in numbers]))
    # It changes by no more than the one that changes most.
    error = max(number.error for number in numbers)
    return Number(exact.value, exact.error + error, LOGSUMEXP, numbers)


def spelled_out(tree: Number) -> Number:
    """Return a log-sum-exp as it is written: the log of a sum of exponentials."""
    return Number(tree.value, 0.0, "log", (total([exp(number) for number in tree.args]),))


def sign(x: Number) -> Number:
    """Return -1, 0 or 1; nan for nan."""
    value = x.value if x.value != x.value else float((x.value > 0) - (x.value < 0))
    return Number(value, 0.0, "sign", (x,))
