"""The options of `loss reconcile`, besides those on reading files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from losscli.commands.completion import sources
from losscli.commands.options import (
    DataOptions,
    Dtype,
    Threads,
    computation,
    format_option,
    output,
    reduction_option,
)
from losscli.output.checks import REPORTS


@dataclass(frozen=True)
class ReconcileOptions(DataOptions):
    """What reconcile was asked for, besides the roles and options of the loss."""

    value: Annotated[
        str | None,
        computation(
            "The other number, as it was printed: its digits say how exact it is; or a log, "
            "FILE::COLUMN.",
            metavar="X",
            autocompletion=sources,
        ),
    ] = None
    value_digits: Annotated[
        int | None,
        computation(
            "How many of its decimals are exact (default: all that are typed).", low=0, high=17
        ),
    ] = None
    batches: Annotated[
        int | None,
        computation(
            "The log has an entry for each batch of this many rows.", metavar="SIZE", low=1
        ),
    ] = None
    budget: Annotated[
        float | None,
        computation("Stop after this many seconds with what is found.", metavar="SECONDS"),
    ] = None
    reduction: Annotated[str, reduction_option("Reduction here", excluded=["none"])] = "mean"
    dtype: Dtype = "float64"
    threads: Threads = None
    format: Annotated[str, format_option(("table", "json", "markdown", *REPORTS))] = "table"
    rows: Annotated[
        int, output("Explanations shown, the simplest first.", "--rows", "-n", low=1)
    ] = 5
