"""One run over all models: their losses, their ranking, and the breakdowns that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from losscli.engine.breakdown.classes import ByTarget
from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.breakdown.interval import Interval
from losscli.engine.paired.by import ByTerm, Part, by_length
from losscli.engine.paired.difference import How, intervals
from losscli.engine.paired.losses import PairedLosses
from losscli.engine.paired.models import Models
from losscli.engine.paired.ranking import Ranking, ranking
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.result.notices import Notice, Notices
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
    parts: dict[str, list[Part]]
    """The breakdowns by name: class, group, length."""
    warnings: Sequence[Notice] = ()

    @cached_property
    def ranking(self) -> Ranking:
        """The models, best first."""
        return ranking(self.found, self.baseline, self.how)

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

    @cached_property
    def intervals(self) -> list[Interval]:
        """The loss of each model with its interval."""
        return intervals(self.found, range(self.models.count), None, self.how)


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


class NoticesOfEach:
    """Observes a run: the warnings about each model's data."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._each = [(models.alone(model), Notices()) for model in range(models.count)]
        for problem, notices in self._each:
            notices.start(problem)

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> None:  # noqa: ARG002
        """Check a tile."""
        for model, (own, notices) in enumerate(self._each):
            if notices.watching:
                notices.look(own, self._models.view(data, model), tile)

    def add(self, seen: Any) -> None:
        """Add nothing: the notices have it already."""

    def listed(self) -> list[Notice]:
        """Return the warnings, those about what the models share once."""
        found = (notice for problem, own in self._each for notice in own.listed(problem))
        return list(dict.fromkeys(found))


def studied(
    models: Models,
    baseline: int | None,
    how: How,
    by: Sequence[str],
    groups: tuple[Source | None, Words],
    others: Sequence[Observer] = (),
    *,
    keep: bool = True,
    correct: bool = True,
    top: int = 0,
    progress: Callable[[Outcome, int], None] | None = None,
) -> Study:
    """Run the models; `others` observe the same run. Without `keep` there is no ranking.

    Without `correct` there are no accuracies.
    """
    problem, found = models.problem, PairedLosses(models, keep=keep, correct=correct)
    terms: dict[str, ByTerm] = {}
    source, words = groups
    for name in by:
        if name in ("class", "target"):
            terms[name] = ByTerm(models, baseline, ByTarget(problem))
    if "group" in by and source is not None:
        terms["group"] = ByTerm(models, baseline, ByGroup(problem, source, words))
    if "length" in by and not problem.loss.length and problem.grid.positions == 1:
        raise UsageError(
            "--by length is for sequences, and here a sample is a single term; remove it"
        )
    notices = NoticesOfEach(models)
    observers: tuple[Observer, ...] = (found, notices, *terms.values(), *others)
    wanted = Wanted(top=top, notices=False, threads=how.threads, observers=observers)
    found.outcome = run(problem, wanted, progress)
    parts: dict[str, list[Part]] = {name: part.parts() for name, part in terms.items()}
    if "length" in by:
        parts["length"] = by_length(found, baseline)
    return Study(models, baseline, how, found, parts, notices.listed())
