"""The options of `loss explain NAME`, beside the loss's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

import typer

from losscli.commands.flags import (
    OUTPUT,
    DataFlags,
    Threads,
    dtype_option,
    format_option,
    reduction_option,
    require_known,
)
from losscli.errors import UsageError, short_name, show

FORMATS = ("table", "json", "markdown", "latex")
WALK = "Walk"
ENDINGS = (".svg", ".html")


@dataclass(frozen=True)
class ExplainFlags(DataFlags):
    """What `loss explain` was asked for, beside the loss's roles and options."""

    sample: Annotated[
        str | None,
        typer.Option(
            help="The sample to walk, counted from 0 (default: the largest loss).",
            metavar="I,J...",
            rich_help_panel=WALK,
        ),
    ] = None
    steps: Annotated[
        str | None,
        typer.Option(help="Some steps alone: 3 or 3-5.", metavar="A-B", rich_help_panel=WALK),
    ] = None
    verbose: Annotated[
        bool,
        typer.Option("--verbose", help="The derivation of the gradient too.", rich_help_panel=WALK),
    ] = False
    set: Annotated[
        list[str] | None,
        typer.Option(
            help="Another number in the sample: cat=1.5, cat+=1.5, target=dog; repeatable.",
            metavar="WHAT=X",
            rich_help_panel=WALK,
        ),
    ] = None
    reduction: Annotated[str, reduction_option("mean, sum or none.")] = "mean"
    dtype: Annotated[str, dtype_option("Arithmetic of the kernel: float64 or float32.")] = "float64"
    threads: Threads = None
    format: Annotated[str, format_option(FORMATS)] = "table"
    save: Annotated[
        str | None,
        typer.Option(
            help="The page as a picture too: .svg or .html.", metavar="FILE", rich_help_panel=OUTPUT
        ),
    ] = None
    digits: Annotated[
        int,
        typer.Option(
            min=0,
            max=17,
            help="Decimals; a pipe and JSON have all.",
            metavar="D",
            rich_help_panel=OUTPUT,
        ),
    ] = 4
    warn: Annotated[
        bool,
        typer.Option("--warn/--no-warn", help="Warnings on stderr.", rich_help_panel=OUTPUT),
    ] = True

    @property
    def range(self) -> tuple[int, int] | None:
        """The first and the last step of `--steps`; None for all."""
        if self.steps is None:
            return None
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", self.steps)
        if not found:
            raise UsageError(
                f"--steps: {show(self.steps)} is no step; give one like 3, or a range like 3-5"
            )
        first = int(found[1])
        last = int(found[2] or first)
        if not 1 <= first <= last:
            raise UsageError(f"--steps {self.steps}: steps count from 1; give the first one first")
        return first, last


def check(flags: ExplainFlags) -> None:
    """Refuse flags that cannot be followed, before anything is read."""
    require_known("--format", flags.format, FORMATS)
    if flags.save is not None and not flags.save.lower().endswith(ENDINGS):
        raise UsageError(
            f"--save {short_name(flags.save)}: the ending must be one of {', '.join(ENDINGS)}"
        )
    _ = flags.range
