"""The first pass over the data: the plain sums, what deviations ask of the data, and some rows.

Where the data are large, a few thousand rows are kept: most deviations are tried on them alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from losscli.commands.reconcile.case import Case, Facts
from losscli.commands.reconcile.tally import Tally
from losscli.engine.arrays import array_source
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.problem.weights import read_whole
from losscli.engine.run import Outcome, run
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.readers.source import DerivedSource, Source

Progress = Callable[[Outcome, int], None]
SMALL = 1 << 16
"""Of up to this many numbers, all rows are tried at once."""
LEVELS = (1 << 14, 1 << 18, 1 << 21)
"""Numbers that deviations are tried on, one level after the other, before the data themselves."""
GROUPS = 16
"""Groups of rows whose spread says how far a number of some rows is from that of all."""
SPREADS = 6
"""Standard errors within which the number of all rows is looked for."""


@dataclass(frozen=True)
class Level:
    """Some or all of the rows."""

    case: Case
    plain: Tally
    exact: bool
    """Whether these are all rows."""
    groups: tuple[float, ...] = ()
    """The plain number of each of several groups of the rows."""


@dataclass(frozen=True)
class Survey:
    """What the first pass found."""

    case: Case
    """The case, which knows its facts."""
    tally: Tally
    levels: tuple[Level, ...]
    """From a few rows to all."""


class Kept(DerivedSource):
    """A source that keeps the first rows of each block as they are read."""

    def __init__(self, source: Source, rows: int) -> None:
        super().__init__(source)
        self._rows = rows
        self._kept: dict[int, Array] = {}

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop."""
        block = self._source.read(start, stop)
        if start not in self._kept:
            self._kept[start] = np.array(block[: self._rows])
        return block

    def sample(self, starts: Sequence[int]) -> Source:
        """Return the kept rows, in their order."""
        kept = np.concatenate([self._kept[start] for start in starts])
        source = array_source(self.label, kept)
        source.names = self.names
        return source


class Looked:
    """Observes a run: how often each class is the target, the sum and the kind of the targets."""

    def __init__(self, classes: int) -> None:
        self.counts = np.zeros(classes)
        self.total, self.low, self.high = 0.0, math.inf, -math.inf
        self.hard = True

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Any:  # noqa: ARG002
        """Return the counts of a tile, the sum of its targets, and the range of its input."""
        x = data.input
        low, high = (float(x.min()), float(x.max())) if x.size else (math.inf, -math.inf)
        target = data.values.get("target")
        counts, total, hard = None, 0.0, False
        if target is not None and problem.has_labels and target.ndim == 1:
            kept = target if data.ignored is None else target[~data.ignored]
            counts = np.bincount(kept, minlength=len(self.counts))
        elif target is not None and problem.loss.layout is Layout.TERMS:
            total = float(target.sum(dtype=np.float64))
            hard = bool(((target == 0) | (target == 1)).all())
        return counts, total, hard, low, high

    def add(self, seen: Any) -> None:
        """Add a tile."""
        counts, total, hard, low, high = seen
        if counts is not None:
            self.counts += counts
        self.total += total
        self.hard &= hard
        self.low, self.high = min(self.low, low), max(self.high, high)

    def facts(self) -> Facts:
        """Return what was found."""
        return Facts(self.counts, self.total, self.hard, self.low, self.high)


