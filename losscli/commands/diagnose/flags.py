"""The options of `loss diagnose`, except those that say how files are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from losscli.commands.flags import DATA, SOURCE, DataFlags, Threads, format_option
from losscli.errors import UsageError

FORMATS = ("table", "json")
FINDINGS = "Findings"


@dataclass(frozen=True)
class DiagnoseFlags(DataFlags):
    """What diagnose was asked for, except the loss's roles and options."""

    groups: Annotated[
        str | None,
        typer.Option(
            help="Group of each sample, such as its batch or sequence (L305).",
            metavar=SOURCE,
            rich_help_panel=DATA,
        ),
    ] = None
    select: Annotated[
        str | None,
        typer.Option(
            help="Run only these rules: L101,L2 (L2 is all of L2xx).",
            metavar="CODES",
            rich_help_panel=FINDINGS,
        ),
    ] = None
    ignore: Annotated[
        str | None,
        typer.Option(help="Skip these rules.", metavar="CODES", rich_help_panel=FINDINGS),
    ] = None
    calibration: Annotated[
        bool,
        typer.Option(
            "--calibration",
            help="Show the best temperature and a reliability table too.",
            rich_help_panel=FINDINGS,
        ),
    ] = False
    exit_zero: Annotated[
        bool,
        typer.Option(
            "--exit-zero",
            help="Exit with 0 even if errors are found.",
            rich_help_panel=FINDINGS,
        ),
    ] = False
    threads: Threads = None
    format: Annotated[str, format_option(FORMATS)] = "table"


def codes(text: str | None) -> list[str]:
    """Return the codes of a list like L101,L2."""
    if text is None:
        return []
    found = [code.strip() for code in text.split(",")]
    if not all(found):
        raise UsageError(f"{text!r}: the list of codes has an empty item; remove a comma")
    return found
