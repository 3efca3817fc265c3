"""The options of `loss explain`, besides those on reading files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from losscli.commands.options import (
    DataOptions,
    Digits,
    Dtype,
    Threads,
    Warn,
    format_option,
    option,
    output,
    reduction_option,
)
from losscli.errors import UsageError, show
from losscli.output.encoders import extension

ENDINGS = (".svg", ".html")
walk = partial(option, "Walk")


@dataclass(frozen=True)
class ExplainOptions(DataOptions):
    """What `loss explain` was asked for, besides the loss's roles and options."""

    sample: Annotated[
        str | None,
        walk("Sample to explain, counted from 0 (default: the largest loss).", metavar="I,J..."),
    ] = None
    steps: Annotated[str | None, walk("Only some steps: 3 or 3-5.", metavar="A-B")] = None
    verbose: Annotated[bool, walk("Also show the derivation of the gradient.")] = False
    set: Annotated[
        list[str] | None,
        walk(
            "Change a number of the sample: cat=1.5, cat+=1.5, target=dog; repeatable.",
            metavar="WHAT=X",
        ),
    ] = None
    reduction: Annotated[str, reduction_option()] = "mean"
    dtype: Dtype = "float64"
    threads: Threads = None
    format: Annotated[str, format_option(("table", "json", "markdown", "latex"))] = "table"
    save: Annotated[
        str | None, output("Also save the page as a picture: .svg or .html.", metavar="FILE")
    ] = None
    live: Annotated[
        bool,
        output("Let the saved .html compute: its numbers can be changed, and the steps follow."),
    ] = False
    digits: Digits = None
    warn: Warn = True

    @property
    def range(self) -> tuple[int, int] | None:
        """The first and the last step of `--steps`; None for all."""
        if self.steps is None:
            return None
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", self.steps)
        if not found:
            raise UsageError(
                f"--steps: {show(self.steps)} is not a step; give one like 3, or a range like 3-5"
            )
        first = int(found[1])
        last = int(found[2] or first)
        if not 1 <= first <= last:
            raise UsageError(
                f"--steps {self.steps}: steps count from 1; give the smaller one first"
            )
        return first, last

    def check(self) -> None:
        """Refuse invalid options before anything is read."""
        if self.live and not str(self.save).lower().endswith(".html"):
            raise UsageError("--live: needs a page to write to; add --save page.html")
        if self.save is not None:
            extension(self.save, ENDINGS, "save")
        if self.live and self.steps is not None:
            raise UsageError("--steps: a page of --live has every step; remove one of them")
        _ = self.range
