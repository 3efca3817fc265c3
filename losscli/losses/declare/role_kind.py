"""What a kind of role is: what it holds, how it lies in a tile, its domain and who refuses it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from losscli.numerics.arrays import Array

if TYPE_CHECKING:
    Rng = np.random.Generator


class Layout(Enum):
    """How a kernel sees a role on a tile of m terms."""

    CLASSES = "classes"
    """The whole class axis of every term: (c, m)."""
    VECTORS = "vectors"
    """A vector a term: (e, m)."""
    SEQUENCES = "sequences"
    """The classes of every step of a term: (c, t, m), laid out a step after another."""
    LABELS = "labels"
    """Several labels a term: (s, m)."""
    TERMS = "terms"
    """One number a term: (m,)."""


Draw = Callable[["Rng", tuple[int, ...], int], Array]


@dataclass(frozen=True)
class Impossible:
    """A number that says of what happened that it could not: the loss is infinite there."""

    value: float
    why: str
    """In words; braces stand for what it says it of: the target, or one of its classes."""
    cure: str
    """What to do about it."""


@dataclass(frozen=True)
class Kind:
    """A kind of role: what it holds, how it lies in a tile, and its domain [low, high]."""

    name: str
    shape: str
    layout: Layout
    keys: tuple[str, ...]
    """Other names that the role may have in a file that holds several."""
    draw: Draw
    """Draws an array of a shape for c classes: what the contract tests feed the loss."""
    low: float = -math.inf
    high: float = math.inf
    advice: str = ""
    """What to type when a value is outside the domain."""
    values: tuple[float, ...] = ()
    """The only values there are, where these are few; the domain is then no interval."""
    nonzero: bool = False
    """Whether 0 is outside the domain."""
    slack: float = 0.0
    """How far beyond the domain rounding may take a value: the kernel clips it, with a warning."""
    index: bool = False
    """Class indices: integers, from the label base on, checked against the class count."""
    is_integer: bool = False
    """Whole numbers, as class indices are."""
    is_target: bool = False
    """Says which class is the right one: prediction, accuracy and margin have a meaning."""
    broadcasts: bool = False
    """A last axis of 1 stands for every number of the input's last axis."""
    terminated: bool = False
    """Where a row of labels may end early, with -1."""
    zero_probability: Impossible | None = None
    """A number of the domain that makes a loss infinite."""
    length_of: str = ""
    """The role whose numbers these lengths count, sample by sample; beyond them nothing is read."""
    excluded_option: str = ""
    """The option whose value is no label here."""

    def outside(self, values: Array) -> Array | None:
        """Return a mask of the values outside the domain, or None; NaN is computed with."""
        if self.values:
            # A NaN is none of them: a kernel that asks "is it 1?" would take it for the other.
            bad = np.logical_and.reduce([values != value for value in self.values])
        elif self.nonzero:
            bad = values == 0
        elif self.low == -math.inf and self.high == math.inf:
            return None
        else:
            low, high = self.low - self.slack, self.high + self.slack
            if values.size and low <= values.min() and values.max() <= high:
                return None
            bad = (values < low) | (values > high)
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
