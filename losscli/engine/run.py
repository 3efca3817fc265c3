"""Blocks -> tiles -> threads -> partial sums: runs a loss on a problem of any size.

Tiles are folded in their order, whichever thread finished first, so the result has the same bits
for any number of threads and any block size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from losscli.engine.block import Block, new_block
from losscli.engine.formula import terms_of
from losscli.engine.normalizer import normalizer_of, normalizers, numerator_terms
from losscli.engine.partial import Largest, Partial, largest, merge, plain
from losscli.engine.predictions import predict, right_ones
from losscli.engine.problem.grid import Tile, place
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.result.notices import Notices
from losscli.engine.tiles import Blocks, read_blocks
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import times
from losscli.numerics.summation import Sum, sum_of, surely_finite

FEWEST = 1 << 16
"""Fewer terms are computed before their formula is recorded."""


def unscaled(number: float, problem: Problem) -> float:
    """Return a sum in the units of the data, undoing the scaling of extreme weights."""
    with np.errstate(all="ignore"):
        return float(np.ldexp(number, -problem.weight_exponent))


@dataclass
class Outcome:
    """A finished run: the sums, and the arrays that were asked for."""

    problem: Problem
    partial: Partial
    terms: Array | None = None
    gradients: dict[str, Array] = field(default_factory=dict)
    notices: Notices = field(default_factory=Notices)

    @property
    def value(self) -> float:
        """The reduced loss: the mean or the sum."""
        if self.problem.settings.divides:
            return self.mean
        return self.numerator

    @property
    def mean(self) -> float:
        """The mean of the counted terms, whatever the reduction."""
        return self.partial.numerator.over(self._normalizer)

    @property
    def numerator(self) -> float:
        """The sum of the counted terms."""
        return unscaled(self.partial.numerator.total, self.problem)

    @property
    def denominator(self) -> float:
        """What the mean divides by."""
        return unscaled(self._normalizer.total, self.problem)

    @property
    def _normalizer(self) -> Sum:
        return self.partial.denominator.shared(self.problem.positions)

    @property
    def normalizer(self) -> float | None:
        """What each term's gradient is divided by, in the units of the sums; None for a sum."""
        return self._normalizer.total if self.problem.settings.divides else None


class Observer(Protocol):
    """An object that looks at every tile of a run and adds up what it finds."""

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Any:
        """Return what is found on a tile; called from several threads, in any order."""
        ...

    def add(self, seen: Any) -> None:
        """Add what was found, tile by tile in order."""
        ...


class Wanted(NamedTuple):
    """What a run keeps besides the sums."""

    terms: bool = False
    gradient: bool = False
    predictions: bool = False
    correct: bool = False
    top: int = 0
    notices: bool = True
    threads: int | None = None
    observers: tuple[Observer, ...] = ()
    each: Callable[[Block], None] | None = None
    """Called with each finished block in order; the run then keeps no arrays."""


def run(
    problem: Problem, wanted: Wanted, progress: Callable[[Outcome, int], None] | None = None
) -> Outcome:
    """Compute every tile of a problem and fold the partial sums in order.

    `progress` is called after each block with the outcome so far and the number of rows done.
    """
    for outcome, done in running(problem, wanted):
        if progress and done is not None:
            progress(outcome, done)
    return outcome


def running(problem: Problem, wanted: Wanted) -> Generator[tuple[Outcome, int | None], None, None]:
    """Yield the outcome so far and the number of rows done after each block; last with None."""
    outcome = Outcome(problem, Partial())
    grid = problem.grid
    normalizer = gradient_normalizer(problem, wanted.threads) if wanted.gradient else None
    kept = {"terms": wanted.terms, "predictions": wanted.predictions, "grad": wanted.gradient}
    whole = None if wanted.each else new_block(problem, 0, grid.n, **kept)
    if wanted.notices:
        outcome.notices.start(problem)
    replay = None
    more = wanted.observers or wanted.top or wanted.correct or wanted.predictions
    if grid.size >= FEWEST and not more:
        from losscli.engine.recorded.replayer import replayer

        scale = 1 / normalizer if normalizer else 1.0
        replay = replayer(problem, outcome.notices, scale, grad=wanted.gradient)

    def compute(read: Blocks, rows: tuple[int, int]) -> tuple[Block, list[tuple[Partial, Any]]]:
        out = whole.part(*rows) if whole else new_block(problem, *rows, **kept)
        tiles = list(grid.tiles(*rows))
        totals = replay.totals(read, tiles, out) if replay else [None] * len(tiles)
        found: list[tuple[Partial, Any]] = []
        for tile, total in zip(tiles, totals, strict=True):
            if total is not None:
                found.append((plain(total, tile.terms), ()))
                continue
            data = problem.tile(read, tile, rows[0])
            if wanted.notices:
                outcome.notices.look(problem, data, tile)
            found.append(_compute(problem, out, wanted, data, tile, normalizer))
        return out, found

    blocks = read_blocks(problem, compute, wanted.threads)
    for number, (done, parts) in enumerate(blocks, 1):
        for part, seen in parts:
            outcome.partial = merge(outcome.partial, part, wanted.top)
            for observer, own in zip(wanted.observers, seen, strict=True):
                observer.add(own)
        if wanted.each:
            wanted.each(done)
        yield outcome, min(number * grid.block_rows, grid.n)
    if whole:
        outcome.terms = whole.terms
        for role, gradient in whole.gradients.items():
            outcome.gradients[role] = problem.operand(role).as_stored_order(gradient)
    yield outcome, None


