"""`loss compare`: outputs as they are, or by a loss that is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from losscli.commands.call import command
from losscli.commands.compare.by_loss import CompareLosses
from losscli.commands.compare.by_output import CompareOutputs
from losscli.commands.compare.options import LossOptions, OutputOptions
from losscli.losses.declare.registry import Loss
from losscli.output.streams import Streams

HELP = """KL(reference || input) of each sample in nats: mean, standard error, quantiles, maximum.

Also how often both have the same top class and the same top five classes, in any order; the largest
difference; the samples furthest apart. With targets, also the change of p(target), of the loss and
of the accuracy, from the reference to the input.

With the name of a loss (`loss compare ce`, `loss compare mse`) the difference of that loss, sample
by sample.
"""
LOSS_HELP = """The difference of the loss, sample by sample, from the reference to the input.

-i may be repeated: all inputs are compared with the reference in one pass, and ranked. Targets and
weights are shared.
"""


def compare_command(loss: Loss | None, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss compare`, with or without a loss."""
    if loss is None:

        def outputs(_: Mapping[str, Any], options: OutputOptions, streams: Streams) -> Any:
            typed = {"reference": options.reference, "target": options.target}
            return CompareOutputs(typed, options, streams)

        return command(outputs, OutputOptions, streams, HELP)

    def losses(typed: Mapping[str, Any], options: LossOptions, streams: Streams) -> Any:
        return CompareLosses(loss, typed, options, streams)

    first = loss.roles[0].name
    return command(losses, LossOptions, streams, LOSS_HELP, loss=loss, without=(first,))
