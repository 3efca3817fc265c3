"""The search: every deviation alone, then pairs of them, for those that give a printed number.

What changes labels or options alone is computed on a condensed case where there is one, so most
of it costs no pass over the data. Memory holds what a loss command holds, 16 bytes a sample for the
means of batches, and a table of classes by classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from losscli.commands.reconcile.case import Case, Tally
from losscli.commands.reconcile.condense import can_condense, condense
from losscli.commands.reconcile.conventions import as_deviations
from losscli.commands.reconcile.deviation import Deviation
from losscli.commands.reconcile.deviations import REGISTRY
from losscli.commands.reconcile.printed import Printed
from losscli.commands.reconcile.temperature import temperature
from losscli.errors import LossError

MOST_OF_A_PAIR = 3
"""The plainness of a pair sums to this at most: two rare things at once explain any number."""
MOST_OF_A_PASS = 2
"""Likewise, of a pair that takes a pass over large data."""
LARGE = 1 << 22
"""Numbers from which on data are large."""
NEAR = 50
"""Windows around the number in which values are counted, to say how many fit by chance."""


@dataclass(frozen=True)
class Match:
    """Deviations that give the number."""

    value: float
    error: float
    deviations: tuple[Deviation, ...]

    @property
    def rank(self) -> tuple[int, int, float]:
        """Fewer first, then plainer, then nearer."""
        plainness = sum(deviation.plainness for deviation in self.deviations)
        return len(self.deviations), plainness, abs(self.error)


@dataclass
class Found:
    """What a search found, and how much it tried."""

    case: Case
    printed: Printed
    plain: float
    """The number without any deviation."""
    matches: list[Match] = field(default_factory=list)
    singles: int = 0
    pairs: int = 0
    names: tuple[str, ...] = ()
    near: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the plain number is the printed one."""
        return self.printed.agrees(self.plain)

    @property
    def by_chance(self) -> float:
        """How many of the values tried would fit a number near the printed one by chance."""
        return self.near / (NEAR - 1)

    def look(self, value: float, deviations: Sequence[Deviation]) -> None:
        """Take a value that some deviations give."""
        if len(deviations) == 1:
            self.singles += 1
        else:
            self.pairs += 1
        if not math.isfinite(value):
            return
        error = value - self.printed.value
        if self.printed.agrees(value):
            self.matches.append(Match(value, error, tuple(deviations)))
        else:
            self.near += abs(error) <= self.printed.tolerance * NEAR


def search(case: Case, printed: Printed, progress: Callable[[float], None] | None = None) -> Found:
    """Search for what gives the number; nothing is tried where the plain one agrees."""
    whole = case.tally(batches=True)
    found = Found(case, printed, case.value(whole))
    if found.agrees:
        found.matches.append(Match(found.plain, found.plain - printed.value, ()))
        return found
    own = list(deviations_of(case))
    found.names = tuple(dict.fromkeys(name for name, _ in own))
    known = [*(deviation for _, deviation in own), *as_deviations(case)]
    changes = [deviation for deviation in known if deviation.change]
    folds = [deviation for deviation in known if not deviation.change]
    _single(found, whole, changes, folds, progress or (lambda _: None))
    if not found.matches:
        _pairs(found, changes, progress or (lambda _: None))
        if hot := temperature(case, printed):
            found.look(hot.value, [hot.deviation])
    found.matches.sort(key=lambda match: match.rank)
    return found


def deviations_of(case: Case) -> Iterator[tuple[str, Deviation]]:
    """Yield every deviation that the case may have, with the name of its kind."""
    for entry in REGISTRY:
        try:
            for deviation in entry.find(case):
                yield entry.name, replace(deviation, axis=entry.axis)
        except LossError:
            continue


def _single(
    found: Found,
    whole: Tally,
    changes: Sequence[Deviation],
    folds: Sequence[Deviation],
    progress: Callable[[float], None],
) -> None:
    """Try each deviation alone; remember with which folds it makes a pair."""
    case = found.case
    condensed = condense(case) if can_condense(case) else None
    later: list[tuple[Tally, Deviation]] = []
    for fold in folds:
        found.look(_value(case, whole, [fold]), [fold])
    for at, change in enumerate(changes):
        progress(0.5 * at / len(changes))
        plain = change.plainness == 1 and not change.alone
        base = condensed if condensed and change.on_labels and not plain else case
        changed = _changed(base, [change])
        tally = _tally(changed, batches=plain) if changed else None
        if changed is None or tally is None:
            continue
        found.look(_value(changed, tally, [change]), [change])
        later.append((tally, change))
    if found.matches:
        return
    for one, other in combinations(folds, 2):
        if _fit(one, other):
            found.look(_value(case, whole, [one, other]), [one, other])
    for tally, change in later:
        for fold in folds:
            if _fit(change, fold):
                found.look(_value(case, tally, [change, fold]), [change, fold])


def _pairs(found: Found, changes: Sequence[Deviation], progress: Callable[[float], None]) -> None:
    """Try two changes at once; those of labels and options on the other's condensed case."""
    # Without a condensed case every pair is a pass over the data.
    small = math.prod(found.case.input.shape) < LARGE or can_condense(found.case)
    most = MOST_OF_A_PAIR if small else MOST_OF_A_PASS
    pairs = [
        (one, other)
        for one, other in combinations(changes, 2)
        if _fit(one, other) and one.plainness + other.plainness <= most
    ]
    condensed: dict[str, Case | None] = {}
    for at, (one, other) in enumerate(pairs):
        progress(0.5 + 0.5 * at / len(pairs))
        if one.on_labels and not other.on_labels:
            one, other = other, one
        base: Case | None = None
        rest = [other]
        if other.on_labels:
            first = () if one.on_labels else (one,)
            key = first[0].words if first else ""
            if key not in condensed:
                condensed[key] = _condensed(found.case, first)
            base = condensed[key]
            rest = [one, other] if one.on_labels else [other]
        if base is None:
            base, rest = found.case, [one, other]
        changed = _changed(base, rest)
        tally = _tally(changed) if changed else None
        if changed and tally:
            found.look(_value(changed, tally, [one, other]), [one, other])


def _condensed(case: Case, first: Sequence[Deviation]) -> Case | None:
    changed = _changed(case, first)
    try:
        return condense(changed) if changed and can_condense(changed) else None
    except LossError:
        return None


def _fit(one: Deviation, other: Deviation) -> bool:
    """Return whether two deviations may happen together."""
    if one.alone or other.alone or one.axis == other.axis:
        return False
    if (one.fold and other.fold) or (one.unit and other.unit):
        return False
    return one.plainness + other.plainness <= MOST_OF_A_PAIR


def _changed(case: Case, changes: Sequence[Deviation]) -> Case | None:
    """Return the case with changes made, None where they do not fit."""
    try:
        for deviation in changes:
            if deviation.change:
                case = deviation.change(case)
    except LossError:
        return None
    return case


def _tally(case: Case, *, batches: bool = False) -> Tally | None:
    try:
        return case.tally(batches=batches)
    except LossError:
        return None


def _value(case: Case, tally: Tally, deviations: Sequence[Deviation]) -> float:
    """Return the number that deviations make of the sums."""
    value = next((d.fold(tally) for d in deviations if d.fold), None)
    if value is None:
        value = case.value(tally)
    for deviation in deviations:
        if deviation.unit and math.isfinite(value):
            value = deviation.unit(value)
    return value
