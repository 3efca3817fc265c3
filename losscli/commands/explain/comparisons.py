"""What holds of numbers, as a number: 1 or 0, and which two it compares."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from losscli.commands.explain.number import GIVEN, IF, UNIT, Number, given

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def comparison(relation: str) -> Callable[[Number, Number], Number]:
    """Return a comparison as a step shows it: 1 where it holds, 0 where not; nan holds nothing."""

    def compared(a: Number, b: Number) -> Number:
        return Number(float(COMPARE[relation](a.value, b.value)), 0.0, relation, (a, b))

    return compared


def indicator(relation: str) -> Callable[[Number, Number], Number]:
    """Return a comparison as a formula uses it: 1, 0, or nan where one side is nan."""

    def compared(a: Number, b: Number) -> Number:
        holds = float(COMPARE[relation](a.value, b.value))
        is_nan = math.isnan(a.value) or math.isnan(b.value)
        test = Number(math.nan if is_nan else holds, 0.0, f"[{relation}]", (a, b))
        return Number(test.value, 0.0, GIVEN, (test,))

    return compared


def where(part: Number, test: Number, otherwise: float) -> Number:
    """Return a part of a reduction where a comparison holds, and what changes nothing elsewhere."""
    chosen = part if test.value == 1 else given(otherwise)
    return Number(chosen.value, chosen.error, IF, (part, test, given(otherwise)))


def lost(*numbers: Number) -> Number:
    """Return 1 where rounding left no digits of one of these numbers, else 0."""
    return Number(float(any(number.is_lost for number in numbers)), 0.0, "lost", numbers)


def alike(a: Number, b: Number) -> Number:
    """Return 1 where two results are the same but for rounding, or not finite, else 0."""
    room = 4 * (a.bound + b.bound) + 8 * UNIT * max(1.0, abs(b.value))
    gap = abs(a.value - b.value)
    return Number(float(gap <= room or not math.isfinite(gap)), 0.0, "alike", (a, b))
