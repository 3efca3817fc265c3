"""`loss plot confusion`: which classes are mistaken for which."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from losscli.commands.call import command
from losscli.commands.plot.options import PlotOptions
from losscli.commands.plot.plot import Drawn, LossPlot
from losscli.engine.breakdown.confusion import ByPair, Confusion
from losscli.engine.confidence import label_names, picks_classes, picks_labels
from losscli.engine.problem.problem import Problem
from losscli.errors import DataError
from losscli.losses.declare.registry import Loss
from losscli.numerics.arrays import Array
from losscli.output.chart import Axis, Cells, Chart, Scale
from losscli.output.page import Block, Column, Heading, Kind, Table
from losscli.output.streams import Streams
from losscli.output.words import counted, percent

HELP = """A confusion matrix: targets in rows, predictions in columns.

Of many classes it shows those that are confused most, and all others together. A cell's shade is
its share of the row. Sample weights do not apply: predictions are counted.
"""
MOST = 16
"""Up to this many classes are all shown."""
CHOSEN = 11
LISTED = 5


def confusion_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss plot confusion` and a loss."""
    without = ("sample_weight",)
    return command(
        partial(ConfusionPlot, loss), PlotOptions, streams, HELP, loss=loss, without=without
    )


class ConfusionPlot(LossPlot):
    """One confusion matrix."""

    options: PlotOptions
    tool = "plot confusion"

    def draw(self) -> Drawn:
        """Count pairs of target and prediction."""
        problem = self.problem(self.open())
        if not (picks_classes(problem) or picks_labels(problem)):
            raise DataError(
                f"{self.loss.name} predicts no classes here, so none are confused; use a loss of "
                "classes or labels"
            )
        observer = ByPair(problem.grid.classes if problem.loss.picks else 2)
        self.observe(problem, observer)
        found = observer.found
        names = _Names(problem)
        chart = _chart(found, names)
        figures = {"accuracy": _accuracy(found), "count": found.total}
        worst = found.worst(LISTED)
        more: list[Block] = []
        if worst:
            more = [Heading("confused most often", is_part=True), _worst(found, worst, names)]
        return Drawn(chart, _table(found, names), "pairs", figures, more)


class _Names:
    """The names of the classes, of two labels the labels."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._labels = [] if problem.loss.picks else label_names(problem)

    def __getitem__(self, number: int) -> str:
        return self._labels[number] if self._labels else str(self._problem.class_label(number))


def _accuracy(found: Confusion) -> float:
    return int(found.right.sum()) / found.total


def _chosen(found: Confusion) -> Array:
    """Return the classes that are shown: all, or those of the pairs confused most often."""
    if found.classes <= MOST:
        return np.arange(found.classes)
    chosen: dict[int, None] = {}
    for target, guess, _ in found.worst(CHOSEN):
        if len({*chosen, target, guess}) <= CHOSEN:
            chosen |= dict.fromkeys((target, guess))
    return np.array(sorted(chosen) or range(CHOSEN))


def _chart(found: Confusion, names: _Names) -> Chart:
    chosen = _chosen(found)
    grid = found.grid(chosen)
    shown = [names[at] for at in chosen.tolist()]
    rest = found.classes - len(chosen)
    shown += [counted(rest, "other")] if rest else []
    sums = grid.sum(axis=1, keepdims=True)
    shares = grid / np.maximum(sums, 1)
    size = range(len(grid))
    # What the others are predicted as within themselves is mostly right.
    tints = [[int(i != j) for j in size] for i in size]
    tips = [
        [f"{shown[i]} predicted as {shown[j]}: {grid[i, j]} of {sums[i, 0]}" for j in size]
        for i in size
    ]
    texts = [[str(count) if count else "" for count in row] for row in grid.tolist()]
    cells = Cells(shares.tolist(), texts, tips, tints=tints)
    note = ""
    if rest:
        right = int(found.right.sum() - found.right[chosen].sum())
        note = f"The {counted(rest, 'other class', 'other classes')}: {right} right."
    across = Axis("prediction", scale=Scale.NAMES, names=shown)
    down = Axis("target", scale=Scale.NAMES, names=shown)
    return Chart(_title(found, names), across, down, [cells], "Shade: share of the row.", note)


def _title(found: Confusion, names: _Names) -> str:
    accuracy = f"accuracy {percent(_accuracy(found))}"
    if not (worst := found.worst(1)):
        return f"no class is mistaken for another: {accuracy}"
    ((target, guess, count),) = worst
    of = int(found.targets[target])
    pair = f"{names[target]} is mistaken for {names[guess]} most often"
    return f"{pair}, {count} of {of} times; {accuracy}"


def _worst(found: Confusion, worst: list[tuple[int, int, int]], names: _Names) -> Table:
    return Table(
        [
            Column("target", [names[target] for target, _, _ in worst], Kind.NAME),
            Column(
                "predicted",
                [names[guess] for _, guess, _ in worst],
                Kind.NAME,
            ),
            Column("count", [count for *_, count in worst]),
            Column("of", [int(found.targets[target]) for target, _, _ in worst]),
            Column("share", [count / int(found.targets[target]) for target, _, count in worst]),
        ]
    )


def _table(found: Confusion, names: _Names) -> Table:
    target, guess, counts = found.every()
    return Table(
        [
            Column("target", [names[at] for at in target.tolist()], Kind.NAME),
            Column("prediction", [names[at] for at in guess.tolist()], Kind.NAME),
            Column("count", counts.tolist()),
        ]
    )
