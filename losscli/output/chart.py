"""Charts: what a picture shows, without size, color or format; `svg` and `chart_text` draw it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

ROUND = (1.0, 2.0, 5.0, 10.0)
"""The first digits of round steps."""


class Scale(Enum):
    """How an axis places its values."""

    LINEAR = auto()
    LOG = auto()
    EDGES = auto()
    """Bins that are drawn equally wide, whatever their edges: a value is the number of an edge."""
    NAMES = auto()
    """One place for each name: a value is the number of a name, from 0."""


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
        if self.scale is Scale.LOG:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low))
        return (value - low) / (high - low) if high > low else 0.5

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
        return [Tick(self.place(value), f"{value:.6g}") for value in values]


def round_values(low: float, high: float, most: int) -> list[float]:
    """Return round values from low to high, at most so many, evenly spaced."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    rough = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(first * power for first in ROUND if first * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # From whole numbers, so that 0.3 is not 0.30000000000000004.
    decimals = max(0, -math.floor(math.log10(step)))
    return [round(number * step, decimals) for number in range(first, last + 1)]


def _powers(low: float, high: float, most: int) -> list[float]:
    """Return powers of ten from low to high; between few of them also 2 and 5 times each."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1.0,) if last - first > most // 3 else (1.0, 2.0, 5.0)
    stride = max(1, -(-(last - first + 1) // max(1, most)))
    powers = range(first, last + 1, stride if steps == (1.0,) else 1)
    values = [float(f"{step}e{power}") for power in powers for step in steps]
    return [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]


@dataclass(frozen=True)
class Bars:
    """A bar for each bin or name; horizontal if the names are on the y axis."""

    values: Sequence[float]
    parts: Sequence[float] = ()
    """How much of each bar is of the second kind, such as wrong predictions."""
    part_name: str = ""
    labels: Sequence[str] = ()
    """Short texts at the ends of the bars."""
    label_name: str = ""
    tips: Sequence[str] = ()
    """What a reader with a mouse, or a screen reader, is told about each."""


@dataclass(frozen=True)
class Line:
    """Points that are joined: a curve, or a guide such as the diagonal."""

    xs: Sequence[float]
    ys: Sequence[float]
    name: str = ""
    """Written at its end."""
    tint: int = 0
    is_guide: bool = False


@dataclass(frozen=True)
class Points:
    """Single points, each with an interval if there is one."""

    xs: Sequence[float]
    ys: Sequence[float]
    sizes: Sequence[float] = ()
    """Shares of 1 that their areas show."""
    intervals: Sequence[tuple[float, float]] = ()
    tips: Sequence[str] = ()
    tint: int = 0


@dataclass(frozen=True)
class Cells:
    """A grid of cells, rows from the bottom of the y axis: counts of classes, or of many points."""

    shares: Sequence[Sequence[float]]
    """How dark each cell is, 0 to 1."""
    texts: Sequence[Sequence[str]] = ()
    tips: Sequence[Sequence[str]] = ()
    diagonal_is_good: bool = False
    """Whether the cells off the diagonal, from the top left, are mistakes."""


Mark = Bars | Line | Points | Cells


@dataclass(frozen=True)
class Chart:
    """A chart: a title that says what it shows, two axes, and what is drawn between them."""

    title: str
    x: Axis
    y: Axis
    marks: Sequence[Mark]
    note: str = ""
    """A line below it: what sizes, labels and colors mean."""
