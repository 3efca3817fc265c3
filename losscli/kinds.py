"""What a role or an option of a loss may be: shape, domain, and the words that refuse the rest.

A loss names kinds in its signature (`input: Logits`, `target: ClassIndex | ClassProbs`);
validation, tile layout, help texts and the tests' random cases all follow from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
if TYPE_CHECKING:
    Rng = np.random.Generator


class Layout(Enum):
    """How a kernel sees a role on a tile of m terms."""

    CLASSES = "classes"
    """The whole class axis of every term: (c, m)."""
    TERMS = "terms"
    """One number a term: (m,)."""


@dataclass(frozen=True)
class Kind:
    """A kind of role: what it holds, how it lies in a tile, and its domain [low, high]."""

    name: str
    shape: str
    layout: Layout
    keys: tuple[str, ...]
    """Other names that the role may have in a file that holds several."""
    draw: Callable[[Rng, tuple[int, ...], int], Array]
    """Draws an array of a shape for c classes: what the contract tests feed the loss."""
    low: float = -math.inf
    high: float = math.inf
    advice: str = ""
    """What to type when a value is outside the domain."""
    index: bool = False
    """Class indices: integers, from the label base on, checked against the class count."""

    def outside(self, values: Array) -> Array | None:
        """Return a mask of the values outside the domain, or None; NaN is computed with."""
        if self.low == -math.inf and self.high == math.inf:
            return None
        bad = (values < self.low) | (values > self.high)
        return bad if bad.any() else None

    @property
    def domain(self) -> str:
        """The domain in words."""
        if self.index:
            return "0..c-1"
        if self.low == -math.inf and self.high == math.inf:
            return "any number"
        return f"[{self.low:g}, {self.high:g}]"


def _normal(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    return rng.normal(0, 2, shape)


def _uniform(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    return rng.uniform(0.02, 0.98, shape)


def _softmax(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    e = np.exp(rng.normal(0, 1, shape))
    p: Array = e / e.sum(axis=1, keepdims=True)
    return p


def _log_softmax(rng: Rng, shape: tuple[int, ...], c: int) -> Array:
    p: Array = np.log(_softmax(rng, shape, c))
    return p


def _indices(rng: Rng, shape: tuple[int, ...], c: int) -> Array:
    return rng.integers(0, c, shape)


Logits = Annotated[
    Array, Kind("logits", "(n, c, d...)", Layout.CLASSES, ("logits", "scores"), _normal)
]
LOG_PROBABILITIES = Kind(
    "log-probabilities",
    "(n, c, d...)",
    Layout.CLASSES,
    ("log_probs", "logprobs", "log_probabilities"),
    _log_softmax,
)
LogProbs = Annotated[Array, LOG_PROBABILITIES]
PROBABILITIES = Kind(
    "probabilities",
    "(n, c, d...)",
    Layout.CLASSES,
    ("probs", "probabilities"),
    _softmax,
    low=0.0,
    high=1.0,
    advice="probabilities lie in [0, 1]; logits are --from logits",
)
TARGET_KEYS = ("targets", "labels", "label", "y")
ClassIndex = Annotated[
    Array,
    Kind(
        "class index",
        "(n, d...)",
        Layout.TERMS,
        TARGET_KEYS,
        _indices,
        index=True,
    ),
]
ClassProbs = Annotated[
    Array,
    Kind(
        "class probabilities",
        "(n, c, d...)",
        Layout.CLASSES,
        TARGET_KEYS,
        _softmax,
        low=0.0,
        high=1.0,
        advice="class probabilities lie in [0, 1]; class indices have one column",
    ),
]
Probs = Annotated[
    Array,
    Kind(
        "probabilities",
        "any shape",
        Layout.TERMS,
        ("probs", "probabilities"),
        _uniform,
        low=0.0,
        high=1.0,
        advice="these look like logits: loss bce-logits",
    ),
]
BinaryLogits = Annotated[
    Array, Kind("logits", "any shape", Layout.TERMS, ("logits", "scores"), _normal)
]
BinaryProbs = Annotated[
    Array,
    Kind(
        "target probabilities",
        "the input's shape",
        Layout.TERMS,
        TARGET_KEYS,
        _uniform,
        low=0.0,
        high=1.0,
        advice="a binary target is 0, 1 or a probability between them",
    ),
]
Reals = Annotated[
    Array,
    Kind("numbers", "any shape", Layout.TERMS, ("predictions", "prediction", "output"), _normal),
]
RealTarget = Annotated[
    Array,
    Kind(
        "numbers",
        "the input's shape",
        Layout.TERMS,
        TARGET_KEYS,
        _normal,
    ),
]


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


def given_as(kind: Kind, form: str | None) -> Kind:
    """Return the kind that `--from` makes of an input of logits."""
    return {"probs": PROBABILITIES, "log-probs": LOG_PROBABILITIES}.get(form or "", kind)
