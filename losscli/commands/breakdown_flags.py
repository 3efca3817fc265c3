"""The options that ask where a loss comes from, and how they are refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from losscli.errors import UsageError

BREAKDOWN = "Breakdown"
BY = ("target",)


def complete_by() -> list[str]:
    """Return what may follow --by."""
    return list(BY)


@dataclass(frozen=True)
class BreakdownFlags:
    """What a table and JSON are to say beside the loss."""

    by: Annotated[
        str | None,
        typer.Option(
            help="Loss, accuracy and share of each target class.",
            metavar="[target]",
            autocompletion=complete_by,
            rich_help_panel=BREAKDOWN,
        ),
    ] = None
    groups: Annotated[
        str | None,
        typer.Option(
            help="Loss by group: one label a sample, words or numbers.",
            metavar="SOURCE",
            rich_help_panel=BREAKDOWN,
        ),
    ] = None
    hist: Annotated[
        bool, typer.Option("--hist", help="Histogram of the losses.", rich_help_panel=BREAKDOWN)
    ] = False
    ci: Annotated[
        bool,
        typer.Option(
            "--ci",
            help="Standard error, and 95 % bootstrap interval of the mean.",
            rich_help_panel=BREAKDOWN,
        ),
    ] = False
    seed: Annotated[
        int | None,
        typer.Option(
            help="Seed of the bootstrap (default: 0).",
            min=0,
            metavar="N",
            rich_help_panel=BREAKDOWN,
        ),
    ] = None

    @property
    def breaks_down(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.by or self.groups or self.hist or self.ci)


def check_breakdown(flags: BreakdownFlags, form: str) -> None:
    """Refuse what is unknown, and what a format has no place for."""
    if flags.by is not None and flags.by not in BY:
        raise UsageError(f"--by: {flags.by!r} is not known; use {' or '.join(BY)}")
    if flags.seed is not None and not flags.ci:
        raise UsageError("--seed is for --ci; give both")
    if flags.breaks_down and form not in ("table", "json"):
        raise UsageError(
            f"--by, --groups, --hist and --ci are for tables and -f json, not {form}; "
            "use one of these"
        )