def _compute(
    problem: Problem,
    block: Block,
    wanted: Wanted,
    data: TileData,
    tile: Tile,
    normalizer: float | None,
) -> tuple[Partial, list[Any]]:
    here = tile._replace(start=tile.start - block.start, stop=tile.stop - block.start)
    terms, gradients = kernel_terms(problem, data, grad=wanted.gradient)
    part = _partial(problem, data, terms, tile, wanted)
    if block.terms is not None:
        plain = np.ldexp(terms, -problem.weight_exponent) if problem.weight_exponent else terms
        put = place(block.terms, here, plain, 1)
        if plain is not terms or put.dtype != terms.dtype:
            part = _checked(part, problem, tile, put)
    if block.predictions is not None:
        place(block.predictions, here, predict(data), 1)
    for role, gradient in gradients.items():
        operand, out = problem.operand(role), block.gradients[role]
        written = operand.put(out, here, gradient, gradient_scale(data, normalizer))
        part = _checked(part, problem, tile, written, operand.repeat)
    return part, [observer.look(problem, data, terms, tile) for observer in wanted.observers]


def _checked(
    part: Partial, problem: Problem, tile: Tile, written: Array, repeat: int = 1
) -> Partial:
    """Note the first term of a tile whose written numbers, (rows, [c,] positions), are not finite.

    It checks the written numbers, not the computed ones: a cast or a factor may have overflowed.
    """
    if part.first_not_finite is not None or surely_finite(written):
        return part
    bad: Array = ~np.isfinite(written)
    if bad.ndim == 3:
        bad = np.any(bad, axis=1)
    if not bad.any():
        return part
    first = problem.grid.term(tile, int(bad.argmax()) * repeat)
    return part._replace(first_not_finite=first)


def kernel_terms(problem: Problem, data: TileData, *, grad: bool) -> tuple[Array, dict[str, Array]]:
    """Run the kernel on a tile; return terms times sample weights, 0 if ignored, and raw gradients.

    The gradients of a mean are in the units of its normalizer, those of a sum in the units of the
    data.
    """
    terms, aside = terms_of(problem.loss, data.values, data.options, grad=grad)
    data.aside.update(aside)
    gradients = {role: aside[role] for role in aside if role in data.values}
    if problem.weight_exponent and not problem.settings.divides:
        gradients = {
            role: np.ldexp(gradient, -problem.weight_exponent)
            for role, gradient in gradients.items()
        }
    if data.sample_weight is not None:
        nothing = data.sample_weight == 0
        if nothing.any():
            for gradient in gradients.values():
                gradient[nothing & np.isinf(gradient)] = 0
    if data.ignored is not None:
        for gradient in gradients.values():
            gradient[..., data.ignored] = 0
    return counted_terms(data, terms), gradients


def counted_terms(data: TileData, terms: Array) -> Array:
    """Return what a kernel returned times the sample weights, 0 where a term is ignored."""
    if data.sample_weight is not None:
        terms = times(data.sample_weight, terms)
    return terms if data.ignored is None else np.where(data.ignored, 0, terms)


def gradient_scale(data: TileData, normalizer: float | None) -> Array | float:
    """Return the factor of each term's gradient: its sample weight over the normalizer."""
    scale: Array | float = 1.0 if data.sample_weight is None else data.sample_weight
    if normalizer is None:
        return scale
    if data.length is not None:
        scale = scale / data.length
    # If all terms are ignored, every gradient is 0 already and must not become 0 / 0.
    return scale / normalizer if normalizer else 0.0


def _partial(
    problem: Problem,
    data: TileData,
    terms: Array,
    tile: Tile,
    wanted: Wanted,
) -> Partial:
    numerator = sum_of(numerator_terms(problem, data, terms))
    first = None
    if not math.isfinite(numerator.value) and (bad := ~np.isfinite(terms)).any():
        first = problem.grid.term(tile, int(bad.argmax()))
    ignored = 0 if data.ignored is None else int(np.count_nonzero(data.ignored))
    correct = 0
    if wanted.correct:
        correct = int(np.count_nonzero(right_ones(problem, data, terms)))
    return Partial(
        numerator,
        normalizer_of(problem, data, terms.shape[0]),
        terms.shape[0] - ignored,
        ignored,
        correct,
        first,
        largest(terms, problem.grid.terms_of(tile), wanted.top) if wanted.top else Largest(),
    )


def gradient_normalizer(problem: Problem, threads: int | None = None) -> float | None:
    """Return the normalizer of a mean's gradient, from the targets alone; None for a sum."""
    grid = problem.grid
    if not problem.settings.divides:
        return None
    plain = problem.loss.normalizer is None and problem.sample_weight is None
    if plain and problem.ignore_index is None:
        return float(grid.size // problem.positions)

    def count(read: Blocks, rows: tuple[int, int]) -> list[Sum]:
        data = problem.tile(read, Tile(*rows, 0, problem.grid.positions), rows[0])
        return normalizers(problem, data, list(grid.tiles(*rows)))

    normalizer = Sum()
    for parts in read_blocks(problem, count, threads, targets_only=True):
        for part in parts:
            normalizer = normalizer.plus(*part)
    return normalizer.shared(problem.positions).total
