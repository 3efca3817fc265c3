"""`loss plot calibration`: how often predictions are right, by how confident they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from losscli.commands.calibration_chart import (
    calibration_axes,
    calibration_chart,
    calibration_table,
)
from losscli.commands.call import command
from losscli.commands.plot.options import PlotOptions
from losscli.commands.plot.plot import Drawn, LossPlot
from losscli.engine.breakdown.reliability import ByConfidence
from losscli.engine.confidence import rates_predictions
from losscli.errors import DataError
from losscli.losses.declare.registry import Loss
from losscli.output.page import Fact, Facts
from losscli.output.streams import Streams

HELP = """A reliability diagram: the accuracy of predictions by their confidence, in 15 bins.

On the diagonal, predictions of confidence p are right with frequency p. The area of a point is its
share of the samples, its line the 95 % interval of the accuracy (Wilson). For two labels it is the
share of the second one by its probability.
"""


def calibration_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss plot calibration` and a loss."""
    without = ("sample_weight",)
    return command(
        partial(Calibration, loss), PlotOptions, streams, HELP, loss=loss, without=without
    )


class Calibration(LossPlot):
    """One reliability diagram."""

    options: PlotOptions
    tool = "plot calibration"

    def draw(self) -> Drawn:
        """Count predictions by confidence."""
        problem = self.problem(self.open())
        if not rates_predictions(problem):
            raise DataError(
                f"{self.loss.name} of {problem.input.kind.name} gives predictions no probability, "
                "so there is no calibration; use a loss of logits or probabilities"
            )
        observer = ByConfidence()
        self.observe(problem, observer)
        found = observer.found
        if not found.total:
            raise DataError("no probability is a number, so there is nothing to draw")
        axes = calibration_axes(problem)
        figures = {
            "ece": found.error,
            "accuracy": found.accuracy,
            "mean_confidence": found.mean_confidence,
            "not_finite": observer.broken,
        }
        facts = Facts(
            [
                Fact(axes[1], [found.accuracy]),
                Fact(f"mean {axes[0]}", [found.mean_confidence]),
                Fact("expected calibration error", [found.error]),
            ]
        )
        chart = calibration_chart(problem, observer)
        return Drawn(chart, calibration_table(found, axes), "bins", figures, [facts])
