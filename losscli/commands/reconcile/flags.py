"""The options of `loss reconcile`, beside those that say how files are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from losscli.commands.flags import (
    COMPUTATION,
    OUTPUT,
    DataFlags,
    Threads,
    dtype_option,
    format_option,
    reduction_option,
)

FORMATS = ("table", "json")
REDUCTIONS = ("mean", "sum", "batchmean")


def complete_reduction() -> list[str]:
    """Return what may follow --reduction."""
    return list(REDUCTIONS)


@dataclass(frozen=True)
class ReconcileFlags(DataFlags):
    """What reconcile was asked for, beside the loss's roles and options."""

    value: Annotated[
        str | None,
        typer.Option(
            help="The other number, as it is printed: its digits say how exact it is.",
            metavar="X",
            rich_help_panel=COMPUTATION,
        ),
    ] = None
    value_digits: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=17,
            help="Digits behind its point that count (default: those typed).",
            metavar="N",
            rich_help_panel=COMPUTATION,
        ),
    ] = None
    reduction: Annotated[
        str, reduction_option("Of the loss here: mean or sum.", complete_reduction)
    ] = "mean"
    dtype: Annotated[str, dtype_option("Arithmetic here: float64 or float32.")] = "float64"
    threads: Threads = None
    format: Annotated[str, format_option(FORMATS)] = "table"
    rows: Annotated[
        int,
        typer.Option(
            "--rows",
            "-n",
            min=1,
            help="Explanations shown, the simplest first.",
            metavar="N",
            rich_help_panel=OUTPUT,
        ),
    ] = 5
