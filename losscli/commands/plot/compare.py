"""`loss plot compare`: the loss of each sample under two models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from losscli.commands.call import command
from losscli.commands.model_labels import short_labels
from losscli.commands.models_call import RunOfModels
from losscli.commands.plot.density import ROWS, borders, cells, cells_table, loss_axis
from losscli.commands.plot.options import CompareOptions
from losscli.commands.plot.plot import Drawn, Plot, heading, index_of, left_out, noun
from losscli.engine.breakdown.scattered import FEW, Point
from losscli.engine.breakdown.scattered import counted as counts_of
from losscli.engine.paired.difference import How
from losscli.engine.paired.losses import PairedLosses
from losscli.errors import DataError
from losscli.losses.declare.registry import Loss
from losscli.numerics.arrays import Array
from losscli.output.chart import Axis, Cells, Chart, Line, Points, Shape
from losscli.output.output_files import Destination
from losscli.output.page import Column, Table
from losscli.output.streams import Streams
from losscli.output.words import counted

HELP = """Two models sample by sample: the loss under one by the loss under the other.

-i twice compares the second input with the first one; with --reference the input with that.
Samples above the diagonal are worse under the model that is evaluated. Up to 2,000 samples are
single points, more are counted in a grid of cells.
"""


def compare_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss plot compare` and a loss."""

    def compare(typed: Mapping[str, Any], options: CompareOptions, streams: Streams) -> Any:
        return ComparePlot(loss, typed, options, streams)

    first = loss.roles[0].name
    return command(compare, CompareOptions, streams, HELP, loss=loss, without=(first,))


class ComparePlot(Plot, RunOfModels):
    """One comparison."""

    options: CompareOptions
    tool = "plot compare"

    def __init__(
        self, loss: Loss, typed: Mapping[str, Any], options: CompareOptions, streams: Streams
    ) -> None:
        """Take the loss, and what was typed."""
        inputs, reference = options.models
        super().__init__(loss, typed, inputs, reference, options, streams)
        self.sides = (0, 1) if reference is None else (1, 0)
        """The model that is across, and the one that is evaluated."""

    def how(self) -> How:
        """Return that no interval is computed."""
        return How(level=None, threads=self.options.threads)

    def compute(self, files: Sequence[Destination]) -> None:
        """Run both models, and draw."""
        RunOfModels.compute(self, ())
        Plot.compute(self, files)

    def heading(self) -> str:
        """Return the loss and its size."""
        return heading(self.study.models.problem)

    def signature(self) -> str:
        """Return what the numbers depend on."""
        return self.study.signature

    def draw(self) -> Drawn:
        """Draw the losses of each sample."""
        pairs = _Pairs(self.study.found, self.sides)
        problem = self.study.models.problem
        if not pairs.size:
            raise DataError(
                f"no {noun(problem)} has two finite losses, so there is nothing to draw"
            )
        labels = [short_labels(self.study.models.labels)[model] for model in self.sides]
        axis = loss_axis("", pairs.both)
        x, y = (replace(axis, title=f"loss of {label} {axis.title}".strip()) for label in labels)
        values = [self.study.found.value(model) for model in self.sides]
        title = _title(pairs, labels, values, noun(problem))
        ends = [axis.low, axis.high]
        diagonal = Line(ends, ends, is_guide=True)
        key, note = "Above the diagonal: worse.", left_out(pairs.not_finite)
        names = (labels[0], labels[1], "")
        marks: Sequence[Points | Cells]
        if pairs.size <= FEW:
            marks, table = _single(pairs, axis, labels, self._index)
            rows = "points"
        else:
            edges = borders(axis, ROWS)
            counts = counts_of(pairs.pieces(), edges, edges)
            marks, rows = [cells(counts, edges, edges, noun(problem), "")], "cells"
            table = cells_table(counts, edges, edges, names)
            key += f" Shade: {noun(problem)}s in a cell."
        chart = Chart(title, x, y, [*marks, diagonal], key, note, is_square=True)
        figures = {
            "inputs": [self.study.models.labels[model] for model in self.sides],
            "values": values,
            "better": pairs.better,
            "worse": pairs.worse,
            "same": pairs.size - pairs.better - pairs.worse,
            "not_finite": pairs.not_finite,
        }
        return Drawn(chart, table, rows, figures)

    def _index(self, term: int) -> int | str:
        return index_of(self.study.models.problem, term)


class _Pairs:
    """The losses of each counted term under two models, where both are finite."""

    def __init__(self, found: PairedLosses, sides: tuple[int, int]) -> None:
        self._found = found
        self._sides = sides
        self.size = self.better = self.worse = self.not_finite = 0
        for part in self._every():
            finite = np.isfinite(part.x) & np.isfinite(part.y)
            own = Point(part.x[finite], part.y[finite], part.wrong[finite])
            self.size += len(own.x)
            self.not_finite += len(part.x) - len(own.x)
            self.better += int(np.count_nonzero(own.y < own.x))
            self.worse += int(np.count_nonzero(own.wrong))

    def _every(self) -> Iterator[Point]:
        pairs = (self._found.differences(model, None) for model in self._sides)
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
        finite = np.isfinite(self._found.read(0, 0, size)) & np.isfinite(
            self._found.read(1, 0, size)
        )
        return np.flatnonzero(finite if counted is None else finite & counted)


def _title(pairs: _Pairs, labels: Sequence[str], values: Sequence[float], what: str) -> str:
    worse = pairs.worse > pairs.better
    count = pairs.worse if worse else pairs.better
    how = "worse" if worse else "better"
    loss = f"mean loss {values[1]:.4g}, {labels[0]} {values[0]:.4g}"
    if not count:
        return f"the same losses: {loss}"
    return f"{labels[1]} is {how} on {count} of {counted(pairs.size, what)}: {loss}"


def _single(
    pairs: _Pairs, axis: Axis, labels: Sequence[str], index: Callable[[int], int | str]
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
