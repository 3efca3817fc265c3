"""The options of `loss compare`, without and with a loss's name."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from losscli.commands.compare.pair import FORMS
from losscli.commands.options import (
    ById,
    Classes,
    Conditions,
    DataOptions,
    Decimal,
    Delimiter,
    Digits,
    Dtype,
    Header,
    LabelBase,
    LabelsAre,
    Quiet,
    Shift,
    Threads,
    Warn,
    breakdown,
    checks,
    computation,
    data,
    either,
    format_option,
    output,
    output_option,
    reduction_option,
    refuse_unless_page,
)
from losscli.commands.signatures import SOURCE
from losscli.engine.breakdown.interval import LEVEL
from losscli.engine.paired.difference import How
from losscli.errors import UsageError
from losscli.output.checks import REPORTS
from losscli.output.show import PAGES

MOVED = 0.1
TOP = 5
BY = ("class", "target", "group", "length")
FORMATS = ("table", "json", "jsonl", "csv", "tsv", "markdown", "latex", *REPORTS, "value")
SUMMARIES = ("csv", "latex")
"""The formats that print one row per model, or with --by one per class, group or length."""
LISTS = ("jsonl", "tsv")
"""The formats that print every sample."""


@dataclass(frozen=True)
class ComparisonOptions:
    """What both forms of the command have."""

    candidates: Annotated[
        list[str] | None,
        data("Output to evaluate; repeat it to rank several.", "--input", "-i", metavar=SOURCE),
    ] = None
    reference: Annotated[str | None, data("Output to compare it with, of the same shape.")] = None
    split: Annotated[
        str | None,
        breakdown(f"The difference by {either(BY)}.", "--by", choices=BY, metavar="NAME"),
    ] = None
    groups: Annotated[
        str | None, breakdown("For --by group: one label per sample, words or numbers.")
    ] = None
    ci: Annotated[
        float | None,
        breakdown(
            f"Paired bootstrap interval and sign-flip test (level if none is given: {LEVEL}).",
            metavar="[LEVEL]",
        ),
    ] = None
    seed: Annotated[int | None, breakdown("Seed of both (default: 0).", low=0)] = None
    threads: Threads = None
    conditions: Conditions = None
    top: Annotated[
        int | None,
        output(f"Number of samples shown, furthest apart first (default: {TOP}).", low=0),
    ] = None
    format: Annotated[str, format_option(FORMATS)] = "table"
    quiet: Quiet = False
    output: Annotated[
        str | None, output_option("Also write every sample: .csv, .tsv, .jsonl or .npy.")
    ] = None
    digits: Digits = None
    warn: Warn = True

    @property
    def inputs(self) -> Sequence[str]:
        """The outputs to evaluate."""
        return self.candidates or ()

    @property
    def by(self) -> tuple[str, ...]:
        """The breakdowns that are asked for."""
        named = {"target": "class"}.get(str(self.split), self.split)
        asked = (named, "group" if self.groups is not None else None)
        return tuple(dict.fromkeys(name for name in asked if name is not None))

    @property
    def samples(self) -> int:
        """The number of samples shown."""
        return TOP if self.top is None else self.top

    def how(self) -> How:
        """Return how differences are computed: several inputs are ranked by their intervals."""
        level = LEVEL if self.ci is None and len(self.inputs) > 1 else self.ci
        return How(level=level, seed=self.seed or 0, threads=self.threads)

    def _needs(self, word: str) -> bool:
        """Whether a condition names a figure with this word: ci of `change.ci.low>0`."""
        names = (re.split(r"[^\w\s.]", text)[0] for text in self.conditions or ())
        return any(word in name.strip().split(".") for name in names)

    def check(self, form: str) -> None:
        """Refuse a missing source, impossible values, and options that exclude each other."""
        several = len(self.inputs) > 1
        moved = getattr(self, "moved", None)
        if moved is not None and not math.isfinite(moved):
            raise UsageError(f"--moved: {moved} is not a finite number; give one")
        for refused, why in (
            (
                not self.inputs,
                "--input is missing; give the output to evaluate (loss compare --help has an "
                "example)",
            ),
            (
                self.ci is not None and not 0 < self.ci < 1,
                f"--ci: {self.ci} is not between 0 and 1; write 0.95 for 95 %",
            ),
            (
                self.seed is not None and self.ci is None and not several,
                "--seed is for --ci; give both",
            ),
            (
                self.split == "group" and self.groups is None,
                "--by group needs the groups; give --groups FILE, one label per sample",
            ),
            (
                self.by
                and (form in (*LISTS, "value") or (form in REPORTS and not self._needs("by"))),
                f"--by and --groups are for summaries; use -f table, json, csv, markdown or latex "
                f"instead of {form}",
            ),
            (
                self.ci is not None
                and form in (*LISTS, "value", *REPORTS)
                and not self._needs("ci"),
                f"--ci has no place in -f {form}; use -f json",
            ),
            (
                self.top is not None and form not in (*PAGES, "json"),
                f"--top has no place in -f {form}; use -f json",
            ),
            (
                len(self.by) > 1 and form == "csv",
                "--by and --groups are two tables, and CSV holds one; remove one of them",
            ),
            (
                several and self.top is not None,
                "--top shows samples of one input; remove it, or give one --input",
            ),
        ):
            if refused:
                raise UsageError(why)
        refuse_unless_page(self, form)


@dataclass(frozen=True)
class OutputOptions(ComparisonOptions):
    """`loss compare` without a loss."""

    short_forms: ClassVar = {"tolerance": "kl.mean", "max_delta": "delta_loss.mean"}
    """The options that are the most that a figure may be."""

    target: Annotated[str | None, data("Class indices, (n, d...).", "--target", "-t")] = None
    from_: Annotated[
        str, data(f"What all outputs are: {either(FORMS)}.", "--from", choices=tuple(FORMS))
    ] = "logits"
    ignore_index: Annotated[int, data("Samples with this target are ignored.")] = -100
    header: Header = None
    delimiter: Delimiter = None
    decimal: Decimal = None
    by_id: ById = None
    classes: Classes = None
    labels_are: LabelsAre = None
    label_base: LabelBase = 0
    class_axis: Annotated[int | None, data("Class axis of the outputs (default: 1).")] = None
    shift: Shift = False
    tolerance: Annotated[float | None, checks("Exit with status 1 if a mean KL is above X.")] = None
    max_delta: Annotated[
        float | None, checks("Exit with status 1 if the loss rises by more than X.")
    ] = None
    moved: Annotated[
        float | None,
        computation(f"Count the losses that change by more than X (default: {MOVED})."),
    ] = None

    def check(self, form: str) -> None:
        """Refuse options that need a target, too."""
        super().check(form)
        if self.target is not None:
            return
        if self.max_delta is not None or self.moved is not None:
            raise UsageError(
                "--max-delta and --moved are about the loss, which needs --target; give --target "
                "FILE"
            )
        if self.shift:
            raise UsageError("--shift moves the targets, so it needs --target; give --target FILE")
        if "class" in self.by:
            raise UsageError(f"--by {self.split} needs the targets; give --target FILE")


@dataclass(frozen=True)
class LossOptions(DataOptions, ComparisonOptions):
    """`loss compare` with a loss."""

    short_forms: ClassVar = {"tolerance": "change.mean"}
    """The options that are the most that a figure may be."""

    reduction: Annotated[str, reduction_option(excluded=("sum", "none"))] = "mean"
    tolerance: Annotated[
        float | None, checks("Exit with status 1 if the mean loss rises by more than X.")
    ] = None
    moved: Annotated[float, computation("A loss that changes by at most X counts as the same.")] = (
        0.0
    )
    dtype: Dtype = "float64"

    def how(self) -> How:
        """Return how differences are computed, and which changes are none."""
        return super().how()._replace(moved=self.moved)

    def check(self, form: str) -> None:
        """Refuse a negative change, too."""
        super().check(form)
        if self.moved < 0:
            raise UsageError(f"--moved: {self.moved} is negative; give 0 or more")
