"""The options of a loss's command, and which of them exclude each other."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, ClassVar

from losscli.commands.options import (
    FORMATS,
    All,
    Conditions,
    DataOptions,
    Digits,
    Dtype,
    Quiet,
    Rows,
    Threads,
    Warn,
    breakdown,
    checks,
    computation,
    format_option,
    output,
    output_option,
    reduction_option,
    refuse_unless_page,
)
from losscli.commands.signatures import flag
from losscli.errors import UsageError
from losscli.output.checks import REPORTS
from losscli.output.row_formats import ROW_FORMATS
from losscli.output.words import together

LATEX = "latex"
"""The format of a table of several inputs."""
BREAKDOWNS = ("by", "groups", "hist", "ci")
TERM_FILES = (*(f".{name}" for name in ROW_FORMATS), ".npy")
GRADIENT_FILES = (".csv", ".npy")


@dataclass(frozen=True)
class LossOptions(DataOptions):
    """What a loss's command was asked for, besides its roles and the loss's own options."""

    short_forms: ClassVar = {"max": "loss"}
    """The options that are the most that a figure may be."""
    by: Annotated[
        str | None,
        breakdown(
            "Loss, accuracy and share of each class.", choices=("target",), metavar="[target]"
        ),
    ] = None
    groups: Annotated[
        str | None, breakdown("Loss by group: one label per sample, words or numbers.")
    ] = None
    hist: Annotated[bool, breakdown("Histogram of the losses.")] = False
    ci: Annotated[bool, breakdown("Standard error and 95 % bootstrap interval.")] = False
    seed: Annotated[int | None, breakdown("Seed of the bootstrap (default: 0).", low=0)] = None
    reduction: Annotated[str, reduction_option()] = "mean"
    grad: Annotated[
        bool | None,
        computation("Gradient of the loss (default: for a terminal's table).", "--grad/--no-grad"),
    ] = None
    dtype: Dtype = "float64"
    threads: Threads = None
    params: Annotated[
        list[str] | None, computation("Parameters for objective = loss + penalty; repeatable.")
    ] = None
    l2: Annotated[float | None, computation("Add X/2 times the sum of their squares.")] = None
    l1: Annotated[float | None, computation("Add X times the sum of their absolute values.")] = None
    conditions: Conditions = None
    max: Annotated[float | None, checks("The same as --check 'loss<=X'.")] = None
    baseline: Annotated[
        str | None,
        checks(
            "Exit with status 1 if loss or accuracy is worse than in this result of -f json.",
            metavar="FILE",
        ),
    ] = None
    check_grad: Annotated[
        list[str] | None,
        checks(
            "Exit with status 1 unless this is the gradient; of several roles: role=SOURCE.",
            "--check-grad",
        ),
    ] = None
    tolerance: Annotated[
        float | None,
        checks(
            "How much worse a figure may be than --baseline (default: 0), or by what share of the "
            "larger one two numbers of --check-grad may differ (default: 1e-5, float32 1e-4)."
        ),
    ] = None
    format: Annotated[str, format_option((*FORMATS, LATEX))] = "table"
    quiet: Quiet = False
    output: Annotated[
        str | None, output_option("Also write the per-sample losses: .csv, .tsv, .jsonl or .npy.")
    ] = None
    grad_output: Annotated[
        str | None, output("Also write the gradient: .npy or .csv.", metavar="FILE")
    ] = None
    rows: Rows = None
    all: All = False
    top: Annotated[int | None, output("The N largest losses alone.", low=1)] = None
    digits: Digits = None
    per_sample: Annotated[
        bool,
        output(
            "Per-sample losses in JSON (default: on).",
            "--per-sample/--no-per-sample",
            show_default=False,
        ),
    ] = True
    warn: Warn = True

    @property
    def parts(self) -> list[str]:
        """The options that ask for a table besides the terms."""
        asked = {name: getattr(self, name) for name in ("top", *BREAKDOWNS)}
        return [flag(name) for name, value in asked.items() if value]

    @property
    def unseen(self) -> list[str]:
        """Those of them that no condition needs, where no table is shown."""
        return [name for name in self.parts if name not in self._needed]

    @property
    def _needed(self) -> set[str]:
        """The options whose figures the conditions name: --ci of `ci.low>0`."""
        return {flag(re.split(r"[^\w\s]", text)[0].strip()) for text in self.conditions or ()}

    def _without_effect(self, form: str) -> list[str]:
        """The options that ask for what one of the formats has no place for."""
        words = [] if form not in ("value", *REPORTS) else self.unseen
        if self.grad and form in ("value", *REPORTS):
            # The gradient is a column of the file of -o.
            words += ["--grad"] * (not (self.output or self.grad_output or self.check_grad))
        if self.params and form in (*ROW_FORMATS, *REPORTS):
            words += ["--params"] * (flag("objective") not in self._needed)
        return words

    @property
    def breaks_down(self) -> bool:
        """Whether a breakdown was asked for."""
        return any(getattr(self, name) for name in BREAKDOWNS)

    def check(self, form: str, *, several: bool = False) -> None:
        """Refuse impossible options, and options that exclude each other; one input or several."""
        penalty = (self.l1, self.l2)
        unseen = self._without_effect(form)
        for refused, why in (
            (self.top and self.all, "--top and --all exclude each other; remove one"),
            (
                self.top and self.rows is not None,
                "--top and --rows exclude each other; remove one",
            ),
            (
                not all(math.isfinite(x) and x >= 0 for x in penalty if x is not None),
                "--l1 and --l2 must be finite and non-negative; give such a number",
            ),
            (
                bool(self.params) != (penalty != (None, None)),
                "an objective needs parameters and a factor; give --params FILE and --l2 X",
            ),
            (
                self.params and self.reduction == "none",
                "an objective needs one loss; remove --reduction none",
            ),
            (
                self.tolerance is not None and not (self.baseline or self.check_grad),
                "--tolerance is for --baseline or --check-grad; give one of them",
            ),
            (
                self.tolerance is not None and self.baseline and self.check_grad,
                "--tolerance means another thing for --baseline and for --check-grad; remove one "
                "of them, and check it in a call of its own",
            ),
            (
                self.tolerance is not None and not 0 <= self.tolerance < math.inf,
                f"--tolerance: {self.tolerance} is not a finite non-negative number; give one",
            ),
            (self.seed is not None and not (self.ci or several), "--seed is for --ci; give both"),
            (
                not several and unseen,
                f"{together(unseen)} {'has' if len(unseen) == 1 else 'have'} no place in "
                f"-f {form}; use -f json",
            ),
            (
                not self.per_sample and form != "json",
                "--no-per-sample is for -f json; remove it",
            ),
            (
                not several and len(self.parts) > 1 and form in ROW_FORMATS,
                f"{together(self.parts)} are {len(self.parts)} tables, and -f {form} holds one; "
                "use -f json",
            ),
        ):
            if refused:
                raise UsageError(why)
        refuse_unless_page(self, form)
