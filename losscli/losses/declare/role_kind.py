"""Kinds of roles: contents, layout in a tile, domain, advice."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from losscli.numerics.arrays import Array

if TYPE_CHECKING:
    Rng = np.random.Generator


class Layout(Enum):
    """How a kernel sees a role on a tile of m terms."""

    CLASSES = "classes"
    """The whole class axis of every term: (c, m)."""
    VECTORS = "vectors"
    """One vector per term: (e, m)."""
    SEQUENCES = "sequences"
    """The classes of every step of a term: (c, t, m), laid out step after step."""
    LABELS = "labels"
    """Several labels per term: (s, m)."""
    TERMS = "terms"
    """One number per term: (m,)."""


Draw = Callable[["Rng", tuple[int, ...], int], Array]


class Impossible(NamedTuple):
    """A number that gives the actual outcome probability 0, so that the loss is infinite."""

    value: float
    why: str
    """The reason in words; `{}` is the target, or one of its classes."""
    fix: str
    """The fix."""


@dataclass(frozen=True)
class Kind:
    """A kind of role: its content, its layout in a tile, and its domain [low, high]."""

    name: str
    shape: str
    layout: Layout
    keys: tuple[str, ...]
    """Other names of the role in a file that holds several arrays."""
    draw: Draw
    """Draws an array of a shape for c classes: what the contract tests feed the loss."""
    low: float = -math.inf
    high: float = math.inf
    advice: str = ""
    """The fix if a value is outside the domain."""
    values: tuple[float, ...] = ()
    """The only values, where they are few; the domain is then a set."""
    nonzero: bool = False
    """Whether 0 is outside the domain."""
    slack: float = 0.0
    """How far outside the domain rounding may take a value; it is clipped, with a warning."""
    index: bool = False
    """Class indices: integers that count from the label base, checked against the class count."""
    is_integer: bool = False
    """Whole numbers, as class indices are."""
    is_target: bool = False
    """Says which class is correct: prediction, accuracy and margin have a meaning."""
    broadcasts: bool = False
    """A last axis of 1 is repeated along the input's last axis."""
    terminated: bool = False
    """Whether a row of labels may end early, with -1."""
    zero_probability: Impossible | None = None
    """A number in the domain that makes a loss infinite."""
    length_of: str = ""
    """The role whose entries these lengths count for each sample; the rest is not read."""
    excluded_option: str = ""
    """The option whose value must not be a label."""

    @property
    def bounded(self) -> bool:
        """Whether any number is outside the domain."""
        return bool(self.values) or self.nonzero or self.low > -math.inf or self.high < math.inf

    def contains(self, values: Array) -> bool:
        """Return whether all values are in the domain; a NaN is not in an interval or a set."""
        if self.values:
            # NaN is not one of them: a kernel that asks "is it 1?" would treat it as the other.
            known = reduce(np.logical_or, (values == value for value in self.values))
            return bool(np.logical_and.reduce(known, axis=None))
        if self.nonzero:
            return bool(np.count_nonzero(values) == values.size)
        low, high = self.low - self.slack, self.high + self.slack
        return bool(
            (low == -math.inf or low <= np.minimum.reduce(values, axis=None, initial=math.inf))
            and (high == math.inf or np.maximum.reduce(values, axis=None, initial=low) <= high)
        )

    def outside(self, values: Array) -> Array | None:
        """Return a mask of the values outside the domain, or None; NaN is inside an interval."""
        if self.contains(values):
            return None
        if self.values:
            bad = np.logical_and.reduce([values != value for value in self.values])
        elif self.nonzero:
            bad = values == 0
        else:
            bad = (values < self.low - self.slack) | (values > self.high + self.slack)
        return bad if bad.any() else None

    @property
    def domain(self) -> str:
        """The domain in words."""
        if self.index:
            return "0..c-1, -1 ends a row" if self.terminated else "0..c-1"
        if self.length_of:
            return f"0 to the length of {self.length_of}"
        if self.values:
            return "{" + ", ".join(f"{value:+g}" if value else "0" for value in self.values) + "}"
        if self.low == -math.inf and self.high == math.inf:
            return "the nonzero numbers" if self.nonzero else "any number"
        return f"[{self.low:g}, {self.high:g}{')' if self.high == math.inf else ']'}"