def survey(case: Case, progress: Progress, size: int | None = None) -> Survey:
    """Run the case once; of a series, each entry has `size` rows."""
    problem = case.problem
    looked = Looked(problem.grid.classes)
    numbers = sum(math.prod(source.shape) for source in case.sources.values())
    kept: dict[str, Kept] = {}
    step = problem.grid.block_rows
    if numbers > SMALL and _can_sample(case):
        blocks = -(-problem.grid.n // step)
        per_row = numbers / problem.grid.n
        rows = max(1, math.ceil(LEVELS[-1] / per_row / blocks))
        kept = {name: Kept(source, rows) for name, source in case.sources.items()}
    sources: dict[str, Source] = {**case.sources, **kept}
    weight = case.sample_weight
    if kept and weight is not None:
        kept["sample_weight"] = Kept(weight, rows)
    watched = replace(case, sources=sources, sample_weight=kept.get("sample_weight", weight))
    wanted = watched.wanted(batches=True)
    wanted = wanted._replace(observers=(*wanted.observers, looked))
    tally = watched.tally_of(run(watched.problem, wanted, progress), wanted)
    known = replace(case, facts=looked.facts())
    whole = Level(known, tally, exact=True)
    if not kept:
        return Survey(known, tally, (whole,))
    if size is not None:
        return Survey(known, tally, (_head(known, size, numbers), whole))
    starts = range(0, problem.grid.n, step)
    index = np.concatenate(
        [np.arange(start, min(start + min(rows, step), problem.grid.n)) for start in starts]
    )
    return Survey(known, tally, (*_samples(known, kept, starts, numbers, index), whole))


def _can_sample(case: Case) -> bool:
    """Return whether the rows of all roles are the samples."""
    n = case.problem.grid.n
    by_rows = all(source.shape and source.shape[0] == n for source in case.sources.values())
    return by_rows and (not case.loss.by_class or case.class_axis > 0) and n >= GROUPS * 4


def _samples(
    case: Case, kept: dict[str, Kept], starts: Sequence[int], numbers: int, index: Array
) -> Iterator[Level]:
    """Yield the levels of some of the rows, whose numbers are in `index`."""
    try:
        whole = {name: source.sample(starts) for name, source in kept.items()}
    except KeyError:
        # Rows were read in other blocks, as the first rows of a shift are.
        return
    rows = next(iter(whole.values())).shape[0]
    per_row = numbers / case.problem.grid.n
    for size in LEVELS:
        step = max(1, round(rows * per_row / size))
        if rows // step < GROUPS * 4 or size >= numbers:
            continue
        some = {name: _thinned(source, step) for name, source in whole.items()}
        weight = some.pop("sample_weight", None)
        threads = case.threads if size > LEVELS[1] else 1
        own = {name: _of_rows(case, option, index[::step]) for name, option in case.options.items()}
        sample = replace(
            case,
            sources=some,
            options=own,
            sample_weight=weight,
            whole=case,
            threads=threads,
        )
        tally = sample.tally(batches=True)
        groups = tally.groups(GROUPS, case.problem.grid.n)
        yield Level(sample, tally, exact=False, groups=tuple(map(sample.value, groups)))
        if step == 1:
            return


class Head(DerivedSource):
    """The first rows of a source."""

    def __init__(self, source: Source, rows: int) -> None:
        super().__init__(source, (rows, *source.shape[1:]))

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop."""
        return self._source.read(start, min(stop, self.shape[0]))


def _head(case: Case, size: int, numbers: int) -> Level:
    """Return the rows of the first entries of a series."""
    n = case.problem.grid.n
    rows = min(n, size * max(1, SMALL * n // (numbers * size)))
    sources: dict[str, Source] = {name: Head(own, rows) for name, own in case.sources.items()}
    weight = None if case.sample_weight is None else Head(case.sample_weight, rows)
    own = {name: _of_rows(case, value, np.arange(rows)) for name, value in case.options.items()}
    head = replace(case, sources=sources, options=own, sample_weight=weight, whole=case)
    return Level(head, head.tally(batches=True), exact=rows == n)


def _thinned(source: Source, step: int) -> Source:
    thin = array_source(source.label, source.read(0, source.shape[0])[::step])
    thin.names = source.names
    return thin


def _of_rows(case: Case, value: Any, index: Array) -> Any:
    """Return the value of an option; of weights of every term those of some of the rows."""
    shape: tuple[int, ...] = getattr(value, "shape", ())
    if len(shape) != len(case.input.shape) or shape[0] != case.problem.grid.n:
        return value
    return array_source(value.label, read_whole(value)[index])
