"""The options that several commands share, each defined once, by panels of the help page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import typer

from losscli.errors import UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.checks import REPORTS
from losscli.output.show import PAGES
from losscli.readers.named_labels import LABELS_ARE

ROWS = 10
"""Rows in a table."""
FORMATS = ("table", "json", "jsonl", "csv", "tsv", "markdown", *REPORTS, "value")


def option(
    panel: str,
    help: str,
    *names: str,
    choices: Sequence[str] = (),
    low: int | None = None,
    high: int | None = None,
    **more: Any,
) -> Any:
    """Return an option in a panel of the help page, limited to its choices or to low..high.

    Names and a metavar are given only where they are not the usual ones of its field.
    """
    if choices:
        more |= {"autocompletion": lambda: list(choices), "callback": _one_of(choices)}
        more.setdefault("metavar", "NAME")
    if low is not None:
        more["callback"] = _within(low, high)
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


def _one_of(choices: Sequence[str]) -> Callable[[typer.CallbackParam, str | None], str | None]:
    def check(param: typer.CallbackParam, value: str | None) -> str | None:
        if value is not None and value not in choices:
            raise UsageError(f"{param.opts[0]}: {value!r} is not one of {', '.join(choices)}")
        return value

    return check


def _within(low: int, high: int | None) -> Callable[[typer.CallbackParam, int | None], int | None]:
    def check(param: typer.CallbackParam, value: int | None) -> int | None:
        if value is not None and not low <= value <= (value if high is None else high):
            allowed = f"of at least {low}" if high is None else f"from {low} to {high}"
            raise UsageError(f"{param.opts[0]}: {value} is not allowed; give a number {allowed}")
        return value

    return check


def refuse_unless_page(options: Any, form: str) -> None:
    """Refuse options of a page's tables where another format is asked for."""
    if form in PAGES:
        return
    rows = "has no rows" if form in ("value", *REPORTS) else "has every row"
    if getattr(options, "all", False) and form in ("value", *REPORTS):
        raise UsageError(f"--all is for tables, and -f {form} {rows}; remove it")
    for name, instead in (("rows", rows), ("digits", "has every digit")):
        if getattr(options, name, None) is not None and (name, form) != ("digits", "latex"):
            raise UsageError(f"--{name} is for tables, and -f {form} {instead}; remove it")


def rows_of(options: Any) -> int:
    """Return the number of rows in a table."""
    rows: int | None = options.rows
    return ROWS if rows is None else rows


def either(choices: Sequence[Any]) -> str:
    """Return choices in words: `mean, sum or none`."""
    *others, last = map(str, choices)
    return f"{', '.join(others)} or {last}" if others else last


data, loss_option, breakdown, computation, checks, output = (
    partial(option, panel)
    for panel in ("Data", "Loss", "Breakdown", "Computation", "Checks", "Output")
)


def format_option(formats: Sequence[str] = FORMATS) -> Any:
    """Return the option -f of a command that has these formats."""
    return output(f"What to print: {either(formats)}.", "--format", "-f", choices=formats)


def reduction_option(
    help: str = "How the terms are reduced", excluded: Sequence[str] = ()
) -> Callable[[Loss], Any]:
    """Return the option -r with the reductions of a loss."""

    def of(loss: Loss) -> Any:
        names = [name for name in loss.reductions if name not in excluded]
        return computation(f"{help}: {either(names)}.", "--reduction", "-r", choices=names)

    return of


def output_option(help: str) -> Any:
    """Return the option -o of a command, with what it writes."""
    return output(help, "--output", "-o", metavar="FILE")


def _class_axis(loss: Loss) -> Any:
    return data(f"Class axis of the input (default: {loss.class_axis}).")


Header = Annotated[
    bool | None,
    data(
        "Whether a table's first row names its columns (default: detected).", "--header/--no-header"
    ),
]
Delimiter = Annotated[
    str | None, data("Cell separator, if not a comma; 'tab' for tabs.", metavar="CHAR")
]
Decimal = Annotated[
    str | None, data("Decimal sign of tables, if not a point: ','.", metavar="CHAR")
]
ById = Annotated[
    str | None,
    data(
        "Pair the rows of the files by this column; 'none' pairs them by their order.",
        metavar="COLUMN",
    ),
]
Classes = Annotated[
    str | None,
    data(
        "Names of the classes in the order of the columns: 'cat,dog', or a file, one per line.",
        metavar="NAMES",
    ),
]
LabelsAre = Annotated[
    str | None,
    data(
        "Whether numbers as labels are names or indices, if classes have numbers as names.",
        choices=LABELS_ARE,
    ),
]
LabelBase = Annotated[int, data("Number of the first class in the files: 0 or 1.")]
Shift = Annotated[bool, data("Next-token targets: position i predicts target i + 1.")]
Threads = Annotated[
    int | None,
    computation("Threads, 8 at most (default: all cores it may use).", "--threads", "-j", low=1),
]
Dtype = Annotated[
    str,
    computation(
        "Arithmetic: float64 or float32; sums are always float64.", choices=("float64", "float32")
    ),
]
Conditions = Annotated[
    list[str] | None,
    checks(
        "Exit with status 1 unless it holds, such as 'loss<=0.35'; repeatable.",
        "--check",
        metavar="CONDITION",
    ),
]
Quiet = Annotated[bool, output("Only the number, with all its digits (-f value).", "--quiet", "-q")]
Rows = Annotated[
    int | None,
    output(
        f"Rows in the table, half from the start and half from the end (default: {ROWS}).",
        "--rows",
        "-n",
        low=0,
    ),
]
All = Annotated[bool, output("All rows in the table.")]
Digits = Annotated[
    int | None,
    output("Decimals of a table (default: 4, in a pipe every digit).", low=0, high=17),
]
Warn = Annotated[
    bool, output("Warnings on stderr (default: on).", "--warn/--no-warn", show_default=False)
]


@dataclass(frozen=True)
class DataOptions:
    """The options on reading files, which every command on a loss has."""

    sample_weight: Annotated[str | None, data("One weight per sample.")] = None
    header: Header = None
    delimiter: Delimiter = None
    decimal: Decimal = None
    by_id: ById = None
    classes: Classes = None
    label_base: LabelBase = 0
    labels_are: LabelsAre = None
    class_axis: Annotated[int | None, _class_axis] = None
    shift: Shift = False
    map_binary: Annotated[bool, data("Targets are 0/1: turn them into -1/+1.")] = False
