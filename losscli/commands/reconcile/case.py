"""A case: a loss with its sources and options, and the lines of Python that made it from another.

A case that was changed knows how: what `spelling` prints for it is what was computed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from losscli.commands.reconcile.expression import Mapped, evaluated, short
from losscli.commands.reconcile.tally import Tally, quotient
from losscli.commands.reconcile.terms import TERMS
from losscli.engine.breakdown.batches import Batches
from losscli.engine.compute import checked_options
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.problem.settings import Settings
from losscli.engine.run import Outcome, Wanted, run
from losscli.engine.tiles import visited
from losscli.errors import UsageError
from losscli.losses.declare.options import Effect, array_extent
from losscli.losses.declare.registry import Form, Loss, find
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.readers.source import ArraySource, Source

MOST_TERMS = 1 << 25
"""Terms, and what each sample adds, are kept for up to this many, in 256 MB each."""


class Facts(NamedTuple):
    """What a pass over the data found, for deviations to ask."""

    counts: Array
    """How often each class is the target, (c,); ignored targets are left out."""
    target_sum: float
    hard: bool
    """Whether every target is 0 or 1."""
    low: float
    """The smallest number of the first role, and the largest."""
    high: float


@dataclass(frozen=True)
class Case:
    """A loss with its data: what one run computes. Deviations return a changed one."""

    loss: Loss
    sources: Mapping[str, Source]
    options: Mapping[str, Any]
    settings: Settings
    sample_weight: Source | None = None
    threads: int | None = None
    lines: tuple[str, ...] = ()
    """Python that changes the arrays of the files; each role has its short name."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """How Python writes the array options that were changed."""
    counts: Array | None = None
    """How many terms each row stands for; None where a row stands for itself. See `condense`."""
    facts: Facts | None = None
    """What a pass over the data found."""
    whole: Case | None = None
    """The case from which a condensed case, or one of some of the rows, was made."""

    def with_sources(self, *lines: str, **sources: Source) -> Case:
        """Return the case with other sources, and the lines of Python that make them."""
        lines = (*self.lines, *lines)
        return replace(self, sources={**self.sources, **sources}, lines=lines, facts=None)

    def with_options(self, texts: Mapping[str, str] | None = None, /, **options: Any) -> Case:
        """Return the case with some options changed; UsageError where the loss lacks one.

        `texts` is how Python writes those that are arrays.
        """
        for name in options:
            if self.loss.option(name) is None:
                raise UsageError(f"{self.loss.name} has no --{name}; remove it")
        known = {name: text for name, text in self.texts.items() if name not in options}
        texts = {**known, **(texts or {})}
        return replace(self, options={**self.options, **options}, texts=texts, facts=None)

    def with_settings(self, **settings: Any) -> Case:
        """Return the case with some settings changed."""
        return replace(self, settings=replace(self.settings, **settings), facts=None)

    def as_loss(self, name: str, **options: Any) -> Case:
        """Return another loss of the same sources; options of the same name are kept."""
        loss = find(name)
        kept = {o.name: self.options[o.name] for o in loss.options if o.name in self.options}
        fit = {role.name for role in loss.roles} <= set(self.sources)
        if not fit:
            raise UsageError(f"{name} takes other roles")
        return replace(self, loss=loss, options=checked_options(loss, {**kept, **options}))

    def as_terms(self, text: str) -> Case:
        """Return the case whose terms are an expression of its roles, one for each target."""
        if self.sample_weight is not None:
            raise UsageError("NumPy's terms have no sample weights")
        if self.classes_first:
            raise UsageError("terms are computed by rows, and here the rows are classes")
        named = {short(other): own for other, own in self.sources.items()}
        shape = self.problem.grid.axes
        settings = Settings(reduction=self.settings.reduction)
        if len(shape) > 1 and settings.reduction == self.loss.sample_mean:
            text, shape = f"({text}).sum({tuple(range(1, len(shape)))})", shape[:1]
        mapped = Mapped(text, named, self.input, shape)
        if settings.reduction not in TERMS.reductions:
            settings = Settings()
        changed = self.with_sources(f"terms = {text}", terms=mapped)
        return replace(changed, loss=TERMS, options={}, settings=settings)

    def without_weights(self) -> Case:
        """Return the case without array options, which do not fit another layout."""
        plain = {o.name: o.default for o in self.loss.options if array_extent(o)}
        return replace(self, options=checked_options(self.loss, {**self.options, **plain}))

    def map(self, role: str, text: str, shape: Sequence[int] | None = None) -> Case:
        """Return the case with a role replaced by an expression, in which `{}` is the role."""
        name, source = short(role), self.sources[role]
        text = text.format(name)
        named = {short(other): own for other, own in self.sources.items()}
        mapped = Mapped(text, named, source, shape, in_pieces=not self.classes_first)
        return self.with_sources(f"{name} = {text}", **{role: mapped})

    def map_whole(self, role: str, text: str) -> Case:
        """Return the case with a role replaced by an expression of all its rows at once."""
        name, source = short(role), self.sources[role]
        text = text.format(name)
        array = source.read(0, source.shape[0]).astype(np.float64, copy=False)
        made = ArraySource(np.asarray(evaluated(text, {name: array})), source.label)
        return self.with_sources(f"{name} = {text}", **{role: made})

    def map_input(self, text: str) -> Case:
        """Return the case with its first role replaced by an expression."""
        return self.map(self.first, text)

    def map_target(self, text: str, shape: Sequence[int] | None = None) -> Case:
        """Return the case with its target replaced by an expression."""
        return self.map("target", text, shape)

    @property
    def first(self) -> str:
        """The name of the first role."""
        return self.loss.roles[0].name

    @property
    def input(self) -> Source:
        """The source of the first role."""
        return self.sources[self.first]

    @property
    def counting(self) -> str:
        """The short name of a role that has the samples on its first axis."""
        roles = self.loss.roles
        own = (r for r in reversed(roles) if r.kinds[0].layout is not Layout.SEQUENCES)
        return short(roles[0].name if self.loss.layout is not Layout.SEQUENCES else next(own).name)

    @property
    def form(self) -> str:
        """The name of the input's kind: logits, probabilities, ..."""
        return self.loss.kinds(self.loss.roles[0], self.options)[0].name

    def form_as(self, name: str) -> Form | None:
        """Return the loss and the options that take the input in another form, if any do."""
        forms = self.loss.forms(self.first)
        return next((form for form in forms if form.kind.name == name), None)

    @property
    def is_regression(self) -> bool:
        """Whether the loss compares numbers, not probabilities, scores or vectors."""
        return self.loss.family == "regression"

    @property
    def class_axis(self) -> int:
        """Where the input has its classes, counted from the front."""
        return self.settings.axis_of(self.loss) % max(1, len(self.input.shape))

    @property
    def classes_first(self) -> bool:
        """Whether a row of the input is a class, not a sample."""
        return self.loss.by_class and self.class_axis == 0

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
        if self.facts is not None:
            return self.facts.counts

        def count(data: TileData, tile: Tile) -> Array:
            kept = slice(None) if data.ignored is None else ~data.ignored
            rows = problem.grid.terms_of(tile)[kept]
            weights = None if self.counts is None else self.counts[rows]
            return np.bincount(data.target[kept], weights, problem.grid.classes)

        counts = np.zeros(problem.grid.classes)
        for parts in visited(problem, count, self.threads, targets_only=True):
            counts += sum(parts)
        return counts

    @cached_property
    def hard_targets(self) -> bool:
        """Whether every target is 0 or 1."""
        if self.facts is not None:
            return self.facts.hard
        return all(bool(np.isin(block, (0, 1)).all()) for block in blocks_of(self, "target"))

    @cached_property
    def input_range(self) -> tuple[float, float]:
        """The smallest and the largest number of the first role."""
        if self.facts is not None:
            return self.facts.low, self.facts.high
        blocks = [block for block in blocks_of(self, self.first) if block.size]
        if not blocks:
            return math.nan, math.nan
        return float(min(map(np.min, blocks))), float(max(map(np.max, blocks)))

    @cached_property
    def target_sum(self) -> float:
        """The sum of the targets."""
        if self.facts is not None:
            return self.facts.target_sum
        return sum(float(block.sum(dtype=np.float64)) for block in blocks_of(self, "target"))

    def tally(self, *, batches: bool = False) -> Tally:
        """Run the engine; with `batches` keep what each sample adds, 16 bytes per sample."""
        wanted = self.wanted(batches=batches)
        return self.tally_of(run(self.problem, wanted), wanted)

    def wanted(self, *, batches: bool) -> Wanted:
        """Return what a run has to keep."""
        grid = self.problem.grid
        keeps = batches and grid.size <= MOST_TERMS
        return Wanted(
            terms=keeps and (grid.positions > 1 or self._divides),
            notices=False,
            threads=self.threads,
            observers=(Batches(grid.n, grid.positions),) if keeps else (),
        )

    @property
    def _divides(self) -> bool:
        """Whether the mean divides each term by its length first."""
        return bool(self.loss.length) and self.settings.reduction != "sum"

    def tally_of(self, outcome: Outcome, wanted: Wanted) -> Tally:
        """Return the sums of a run."""
        grid = (self.whole if self.counts is not None and self.whole else self).problem.grid
        counted = float(outcome.partial.counted)
        if self.counts is not None:
            counted = float(self.class_counts.sum())
        return Tally(
            outcome.numerator,
            outcome.partial.denominator.total * 2.0**-self.problem.weight_exponent,
            counted,
            grid.n,
            grid.positions,
            grid.classes,
            self._divides,
            next((one for one in wanted.observers if isinstance(one, Batches)), None),
            None if outcome.terms is None else outcome.terms.reshape(grid.n, -1),
        )

    def value(self, tally: Tally) -> float:
        """Return the reduced loss."""
        if self.settings.reduction == "sum":
            return tally.numerator
        return quotient(tally.numerator, tally.denominator / self.problem.positions)


def blocks_of(case: Case, role: str) -> Iterator[Array]:
    """Yield the blocks of a role's source."""
    source, rows = case.sources[role], case.problem.grid.block_rows
    size = source.shape[0] if source.shape else 1
    return (source.read(start, min(start + rows, size)) for start in range(0, size, rows))
