"""The charts of one input: what looks at a run for them, and which there are."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.calibration_chart import calibration_chart
from losscli.commands.confusion_chart import Names, confusion_chart
from losscli.commands.hist_chart import hist_chart
from losscli.commands.report.prediction_chart import prediction_chart
from losscli.commands.terms import noun
from losscli.engine.breakdown.confusion import ByPair
from losscli.engine.breakdown.histogram import BySize
from losscli.engine.breakdown.predicted import Predicted, predicts_numbers
from losscli.engine.breakdown.reliability import ByConfidence
from losscli.engine.confidence import picks_classes, picks_labels, rates_predictions
from losscli.engine.problem.problem import Problem
from losscli.engine.run import Observer
from losscli.engine.spooled import quantiles_of
from losscli.output.chart import Chart
from losscli.output.page import Fact


class Charts:
    """The charts that the terms of a problem have."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._sizes = BySize(problem, wrong=True)
        self._confidence = ByConfidence() if rates_predictions(problem) else None
        predicts = picks_classes(problem) or picks_labels(problem)
        classes = problem.grid.classes if problem.loss.picks else 2
        self._pairs = ByPair(classes) if predicts else None
        self._numbers = Predicted() if predicts_numbers(problem) else None

    @property
    def observers(self) -> list[Observer]:
        """What looks at the run."""
        every = (self._sizes, self._confidence, self._pairs, self._numbers)
        return [one for one in every if one is not None]

    def figures(self) -> Iterator[Fact]:
        """Yield figures that only the charts know."""
        if self._sizes.losses.size:
            middle, largest = quantiles_of(self._sizes.losses.pieces, [0.5, 1.0])
            yield Fact("median loss", middle)
            yield Fact("largest loss", largest)
        if self._confidence and self._confidence.found.total:
            yield Fact("calibration error", self._confidence.found.error)
        if self._numbers and self._numbers.size:
            yield Fact("mean error", self._numbers.mean_error)
            yield Fact("mean absolute error", self._numbers.mean_size)

    def drawn(self) -> Iterator[Chart]:
        """Yield the charts, after the run."""
        sizes = self._sizes.histogram()
        if sizes.counts:
            yield hist_chart(sizes, noun(self._problem))
        if self._confidence and self._confidence.found.total:
            yield calibration_chart(self._problem, self._confidence)
        if self._pairs and self._pairs.found.total:
            yield confusion_chart(self._pairs.found, Names(self._problem))
        if self._numbers and self._numbers.size:
            yield prediction_chart(self._numbers, noun(self._problem))
