"""Charts: what a picture shows, without size, color or format; `svg` and `chart_text` draw it."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

ROUND = (1, 2, 5)
"""The first digits of round steps."""
SMALLEST = 1e-290
"""A shorter axis has one tick: its steps would not be round in binary."""
LARGEST = 1e300
"""The steps of a longer axis might overflow."""
FEWEST_DIGITS, MOST_DIGITS = 6, 17
MOST_TICKS = 6


class Scale(Enum):
    """How an axis places its values."""

    LINEAR = auto()
    LOG = auto()
    EDGES = auto()
    """Bins that are drawn equally wide, whatever their edges: a value is the number of an edge."""
    NAMES = auto()
    """One place for each name: a value is the number of a name, from 0."""


class Shape(Enum):
    """How single points are drawn: two kinds differ in print as well."""

    DOT = auto()
    CROSS = auto()


class Tick(NamedTuple):
    """A place on an axis, 0 to 1, and its label."""

    place: float
    label: str


@dataclass(frozen=True)
class Axis:
    """An axis: its title, with the unit, and what it spans."""

    title: str
    low: float = 0.0
    high: float = 1.0
    scale: Scale = Scale.LINEAR
    edges: Sequence[float] = ()
    names: Sequence[str] = ()

    def place(self, value: float) -> float:
        """Return where a value is, 0 at the low end and 1 at the high one."""
        if self.scale is Scale.EDGES:
            return value / max(1, len(self.edges) - 1)
        if self.scale is Scale.NAMES:
            return (value + 0.5) / max(1, len(self.names))
        low, high = self.low, self.high
        if self.scale is Scale.LOG and 0 < low < high:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low))
        if high <= low:
            return 0.5
        if not math.isfinite(high - low):
            low, high, value = low / 4, high / 4, value / 4
        return (value - low) / (high - low)

    def ticks(self, most: int) -> list[Tick]:
        """Return at most so many round places with their labels, from low to high."""
        if self.scale is Scale.EDGES:
            step = -(-len(self.edges) // max(1, most))
            return [
                Tick(self.place(at), f"{edge:.6g}")
                for at, edge in enumerate(self.edges)
                if at % step == 0
            ]
        if self.scale is Scale.NAMES:
            step = -(-len(self.names) // max(1, most))
            return [
                Tick(self.place(at), name) for at, name in enumerate(self.names) if at % step == 0
            ]
        values = (
            _powers(self.low, self.high, most)
            if self.scale is Scale.LOG
            else round_values(self.low, self.high, most)
        )
        pairs = zip(values, labels(values), strict=True)
        return [Tick(self.place(value), label) for value, label in pairs]


def axis_of(title: str, low: float, high: float, *, log: bool = False) -> Axis:
    """Return an axis that spans the values from low to high, and a little more to round ends."""
    if log and 0 < low < high:
        return Axis(title, low, high, Scale.LOG)
    if not low < high:
        room = abs(low) / 2 or 0.5
        low, high = max(low - room, -sys.float_info.max), min(low + room, sys.float_info.max)
    ticks = round_values(low, high, MOST_TICKS)
    if len(ticks) > 1:
        step = ticks[1] - ticks[0]
        if low < ticks[0] - 1e-9 * step:
            low = max(ticks[0] - step, -sys.float_info.max)
        if high > ticks[-1] + 1e-9 * step:
            high = min(ticks[-1] + step, sys.float_info.max)
    return Axis(title, low, high)


def labels(values: Sequence[float], fewest: int = FEWEST_DIGITS) -> list[str]:
    """Return values as text, with as many digits as tell them apart."""
    found: list[str] = []
    for digits in range(fewest, MOST_DIGITS + 1):
        found = [f"{value:.{digits}g}" for value in values]
        if len(set(found)) == len(set(values)):
            break
    return found


def round_values(low: float, high: float, most: int) -> list[float]:
    """Return round values from low to high, at most so many, evenly spaced.

    One value where they are equal, or too close for more; none where one is not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return []
    span = high - low
    if span > LARGEST:
        tens = (10 * value for value in round_values(low / 10, high / 10, most))
        return [min(max(value, low), high) for value in tens]
    if span < max(SMALLEST, 1e-13 * max(abs(low), abs(high))):
        return [low]
    rough = span / max(1, most - 1)
    exponent = math.floor(math.log10(rough))
    steps = [float(f"{first}e{exponent + up}") for up in (0, 1) for first in ROUND]
    at = next(at for at, step in enumerate(steps) if step >= rough * (1 - 1e-9))
    values = _multiples(steps[at], low, high)
    if len(values) < 2 and at and len(finer := _multiples(steps[at - 1], low, high)) <= most:
        values = finer
    return values


