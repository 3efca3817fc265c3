"""The confusion matrix of a run, and its numbers."""

from __future__ import annotations

import numpy as np

from losscli.engine.breakdown.confusion import Confusion
from losscli.engine.confidence import label_names
from losscli.engine.problem.problem import Problem
from losscli.numerics.arrays import Array
from losscli.output.chart import Axis, Cells, Chart, Scale
from losscli.output.page import Column, Kind, Table
from losscli.output.words import counted, percent, shortened, some

MOST = 16
"""Up to this many classes are all shown."""
CHOSEN = 11


class Names:
    """The names of the classes, of two labels the labels."""

    def __init__(self, problem: Problem) -> None:
        """Take the problem."""
        self._problem = problem
        self._labels = [] if problem.loss.picks else label_names(problem)

    def __getitem__(self, number: int) -> str:
        return self._labels[number] if self._labels else str(self._problem.class_label(number))


def accuracy_of(found: Confusion) -> float:
    """Return the share of the terms that are right."""
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


def confusion_chart(found: Confusion, names: Names) -> Chart:
    """Return the matrix of the classes that are confused most, or of all."""
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
        note = f"The {counted(rest, 'other class', 'other classes')}: {right} right. "
    if found.broken:
        note += f"Left out: {counted(found.broken, 'sample')} with nan among the numbers."
    across = Axis("prediction", scale=Scale.NAMES, names=shown)
    down = Axis("target", scale=Scale.NAMES, names=shown)
    return Chart(
        _title(found, names), across, down, [cells], "Shade: share of the row.", note.strip()
    )


def _title(found: Confusion, names: Names) -> str:
    accuracy = f"accuracy {percent(accuracy_of(found))}"
    if not (worst := found.worst(2)):
        return f"no class is mistaken for another: {accuracy}"
    target, guess, count = worst[0]
    often = some(count, int(found.targets[target]), "time")
    pair = f"{shortened(names[target])} is mistaken for {shortened(names[guess])}"
    if count == worst[-1][2] and len(worst) > 1:
        return f"{pair}, {often}, and no class for another more often; {accuracy}"
    return f"{pair} most often, {often}; {accuracy}"


def worst_table(found: Confusion, worst: list[tuple[int, int, int]], names: Names) -> Table:
    """Return the pairs that are confused most often."""
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


def confusion_table(found: Confusion, names: Names) -> Table:
    """Return all pairs that occur."""
    target, guess, counts = found.every()
    return Table(
        [
            Column("target", [names[at] for at in target.tolist()], Kind.NAME),
            Column("prediction", [names[at] for at in guess.tolist()], Kind.NAME),
            Column("count", counts.tolist()),
        ]
    )
