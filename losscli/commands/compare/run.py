"""The walk over two outputs: sums of the whole, and the few numbers of each sample that are kept.

Tiles, threads and the order of the sums are the engine's, so the same bits come out for any number
of threads. Quantiles need every sample: 8 bytes of it are kept for each, 24 with targets; of many
samples in a temporary file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.partial import Partial, largest, merge
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.result.notices import Notices
from losscli.engine.spooled import Kept
from losscli.engine.tiles import visited
from losscli.numerics.arrays import Array
from losscli.numerics.divergence import Divergence, divergence
from losscli.numerics.elementary import exponentials
from losscli.numerics.summation import Sum, sum_of

LEADERS = 5
"""Classes that are compared beside the first; of so few classes they are always the same."""
NEAR = 1.0
"""Up to this log-ratio the change of a probability is p (exp(t) - 1), beyond q - p."""


class Look(NamedTuple):
    """What one tile says of each sample, (m,) each; the second half is None without targets."""

    kl: Array
    reference: Array
    """The reference's first class."""
    input: Array
    """The input's first class."""
    delta_p: Array | None = None
    """Change of the target's probability, from the reference to the input."""
    delta_loss: Array | None = None
    loss_reference: Array | None = None
    loss_input: Array | None = None
    target: Array | None = None


class Totals(NamedTuple):
    """What a stretch of samples adds to the result."""

    kl: Partial = Partial()
    """`correct` counts the samples whose first classes agree."""
    same_leaders: int = 0
    gap: float = 0.0
    free_gap: float = 0.0
    loss_reference: Sum = Sum()
    loss_input: Sum = Sum()
    right_reference: int = 0
    right_input: int = 0

    def merged(self, right: Totals, top: int) -> Totals:
        """Return the totals of two neighbouring stretches."""
        return Totals(
            merge(self.kl, right.kl, top),
            self.same_leaders + right.same_leaders,
            float(np.maximum(self.gap, right.gap)),
            float(np.maximum(self.free_gap, right.free_gap)),
            self.loss_reference.plus(right.loss_reference.value, right.loss_reference.scaled),
            self.loss_input.plus(right.loss_input.value, right.loss_input.scaled),
            self.right_reference + right.right_reference,
            self.right_input + right.right_input,
        )


@dataclass
class Comparison:
    """Two outputs, compared: the totals, and numbers of each sample in their order."""

    problem: Problem
    totals: Totals = field(default_factory=Totals)
    kept: dict[str, Kept] = field(default_factory=dict)
    """`kl`, with targets `delta_p` and `delta_loss`, for lists every field of `Look`."""
    counted: Kept | None = None
    """1 where a sample counts; None where all do."""
    notices: Notices = field(default_factory=Notices)

    @property
    def partial(self) -> Partial:
        """The sums of the divergence."""
        return self.totals.kl

    @property
    def mean(self) -> float:
        """The mean divergence of the samples that count."""
        return self.partial.numerator.over(self.partial.denominator)

    @property
    def form(self) -> str:
        """What both outputs are: logits, probs or log-probs."""
        return str(self.problem.options["from_"])

    def of_counted(self, name: str) -> Iterator[Array]:
        """Yield a kept number of the samples that count, in their order, piece by piece."""
        if self.counted is None:
            yield from self.kept[name].pieces()
            return
        for values, counted in zip(self.kept[name].pieces(), self.counted.pieces(), strict=True):
            yield values[counted == 1]


def compare(
    problem: Problem,
    *,
    top: int = 0,
    every: bool = False,
    threads: int | None = None,
    progress: Callable[[Comparison, int], None] | None = None,
) -> Comparison:
    """Compare the outputs; `every` keeps all that a list of the samples shows."""
    grid = problem.grid
    found = Comparison(problem)
    names = ["kl"] if problem.target is None else ["kl", "delta_p", "delta_loss"]
    if every:
        names = ["kl", "reference", "input", *([] if problem.target is None else Look._fields[3:7])]
    for name in names:
        found.kept[name] = Kept(np.int64 if name in ("reference", "input") else np.float64)
    if problem.ignore_index is not None:
        found.counted = Kept(np.uint8)
    found.notices.start(problem)

    def visit(data: TileData, tile: Tile) -> tuple[Totals, Look, Array]:
        found.notices.look(problem, data, tile)
        apart = divergence(data.values["input"], data.values["reference"], found.form)
        seen = _look(found, data, apart)
        counted = np.ones(tile.terms, bool) if data.ignored is None else ~data.ignored
        return _totals(problem, data, tile, apart, seen, counted, top), seen, counted

    for number, parts in enumerate(visited(problem, visit, threads), 1):
        for totals, seen, counted in parts:
            found.totals = found.totals.merged(totals, top)
            for name, kept in found.kept.items():
                kept.add(getattr(seen, name))
            if found.counted is not None:
                found.counted.add(counted)
        if progress:
            progress(found, min(number * grid.block_rows, grid.n))
    return found


