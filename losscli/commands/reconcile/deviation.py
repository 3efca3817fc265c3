"""A deviation: one thing that another computation does differently, and the registry of them.

A deviation changes the case (what is run), the fold (how its sums become a number) or the unit of
the number. Those on one axis exclude each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.expression import evaluated, names_in
from losscli.commands.reconcile.tally import Tally, quotient
from losscli.engine.arrays import array_source
from losscli.losses.declare.options import Bounds, Effect, Option, array_extent

EVERY_DAY, NOW_AND_THEN, RARELY = 1, 2, 3
"""How often people do it: the sum ranks an explanation."""


@dataclass(frozen=True)
class Fold:
    """How the sums of a run become a number."""

    text: str
    """The same in Python, of the result `r` of losscli.compute, of the roles by their short names,
    and of `loss(rows)`, the result of some rows."""
    of: Callable[[Tally], float]
    """nan where the sums do not say, or it makes no difference."""
    batches: bool = False
    """Whether it needs what each sample adds."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The settings of losscli that do the same, if any do."""


@dataclass(frozen=True)
class Deviation:
    """One thing done differently."""

    words: str
    plainness: int
    change: Callable[[Case], Case] | None = None
    fold: Fold | None = None
    unit: str = ""
    """The number, an expression of the number before, `{}`."""
    summary: str = ""
    """The field of the summary that holds the number in this unit, if one does."""
    axis: str = ""
    on_labels: bool = False
    """Whether it acts on labels and options alone: it then works on a condensed case as well."""
    whole: bool = False
    """Whether it needs all rows at once: some of them say nothing."""
    alone: bool = False
    """Whether it is never combined with another."""

    @property
    def has_batches(self) -> bool:
        """Whether it makes its number of those of several batches."""
        return self.fold is not None and "loss" in names_in(self.fold.text)

    def in_unit(self, value: float) -> float:
        """Return a number in the unit of this deviation; nan where it has none."""
        if not self.unit:
            return value
        try:
            return float(evaluated(self.unit.format("value"), {"value": value}))
        except (ValueError, OverflowError, ZeroDivisionError):
            return math.nan


Finder = Callable[[Case], Iterator[Deviation]]


@dataclass(frozen=True)
class Entry:
    """One function of the registry."""

    name: str
    axis: str
    find: Finder


REGISTRY: list[Entry] = []


def deviation(axis: str) -> Callable[[Finder], Finder]:
    """Register a function that yields the deviations of one sort that a case may have.

    Its docstring says what they are; its name stands for them in the list of what was tried.
    """

    def register(find: Finder) -> Finder:
        name = find.__name__.replace("_", " ")
        undocumented = __debug__ and not find.__doc__
        if any(entry.name == name for entry in REGISTRY) or undocumented:
            raise TypeError(f"{name} is registered twice, or has no docstring")
        REGISTRY.append(Entry(name, axis, find))
        return find

    return register


def is_weighted(case: Case) -> bool:
    """Return whether samples, classes or terms have weights, or targets are smoothed."""
    smoothing = case.loss.with_effect(Effect.SMOOTHS_TARGETS)
    arrays = (case.options[o.name] for o in case.loss.options if array_extent(o))
    smoothed = smoothing is not None and bool(case.options[smoothing.name])
    return smoothed or case.sample_weight is not None or any(one is not None for one in arrays)


def usual_values(case: Case, option: Option) -> list[Any]:
    """Return the default and usual values of an option, without the one in use."""
    spec, usual = option.spec, option.choices
    own = case.options[option.name]
    if isinstance(spec, Bounds):
        usual = spec.usual
        if (spec.low, spec.high) == (0, 1):
            # A share of one of two, which may be that of the other.
            usual = (*usual, 1 - own)
    if option.type is bool:
        usual = (True, False)
    return [value for value in dict.fromkeys((option.default, *usual)) if value not in (own, None)]


def on_input(text: str) -> Callable[[Case], Case]:
    """Return the change of the first role by an expression."""
    return lambda case: case.map_input(text)


def on_target(text: str) -> Callable[[Case], Case]:
    """Return the change of the target by an expression."""
    return lambda case: case.map_target(text)


def sum_over(text: str, divisor: float) -> Fold:
    """Return the fold that divides the sum by a number, and how Python writes the number."""
    return Fold(f"r.numerator / {text}", lambda tally: quotient(tally.numerator, divisor))


def option_is(
    words: str, plainness: int, option: Option, value: Any, text: str = "", **more: Any
) -> Deviation:
    """Return the deviation that gives an option of the loss another value.

    `text` is how Python writes an array.
    """
    is_array = array_extent(option) is not None and value is not None

    def change(case: Case) -> Case:
        if is_array:
            written = {option.name: text} if text else {}
            return case.with_options(written, **{option.name: array_source(option.flag, value)})
        return case.with_options(**{option.name: value if value is None else option.check(value)})

    return Deviation(words, plainness, change, **more)


def listed(values: Any) -> str:
    """Return numbers as a list in Python."""
    return repr(np.asarray(values).tolist())
