"""A case: a loss with its sources and options, and the sums that one run of the engine gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from losscli.commands.reconcile.mapped import Change, Mapped, in_doubles, over_classes
from losscli.engine.breakdown.batches import Batches
from losscli.engine.compute import checked_options
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem
from losscli.engine.problem.settings import Settings
from losscli.engine.run import Observer, Wanted, run
from losscli.errors import UsageError
from losscli.losses.declare.registry import Loss, find
from losscli.numerics.arrays import Array
from losscli.readers.source import Source


@dataclass(frozen=True)
class Tally:
    """The sums of a run: what any reduction is made of."""

    numerator: float
    denominator: float
    """What the mean divides by: counted terms, or their weights."""
    counted: float
    """Terms that count."""
    total: float
    """All terms, those too that do not count."""
    samples: int
    classes: int
    positions: int
    unweighted: float
    """What the mean divides by with every weight 1."""
    batches: Batches | None = None


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
    """Terms that each row stands for; None where a row stands for itself. See `condense`."""
    whole: Case | None = None
    """The case that a condensed one was made of."""
    memory: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def changed(self, **changes: Any) -> Case:
        """Return the case with some of its parts changed."""
        return replace(self, memory={}, **changes)

    def with_source(self, role: str, source: Source) -> Case:
        """Return the case with another source for a role."""
        return self.changed(sources={**self.sources, role: source})

    def with_options(self, **options: Any) -> Case:
        """Return the case with some options changed; UsageError where the loss lacks one."""
        for name in options:
            if self.loss.option(name) is None:
                raise UsageError(f"{self.loss.name} has no --{name}; leave it out")
        return self.changed(options={**self.options, **options})

    def with_settings(self, **settings: Any) -> Case:
        """Return the case with some settings changed."""
        return self.changed(settings=replace(self.settings, **settings))

    def as_loss(self, name: str, **options: Any) -> Case:
        """Return another loss of the same sources; options of the same name are kept."""
        loss = find(name)
        kept = {o.name: self.options[o.name] for o in loss.options if o.name in self.options}
        return self.changed(loss=loss, options=checked_options(loss, {**kept, **options}))

    def map_input(self, change: Change, *, by_class: bool = False) -> Case:
        """Return the case with its input going through a function; by class it sees (c, m)."""
        role = self.loss.roles[0].name
        whole = over_classes(change, self.class_axis) if by_class else in_doubles(change)
        return self.with_source(role, Mapped(self.sources[role], whole))

    def map_target(self, change: Change) -> Case:
        """Return the case with its target going through a function."""
        return self.with_source("target", Mapped(self.sources["target"], change))

    @property
    def input(self) -> Source:
        """The source of the first role."""
        return self.sources[self.loss.roles[0].name]

    @property
    def class_axis(self) -> int:
        """Where the input has its classes, counted from the front."""
        axis = self.settings.axis_of(self.loss)
        return axis % max(1, len(self.input.shape))

    @cached_property
    def problem(self) -> Problem:
        """The case as the engine takes it; LossError where its parts do not fit."""
        return prepare(self.loss, self.sources, self.options, self.settings, self.sample_weight)

    @property
    def ignored(self) -> int | None:
        """The label that does not count, where there are labels."""
        return self.problem.ignore_index

    @property
    def has_labels(self) -> bool:
        """Whether the target holds class indices."""
        target = self.problem.target
        return target is not None and target.kind.index and self.loss.picks

    def tally(self, *, batches: bool = False) -> Tally:
        """Run the engine; with `batches` keep what each sample adds, 16 bytes a sample."""
        problem = self.problem
        grid = problem.grid
        seen = Batches(grid.n) if batches else None
        observers: tuple[Observer, ...] = (seen,) if seen else ()
        outcome = run(problem, Wanted(notices=False, threads=self.threads, observers=observers))
        counted = float(outcome.partial.counted)
        tally = Tally(
            outcome.numerator,
            outcome.partial.denominator.total * 2.0**-problem.weight_exponent,
            counted,
            float(grid.size),
            grid.n,
            grid.classes,
            grid.positions,
            counted,
            seen,
        )
        if self.counts is None or self.whole is None:
            return tally
        counts = self.counts
        if self.ignored is not None:
            counts = np.where(_labels(self) == self.ignored, 0, counts)
        grid = self.whole.problem.grid
        counted = float(counts.sum())
        return replace(
            tally,
            counted=counted,
            total=float(self.counts.sum()),
            samples=grid.n,
            positions=grid.positions,
            unweighted=counted,
        )

    def value(self, tally: Tally) -> float:
        """Return the reduced loss."""
        with np.errstate(all="ignore"):
            return _reduced(self.settings.reduction, tally)

    @property
    def class_counts(self) -> Array:
        """How often each class is the target, (c,); what does not count is left out."""
        if "counts" not in self.memory:
            self.memory["counts"] = _class_counts(self)
        counts: Array = self.memory["counts"]
        return counts


def quotient(top: float, bottom: float) -> float:
    """Return a quotient, nan over nothing."""
    return top / bottom if bottom else float("nan")


def _reduced(reduction: str, tally: Tally) -> float:
    if reduction == "sum":
        return tally.numerator
    share = tally.positions if reduction == "batchmean" else 1
    return quotient(tally.numerator, tally.denominator / share)


def _labels(case: Case) -> Array:
    target = case.sources["target"]
    return target.read(0, target.shape[0]).reshape(-1)


def _class_counts(case: Case) -> Array:
    problem, grid = case.problem, case.problem.grid
    counts = np.zeros(grid.classes)
    target = problem.target
    if target is None:
        return counts
    at = 0
    for start, stop in grid.blocks():
        raw = target.block(start, stop).reshape(-1)
        weight = None if case.counts is None else case.counts[at : at + raw.size]
        at += raw.size
        index = raw.astype(np.float64) - problem.settings.label_base
        inside = (index >= 0) & (index < grid.classes)
        if problem.ignore_index is not None:
            inside &= raw != problem.ignore_index
        own = None if weight is None else weight[inside]
        counts += np.bincount(index[inside].astype(np.intp), own, grid.classes)
    return counts
