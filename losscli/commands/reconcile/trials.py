"""The numbers that sets of deviations give, on some or on all of the rows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from losscli.commands.reconcile.asked import FEW
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.condense import can_condense, condense
from losscli.commands.reconcile.deviation import Deviation, Fold
from losscli.commands.reconcile.found import Found, Tried, changed
from losscli.commands.reconcile.survey import GROUPS, SPREADS, Level, Survey
from losscli.commands.reconcile.tally import Tally
from losscli.errors import LossError

RARE = 5
"""Where this many terms of a sample's size are unlike the others, it most likely has one."""
Progress = Callable[[float], None]
Changed = tuple[Case, Tally]


@dataclass
class Trials:
    """Runs what deviations make of a case, each change once."""

    found: Found
    survey: Survey
    progress: Progress
    deadline: float
    condensed: dict[str, Case | None] = field(default_factory=dict)
    folds: dict[int, float] = field(default_factory=dict)
    """What the first sums of the first pass are folded to, by the fold."""

    def tried(
        self,
        level: Level,
        sets: Iterable[tuple[Deviation, ...]],
        start: float,
        stop: float,
    ) -> Iterator[Tried]:
        """Yield the numbers of sets of deviations on some of the rows."""
        ran: dict[tuple[int, ...], Changed | None] = {}
        whole = list(sets)
        for number, one in enumerate(whole):
            if time.monotonic() > self.deadline:
                self.found.out_of_time = True
                return
            self.progress(start + (stop - start) * number / len(whole))
            changes = [deviation for deviation in one if deviation.change]
            exact = self.survey.levels[-1]
            here = exact if not changes else level
            kept = keeps(one) and bool(changes)
            key = (kept, *(id(deviation) for deviation in changes))
            if not changes:
                ran[key] = (exact.case, exact.plain)
            elif key not in ran:
                ran[key] = self.run(level, changes, batches=kept or not level.exact)
            result = ran[key]
            if result is not None:
                yield self.value(here, result, one)

    def run(self, level: Level, changes: Sequence[Deviation], *, batches: bool) -> Changed | None:
        """Return the changed case and its sums; None where the changes do not fit."""
        on_labels = [one for one in changes if one.on_labels]
        others = [one for one in changes if not one.on_labels]
        base: Case | None = None
        if on_labels and level.exact and self.found.asked.size is None and not batches:
            key = " + ".join(one.words for one in others)
            if key not in self.condensed:
                self.condensed[key] = _condensed(level.case, others)
            base = self.condensed[key]
        try:
            case = changed(base, on_labels) if base else changed(level.case, changes)
            keep = batches or self.found.asked.size is not None
            return case, case.tally(batches=keep)
        except LossError:
            return None

    def value(self, level: Level, ran: Changed, deviations: tuple[Deviation, ...]) -> Tried:
        """Return the number that deviations make of the sums, and how sure it is."""
        case, tally = ran
        if level.exact or self.found.asked.size is not None:
            values = self.values(case, tally, deviations)
            return Tried(deviations, values, 0.0 if level.exact else math.inf)
        samples = self.survey.tally.samples
        mine = value_of(case, tally.scaled(samples), deviations)
        plain = self.found.plain[0]
        groups = [value_of(case, part, deviations) for part in tally.groups(GROUPS, samples)]
        own = level.groups
        if not groups or not all(map(math.isfinite, (mine, *groups, *own))):
            return Tried(deviations, (mine,), math.inf if math.isfinite(mine) else 0.0)
        # What is common to both numbers, the plain one and this, is known of all rows.
        spread = np.var(own)
        slope = float(np.cov(groups, own, ddof=0)[0, 1] / spread) if spread else 0.0
        left = np.std(np.array(groups) - slope * np.array(own), ddof=1)
        estimate = mine + slope * (plain - level.case.value(level.plain.scaled(samples)))
        # What no row among these shows may be in a few of every `terms`.
        rare = RARE * max(map(abs, (mine, *groups))) / max(1, tally.total)
        slack = SPREADS * float(left) / math.sqrt(GROUPS) + rare
        return Tried(deviations, (estimate,), slack)

    @cached_property
    def plain_parts(self) -> list[Tally]:
        """The sums of each number's samples without any deviation."""
        return list(self.found.asked.spans(self.survey.tally))

    def values(
        self, case: Case, tally: Tally, deviations: tuple[Deviation, ...]
    ) -> tuple[float, ...]:
        """Return the numbers that deviations give; only some where one of them is far off."""
        asked, most = self.found.asked, max(FEW, self.found.farthest)
        parts = self.plain_parts if tally is self.survey.tally else asked.spans(tally)
        values: list[float] = []
        for part, printed in zip(parts, asked.numbers, strict=False):
            values.append(in_units(self.folded(case, part, deviations), deviations))
            if not printed.distance(values[-1]) <= most:
                break
        return tuple(values)

    def folded(self, case: Case, tally: Tally, deviations: Sequence[Deviation]) -> float:
        """Return what the sums are folded to; those of the first pass are folded once."""
        fold = next((one.fold for one in deviations if one.fold), None)
        if not any(tally is part for part in self.plain_parts[:1]) or fold is None:
            return folded(case, tally, fold)
        if id(fold) not in self.folds:
            self.folds[id(fold)] = folded(case, tally, fold)
        return self.folds[id(fold)]

    def may_fit(self, tried: Tried) -> bool:
        """Return whether the number of all rows may be the printed one."""
        asked = self.found.asked
        if asked.size is not None:
            pairs = zip(tried.values, asked.numbers, strict=False)
            return bool(tried.values) and all(one.loose.agrees(value) for value, one in pairs)
        printed = asked.numbers[0].loose
        if not tried.values or not math.isfinite(tried.values[0]):
            return False
        return abs(tried.values[0] - printed.value) <= printed.tolerance + tried.slack

    def nearer(self, tried: Tried) -> bool:
        """Return whether an estimate is among the nearest numbers."""
        return self.found.asked.distance(tried.values) < self.found.farthest

    def misfit(self, tried: Tried) -> float:
        """Return how far an estimate is from the number, in units of what it may be off."""
        if not tried.values or not math.isfinite(tried.slack):
            return 0.0
        return abs(tried.values[0] - self.found.asked.numbers[0].value) / tried.slack


def keeps(deviations: Sequence[Deviation]) -> bool:
    """Return whether what each sample adds has to be kept."""
    return any(deviation.fold and deviation.fold.batches for deviation in deviations)


def _condensed(case: Case, changes: Sequence[Deviation]) -> Case | None:
    try:
        case = changed(case, changes)
        return condense(case) if can_condense(case) else None
    except LossError:
        return None


def value_of(case: Case, tally: Tally, deviations: Sequence[Deviation]) -> float:
    """Return the number that deviations make of the sums."""
    fold = next((one.fold for one in deviations if one.fold), None)
    return in_units(folded(case, tally, fold), deviations)


def folded(case: Case, tally: Tally, fold: Fold | None) -> float:
    """Return the number that the sums are folded to; nan where they are not."""
    try:
        return float(fold.of(tally) if fold else case.value(tally))
    except (OverflowError, ValueError, ZeroDivisionError):
        return math.nan


def in_units(value: float, deviations: Sequence[Deviation]) -> float:
    """Return a number in the units of deviations."""
    for deviation in deviations:
        if math.isfinite(value):
            value = deviation.in_unit(value)
    return value
