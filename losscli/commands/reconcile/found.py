"""What a search found: the explanations of the numbers, or the nearest of what was tried."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from losscli.commands.reconcile.asked import FEW, Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.conventions import LIBRARY
from losscli.commands.reconcile.deviation import Deviation

PAIR = 1
"""What a second deviation adds to the rank."""
NEAREST = 3
SAME = 1e-12
"""Relative: two numbers nearer than this differ by the order of sums alone."""


class Tried(NamedTuple):
    """Deviations, and the numbers that they give."""

    deviations: tuple[Deviation, ...]
    values: tuple[float, ...]
    slack: float
    """How far the number of all rows may be from that of some; 0 where it is exact."""


@dataclass(frozen=True)
class Match:
    """Deviations that give the number."""

    deviations: tuple[Deviation, ...]
    values: tuple[float, ...]
    case: Case
    """The case that they make of the one that was given."""
    error: float
    rounded: bool = False
    """Whether the number agrees to the precision of float32 alone, though it has more digits."""
    verified: bool = True
    """Whether the number is that of all rows."""
    chance: float = 0.0
    """How many wrong explanations that are as likely would fit as well."""

    @property
    def cost(self) -> int:
        """How unlikely the deviations are."""
        return cost(self.deviations)

    @property
    def axes(self) -> tuple[str, ...]:
        """What the deviations change."""
        return tuple(one.axis for one in self.deviations)


def cost(deviations: Sequence[Deviation]) -> int:
    """Return how unlikely deviations are: the sum, and more for a second one."""
    return sum(one.plainness for one in deviations) + PAIR * (len(deviations) - 1)


@dataclass
class Found:
    """The result of a search, and how much it tried."""

    case: Case
    asked: Asked
    plain: tuple[float, ...]
    """The numbers without any deviation."""
    matches: list[Match] = field(default_factory=list)
    to_float32: list[Match] = field(default_factory=list)
    """What agrees to the precision of float32, where nothing agrees to all digits."""
    near_misses: list[Tried] = field(default_factory=list)
    """The nearest numbers that do not fit."""
    singles: int = 0
    pairs: int = 0
    names: tuple[str, ...] = ()
    """The sorts of deviations that were tried."""
    near: dict[int, int] = field(default_factory=dict)
    """By cost: how many numbers were within FEW tolerances, and not within one."""
    out_of_time: bool = False

    @property
    def agrees(self) -> bool:
        """Whether the plain numbers are the printed ones."""
        return self.asked.agrees(self.plain)

    def by_chance(self, most: float = math.inf) -> float:
        """Return how many values of up to this cost would fit the number by chance."""
        return sum(count for own, count in self.near.items() if own <= most) / (FEW - 1)

    @property
    def nearest(self) -> list[Match]:
        """Where nothing fits: the nearest numbers."""
        return [] if self.matches else [_match(self, one) for one in self.near_misses]

    def settle(self) -> None:
        """Order the matches, the likeliest first, each with its chance.

        A library whose call computes an explanation that is there already is left out.
        """
        ordered = sorted(
            self.matches or self.to_float32,
            key=lambda one: (one.cost, len(one.deviations), abs(one.error)),
        )
        # Batches of several sizes that give one number say the same: the others come later.
        again = [
            any(match.axes == one.axes and same(match.values, one.values) for one in ordered[:at])
            for at, match in enumerate(ordered)
        ]
        places = sorted(range(len(ordered)), key=lambda at: (ordered[at].cost, again[at]))
        ordered = [ordered[at] for at in places]
        own = [one.values for one in ordered if not _is_library(one)]
        self.matches = [
            replace(match, chance=self.by_chance(match.cost))
            for match in ordered
            if not (_is_library(match) and any(same(match.values, one) for one in own))
            and not any(_explains(other, match) for other in ordered)
        ]

    @property
    def farthest(self) -> float:
        """By how many tolerances a number may miss and still be one of the nearest."""
        misses = self.near_misses
        full = len(misses) == NEAREST
        return self.asked.distance(misses[-1].values) if full else math.inf

    def take(self, tried: Tried) -> None:
        """Take the numbers of all rows: they fit, or they may be among the nearest."""
        if self.asked.agrees(tried.values):
            self.matches.append(_match(self, tried))
        elif self.asked.loose.agrees(tried.values):
            self.to_float32.append(replace(_match(self, tried), rounded=True))
        elif tried.values and all(map(math.isfinite, tried.values)):
            near = [*self.near_misses, tried]
            near.sort(key=lambda one: (self.asked.distance(one.values), cost(one.deviations)))
            # Of the same numbers the likeliest deviations are kept.
            different = [
                one
                for at, one in enumerate(near)
                if not any(same(one.values, other.values) for other in near[:at])
            ]
            self.near_misses = different[:NEAREST]

    def unverified(self, tried: Tried) -> None:
        """Take what may fit, by some of the rows."""
        self.out_of_time = True
        self.matches.append(replace(_match(self, tried), verified=False))

    def count(self, tried: Tried) -> None:
        """Count what was tried."""
        if len(tried.deviations) == 1:
            self.singles += 1
        else:
            self.pairs += 1
        if 1 < self.asked.distance(tried.values) <= FEW:
            own = cost(tried.deviations)
            self.near[own] = self.near.get(own, 0) + 1


def _match(found: Found, tried: Tried) -> Match:
    errors = [
        value - printed.value
        for value, printed in zip(tried.values, found.asked.numbers, strict=False)
    ]
    worst = max(errors, key=abs) if errors else math.nan
    chance = found.by_chance(cost(tried.deviations))
    case = changed(found.case, tried.deviations)
    return Match(tried.deviations, tried.values, case, worst, chance=chance)


def _explains(one: Match, other: Match) -> bool:
    """Return whether some of the deviations of another match do as well as all of them."""
    fewer = set(map(id, one.deviations)) < set(map(id, other.deviations))
    return bool(one.deviations) and fewer and same(one.values, other.values)


def _is_library(match: Match) -> bool:
    return any(one.axis == LIBRARY for one in match.deviations)


def same(one: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether numbers are the same but for the order of sums."""
    return all(math.isclose(a, b, rel_tol=SAME) for a, b in zip(one, other, strict=False))


def changed(case: Case, changes: Sequence[Deviation]) -> Case:
    """Return the case after the changes of deviations."""
    for deviation in changes:
        case = deviation.change(case) if deviation.change else case
    return case
