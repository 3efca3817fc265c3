"""The search for deviations that give a printed number: each alone, then pairs.

Large data are read twice. The first pass keeps some rows; most deviations are tried on them, and
those whose number may be the printed one are computed on all rows in the second pass.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import MOST_TERMS, Case
from losscli.commands.reconcile.conventions import as_deviations
from losscli.commands.reconcile.deviation import REGISTRY, Deviation
from losscli.commands.reconcile.deviations import load
from losscli.commands.reconcile.found import NEAREST, PAIR, Found, Tried, cost, same
from losscli.commands.reconcile.solved import solved
from losscli.commands.reconcile.survey import Survey, survey
from losscli.commands.reconcile.trials import Progress, Trials, keeps
from losscli.commands.reconcile.verify import verified
from losscli.errors import LossError, UsageError

MOST_OF_A_PAIR = 3
"""The plainness of a pair sums to this at most: two rare things at once explain any number."""
MOST_OF_TWO_CHANGES = 2
"""The same limit for two changes of what is run."""
LIKELY = 2
"""Pairs are tried where no single deviation of up to this cost fits."""
MOST_COMPUTED = 1 << 26
"""Without a budget, the second pass computes this many numbers, or `MOST_VERIFIED` times all."""
MOST_AT_ONCE = 1 << 22
"""Up to this many numbers, what needs all rows at once is computed."""
MOST_VERIFIED = 3
MOST_DOUBTFUL = 12
"""Pairs that are computed on all rows though one of the two may fit alone."""
MOST_KEPT = 1 << 24
"""What each sample adds is kept for runs of up to this many samples together: 256 MB."""


def search(
    case: Case, asked: Asked, progress: Progress = lambda _: None, budget: float | None = None
) -> Found:
    """Search for what gives the numbers; nothing is tried where the plain ones agree.

    `budget` is the time in seconds after which nothing new is tried.
    """
    began = time.monotonic()
    first = survey(
        case, lambda outcome, done: progress(0.2 * done / outcome.problem.grid.n), asked.size
    )
    if asked.size is not None and first.tally.batches is None:
        raise UsageError(
            f"--batches: {first.tally.total} terms are more than the {MOST_TERMS} that a log is "
            "compared with; give a part of the rows and of the log"
        )
    plain = tuple(case.value(part) for part in asked.spans(first.tally))
    found = Found(first.case, asked, plain)
    if found.agrees:
        found.take(Tried((), plain, 0.0))
        return found
    deadline = math.inf if budget is None else began + budget
    attempt = _Attempt(Trials(found, first, progress, deadline), patient=budget is not None)
    attempt.take(Tried((), plain, 0.0))
    # Data with infinite numbers have no variance, and so on.
    with np.errstate(all="ignore"):
        attempt.search()
    found.settle()
    return found


def deviations_of(case: Case) -> Iterator[tuple[str, Deviation]]:
    """Yield every deviation that the case may have, with the name of its sort."""
    load()
    # Whatever was imported first, the order is the same.
    for entry in sorted(REGISTRY, key=lambda entry: entry.find.__module__):
        try:
            for deviation in entry.find(case):
                yield entry.name, replace(deviation, axis=entry.axis)
        except LossError:
            continue


@dataclass
class _Attempt:
    """One search."""

    trials: Trials
    patient: bool
    """Whether the time is limited by the user alone."""
    nearest: list[Tried] = field(default_factory=list)
    """The nearest numbers that do not fit, by some of the rows."""
    unsure: list[Tried] = field(default_factory=list)
    """What may fit, by some of the rows."""
    blind: list[Tried] = field(default_factory=list)
    """What some of the rows say nothing about."""

    @property
    def found(self) -> Found:
        """What was found so far."""
        return self.trials.found

    @property
    def survey(self) -> Survey:
        """What the first pass found."""
        return self.trials.survey

    def search(self) -> None:
        """Try each deviation alone, then pairs where none of the likely ones fits."""
        found, case = self.found, self.found.case
        own = list(deviations_of(case))
        found.names = tuple(dict.fromkeys(name for name, _ in own))
        known = [*(deviation for _, deviation in own), *as_deviations(case)]
        if found.asked.size is not None:
            # The batches are those of the log.
            known = [one for one in known if not one.has_batches]
        self.sift([(one,) for one in known], 0.2, 0.4)
        if not any(match.cost <= LIKELY for match in found.matches):
            self.sift(list(pairs_of(known)), 0.4, 0.7)
        if not found.matches and not self.unsure and not found.out_of_time:
            sample = self.survey.levels[-2 if len(self.survey.levels) > 1 else -1]
            for values, one in solved(sample.case, self.survey.tally, found.asked, sample.exact):
                tried = Tried((one,), values, math.inf if one.change and not sample.exact else 0.0)
                found.count(tried)
                self.take(tried)
        self.verify()

    def sift(self, sets: list[tuple[Deviation, ...]], start: float, stop: float) -> None:
        """Try sets of deviations on more and more rows, as long as they may fit."""
        *samples, whole = self.survey.levels
        left = [one for one in sets if not (samples and _is_blind(one))]
        if samples and self.found.asked.size is None:
            blind = [one for one in sets if _is_blind(one)]
            if math.prod(self.found.case.input.shape) > MOST_AT_ONCE:
                blind = [one for one in blind if not any(d.whole for d in one)]
            self.blind += [Tried(one, (), math.inf) for one in blind]
        unsure: list[Tried] = []
        for level in samples:
            tried = list(self.trials.tried(level, left, start, stop))
            if level is samples[0]:
                for one in tried:
                    self.found.count(one)
                    if one.slack == 0:
                        self.take(one)
            estimates = [one for one in tried if one.slack]
            seen = set(map(_identity, tried))
            unsure, before = [one for one in estimates if self.trials.may_fit(one)], unsure
            # Where the time is up, the rows before have the last word.
            unsure += [one for one in before if _identity(one) not in seen]
            if level is samples[0] and self.found.asked.size is None:
                self.keep_nearest([one for one in estimates if one not in unsure])
            left = [one.deviations for one in unsure]
            if level is samples[-1] or self.found.out_of_time:
                self.unsure += unsure
                return
        for one in self.trials.tried(whole, left, start, stop):
            self.found.count(one)
            self.take(one)

    def take(self, tried: Tried) -> None:
        """Take deviations that fit all rows; what is known of some of them is computed later."""
        if tried.slack:
            self.unsure.append(tried)
        else:
            self.found.take(tried)

    def keep_nearest(self, tried: Sequence[Tried]) -> None:
        """Keep the estimates that are nearest to the number, of different numbers."""
        asked = self.found.asked
        ordered = sorted(
            (*self.nearest, *tried),
            key=lambda one: (asked.distance(one.values), cost(one.deviations)),
        )
        self.nearest = [
            one
            for at, one in enumerate(ordered[: 4 * NEAREST])
            if not any(same(one.values, other.values) for other in ordered[:at])
        ][:NEAREST]

    def verify(self) -> None:
        """Compute what may fit on all rows, in one pass; the likeliest where there are many."""
        found = self.found
        likely = min((match.cost for match in found.matches), default=math.inf)
        unsure = [one for one in self.unsure if cost(one.deviations) <= likely + PAIR]
        most = max(MOST_VERIFIED, MOST_COMPUTED // max(1, math.prod(found.case.input.shape)))
        is_large = most == MOST_VERIFIED and not self.patient
        # What may fit alone most likely explains the pairs that it is part of.
        alone = {id(one.deviations[0]) for one in unsure if len(one.deviations) == 1}
        pairs = [
            one
            for one in unsure
            if len(one.deviations) > 1 and alone.intersection(map(id, one.deviations))
        ]
        pairs.sort(key=lambda one: (cost(one.deviations), self.trials.misfit(one)))
        left_out = set(map(id, pairs[0 if is_large else MOST_DOUBTFUL :]))
        unsure = [one for one in unsure if id(one) not in left_out]
        fitting = set(map(id, unsure))
        if not found.matches and not unsure:
            unsure = [one for one in self.nearest if self.trials.nearer(one)]
        if likely > LIKELY and not is_large:
            unsure += [one for one in self.blind if cost(one.deviations) <= likely + PAIR]
        unsure.sort(key=lambda one: (not one.values, cost(one.deviations), self.trials.misfit(one)))
        # Deviations that change the case alike are one run.
        runs: dict[tuple[int, ...], list[Tried]] = {}
        for one in unsure:
            key = tuple(id(d) for d in one.deviations if d.change)
            runs.setdefault(key, []).append(one)
        keeping = [key for key, own in runs.items() if any(keeps(one.deviations) for one in own)]
        for key in keeping[MOST_KEPT // max(1, self.survey.tally.samples) :]:
            del runs[key]
        chosen = list(runs.values())[: len(runs) if self.patient else most]
        results = verified(
            found.case,
            [[d.change for d in own[0].deviations if d.change] for own in chosen],
            batches=[found.asked.size is not None or key in keeping for key in runs][: len(chosen)],
            deadline=self.trials.deadline,
            progress=lambda share: self.trials.progress(0.7 + 0.3 * share),
        )
        exact, done = self.survey.levels[-1], 0
        for own, result in zip(chosen, results, strict=False):
            done += 1
            if result is not None:
                for one in own:
                    self.take(self.trials.value(exact, result, one.deviations))
        if not found.matches:
            left = [one for own in list(runs.values())[done:] for one in own if id(one) in fitting]
            for one in left[:MOST_VERIFIED]:
                found.unverified(one)


def _identity(tried: Tried) -> tuple[int, ...]:
    return tuple(map(id, tried.deviations))


def pairs_of(known: Sequence[Deviation]) -> Iterator[tuple[Deviation, Deviation]]:
    """Yield the pairs that can be combined, the likelier ones first."""
    pairs = [pair for pair in combinations(known, 2) if _compatible(*pair)]
    yield from sorted(pairs, key=cost)


def _compatible(one: Deviation, other: Deviation) -> bool:
    """Return whether two deviations can be combined."""
    if one.alone or other.alone or one.axis == other.axis:
        return False
    if (one.fold and other.fold) or (one.unit and other.unit):
        return False
    both = bool(one.change and other.change)
    return one.plainness + other.plainness <= (MOST_OF_TWO_CHANGES if both else MOST_OF_A_PAIR)


def _free(deviations: Sequence[Deviation]) -> bool:
    """Return whether the sums of the first pass are enough."""
    return not any(deviation.change for deviation in deviations)


def _is_blind(deviations: Sequence[Deviation]) -> bool:
    """Return whether some of the rows say nothing: all are needed at once, or in their batches."""
    changes = any(deviation.change for deviation in deviations)
    return any(one.whole for one in deviations) or (changes and keeps(deviations))