def looks(found: Comparison, terms: Sequence[int]) -> list[dict[str, Any]]:
    """Look at some samples again, each on its own tile: the same bits."""
    problem, rows = found.problem, []
    for term in terms:
        tile = problem.grid.tile_of(term)
        data = problem.tile(problem.read(tile.start, tile.stop), tile, tile.start)
        with np.errstate(all="ignore"):
            apart = divergence(data.values["input"], data.values["reference"], found.form)
            seen = _look(found, data, apart)
        at = int((problem.grid.terms_of(tile) == term).argmax())
        given = ((name, column) for name, column in seen._asdict().items() if column is not None)
        rows.append({name: column[at].item() for name, column in given})
    return rows


def _look(found: Comparison, data: TileData, apart: Divergence) -> Look:
    x, r = data.values["input"], data.values["reference"]
    plain = Look(apart.kl, r.argmax(axis=0), x.argmax(axis=0))
    if found.problem.target is None:
        return plain
    loss_reference = _loss(r, data.target, found.form)
    loss_input = _loss(x, data.target, found.form)
    log_ratio = apart.at(data.target)
    near = (np.abs(log_ratio) < NEAR) & np.isfinite(loss_reference)
    p = np.exp(-loss_reference)
    return plain._replace(
        delta_p=np.where(near, p * np.expm1(log_ratio), np.exp(-loss_input) - p),
        delta_loss=np.where(near, -log_ratio + 0.0, loss_input - loss_reference),
        loss_reference=loss_reference,
        loss_input=loss_input,
        target=data.target,
    )


def _loss(x: Array, target: Array, form: str) -> Array:
    """Return the cross entropy of each sample, as `loss ce` does."""
    columns = np.arange(x.shape[1])
    if form == "logits":
        return exponentials(x, target).nll
    picked = np.log(x[target, columns]) if form == "probs" else x[target, columns]
    return np.where(np.isnan(x.max(axis=0)), np.nan, -picked + 0.0)


def _totals(
    problem: Problem,
    data: TileData,
    tile: Tile,
    apart: Divergence,
    seen: Look,
    counted: Array,
    top: int,
) -> Totals:
    x, r = data.values["input"], data.values["reference"]
    terms = problem.grid.terms_of(tile)[counted]
    kl = seen.kl[counted]
    known = counted & ~np.isnan(apart.gap)
    odd = ~np.isfinite(kl)
    if seen.delta_loss is not None:
        odd |= ~np.isfinite(seen.delta_loss[counted])
    partial = Partial(
        Sum().plus(*sum_of(kl)),
        Sum().plus(float(kl.size), kl.size * 2.0**-64),
        kl.size,
        counted.size - kl.size,
        _count(known & (seen.reference == seen.input)),
        int(terms[odd.argmax()]) if odd.any() else None,
        largest(kl, terms, top) if top and kl.size else (),
    )
    totals = Totals(
        partial,
        _count(known & _same_leaders(x, r)) if problem.grid.classes > LEADERS else 0,
        float(apart.gap[counted].max(initial=0.0)),
        float(apart.free_gap[counted].max(initial=0.0)),
    )
    if seen.loss_reference is None or seen.loss_input is None:
        return totals
    return totals._replace(
        loss_reference=Sum().plus(*sum_of(seen.loss_reference[counted])),
        loss_input=Sum().plus(*sum_of(seen.loss_input[counted])),
        right_reference=_count(known & (seen.reference == data.target)),
        right_input=_count(known & (seen.input == data.target)),
    )


def _count(mask: Array) -> int:
    return int(np.count_nonzero(mask))


def _same_leaders(x: Array, r: Array) -> Array:
    same: Array = (_leaders(x) == _leaders(r)).all(axis=0)
    return same


def _leaders(x: Array) -> Array:
    """Return the mask of the largest numbers of each column, the first of equals."""
    edge = len(x) - LEADERS
    mask: Array = x >= np.partition(x, edge, axis=0)[edge]
    tied = np.flatnonzero(np.count_nonzero(mask, axis=0) > LEADERS)
    if tied.size:
        order = np.argsort(-x[:, tied], axis=0, kind="stable")[:LEADERS]
        mask[:, tied] = False
        mask[order, tied] = True
    return mask
