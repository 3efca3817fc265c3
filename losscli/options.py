"""What an option of a loss may be: its range, its help, and how far an array reaches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

from numpy.typing import NDArray

Array = NDArray[Any]


class Extent(Enum):
    """How far an array option reaches: it is no role, but it holds one number for each of these."""

    CLASS = "one number a class, shape (c,)"
    TERM = "broadcast to the input's shape"


@dataclass(frozen=True)
class ArrayOption:
    """An option that is a file, a number or a list of numbers, all finite and at least 0."""

    extent: Extent
    help: str

    @property
    def domain(self) -> str:
        """The domain in words."""
        return "at least 0; a number, a list like 0.2,1,3 or a file"


ClassWeight = Annotated[
    Array,
    ArrayOption(Extent.CLASS, "weight of each class: a file, a number or a list like 0.2,1,3"),
]
TermWeight = Annotated[
    Array,
    ArrayOption(
        Extent.TERM, "weight of each term, broadcast to the input: a file, a number or a list"
    ),
]
PosWeight = Annotated[
    Array,
    ArrayOption(
        Extent.TERM, "weight of the positive part, broadcast to the input: a file, number or list"
    ),
]


@dataclass(frozen=True)
class Bounds:
    """The range of a numeric option, and its help."""

    help: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    beyond_torch: bool = False
    """PyTorch's function has no such option: the signature names it only when it is used."""
    unweighted: bool = False
    """Class weights do not multiply this part: it is rescaled where they are."""

    def __contains__(self, value: float) -> bool:
        above = value > self.low if self.open_low else value >= self.low
        try:
            finite = math.isfinite(value)
        except OverflowError:  # an int beyond every float
            finite = False
        return above and value <= self.high and finite

    @property
    def domain(self) -> str:
        """The range in words."""
        if self.low > -math.inf and self.high < math.inf:
            return f"{'above' if self.open_low else 'from'} {self.low:g} to {self.high:g}"
        if self.low > -math.inf:
            return f"{'above' if self.open_low else 'at least'} {self.low:g}"
        return f"at most {self.high:g}" if self.high < math.inf else "any finite number"


def above(low: float, help: str) -> Bounds:
    """Bounds of an option that must be greater than `low`."""
    return Bounds(help, low=low, open_low=True)


def at_least(
    low: float, help: str, *, beyond_torch: bool = False, unweighted: bool = False
) -> Bounds:
    """Bounds of an option that must be at least `low`."""
    return Bounds(help, low=low, beyond_torch=beyond_torch, unweighted=unweighted)


def within(low: float, high: float, help: str) -> Bounds:
    """Bounds of an option in the closed interval [low, high]."""
    return Bounds(help, low=low, high=high)


@dataclass(frozen=True)
class Help:
    """The help of an option without a range: a choice, a switch."""

    help: str


IgnoreIndex = Annotated[
    int, Bounds("targets of this value do not count: loss 0, gradient 0, not in the mean")
]
From = Annotated[
    Literal["logits", "probs", "log-probs"],
    Help("what the input already is; never guessed, never renormalised"),
]
