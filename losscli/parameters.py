"""The options that every loss has, and the signature of a loss's command."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from typing import Annotated, Any, get_type_hints

import typer

from losscli.registry import Loss, Option, array_extent

DATA, LOSS, OUTPUT, COMPUTATION = "Data", "Loss", "Output", "Computation"
FORMATS = ("table", "json", "jsonl", "csv", "tsv", "value")
SOURCE = "SOURCE"
SHORT = {"input": "-i", "target": "-t"}


def _choice(names: tuple[str, ...]) -> dict[str, Any]:
    return {"metavar": f"[{'|'.join(names)}]", "autocompletion": lambda: list(names)}


@dataclass(frozen=True)
class Flags:
    """What a loss command was asked for, beside its roles and its own options."""

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
        int, typer.Option(help="Class axis of the input.", metavar="AXIS", rich_help_panel=DATA)
    ] = 1
    map_binary: Annotated[
        bool,
        typer.Option(
            "--map-binary",
            help="Turn 0/1 targets into -1/+1 where the loss wants signs.",
            rich_help_panel=DATA,
        ),
    ] = False
    reduction: Annotated[
        str,
        typer.Option(
            "--reduction",
            "-r",
            help="mean, sum or none.",
            metavar="NAME",
            rich_help_panel=COMPUTATION,
        ),
    ] = "mean"
    grad: Annotated[
        bool | None,
        typer.Option(
            "--grad/--no-grad",
            help="The gradient of the reduced loss (default: on for the table's rows).",
            rich_help_panel=COMPUTATION,
        ),
    ] = None
    dtype: Annotated[
        str,
        typer.Option(
            help="Arithmetic: float64 or float32; sums are always float64.",
            metavar="NAME",
            rich_help_panel=COMPUTATION,
        ),
    ] = "float64"
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            "-j",
            min=1,
            help="Default: all cores.",
            metavar="N",
            rich_help_panel=COMPUTATION,
        ),
    ] = None
    max: Annotated[
        float | None,
        typer.Option(
            help="Exit with status 1 above this loss.", metavar="X", rich_help_panel=COMPUTATION
        ),
    ] = None
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            help=f"One of {', '.join(FORMATS)}.",
            metavar="NAME",
            autocompletion=lambda: list(FORMATS),
            rich_help_panel=OUTPUT,
        ),
    ] = "table"
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


def signature(loss: Loss) -> inspect.Signature:
    """Return the signature that Typer reads a loss's command from."""
    hints = get_type_hints(Flags, include_extras=True)
    common = [_keyword(field.name, field.default, hints[field.name]) for field in fields(Flags)]
    return inspect.Signature([*_roles(loss), *(_own(option) for option in loss.options), *common])


def _keyword(name: str, default: Any, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _roles(loss: Loss) -> list[inspect.Parameter]:
    return [
        _keyword(
            role.name,
            None,
            Annotated[
                str | None,
                typer.Option(
                    f"--{role.name.replace('_', '-')}",
                    *([SHORT[role.name]] if role.name in SHORT else []),
                    help=_sentence(role.what),
                    metavar=SOURCE,
                    rich_help_panel=DATA,
                ),
            ],
        )
        for role in loss.roles
    ]


def _own(option: Option) -> inspect.Parameter:
    flag = f"--{option.flag}"
    details: dict[str, Any] = {"rich_help_panel": LOSS}
    text = option.spec.help
    if option.choices:
        kind: Any = str
        details |= _choice(option.choices)
    elif array_extent(option):
        kind = str | None
        details["metavar"] = "WEIGHTS"
    elif option.type is bool:
        kind = bool
        flag = f"{flag}/--no-{option.flag}"
    else:
        kind = option.type
        details["metavar"] = "N" if option.type is int else "X"
        text = f"{text}; {option.domain}"
    annotation = Annotated[kind, typer.Option(flag, help=_sentence(text), **details)]
    return _keyword(option.name, option.default, annotation)


def _sentence(text: str) -> str:
    """Return a help text as a sentence that rich does not take for markup."""
    return (text[:1].upper() + text[1:] + ".").replace("[", "\\[")
