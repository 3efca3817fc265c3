"""`loss plot calibration`: how often predictions are right, by how confident they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from losscli.commands.call import command
from losscli.commands.plot.options import PlotOptions
from losscli.commands.plot.plot import Drawn, LossPlot
from losscli.engine.breakdown.reliability import ByConfidence, Reliability, interval
from losscli.engine.confidence import is_binary, label_names, rates_predictions
from losscli.errors import DataError
from losscli.losses.declare.registry import Loss
from losscli.output.chart import Axis, Chart, Line, Points
from losscli.output.page import Column, Fact, Facts, Table
from losscli.output.streams import Streams
from losscli.output.words import counted, percent

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
        axes = ("confidence", "accuracy")
        title = _title(found)
        if is_binary(problem):
            label = label_names(problem)[1]
            axes = (f"probability of {label}", f"share of {label}")
            title = _title_of_label(found, label)
        note = ""
        if observer.broken:
            note = f"Left out: {counted(observer.broken, 'sample')} without a probability."
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
        chart = _chart(found, title, axes, note)
        return Drawn(chart, _table(found, axes), "bins", figures, [facts])


def _title(found: Reliability) -> str:
    right = (
        f"{percent(found.accuracy)} right at a mean confidence of {percent(found.mean_confidence)}"
    )
    if not (off := _off(found)):
        return f"confidence and accuracy agree on average: {right}"
    return f"{'under' if off > 0 else 'over'}-confident: {right}"


def _title_of_label(found: Reliability, label: str) -> str:
    if not (off := _off(found)):
        return _title(found.of_predictions())
    real = (
        f"{percent(found.accuracy)} are {label}, mean probability {percent(found.mean_confidence)}"
    )
    return f"probabilities are too {'low' if off > 0 else 'high'}: {real}"


def _off(found: Reliability) -> int:
    """Return 1 or -1 where the share that is right is surely above or below what is claimed."""
    low, high = interval(found.accuracy, found.total)
    return int(found.mean_confidence < low) - int(found.mean_confidence > high)


def _chart(found: Reliability, title: str, axes: tuple[str, str], note: str) -> Chart:
    rows = list(found.rows())
    intervals = [interval(share, count) for _, _, count, _, share in rows]
    points = Points(
        [confidence for *_, confidence, _ in rows],
        [share for *_, share in rows],
        sizes=[count / found.total for _, _, count, _, _ in rows],
        intervals=intervals,
        tips=[
            f"{counted(count, 'sample')}: {axes[0]} {confidence:.4g}, {axes[1]} {share:.4g}"
            for _, _, count, confidence, share in rows
        ],
    )
    diagonal = Line([0, 1], [0, 1], is_guide=True)
    key = "Area: share of the samples. Line: 95 % interval. Dashed: right as often as claimed."
    x, y = map(Axis, axes)
    return Chart(title, x, y, [diagonal, points], key, note, is_square=True)


def _table(found: Reliability, axes: tuple[str, str]) -> Table:
    low, high, count, confidence, share = zip(*found.rows(), strict=True)
    lows, highs = zip(*map(interval, share, count), strict=True)
    names = [axis.replace(" ", "_") for axis in axes]
    return Table(
        [
            Column("from", low),
            Column("to", high),
            Column("count", count),
            Column(names[0], confidence),
            Column(names[1], share),
            Column("low", lows),
            Column("high", highs),
        ]
    )
