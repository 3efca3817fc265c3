"""Several models by their mean loss, best first, and which of them are tied with the best."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from losscli.engine.breakdown.interval import Interval, interval_of
from losscli.engine.paired.difference import Difference, How, difference
from losscli.engine.paired.losses import PairedLosses


@dataclass(frozen=True)
class Entry:
    """One model of a ranking."""

    model: int
    label: str
    mean: float
    accuracy: float | None
    change: Difference | None
    """The difference from the baseline; without a baseline from the best; None for that one."""
    tied: bool
    """Whether the interval of its difference from the best includes 0."""


@dataclass(frozen=True)
class Ranking:
    """Models with their mean losses, best first."""

    entries: tuple[Entry, ...]
    baseline: Entry | None
    """The model that the others are compared with."""

    @property
    def typed(self) -> list[Entry]:
        """The models in the order in which they were given."""
        return sorted(self.entries, key=lambda entry: entry.model)


def ranking(found: PairedLosses, baseline: int | None, how: How) -> Ranking:
    """Return the models by their mean loss, those that are not finite last."""
    models = [model for model in range(found.models.count) if model != baseline]
    order = sorted(models, key=lambda model: _ascending(found.mean(model)))
    best = order[0]
    entries = []
    for model in order:
        against = best if baseline is None else baseline
        change = None if model == against else difference(found, model, against, how)
        tied = False
        if model != best and how.level is not None:
            apart: Difference | Interval | None = change
            if baseline is not None:
                apart = interval_of(
                    partial(found.samples, model, best),
                    level=how.level,
                    seed=how.seed,
                    threads=how.threads,
                )
            tied = apart is not None and apart.low <= 0 <= apart.high
        entries.append(_entry(found, model, change, tied=tied))
    return Ranking(tuple(entries), None if baseline is None else _entry(found, baseline))


def _entry(
    found: PairedLosses, model: int, change: Difference | None = None, *, tied: bool = False
) -> Entry:
    label = found.models.label(model)
    return Entry(model, label, found.mean(model), found.accuracy(model), change, tied)


def _ascending(mean: float) -> tuple[bool, float]:
    return math.isnan(mean), mean
