"""The options of a loss: range, help, effect, and the extent of an array option."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from losscli.errors import LONGEST_CELL, UsageError, option, show
from losscli.losses.declare.role_kind import Kind
from losscli.losses.declare.standard_kinds import (
    LOG_PROBABILITIES,
    PROBABILITIES,
    RATES,
    TARGET_LOG_PROBABILITIES,
)
from losscli.numerics.arrays import Array


class Extent(Enum):
    """Whether an array option has one number per class or per term."""

    CLASS = "one number per class, shape (c,)"
    TERM = "broadcast to the input's shape"


class Effect(Enum):
    """What an option does to the loss: tools look for an option by its effect, not by its name."""

    IGNORES_TARGETS = "targets equal to the value are ignored"
    SMOOTHS_TARGETS = "every class gets a share of the target"
    DROPS_INFINITE = "terms that are infinite whatever the input is count as 0"
    WEIGHTS_POSITIVES = "the part of target 1 is multiplied"
    ENDS_THE_SQUARE = "errors beyond the value count linearly"
    ADDS_TO_TERMS = "adds to each term a part that class weights do not multiply"


class ArrayOption(NamedTuple):
    """An option that is a file, a number or a list of numbers, all finite and non-negative."""

    extent: Extent
    help: str
    effect: Effect | None = None

    @property
    def domain(self) -> str:
        """The domain in words."""
        return "at least 0; a number, a list like 0.2,1,3 or a file"


ClassWeight = Annotated[
    Array,
    ArrayOption(Extent.CLASS, "weight of each class: a file, a number, or a list like 0.2,1,3"),
]
ClassFactor = Annotated[
    Array,
    ArrayOption(
        Extent.CLASS, "factor of each class's terms: a file, a number, or a list like 0.2,1,3"
    ),
]
TermWeight = Annotated[
    Array,
    ArrayOption(
        Extent.TERM, "weight of each term, broadcast to the input: a file, a number, or a list"
    ),
]
PosWeight = Annotated[
    Array,
    ArrayOption(
        Extent.TERM,
        "weight of target 1, broadcast to the input: a file, a number, or a list",
        Effect.WEIGHTS_POSITIVES,
    ),
]


class Bounds(NamedTuple):
    """The range of a numeric option, and its help."""

    help: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    effect: Effect | None = None
    needs: str = ""
    """The kind of input that the option is for; it is refused with any other."""
    usual: tuple[float, ...] = ()
    """Values that papers and other programs use."""

    def __contains__(self, value: Any) -> bool:
        above = value > self.low if self.open_low else value >= self.low
        try:
            finite = math.isfinite(value)
        except OverflowError:  # an int too large for a float
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


def above(low: float, help: str, **more: Any) -> Bounds:
    """Bounds of an option that must be greater than `low`."""
    return Bounds(help, low=low, open_low=True, **more)


def at_least(low: float, help: str, **more: Any) -> Bounds:
    """Bounds of an option that must be at least `low`."""
    return Bounds(help, low=low, **more)


def within(low: float, high: float, help: str, **more: Any) -> Bounds:
    """Bounds of an option in the closed interval [low, high]."""
    return Bounds(help, low=low, high=high, **more)


@dataclass(frozen=True)
class Help:
    """The help of a choice or a switch, and the kinds that it gives to a role."""

    help: str
    role: str = ""
    """The role whose kind depends on the option's value."""
    kinds: Mapping[Any, Kind] = field(default_factory=dict, hash=False)
    """The kind of that role, by value, where it is not the declared one."""
    effect: Effect | None = None


class Option(NamedTuple):
    """An option of one loss: its name on the command line, default, range and help."""

    name: str
    default: Any
    type: type
    spec: Bounds | ArrayOption | Help
    choices: tuple[Any, ...] = ()
    """The only values, all of `type`: str or int."""

    @property
    def flag(self) -> str:
        """The name as typed, without the two dashes: `from_` is `from`."""
        return self.name.rstrip("_").replace("_", "-")

    @property
    def domain(self) -> str:
        """The values that the option accepts, in words."""
        if self.choices:
            return ", ".join(map(str, self.choices))
        if isinstance(self.spec, Bounds):
            text = self.spec.domain
            return text.replace("finite", "whole") if self.type is int else text
        return self.spec.domain if isinstance(self.spec, ArrayOption) else "yes or no"

    @property
    def effect(self) -> Effect | None:
        """Its effect on the loss, if tools ask for it."""
        return self.spec.effect

    def kinds_of(self, role: str) -> Mapping[Any, Kind]:
        """Return the kinds that the option's values give to a role."""
        spec = self.spec
        return spec.kinds if isinstance(spec, Help) and spec.role == role else {}

    def check(self, value: Any) -> Any:
        """Return the value as the kernel expects it; raises UsageError."""
        if self.choices:
            value = value.item() if isinstance(value, np.integer) else value
            typed = isinstance(value, self.type) and not isinstance(value, bool)
            if not typed or value not in self.choices:
                raise UsageError(f"{option(self.name)}: {value!r} is not one of {self.domain}")
        elif isinstance(self.spec, Bounds):
            number = isinstance(value, int | float | np.integer | np.floating)
            if isinstance(value, bool) or not number or value not in self.spec:
                shown = repr(value) if len(repr(value)) <= LONGEST_CELL else show(value)
                allowed = f"a number {self.domain}".replace(" at ", " of at ")
                allowed = self.domain if "any" in self.domain else allowed
                raise UsageError(f"{option(self.name)}: {shown} is not allowed; give {allowed}")
            if self.type is int and value != int(value):
                raise UsageError(f"{option(self.name)}: {value!r} is not a whole number; give one")
            return self.type(value)
        return value


def array_extent(declared: Option) -> Extent | None:
    """Return the extent of an array option; None for any other option."""
    return declared.spec.extent if isinstance(declared.spec, ArrayOption) else None


MARGINS = (1.0, 0.5, 0.2, 0.1, 0.0, 0.3, 0.25, 0.4, 2.0, 5.0)
SCALES = (64.0, 30.0, 32.0, 16.0)
FOCAL_GAMMAS = (2.0, 0.0, 1.0, 5.0)
"""Values that papers and other programs use."""
IgnoreIndex = Annotated[
    int,
    Bounds(
        "targets with this value are ignored: loss 0, gradient 0, not in the mean",
        effect=Effect.IGNORES_TARGETS,
    ),
]
LogInput = Annotated[
    bool, Help("whether the input is the logarithm of the rate", "input", {False: RATES})
]
LogTarget = Annotated[
    bool,
    Help(
        "whether the target is log-probabilities too",
        "target",
        {True: TARGET_LOG_PROBABILITIES},
    ),
]
From = Annotated[
    Literal["logits", "probs", "log-probs"],
    Help(
        "what the input is; never guessed, never renormalized",
        "input",
        {"probs": PROBABILITIES, "log-probs": LOG_PROBABILITIES},
    ),
]
