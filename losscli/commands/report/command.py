"""`loss report NAME`: one page about one input, or about several that are ranked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from losscli.commands.call import Call, command
from losscli.commands.findings import Diagnose
from losscli.commands.report.options import ReportOptions
from losscli.losses.declare.registry import Loss
from losscli.output.streams import Streams

HELP = """-o report.html writes one file that opens offline and prints well; without -o the page is
printed here, and -f markdown is for a pull request.

-i may be repeated: the inputs are ranked, and drawn sample by sample against the best. Findings are
those of loss diagnose, which reads the files several times. The same files give the same bytes.
"""


def report_command(loss: Loss, streams: Streams, diagnose: Diagnose) -> Callable[..., int]:
    """Return the function that Typer calls for a loss's report."""
    first = loss.roles[0].name

    def call(typed: dict[str, Any], options: ReportOptions, streams: Streams) -> Call:
        inputs = typed.pop(first) or [None]
        if len(inputs) == 1:
            from losscli.commands.report.one import ReportOfOne

            return ReportOfOne(loss, {**typed, first: inputs[0]}, options, streams, diagnose)
        from losscli.commands.report.several import ReportOfSeveral

        return ReportOfSeveral(loss, typed, inputs, options, streams)

    return command(call, ReportOptions, streams, HELP, loss=loss, several=True)
