"""A temperature: logits divided by T, where T would be a round number."""

from __future__ import annotations

import math
from typing import NamedTuple

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation
from losscli.commands.reconcile.forms import LOGITS
from losscli.commands.reconcile.printed import Printed

HOTTEST = 100.0
STEPS = 40
CLOSE = 1e-2
"""Relative, of the minimum; a root needs no more than the digits of a round number."""
EXACT = 1e-4
MOST_BY_CHANCE = 0.01
"""At most this share of the numbers near it is given by some round temperature too."""


class Temperature(NamedTuple):
    """A round temperature that gives the number."""

    value: float
    deviation: Deviation


def temperature(case: Case, printed: Printed) -> Temperature | None:
    """Return the round temperature that gives the number, or None.

    The mean is convex in 1 / T, so it has a number at most once on either side of its minimum.
    Some T gives almost any number; only one of two digits at most says something.
    """
    if not case.loss.nats or case.form != LOGITS:
        return None
    best = _minimum(case)
    for low, high in ((1 / HOTTEST, best), (best, HOTTEST)):
        beta = _solve(case, printed.value, low, high)
        if beta is None:
            continue
        for rounded in _round_ones(1 / beta):
            value = _at(case, 1 / rounded)
            if rounded != 1 and printed.agrees(value) and _says_something(case, printed, rounded):
                return Temperature(value, _deviation(rounded))
    return None


def _says_something(case: Case, printed: Printed, t: float) -> bool:
    """Return whether few temperatures give the number: else one of them is round by chance."""
    step = t / 1000
    slope = abs(_at(case, 1 / (t + step)) - _at(case, 1 / t)) / step
    grid = 10.0 ** (math.floor(math.log10(t)) - (float(f"{t:.1g}") != t))
    return 2 * printed.tolerance <= slope * grid * MOST_BY_CHANCE


def _at(case: Case, beta: float) -> float:
    scaled = case.map_input(lambda x: x * beta)
    return scaled.value(scaled.tally())


def _minimum(case: Case) -> float:
    """Return where the mean is smallest over 1 / T, by golden sections of its logarithm."""
    ratio = (math.sqrt(5) - 1) / 2
    low, high = math.log(1 / HOTTEST), math.log(HOTTEST)
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = _at(case, math.exp(a)), _at(case, math.exp(b))
    while high - low > CLOSE:
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = _at(case, math.exp(a))
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = _at(case, math.exp(b))
    return math.exp((low + high) / 2)


def _solve(case: Case, value: float, low: float, high: float) -> float | None:
    """Return the 1 / T between two at which the mean is the value: false position, safeguarded."""
    at_low, at_high = _at(case, low) - value, _at(case, high) - value
    if not math.isfinite(at_low + at_high) or (at_low > 0) == (at_high > 0):
        return None
    for _ in range(STEPS):
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        if not low < middle < high:
            middle = (low + high) / 2
        here = _at(case, middle) - value
        if here == 0 or abs(high - low) < EXACT * high:
            return middle
        # Illinois: an end that stays has half its weight, so that both ends move.
        if (here > 0) == (at_high > 0):
            high, at_high, at_low = middle, here, at_low / 2
        else:
            low, at_low, at_high = middle, here, at_high / 2
    return (low + high) / 2


def _round_ones(t: float) -> list[float]:
    return list(dict.fromkeys(float(f"{t:.{digits}g}") for digits in (1, 2)))


def _deviation(t: float) -> Deviation:
    return Deviation(
        f"logits are divided by a temperature of {t:g}",
        3,
        lambda case: case.map_input(lambda x: x / t),
        torch={"x": f"({{}} / {t:g})"},
        axis="input",
    )
