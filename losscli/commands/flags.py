"""The options that every loss has, declared once, and which of them exclude each other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from losscli.commands.breakdown_flags import BreakdownFlags, check_breakdown
from losscli.errors import UsageError

DATA, LOSS, OUTPUT, COMPUTATION = "Data", "Loss", "Output", "Computation"
FORMATS = ("table", "json", "jsonl", "csv", "tsv", "value")
SOURCE = "SOURCE"


Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        "-j",
        min=1,
        help="Default: all cores.",
        metavar="N",
        rich_help_panel=COMPUTATION,
    ),
]


def format_option(formats: tuple[str, ...]) -> Any:
    """Return the option -f of a command that has these formats."""
    return typer.Option(
        "--format",
        "-f",
        help=f"One of {', '.join(formats)}.",
        metavar="NAME",
        autocompletion=lambda: list(formats),
        rich_help_panel=OUTPUT,
    )


def require_known(flag: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse what is not one of these."""
    if value not in known:
        raise UsageError(f"{flag}: {value!r} is not one of {', '.join(known)}")


def complete_reduction() -> list[str]:
    """Return what may follow --reduction."""
    return ["mean", "sum", "none"]


def complete_dtype() -> list[str]:
    """Return what may follow --dtype."""
    return ["float64", "float32"]


def reduction_option(help: str, complete: Callable[[], list[str]] = complete_reduction) -> Any:
    """Return the option -r, with what it means to a command."""
    return typer.Option(
        "--reduction",
        "-r",
        help=help,
        metavar="NAME",
        autocompletion=complete,
        rich_help_panel=COMPUTATION,
    )


def dtype_option(help: str) -> Any:
    """Return the option --dtype, with what it means to a command."""
    return typer.Option(
        help=help, metavar="NAME", autocompletion=complete_dtype, rich_help_panel=COMPUTATION
    )


@dataclass(frozen=True)
class DataFlags:
    """How the files of a loss are read: what every command that takes a loss's files has."""

    sample_weight: Annotated[
        str | None,
        typer.Option(help="One weight a sample.", metavar=SOURCE, rich_help_panel=DATA),
    ] = None
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            help="Whether the first row of a table names its columns (default: seen).",
            rich_help_panel=DATA,
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        typer.Option(
            help="What separates cells, if not the comma; 'tab' too.",
            metavar="CHAR",
            rich_help_panel=DATA,
        ),
    ] = None
    label_base: Annotated[
        int,
        typer.Option(help="Number of the first class, 0 or 1.", metavar="N", rich_help_panel=DATA),
    ] = 0
    class_axis: Annotated[
        int | None,
        typer.Option(
            help="Class axis of the input (default: 1; ctc: 2).",
            metavar="AXIS",
            rich_help_panel=DATA,
        ),
    ] = None
    shift: Annotated[
        bool,
        typer.Option(
            "--shift",
            help="Next-token targets: position i predicts target i + 1.",
            rich_help_panel=DATA,
        ),
    ] = False
    map_binary: Annotated[
        bool,
        typer.Option(
            "--map-binary",
            help="Turn 0/1 targets into -1/+1 where the loss wants signs.",
            rich_help_panel=DATA,
        ),
    ] = False


@dataclass(frozen=True)
class Flags(BreakdownFlags, DataFlags):
    """What a loss command was asked for, beside its roles and its own options."""

    reduction: Annotated[str, reduction_option("mean, sum or none.")] = "mean"
    grad: Annotated[
        bool | None,
        typer.Option(
            "--grad/--no-grad",
            help="The gradient of the reduced loss (default: on for the table's rows).",
            rich_help_panel=COMPUTATION,
        ),
    ] = None
    dtype: Annotated[
        str, dtype_option("Arithmetic: float64 or float32; sums are always float64.")
    ] = "float64"
    threads: Threads = None
    params: Annotated[
        list[str] | None,
        typer.Option(
            help="Parameters for objective = loss + penalty; repeatable.",
            metavar=SOURCE,
            rich_help_panel=COMPUTATION,
        ),
    ] = None
    l2: Annotated[
        float | None,
        typer.Option(
            "--l2", help="Adds X / 2 times their squares.", metavar="X", rich_help_panel=COMPUTATION
        ),
    ] = None
    l1: Annotated[
        float | None,
        typer.Option(
            "--l1",
            help="Adds X times their absolute values.",
            metavar="X",
            rich_help_panel=COMPUTATION,
        ),
    ] = None
    max: Annotated[
        float | None,
        typer.Option(
            help="Exit with status 1 above this loss.", metavar="X", rich_help_panel=COMPUTATION
        ),
    ] = None
    format: Annotated[str, format_option(FORMATS)] = "table"
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            help="The number alone, every digit (-f value).",
            rich_help_panel=OUTPUT,
        ),
    ] = False
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Per-sample values too: .csv, .tsv, .jsonl or .npy.",
            metavar="FILE",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    grad_output: Annotated[
        str | None,
        typer.Option(
            help="The gradient too: .npy or .csv.", metavar="FILE", rich_help_panel=OUTPUT
        ),
    ] = None
    rows: Annotated[
        int,
        typer.Option(
            "--rows",
            "-n",
            min=0,
            help="Rows of the table, first and last.",
            metavar="N",
            rich_help_panel=OUTPUT,
        ),
    ] = 10
    all: Annotated[
        bool, typer.Option("--all", help="Every row in the table.", rich_help_panel=OUTPUT)
    ] = False
    top: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="The rows with the largest loss instead.",
            metavar="K",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    digits: Annotated[
        int,
        typer.Option(
            min=0,
            max=17,
            help="Decimals in a terminal's table.",
            metavar="D",
            rich_help_panel=OUTPUT,
        ),
    ] = 4
    per_sample: Annotated[
        bool,
        typer.Option(
            "--per-sample/--no-per-sample",
            help="Whether JSON lists the samples' losses.",
            rich_help_panel=OUTPUT,
        ),
    ] = True
    warn: Annotated[
        bool,
        typer.Option("--warn/--no-warn", help="Warnings on stderr.", rich_help_panel=OUTPUT),
    ] = True


def check(flags: Flags) -> None:
    """Refuse flags that no loss can follow, or that exclude each other."""
    form = "value" if flags.quiet else flags.format
    require_known("--format", flags.format, FORMATS)
    for refused, why in (
        (
            flags.quiet and flags.format not in ("table", "value"),
            f"-q prints the number alone: leave out -q or -f {flags.format}",
        ),
        (
            flags.max is not None and flags.reduction == "none",
            "--max needs one number: leave out --reduction none",
        ),
        (
            flags.max is not None and not math.isfinite(flags.max),
            f"--max: {flags.max} is not a finite number",
        ),
        (
            flags.top and form != "table",
            f"--top is for the table; -f {form} lists every sample",
        ),
        (flags.top and flags.all, "--top and --all: choose one"),
        (
            not all(math.isfinite(x) and x >= 0 for x in (flags.l1 or 0.0, flags.l2 or 0.0)),
            "--l1 and --l2 are numbers from 0 on",
        ),
        (
            bool(flags.params) != (flags.l1 is not None or flags.l2 is not None),
            "an objective needs --params FILE and --l2 X or --l1 X",
        ),
        (
            flags.params and flags.reduction == "none",
            "an objective needs one loss: leave out --reduction none",
        ),
    ):
        if refused:
            raise UsageError(why)
    check_breakdown(flags, form)
