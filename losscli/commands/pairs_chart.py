"""The losses of two models as a chart, sample by sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from losscli.commands.density import ROWS, borders, cells, cells_table, loss_axis
from losscli.commands.model_labels import short_labels
from losscli.commands.study import Study
from losscli.commands.terms import index_of, left_out, noun
from losscli.engine.breakdown.scattered import FEW, Point
from losscli.engine.breakdown.scattered import counted as counts_of
from losscli.engine.paired.losses import PairedLosses
from losscli.numerics.arrays import Array
from losscli.output.chart import Axis, Cells, Chart, Line, Points, Shape
from losscli.output.page import Column, Table
from losscli.output.words import shortened, some


def pairs_drawn(study: Study, pairs: Pairs, few: int = FEW) -> tuple[Chart, Table, str]:
    """Return the chart of two models of a run, its numbers, and what a row of them is.

    Up to `few` terms are single points.
    """
    problem = study.models.problem
    labels = [short_labels(study.models.labels)[model] for model in pairs.sides]
    axis = loss_axis("", pairs.both)
    x, y = (replace(axis, title=f"loss of {label} {axis.title}".strip()) for label in labels)
    values = [study.found.value(model) for model in pairs.sides]
    title = _title(pairs, labels, values, noun(problem))
    ends = [axis.low, axis.high]
    diagonal = Line(ends, ends, is_guide=True)
    key, note = "Above the diagonal: worse.", left_out(pairs.not_finite)
    names = (labels[0], labels[1], "")
    marks: Sequence[Points | Cells]
    if pairs.size <= few:
        marks, table = _single(pairs, axis, labels, lambda term: index_of(problem, term))
        rows = "points"
    else:
        edges = borders(axis, ROWS)
        counts = counts_of(pairs.pieces(), edges, edges)
        marks, rows = [cells(counts, edges, edges, noun(problem), "")], "cells"
        table = cells_table(counts, edges, edges, names)
        key += f" Shade: {noun(problem)}s in a cell."
    chart = Chart(title, x, y, [*marks, diagonal], key, note, is_square=True)
    return chart, table, rows


class Pairs:
    """The losses of each counted term under two models, where both are finite."""

    def __init__(self, found: PairedLosses, sides: tuple[int, int]) -> None:
        """Take the losses; of the two models the second one is evaluated."""
        self._found = found
        self.sides = sides
        self.size = self.better = self.worse = self.not_finite = 0
        for part in self._every():
            finite = np.isfinite(part.x) & np.isfinite(part.y)
            own = Point(part.x[finite], part.y[finite], part.wrong[finite])
            self.size += len(own.x)
            self.not_finite += len(part.x) - len(own.x)
            self.better += int(np.count_nonzero(own.y < own.x))
            self.worse += int(np.count_nonzero(own.wrong))

    def _every(self) -> Iterator[Point]:
        pairs = (self._found.differences(model, None) for model in self.sides)
        for x, y in zip(*pairs, strict=True):
            yield Point(x, y, y > x)

    def pieces(self) -> Iterator[Point]:
        """Yield the losses of both, and where the second one is larger."""
        for part in self._every():
            finite = np.isfinite(part.x) & np.isfinite(part.y)
            yield Point(part.x[finite], part.y[finite], part.wrong[finite])

    def both(self) -> Iterator[Array]:
        """Yield the losses of both together."""
        for part in self.pieces():
            yield from (part.x, part.y)

    def terms(self) -> Array:
        """Return the indices of the terms."""
        size = self._found.problem.grid.size
        counted = self._found.counted(0, size)
        one, other = (np.isfinite(self._found.read(side, 0, size)) for side in self.sides)
        finite = one & other
        return np.flatnonzero(finite if counted is None else finite & counted)


def _title(pairs: Pairs, labels: Sequence[str], values: Sequence[float], what: str) -> str:
    worse = pairs.worse > pairs.better
    count = pairs.worse if worse else pairs.better
    how = "worse" if worse else "better"
    loss = f"mean loss {values[1]:.4g}, {shortened(labels[0])} {values[0]:.4g}"
    if not count:
        return f"the same losses: {loss}"
    return f"{shortened(labels[1])} is {how} on {some(count, pairs.size, what)}: {loss}"


def _single(
    pairs: Pairs, axis: Axis, labels: Sequence[str], index: Callable[[int], int | str]
) -> tuple[list[Points], Table]:
    """Return each term as a point, and all as a table."""
    part = next(pairs.pieces())
    indices = [index(int(term)) for term in pairs.terms()]
    x, y = (np.clip(side, axis.low, axis.high) for side in (part.x, part.y))
    marks = []
    for worse, shape in ((False, Shape.DOT), (True, Shape.CROSS)):
        own = np.flatnonzero(part.wrong == worse)
        if len(own):
            name = f"worse ({len(own)})" if worse else f"better or the same ({len(own)})"
            tips = [f"{indices[at]}: {part.x[at]:.4g}, then {part.y[at]:.4g}" for at in own]
            xs, ys = x[own].tolist(), y[own].tolist()
            marks.append(Points(xs, ys, name, shape, tips=tips, tint=int(worse)))
    columns = [Column("index", indices)]
    columns += [Column(labels[0], part.x.tolist()), Column(labels[1], part.y.tolist())]
    return marks, Table(columns)
