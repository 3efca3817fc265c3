"""A function traced closely where it bends: kinks, jumps and infinities keep their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from losscli.numerics.arrays import Array
from losscli.numerics.elementary import quantiles
from losscli.output.chart import MOST_TICKS, round_values

COARSE = 129
ROUNDS = 14
"""How often an interval in which the function bends is halved."""
BEND = 1e-3
"""Of the height of the picture: a smaller bend is not seen."""
JUMP = 0.02
DEEPER = 10
"""How often the neighborhood of the smallest value is divided by four."""
ROUNDING = 1e-12
STEEP = 0.98
POLE = 2.0
"""A function that leaves the range of this part of its values by so much more is cut there."""


class Trace(NamedTuple):
    """Points of a function, ascending."""

    x: Array
    y: Array


def traced(f: Callable[[Array], Array], low: float, high: float, at: Iterable[float]) -> Trace:
    """Return points of a function from low to high, those of `at` among them."""
    more = [x for x in (*at, *round_values(low, high, MOST_TICKS)) if low <= x <= high]
    x = np.unique(np.array([*np.linspace(low, high, COARSE), *more]))
    y = f(x)
    finite = y[np.isfinite(y)]
    height = float(np.ptp(finite)) if finite.size else 0.0
    left = np.arange(len(x) - 1)
    for _ in range(ROUNDS):
        middle = (x[left] + x[left + 1]) / 2
        inside = (middle > x[left]) & (middle < x[left + 1])
        left, middle = left[inside], middle[inside]
        if not left.size:
            break
        found = f(middle)
        with np.errstate(invalid="ignore", over="ignore"):
            bend = np.abs(found - (y[left] + y[left + 1]) / 2)
        # A NaN cannot be seen, an infinity at one end is.
        bends = (bend > BEND * (height or 1.0)) | (np.isinf(y[left]) != np.isinf(y[left + 1]))
        left, middle, found = left[bends], middle[bends], found[bends]
        if not left.size:
            break
        x, y = np.insert(x, left + 1, middle), np.insert(y, left + 1, found)
        first = left + np.arange(len(left))
        left = np.sort(np.concatenate([first, first + 1]))
    return Trace(x, y)


def lowest(f: Callable[[Array], Array], trace: Trace) -> float:
    """Return where a traced function is smallest, to six digits of its neighborhood."""
    at = int(np.nanargmin(trace.y))
    place, least = float(trace.x[at]), float(trace.y[at])
    low, high = float(trace.x[max(at - 1, 0)]), float(trace.x[min(at + 1, len(trace.x) - 1)])
    for _ in range(DEEPER):
        x = np.linspace(low, high, 9)
        y = f(x)
        best = int(np.nanargmin(y))
        # Less is rounding: a floor keeps the place that was found first.
        if least - y[best] > ROUNDING * max(1.0, abs(least)):
            place, least = float(x[best]), float(y[best])
        low, high = float(x[max(best - 1, 0)]), float(x[min(best + 1, 8)])
    return place


def heights(traces: Sequence[Trace]) -> tuple[float, float]:
    """Return the lowest and the highest value that a picture of the traces shows.

    What only a few points reach, infinite or not, is left out: it would flatten everything else.
    """
    lows, highs = [], []
    for trace in traces:
        # Evenly spaced, so that a pole does not count as often as it was looked at.
        even = np.interp(np.linspace(trace.x[0], trace.x[-1], COARSE), trace.x, trace.y)
        finite = even[np.isfinite(even)]
        if not finite.size:
            continue
        low, high = quantiles(finite, [1 - STEEP, STEEP])
        most, least = float(trace.y.max()), float(trace.y.min())
        room = POLE * (high - low)
        highs.append(high if most > high + room else most)
        lows.append(low if least < low - room else least)
    return (min(lows), max(highs)) if lows else (0.0, 1.0)


def clipped(trace: Trace, low: float, high: float) -> Trace:
    """Return a trace between two heights: it ends at them, and NaN parts what is not joined."""
    xs: list[float] = []
    ys: list[float] = []
    step = (high - low) * JUMP
    near = (trace.x[-1] - trace.x[0]) / COARSE / 2 ** (ROUNDS - 2)
    before: tuple[float, float] | None = None
    for x, y in zip(trace.x.tolist(), trace.y.tolist(), strict=True):
        if before is not None:
            jumps = x - before[0] <= near and abs(y - before[1]) > step
            for edge in () if jumps else _crossings(before, (x, y), low, high):
                xs.append(edge[0])
                ys.append(edge[1])
            if jumps:
                xs.append(x)
                ys.append(np.nan)
        shown = low <= y <= high
        xs.append(x)
        ys.append(y if shown else np.nan)
        before = (x, y)
    return Trace(np.array(xs), np.array(ys))


def _crossings(
    one: tuple[float, float], other: tuple[float, float], low: float, high: float
) -> list[tuple[float, float]]:
    """Return where the line between two points crosses the heights, in its order."""
    (x, y), (to_x, to_y) = one, other
    found = []
    for edge in (low, high):
        if min(y, to_y) < edge < max(y, to_y):
            share = (edge - y) / (to_y - y) if np.isfinite(to_y - y) else float(np.isfinite(y))
            at = x + share * (to_x - x)
            found.append((0.0 if at == 0 else at, edge))
    return sorted(found)
