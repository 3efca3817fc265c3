"""Deviations with a number that the printed one gives: a temperature, a number of bytes.

Some temperature or divisor gives almost any number; one that is round, or whole to more digits
than chance allows, says something.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache

from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import NOW_AND_THEN, RARELY, Deviation, on_input, sum_over
from losscli.commands.reconcile.forms import LOGITS
from losscli.commands.reconcile.printed import Printed
from losscli.commands.reconcile.tally import Tally, quotient

ROUND = [float(f"{digits}e{power}") for power in (-3, -2, -1, 0) for digits in range(10, 100)]
"""The temperatures of two digits from 0.01 to 99, ascending."""
MOST_BY_CHANCE = 0.01
"""A match counts only if round temperatures give at most this share of the numbers near it."""
MOST_WHOLE = 0.02
"""A divisor counts only if whole numbers give at most this share of the numbers near it."""
MOST_NUMBERS = 1 << 22
"""Up to this many numbers, temperatures are tried."""


def solved(
    case: Case, tally: Tally, asked: Asked, exact: bool
) -> Iterator[tuple[tuple[float], Deviation]]:
    """Yield values and the deviations whose number gives them.

    The sums are those of all rows; the case may have some of them, if it is not `exact`.
    """
    if asked.size is not None:
        return
    printed = asked.last
    plain = case.value(tally)
    yield from _divisors(case, tally, printed)
    if math.prod(case.input.shape) <= MOST_NUMBERS:
        off = 0.0 if exact else case.value(case.tally()) - plain
        yield from _temperatures(case, printed, off, exact=exact)


def _divisors(
    case: Case, tally: Tally, printed: Printed
) -> Iterator[tuple[tuple[float], Deviation]]:
    """Yield a whole number that the sum is divided by: of bytes, of words."""
    for words, unit, plainness in (
        ("bits per byte: the sum over {} bytes, to the base 2", math.log(2), NOW_AND_THEN),
        ("the sum over {} bytes, words or the like, which are not in these files", 1.0, RARELY),
    ):
        if unit != 1 and not case.loss.nats:
            continue
        exact = quotient(tally.numerator, printed.value * unit)
        if not math.isfinite(exact) or not 2 <= exact < 1e15:
            continue
        number = round(exact)
        value = tally.numerator / (number * unit)
        whole = 2 * exact * printed.tolerance / abs(printed.value)
        if printed.agrees(value) and whole <= MOST_WHOLE:
            text = f"{number}" + (" / math.log(2)" if unit != 1 else "")
            fold = sum_over(text, number * unit)
            yield (value,), Deviation(words.format(number), plainness, fold=fold, axis="fold")


def _temperatures(
    case: Case, printed: Printed, off: float, *, exact: bool
) -> Iterator[tuple[tuple[float], Deviation]]:
    """Yield the round temperature that gives the number.

    The mean is convex in 1 / T: along the temperatures it falls, then rises, so each side is
    searched by bisection. Some of the rows are `off` from all of them.
    """
    if not case.loss.nats or case.form != LOGITS:
        return

    @cache
    def at(index: int) -> float:
        divided = case.map_input(_divided(ROUND[index]))
        return divided.value(divided.tally())

    def says_something(index: int) -> bool:
        """Return whether the next equally round temperature gives another number."""
        other = index - 1 if index else 1
        steps = 10 if float(f"{ROUND[index]:.1g}") == ROUND[index] else 1
        return 2 * printed.tolerance <= abs(at(index) - at(other)) * steps * MOST_BY_CHANCE

    last = len(ROUND) - 1
    lowest = bisect_left(range(last), True, key=lambda index: at(index + 1) > at(index))
    for sign, side in ((-1, range(lowest + 1)), (1, range(lowest, last + 1))):
        place = bisect_left(side, sign * (printed.value + off), key=lambda index: sign * at(index))
        for index in side[max(0, place - 1) : place + 1]:
            t = ROUND[index]
            if t != 1 and says_something(index) and (not exact or printed.agrees(at(index))):
                yield (
                    (at(index),),
                    Deviation(
                        f"logits are divided by a temperature of {t:g}",
                        RARELY,
                        on_input(_divided(t)),
                        axis="input",
                    ),
                )
                if exact:
                    return


def _divided(t: float) -> str:
    return f"{{}} / {t:g}"
