"""The search for deviations that give a printed number: each alone, then pairs.

Deviations of labels or options alone are computed on a condensed case where there is one, so most
of it costs no pass over the data. Memory holds what a loss command holds, 16 bytes per sample for
the means of batches, and a table of classes by classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

# Importing a module of deviations registers them, in the order of the search.
from losscli.commands.reconcile import (  # noqa: F401
    clipping,
    forms,
    labels,
    other_losses,
    precision,
    reductions,
    weighting,
)
from losscli.commands.reconcile.case import Case, Tally
from losscli.commands.reconcile.condense import can_condense, condense
from losscli.commands.reconcile.conventions import as_deviations
from losscli.commands.reconcile.deviation import REGISTRY, Deviation
from losscli.commands.reconcile.printed import Printed
from losscli.commands.reconcile.temperature import temperature
from losscli.errors import LossError

MOST_OF_A_PAIR = 3
"""The plainness of a pair sums to this at most: two rare things at once explain any number."""
MOST_OF_A_PASS = 2
"""The same limit for a pair that takes a pass over large data."""
LARGE = 1 << 22
"""Data with at least this many numbers are large."""
NEAR = 50
"""Values within this many tolerances are counted, to estimate how many fit by chance."""
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Match:
    """Deviations that give the number."""

    value: float
    error: float
    deviations: tuple[Deviation, ...]

    @property
    def rank(self) -> tuple[int, int, float]:
        """The sort key: fewer deviations first, then plainer ones, then nearer numbers."""
        plainness = sum(deviation.plainness for deviation in self.deviations)
        return len(self.deviations), plainness, abs(self.error)


@dataclass
class Found:
    """The result of a search, and how much it tried."""

    case: Case
    printed: Printed
    plain: float
    """The number without any deviation."""
    matches: list[Match] = field(default_factory=list)
    singles: int = 0
    pairs: int = 0
    names: tuple[str, ...] = ()
    """The sorts of deviations that were tried."""
    near: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the plain number is the printed one."""
        return self.printed.agrees(self.plain)

    @property
    def by_chance(self) -> float:
        """How many of the values tried would fit a number near the printed one by chance."""
        return self.near / (NEAR - 1)

    def look(self, value: float, *deviations: Deviation) -> None:
        """Take a value that some deviations give."""
        if len(deviations) == 1:
            self.singles += 1
        else:
            self.pairs += 1
        if not math.isfinite(value):
            return
        error = value - self.printed.value
        if self.printed.agrees(value):
            self.matches.append(Match(value, error, deviations))
        else:
            self.near += abs(error) <= self.printed.tolerance * NEAR


def search(case: Case, printed: Printed, progress: Progress = lambda _: None) -> Found:
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
    _try_one(found, whole, changes, folds, progress)
    if not found.matches:
        _try_two(found, changes, progress)
        if hot := temperature(case, printed):
            found.look(*hot)
    found.matches.sort(key=lambda match: match.rank)
    return found


def deviations_of(case: Case) -> Iterator[tuple[str, Deviation]]:
    """Yield every deviation that the case may have, with the name of its sort."""
    for entry in REGISTRY:
        try:
            for deviation in entry.find(case):
                yield entry.name, replace(deviation, axis=entry.axis)
        except LossError:
            continue


def _try_one(
    found: Found,
    whole: Tally,
    changes: Sequence[Deviation],
    folds: Sequence[Deviation],
    progress: Progress,
) -> None:
    """Try each deviation alone; without a match, each with every fold that fits."""
    case = found.case
    condensed = condense(case) if can_condense(case) else None
    ran: list[tuple[Case, Tally, Deviation]] = []
    for fold in folds:
        found.look(_value(case, whole, fold), fold)
    for at, change in enumerate(changes):
        progress(0.5 * at / len(changes))
        plain = change.plainness == 1 and not change.alone
        base = condensed if condensed and change.on_labels and not plain else case
        if result := _run(base, change, batches=plain):
            found.look(_value(*result, change), change)
            ran.append((*result, change))
    if found.matches:
        return
    for one, other in combinations(folds, 2):
        if _compatible(one, other):
            found.look(_value(case, whole, one, other), one, other)
    for changed, tally, change in ran:
        for fold in folds:
            if _compatible(change, fold):
                found.look(_value(changed, tally, change, fold), change, fold)


def _try_two(found: Found, changes: Sequence[Deviation], progress: Progress) -> None:
    """Try two deviations at once; those of labels and options on the other's condensed case."""
    case = found.case
    # Without a condensed case every pair is a pass over the data.
    small = math.prod(case.input.shape) < LARGE or can_condense(case)
    most = MOST_OF_A_PAIR if small else MOST_OF_A_PASS
    pairs = [
        pair
        for pair in combinations(changes, 2)
        if _compatible(*pair) and sum(deviation.plainness for deviation in pair) <= most
    ]
    condensed: dict[str, Case | None] = {}
    for at, pair in enumerate(pairs):
        progress(0.5 + 0.5 * at / len(pairs))
        on_labels = [deviation for deviation in pair if deviation.on_labels]
        others = [deviation for deviation in pair if not deviation.on_labels]
        base: Case | None = None
        if on_labels:
            key = others[0].words if others else ""
            if key not in condensed:
                condensed[key] = _condensed(case, *others)
            base = condensed[key]
        if result := _run(base, *on_labels) if base else _run(case, *others, *on_labels):
            found.look(_value(*result, *pair), *pair)


def _condensed(case: Case, *changes: Deviation) -> Case | None:
    try:
        changed = _with_changes(case, *changes)
        return condense(changed) if can_condense(changed) else None
    except LossError:
        return None


def _compatible(one: Deviation, other: Deviation) -> bool:
    """Return whether two deviations can be combined."""
    if one.alone or other.alone or one.axis == other.axis:
        return False
    if (one.fold and other.fold) or (one.unit and other.unit):
        return False
    return one.plainness + other.plainness <= MOST_OF_A_PAIR


def _with_changes(case: Case, *changes: Deviation) -> Case:
    for deviation in changes:
        case = deviation.change(case) if deviation.change else case
    return case


def _run(case: Case, *changes: Deviation, batches: bool = False) -> tuple[Case, Tally] | None:
    """Return the case with changes made, and its sums; None where they do not fit."""
    try:
        changed = _with_changes(case, *changes)
        return changed, changed.tally(batches=batches)
    except LossError:
        return None


def _value(case: Case, tally: Tally, *deviations: Deviation) -> float:
    """Return the number that deviations make of the sums."""
    value = next((d.fold(tally) for d in deviations if d.fold), None)
    if value is None:
        value = case.value(tally)
    for deviation in deviations:
        if deviation.unit and math.isfinite(value):
            value = deviation.unit(value)
    return value
