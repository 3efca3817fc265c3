"""What a role of a loss may be: shape, layout, domain, and the words that refuse the rest.

A loss names kinds in its signature (`input: Logits`, `target: ClassIndex | ClassProbs`);
validation, tile layout, help texts and the tests' random cases all follow from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
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
    only: tuple[float, ...] = ()
    """The only values there are, where these are few; the domain is then no interval."""
    nonzero: bool = False
    """Whether 0 is outside the domain."""
    index: bool = False
    """Class indices: integers, from the label base on, checked against the class count."""
    whole: bool = False
    """Whole numbers, as class indices are."""
    picks: bool = False
    """Says which class is the right one: prediction, accuracy and margin have a meaning."""
    repeats: bool = False
    """A last axis of 1 stands for every number of the input's last axis."""
    ends: bool = False
    """Where a row of labels may end early, with -1."""
    measures: str = ""
    """The role whose numbers these lengths count, sample by sample; beyond them nothing is read."""
    never: str = ""
    """The option whose value is no label here."""

    def outside(self, values: Array) -> Array | None:
        """Return a mask of the values outside the domain, or None; NaN is computed with."""
        if self.only:
            # A NaN is none of them: a kernel that asks "is it 1?" would take it for the other.
            bad = np.logical_and.reduce([values != value for value in self.only])
        elif self.nonzero:
            bad = values == 0
        elif self.low == -math.inf and self.high == math.inf:
            return None
        else:
            bad = (values < self.low) | (values > self.high)
        return bad if bad.any() else None

    @property
    def domain(self) -> str:
        """The domain in words."""
        if self.index:
            return "0..c-1, -1 ends a row" if self.ends else "0..c-1"
        if self.measures:
            return f"0 to the length of {self.measures}"
        if self.only:
            return "{" + ", ".join(f"{value:+g}" if value else "0" for value in self.only) + "}"
        if self.low == -math.inf and self.high == math.inf:
            return "any number but 0" if self.nonzero else "any number"
        return f"[{self.low:g}, {self.high:g}{')' if self.high == math.inf else ']'}"


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


def _positive(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    return rng.uniform(0.1, 5, shape)


def _signs(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    return rng.choice([-1.0, 1.0], shape)


def _zeros_and_ones(rng: Rng, shape: tuple[int, ...], _: int) -> Array:
    return rng.choice([0.0, 1.0], shape)


def _indices(rng: Rng, shape: tuple[int, ...], c: int) -> Array:
    return rng.integers(0, c, shape)


TARGET_KEYS = ("targets", "labels", "label", "y")
SCORES = ("logits", "scores")
PREDICTIONS = ("predictions", "prediction", "output")


def _classes(name: str, draw: Draw, keys: tuple[str, ...], **domain: Any) -> Kind:
    return Kind(name, "(n, c, d...)", Layout.CLASSES, keys, draw, **domain)


def _terms(name: str, draw: Draw, keys: tuple[str, ...], **domain: Any) -> Kind:
    return Kind(name, "any shape", Layout.TERMS, keys, draw, **domain)


def _targets(name: str, draw: Draw, **domain: Any) -> Kind:
    return Kind(name, "the input's shape", Layout.TERMS, TARGET_KEYS, draw, **domain)


Logits = Annotated[Array, _classes("logits", _normal, SCORES)]
LOG_PROBABILITIES = _classes(
    "log-probabilities", _log_softmax, ("log_probs", "logprobs", "log_probabilities")
)
LogProbs = Annotated[Array, LOG_PROBABILITIES]
PROBABILITIES = _classes(
    "probabilities",
    _softmax,
    ("probs", "probabilities"),
    low=0.0,
    high=1.0,
    advice="probabilities lie in [0, 1]; logits are --from logits",
)
ClassIndex = Annotated[
    Array,
    Kind(
        "class index",
        "(n, d...)",
        Layout.TERMS,
        TARGET_KEYS,
        _indices,
        index=True,
        whole=True,
        picks=True,
    ),
]
ClassProbs = Annotated[
    Array,
    _classes(
        "class probabilities",
        _softmax,
        TARGET_KEYS,
        low=0.0,
        high=1.0,
        advice="class probabilities lie in [0, 1]; class indices have one column",
        picks=True,
    ),
]
Probs = Annotated[
    Array,
    _terms(
        "probabilities",
        _uniform,
        ("probs", "probabilities"),
        low=0.0,
        high=1.0,
        advice="these look like logits: loss bce-logits",
    ),
]
BinaryLogits = Annotated[Array, _terms("logits", _normal, SCORES)]
BinaryProbs = Annotated[
    Array,
    _targets(
        "target probabilities",
        _uniform,
        low=0.0,
        high=1.0,
        advice="a binary target is 0, 1 or a probability between them",
    ),
]
ZeroOne = Annotated[
    Array,
    _targets(
        "labels",
        _zeros_and_ones,
        only=(0.0, 1.0),
        advice="a label is 0 or 1; for targets in between: loss bce-logits",
    ),
]
Scores = Annotated[Array, _terms("scores", _normal, SCORES)]
Distances = Annotated[Array, _terms("distances", _positive, ("distances",))]
SIGNS = (-1.0, 1.0)
Signs = Annotated[
    Array,
    _targets(
        "signs",
        _signs,
        only=SIGNS,
        advice="are these 0/1 labels? --map-binary turns 0/1 into -1/+1",
    ),
]
Reals = Annotated[Array, _terms("numbers", _normal, PREDICTIONS)]
RealTarget = Annotated[Array, _targets("numbers", _normal)]
FROM_0 = "log(1 + x) is for numbers from 0 on: loss mse takes any"
NotNegative = Annotated[Array, _terms("numbers", _positive, PREDICTIONS, low=0.0, advice=FROM_0)]
NotNegativeTarget = Annotated[Array, _targets("numbers", _positive, low=0.0, advice=FROM_0)]
NonzeroTarget = Annotated[
    Array,
    _targets(
        "numbers",
        _positive,
        nonzero=True,
        advice="a share of 0 is not defined: loss l1 takes any number",
    ),
]
