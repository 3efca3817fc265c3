"""A case: a loss with its sources and options, and the sums that one run of the engine gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from losscli.commands.reconcile.mapped import Change, Mapped, in_doubles, over_classes
from losscli.engine.breakdown.batches import Batches
from losscli.engine.compute import checked_options
from losscli.engine.problem.grid import Grid, Tile
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.problem.settings import Settings
from losscli.engine.run import Wanted, run
from losscli.engine.tiles import visited
from losscli.errors import UsageError
from losscli.losses.declare.options import Effect
from losscli.losses.declare.registry import Form, Loss, find
from losscli.numerics.arrays import Array
from losscli.readers.source import Source


@dataclass(frozen=True)
class Tally:
    """The sums of a run, from which every reduction is made."""

    numerator: float
    denominator: float
    """What the mean divides by: the terms that count, or their weights."""
    counted: float
    """The terms that count."""
    grid: Grid
    batches: Batches | None = None

    @property
    def total(self) -> int:
        """All terms, ignored ones too."""
        return self.grid.size


@dataclass(frozen=True)
class Case:
    """A loss with its data: what one run computes. Deviations return a changed one."""

    loss: Loss
    sources: Mapping[str, Source]
    options: Mapping[str, Any]
    settings: Settings
    sample_weight: Source | None = None
    threads: int | None = None
    counts: Array | None = None
    """How many terms each row stands for; None where a row stands for itself. See `condense`."""
    whole: Case | None = None
    """The case from which a condensed case was made."""

    def with_source(self, role: str, source: Source) -> Case:
        """Return the case with another source for a role."""
        return replace(self, sources={**self.sources, role: source})

    def with_options(self, **options: Any) -> Case:
        """Return the case with some options changed; UsageError where the loss lacks one."""
        for name in options:
            if self.loss.option(name) is None:
                raise UsageError(f"{self.loss.name} has no --{name}; remove it")
        return replace(self, options={**self.options, **options})

    def with_settings(self, **settings: Any) -> Case:
        """Return the case with some settings changed."""
        return replace(self, settings=replace(self.settings, **settings))

    def as_loss(self, name: str, **options: Any) -> Case:
        """Return another loss of the same sources; options of the same name are kept."""
        loss = find(name)
        kept = {o.name: self.options[o.name] for o in loss.options if o.name in self.options}
        return replace(self, loss=loss, options=checked_options(loss, {**kept, **options}))

    def map_input(self, change: Change, *, by_class: bool = False) -> Case:
        """Return the case with a function applied to its input; `by_class` passes it (c, m)."""
        whole = over_classes(change, self.class_axis) if by_class else in_doubles(change)
        return self.with_source(self.loss.roles[0].name, Mapped(self.input, whole))

    def map_target(self, change: Change) -> Case:
        """Return the case with a function applied to its target."""
        return self.with_source("target", Mapped(self.sources["target"], change))

    @property
    def input(self) -> Source:
        """The source of the first role."""
        return self.sources[self.loss.roles[0].name]

    @property
    def form(self) -> str:
        """The name of the input's kind: logits, probabilities, ..."""
        return self.loss.kinds(self.loss.roles[0], self.options)[0].name

    def form_as(self, name: str) -> Form | None:
        """Return the loss and the options that take the input in another form, if any do."""
        forms = self.loss.forms(self.loss.roles[0].name)
        return next((form for form in forms if form.kind.name == name), None)

    @property
    def is_regression(self) -> bool:
        """Whether the loss compares numbers, not probabilities, scores or vectors."""
        return self.loss.family == "regression"

    @property
    def class_axis(self) -> int:
        """Where the input has its classes, counted from the front."""
        return self.settings.axis_of(self.loss) % max(1, len(self.input.shape))

    @cached_property
    def problem(self) -> Problem:
        """The case as the engine takes it; LossError where its parts do not fit."""
        return prepare(self.loss, self.sources, self.options, self.settings, self.sample_weight)

    @property
    def adds_to_terms(self) -> bool:
        """Whether an option in use adds something to the terms that no library's function adds."""
        return bool(self.problem.value_of(Effect.ADDS_TO_TERMS))

    @property
    def ignored(self) -> int | None:
        """The ignored label, if there are labels."""
        return self.problem.ignore_index

    @property
    def has_labels(self) -> bool:
        """Whether the target holds class indices."""
        target = self.problem.target
        return target is not None and target.kind.index and self.loss.picks

    @cached_property
    def ignores(self) -> bool:
        """Whether some target is ignored."""
        if self.ignored is None:
            return False
        terms = self.problem.grid.size if self.counts is None else self.counts.sum()
        return bool(self.class_counts.sum() < terms)

    @cached_property
    def class_counts(self) -> Array:
        """How often each class is the target, (c,); ignored targets are left out."""
        problem = self.problem

        def count(data: TileData, tile: Tile) -> Array:
            kept = slice(None) if data.ignored is None else ~data.ignored
            rows = problem.grid.terms_of(tile)[kept]
            weights = None if self.counts is None else self.counts[rows]
            return np.bincount(data.target[kept], weights, problem.grid.classes)

        counts = np.zeros(problem.grid.classes)
        for parts in visited(problem, count, self.threads, targets_only=True):
            counts += sum(parts)
        return counts

    def tally(self, *, batches: bool = False) -> Tally:
        """Run the engine; with `batches` keep what each sample adds, 16 bytes per sample."""
        problem = self.problem
        observers = (Batches(problem.grid.n),) if batches else ()
        outcome = run(problem, Wanted(notices=False, threads=self.threads, observers=observers))
        counted = float(outcome.partial.counted)
        if self.counts is not None:
            counted = float(self.class_counts.sum())
        return Tally(
            outcome.numerator,
            outcome.partial.denominator.total * 2.0**-problem.weight_exponent,
            counted,
            (self.whole or self).problem.grid,
            *observers,
        )

    def value(self, tally: Tally) -> float:
        """Return the reduced loss."""
        if self.settings.reduction == "sum":
            return tally.numerator
        return quotient(tally.numerator, tally.denominator / self.problem.positions)


def quotient(top: float, bottom: float) -> float:
    """Return a quotient; nan over 0."""
    return top / bottom if bottom else float("nan")


def blocks_of(case: Case, role: str) -> Iterator[Array]:
    """Yield the blocks of a role's source."""
    source, rows = case.sources[role], case.problem.grid.block_rows
    size = source.shape[0] if source.shape else 1
    return (source.read(start, min(start + rows, size)) for start in range(0, size, rows))


Fold = Callable[[Tally], float]
