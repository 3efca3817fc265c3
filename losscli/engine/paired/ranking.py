"""Several models by their mean loss, best first, and which of them are tied with the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from losscli.engine.breakdown.interval import Interval
from losscli.engine.paired.difference import Difference, How, differences, intervals
from losscli.engine.paired.losses import PairedLosses


@dataclass(frozen=True)
class Entry:
    """One model of a ranking."""

    model: int
    label: str
    value: float
    """The reduced loss."""
    accuracy: float | None
    change: Difference | None
    """The difference from the baseline; without a baseline from the best; None for that one."""
    tied: bool | None
    """Whether it has the loss of the best, or the interval of their difference includes 0; None
    where a single sample has no interval."""


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
    best, *others = sorted(models, key=lambda model: _ascending(found.value(model)))
    against, compared = (best, others) if baseline is None else (baseline, [best, *others])
    changes = dict(zip(compared, differences(found, compared, against, how), strict=True))
    apart: Sequence[Difference | Interval] = [changes[model] for model in others]
    if baseline is not None and how.level is not None:
        apart = intervals(found, others, best, how)
    least = found.value(best)
    tied = {
        model: how.level is not None and (found.value(model) == least or _includes_0(one, found))
        for model, one in zip(others, apart, strict=True)
    }
    entries = [_entry(found, m, changes.get(m), tied=tied.get(m, False)) for m in (best, *others)]
    return Ranking(tuple(entries), None if baseline is None else _entry(found, baseline))


def _includes_0(one: Difference | Interval, found: PairedLosses) -> bool | None:
    return None if found.count == 1 else one.low <= 0 <= one.high


def _entry(
    found: PairedLosses, model: int, change: Difference | None = None, *, tied: bool | None = False
) -> Entry:
    label = found.models.labels[model]
    return Entry(model, label, found.value(model), found.accuracy(model), change, tied)


def _ascending(value: float) -> tuple[bool, float]:
    return math.isnan(value), value
