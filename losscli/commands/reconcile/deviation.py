"""A deviation: one thing that another computation does differently, and the registry of them.

A deviation changes the case (what is run), the fold (how its sums become a number) or the unit of
the number. Those of one axis exclude each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from losscli.commands.reconcile.case import Case, Tally

Torch = Mapping[str, str]
"""How PyTorch's call changes: `x`, `y`, `value` as templates of what stood there, `call` as the
whole call, anything else as a keyword."""


@dataclass(frozen=True)
class Deviation:
    """One thing done differently."""

    words: str
    plainness: int
    """1: seen every day; 2: now and then; 3: rarely. The sum of it ranks an explanation."""
    change: Callable[[Case], Case] | None = None
    fold: Callable[[Tally], float] | None = None
    unit: Callable[[float], float] | None = None
    typed: Mapping[str, Any] | None = None
    """The options of losscli that do the same; None where it has none."""
    torch: Torch = field(default_factory=dict)
    axis: str = ""
    on_labels: bool = False
    """Whether it acts on labels and options alone: it then works on a condensed case as well."""
    alone: bool = False
    """Whether it is no part of a pair."""


Finder = Callable[[Case], Iterator[Deviation]]


@dataclass(frozen=True)
class Entry:
    """One function of the registry."""

    name: str
    axis: str
    find: Finder


REGISTRY: list[Entry] = []


def options(**values: Any) -> Callable[[Case], Case]:
    """Return the change that gives a case other options."""
    return lambda case: case.with_options(**values)


def deviation(axis: str) -> Callable[[Finder], Finder]:
    """Register a function that yields the deviations of a kind that a case may have.

    Its docstring says what it is, its name how it is called in what was tried.
    """

    def register(find: Finder) -> Finder:
        name = find.__name__.replace("_", " ")
        if any(entry.name == name for entry in REGISTRY) or not find.__doc__:
            raise TypeError(f"{name} is registered twice, or says nothing of itself")
        REGISTRY.append(Entry(name, axis, find))
        return find

    return register