def _multiples(step: float, low: float, high: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # 15 digits, so that multiples of 0.1 become the numbers written as such.
    values = [float(f"{number * step:.15g}") for number in range(first, last + 1)]
    return [min(max(value, low), high) for value in values]


def _powers(low: float, high: float, most: int) -> list[float]:
    """Return powers of ten from low to high; between few of them also 2 and 5 times each."""
    if not 0 < low < high < math.inf:
        return round_values(low, high, most)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for firsts in (ROUND, ROUND[:1]):
        stride = 1 if firsts == ROUND else max(1, -(-(last - first + 1) // max(1, most)))
        powers = range(first, last + 1, stride)
        values = [float(f"{digit}e{power}") for power in powers for digit in firsts]
        inside = [value for value in values if low <= value <= high]
        if len(inside) <= most:
            break
    return inside if len(inside) > 1 else round_values(low, high, most)


@dataclass(frozen=True)
class Bars:
    """A bar for each bin of the x axis."""

    values: Sequence[float]
    parts: Sequence[float] = ()
    """How much of each bar is of the second kind, such as wrong predictions."""
    part_name: str = ""
    labels: Sequence[str] = ()
    """Short texts above the bars."""
    label_name: str = ""
    tips: Sequence[str] = ()
    """Tooltips, one of each."""


@dataclass(frozen=True)
class Line:
    """Points that are joined: a curve, or a guide such as the diagonal."""

    xs: Sequence[float]
    ys: Sequence[float]
    name: str = ""
    """Written at its end."""
    tint: int | None = 0
    """None for the color of text, undashed."""
    is_guide: bool = False
    """Whether it is thin and dashed: the diagonal, or a mean."""


@dataclass(frozen=True)
class Points:
    """Single points, each with an interval if there is one."""

    xs: Sequence[float]
    ys: Sequence[float]
    name: str = ""
    """What they are, in the legend."""
    shape: Shape = Shape.DOT
    sizes: Sequence[float] = ()
    """Shares of 1 that their areas show."""
    intervals: Sequence[tuple[float, float]] = ()
    tips: Sequence[str] = ()
    tint: int = 0


@dataclass(frozen=True)
class Cells:
    """A grid of cells, rows from the top: counts of classes, or of many points."""

    shares: Sequence[Sequence[float]]
    """How dark each cell is, 0 to 1."""
    texts: Sequence[Sequence[str]] = ()
    tips: Sequence[Sequence[str]] = ()
    name: str = ""
    """What the cells of tint 1 are, in the legend."""
    tints: Sequence[Sequence[int]] = ()
    """The tint of each cell; 0 without."""


Mark = Bars | Line | Points | Cells


@dataclass(frozen=True)
class Chart:
    """A chart: a title that says what it shows, two axes, and what is drawn between them."""

    title: str
    x: Axis
    y: Axis
    marks: Sequence[Mark]
    key: str = ""
    """What sizes, shades and lines of a picture mean."""
    note: str = ""
    """What else is to be said about the numbers, such as what is left out."""
    is_square: bool = False
    """Whether both axes are the same."""
