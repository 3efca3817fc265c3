"""`loss plot compare`: the loss of each sample under two models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from losscli.commands.call import command
from losscli.commands.models_call import RunOfModels
from losscli.commands.pairs_chart import Pairs, pairs_drawn
from losscli.commands.plot.options import CompareOptions
from losscli.commands.plot.plot import Drawn, Plot
from losscli.commands.terms import heading_of, noun
from losscli.engine.paired.difference import How
from losscli.errors import DataError
from losscli.losses.declare.registry import Loss
from losscli.output.output_files import Destination
from losscli.output.streams import Streams

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
        return heading_of(self.study.models.problem)

    def signature(self) -> str:
        """Return what the numbers depend on."""
        return self.study.signature

    def draw(self) -> Drawn:
        """Draw the losses of each sample."""
        pairs = Pairs(self.study.found, self.sides)
        problem = self.study.models.problem
        if not pairs.size:
            raise DataError(
                f"no {noun(problem)} has two finite losses, so there is nothing to draw"
            )
        chart, table, rows = pairs_drawn(self.study, pairs)
        figures = {
            "inputs": [self.study.models.labels[model] for model in self.sides],
            "values": [self.study.found.value(model) for model in self.sides],
            "better": pairs.better,
            "worse": pairs.worse,
            "same": pairs.size - pairs.better - pairs.worse,
            "not_finite": pairs.not_finite,
        }
        return Drawn(chart, table, rows, figures)
