"""`loss plot hist`: how the losses are distributed, and where most of the loss is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from losscli.commands.call import command
from losscli.commands.hist_chart import hist_chart, hist_table
from losscli.commands.plot.options import PlotOptions
from losscli.commands.plot.plot import Drawn, LossPlot
from losscli.commands.terms import noun
from losscli.engine.breakdown.histogram import BySize
from losscli.errors import DataError
from losscli.losses.declare.registry import Loss
from losscli.output.streams import Streams

HELP = """The distribution of the losses, in bins with round borders; where it is skewed, bins grow.

Above each bar is its share of the loss. Wrong predictions are striped. Sample weights multiply the
losses, and no count.
"""


def hist_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss plot hist` and a loss."""
    return command(partial(Hist, loss), PlotOptions, streams, HELP, loss=loss)


class Hist(LossPlot):
    """One histogram."""

    options: PlotOptions
    tool = "plot hist"

    def draw(self) -> Drawn:
        """Count the losses by size."""
        problem = self.problem(self.open())
        sizes = BySize(problem, wrong=True)
        self.observe(problem, sizes)
        found = sizes.histogram()
        if not found.counts:
            raise DataError(
                "no loss is finite, so there is nothing to draw; loss diagnose says why"
            )
        return Drawn(
            hist_chart(found, noun(problem)),
            hist_table(found),
            "bins",
            {"not_finite": found.not_finite},
        )
