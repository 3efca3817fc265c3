"""A temperature: logits divided by T, where T is a round number."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation
from losscli.commands.reconcile.forms import LOGITS
from losscli.commands.reconcile.printed import Printed

ROUND = [float(f"{digits}e{power}") for power in (-3, -2, -1, 0) for digits in range(10, 100)]
"""The temperatures of two digits from 0.01 to 99, ascending."""
MOST_BY_CHANCE = 0.01
"""A match counts only if round temperatures give at most this share of the numbers near it."""


def temperature(case: Case, printed: Printed) -> tuple[float, Deviation] | None:
    """Return the value and the deviation of the round temperature that gives the number, or None.

    The mean is convex in 1 / T: along the temperatures it falls, then rises, so each side is
    searched by bisection. Some T gives almost any number; only a round one says something.
    """
    if not case.loss.nats or case.form != LOGITS:
        return None

    @cache
    def at(index: int) -> float:
        divided = _divided(case, ROUND[index])
        return divided.value(divided.tally())

    def says_something(index: int) -> bool:
        """Return whether the next equally round temperature gives another number."""
        other = index - 1 if index else 1
        steps = 10 if float(f"{ROUND[index]:.1g}") == ROUND[index] else 1
        return 2 * printed.tolerance <= abs(at(index) - at(other)) * steps * MOST_BY_CHANCE

    last = len(ROUND) - 1
    lowest = bisect_left(range(last), True, key=lambda index: at(index + 1) > at(index))
    for sign, side in ((-1, range(lowest + 1)), (1, range(lowest, last + 1))):
        place = bisect_left(side, sign * printed.value, key=lambda index: sign * at(index))
        for index in side[max(0, place - 1) : place + 1]:
            t = ROUND[index]
            if t != 1 and printed.agrees(at(index)) and says_something(index):
                return at(index), _deviation(t)
    return None


def _divided(case: Case, t: float) -> Case:
    return case.map_input(lambda x: x / t)


def _deviation(t: float) -> Deviation:
    words = f"logits are divided by a temperature of {t:g}"
    torch = {"x": f"({{}} / {t:g})"}
    return Deviation(words, 3, lambda case: _divided(case, t), torch=torch, axis="input")
