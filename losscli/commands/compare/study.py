"""One run over all models: their losses, their ranking, and the breakdowns that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from losscli.engine.breakdown.classes import ByTarget
from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.breakdown.interval import RESAMPLES, Interval, interval_of
from losscli.engine.paired.by import ByTerm, Part, by_length
from losscli.engine.paired.difference import Difference, How
from losscli.engine.paired.losses import PairedLosses
from losscli.engine.paired.models import Models
from losscli.engine.paired.ranking import Ranking, ranking
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.result.result import signature
from losscli.engine.run import Observer, Outcome, Wanted, run
from losscli.errors import UsageError
from losscli.numerics.arrays import Array
from losscli.readers.class_names import Words
from losscli.readers.source import Source


@dataclass(frozen=True)
class Study:
    """Several models on the same samples, or one."""

    models: Models
    baseline: int | None
    how: How
    found: PairedLosses
    ranking: Ranking
    parts: dict[str, list[Part]]
    """The breakdowns by name: class, group, length."""

    @property
    def outcome(self) -> Outcome:
        """The finished run."""
        return self.found.outcome

    @property
    def signature(self) -> str:
        """Everything that the numbers depend on."""
        # The divergence of outputs has the name of the command already.
        command = [] if self.baseline is None else ["compare"]
        return "|".join([*command, signature(self.models.problem), *self.how.signed])

    def interval(self, model: int) -> Interval:
        """Return the mean of one model with its interval."""
        how = self.how
        pieces = partial(self.found.samples, model, None)
        return interval_of(pieces, level=how.level, seed=how.seed, threads=how.threads)


class OfModel:
    """Shows one model of a run to an observer, as if it were alone."""

    def __init__(self, models: Models, model: int, observer: Observer) -> None:
        self._models = models
        self._model = model
        self._observer = observer

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Any:
        """Return what the observer finds."""
        own = self._models.terms_of(data, terms)[self._model]
        return self._observer.look(problem, self._models.view(data, self._model), own, tile)

    def add(self, seen: Any) -> None:
        """Add a tile."""
        self._observer.add(seen)


def studied(
    models: Models,
    baseline: int | None,
    how: How,
    by: Sequence[str],
    groups: tuple[Source | None, Words],
    others: Sequence[Observer] = (),
    *,
    top: int = 0,
    progress: Callable[[Outcome, int], None] | None = None,
) -> Study:
    """Run the models; `others` observe the same run."""
    problem, found = models.problem, PairedLosses(models)
    terms: dict[str, ByTerm] = {}
    source, words = groups
    if "class" in by:
        terms["class"] = ByTerm(models, baseline, ByTarget(problem))
    if "group" in by and source is not None:
        terms["group"] = ByTerm(models, baseline, ByGroup(problem, source, words))
    if "length" in by and not problem.loss.length and problem.grid.positions == 1:
        raise UsageError(
            "--by length is for sequences, and here a sample is a single term; remove it"
        )
    observers: tuple[Observer, ...] = (found, *terms.values(), *others)
    found.outcome = run(
        problem, Wanted(top=top, threads=how.threads, observers=observers), progress
    )
    parts: dict[str, list[Part]] = {name: part.parts() for name, part in terms.items()}
    if "length" in by:
        parts["length"] = by_length(found, baseline)
    return Study(models, baseline, how, found, ranking(found, baseline, how), parts)


def ci_of(study: Study, figures: Interval | Difference) -> Mapping[str, Any]:
    """Return an interval for JSON, and the test of a difference."""
    if study.how.level is None:
        return {}
    found: dict[str, Any] = {
        "level": study.how.level,
        "low": figures.low,
        "high": figures.high,
        "resamples": RESAMPLES,
    }
    if isinstance(figures, Difference) and figures.flips:
        flips = figures.flips
        found |= {"p": flips.p, "flips": flips.flips, "all_flips": flips.exact}
    return {"ci": {**found, "seed": study.how.seed}}


def parts_as_json(study: Study, value: str) -> Mapping[str, Any]:
    """Return the breakdowns for JSON; `value` is what a model's mean is called."""
    if not study.parts:
        return {}
    models = [model for model in range(study.models.count) if model != study.baseline]
    found: dict[str, Any] = {}
    for name, parts in study.parts.items():
        found[name] = []
        for part in parts:
            row: dict[str, Any] = {name: part.name, "count": part.size}
            if study.baseline is not None:
                row["reference"] = part.means[study.baseline]
            row["inputs"] = [
                {value: part.means[model]}
                if study.baseline is None
                else {value: part.means[model], "change": change.mean}
                for model, change in zip(models, part.changes, strict=True)
            ]
            for own, change in zip(row["inputs"], part.changes, strict=True):
                own["stderr"] = change.stderr
            found[name].append(row)
    return {"by": found}
