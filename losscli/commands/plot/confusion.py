"""`loss plot confusion`: which classes are mistaken for which."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from losscli.commands.call import command
from losscli.commands.confusion_chart import (
    Names,
    accuracy_of,
    confusion_chart,
    confusion_table,
    worst_table,
)
from losscli.commands.plot.options import PlotOptions
from losscli.commands.plot.plot import Drawn, LossPlot
from losscli.engine.breakdown.confusion import ByPair
from losscli.engine.confidence import picks_classes, picks_labels
from losscli.errors import DataError
from losscli.losses.declare.registry import Loss
from losscli.output.page import Block, Heading
from losscli.output.streams import Streams

HELP = """A confusion matrix: targets in rows, predictions in columns.

Of many classes it shows those that are confused most, and all others together. A cell's shade is
its share of the row. Sample weights do not apply: predictions are counted.
"""
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
        if not found.total:
            raise DataError("every sample has nan among its numbers, so there is nothing to draw")
        names = Names(problem)
        chart = confusion_chart(found, names)
        figures = {"accuracy": accuracy_of(found), "count": found.total, "not_finite": found.broken}
        worst = found.worst(LISTED)
        more: list[Block] = []
        if worst:
            more = [Heading("confused most often", is_part=True), worst_table(found, worst, names)]
        return Drawn(chart, confusion_table(found, names), "pairs", figures, more)
