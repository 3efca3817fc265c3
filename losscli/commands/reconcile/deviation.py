"""A deviation: one thing that another computation does differently, and the registry of them.

A deviation changes the case (what is run), the fold (how its sums become a number) or the unit of
the number. Those on one axis exclude each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from losscli.commands.reconcile.case import Case, Tally
from losscli.engine.compute import array_source
from losscli.losses.declare.options import Option, array_extent

LONGEST_LIST = 20
"""A command spells out up to this many weights."""


@dataclass(frozen=True)
class Deviation:
    """One thing done differently."""

    words: str
    plainness: int
    """1: seen every day; 2: now and then; 3: rarely. The sum ranks an explanation."""
    change: Callable[[Case], Case] | None = None
    fold: Callable[[Tally], float] | None = None
    unit: Callable[[float], float] | None = None
    typed: Mapping[str, Any] | None = None
    """The options of losscli that do the same; None where it has none."""
    torch: Mapping[str, str] = field(default_factory=dict)
    """How PyTorch's call changes: `x`, `y` and `value` are templates around the previous text.

    `function` and `call` replace the function and the whole call, anything else is a keyword.
    """
    axis: str = ""
    on_labels: bool = False
    """Whether it acts on labels and options alone: it then works on a condensed case as well."""
    alone: bool = False
    """Whether it is never combined with another."""


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


def option_is(words: str, plainness: int, option: Option, value: Any, **more: Any) -> Deviation:
    """Return the deviation that gives an option of the loss another value."""
    is_array = array_extent(option) is not None and value is not None
    numbers = np.ravel(value).tolist() if is_array else []
    typed, call = value, repr(value)
    if is_array:
        typed = ",".join(map(repr, numbers)) if len(numbers) <= LONGEST_LIST else None
        array = f"torch.tensor({typed if np.ndim(value) == 0 else f'[{typed}]'})"
        call = array if typed else option.name

    def change(case: Case) -> Case:
        if is_array:
            return case.with_options(**{option.name: array_source(option.flag, value)})
        return case.with_options(**{option.name: value if value is None else option.check(value)})

    return Deviation(
        words,
        plainness,
        change,
        typed={option.name: typed} if typed or not is_array else None,
        torch={option.name: more.pop("torch", call)},
        **more,
    )
