"""The options of `loss report`, besides those on reading files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from losscli.commands.options import (
    DataOptions,
    Digits,
    Dtype,
    Threads,
    Warn,
    breakdown,
    format_option,
    output_option,
    reduction_option,
)

TOP = 10
FILES = (".html", ".md")


@dataclass(frozen=True)
class ReportOptions(DataOptions):
    """What a report was asked for, besides the loss's roles and options."""

    findings: Annotated[
        bool | None,
        breakdown(
            "What loss diagnose finds, of one input; it reads the files again (default: on).",
            "--findings/--no-findings",
            show_default=False,
        ),
    ] = None
    top: Annotated[
        int | None, breakdown(f"Number of largest losses, of one input (default: {TOP}).", low=0)
    ] = None
    seed: Annotated[int | None, breakdown("Seed of the bootstrap (default: 0).", low=0)] = None
    reduction: Annotated[str, reduction_option(excluded=("none",))] = "mean"
    dtype: Dtype = "float64"
    threads: Threads = None
    format: Annotated[str, format_option(("table", "markdown"))] = "table"
    output: Annotated[str | None, output_option("Write the report to a file: .html or .md.")] = None
    digits: Digits = None
    warn: Warn = True
