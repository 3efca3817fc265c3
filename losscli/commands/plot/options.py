"""The options of `loss plot`, besides those on reading files."""

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
    data,
    format_option,
    output_option,
)
from losscli.commands.signatures import SOURCE
from losscli.errors import UsageError
from losscli.output.words import are

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "markdown")
Output = Annotated[
    str | None, output_option("Also write the picture: .svg, .png (extra png) or .html.")
]


@dataclass(frozen=True)
class PlotOptions(DataOptions):
    """What a plot of files was asked for, besides the loss's roles and options."""

    dtype: Dtype = "float64"
    threads: Threads = None
    format: Annotated[str, format_option(FORMATS)] = "table"
    output: Output = None
    digits: Digits = None
    warn: Warn = True


@dataclass(frozen=True)
class ScatterOptions(PlotOptions):
    """`loss plot scatter`."""

    by: Annotated[
        str | None,
        breakdown("What is across: group, with --groups.", choices=("group",), metavar="[group]"),
    ] = None
    groups: Annotated[
        str | None, breakdown("One label per sample, words or numbers: the loss by group.")
    ] = None


@dataclass(frozen=True)
class CompareOptions(PlotOptions):
    """`loss plot compare`."""

    candidates: Annotated[
        list[str] | None,
        data(
            "Output of a model; two of them, or one and --reference.",
            "--input",
            "-i",
            metavar=SOURCE,
        ),
    ] = None
    reference: Annotated[
        str | None, data("The model to compare with, instead of the first input.")
    ] = None

    @property
    def models(self) -> tuple[list[str], str | None]:
        """The inputs and the reference; UsageError unless they are two models."""
        inputs, reference = self.candidates or [], self.reference
        given = len(inputs) + (reference is not None)
        if given != 2 or not inputs:
            raise UsageError(
                f"loss plot compare takes two models, and {given} {are(given)} given; "
                "give -i FILE -i FILE, or -i FILE --reference FILE"
            )
        return inputs, reference


@dataclass(frozen=True)
class CurveOptions:
    """`loss plot curve`, which reads no files."""

    range: Annotated[
        str | None, data("Ends of the axis (default: from the kind of the input).", metavar="A,B")
    ] = None
    format: Annotated[str, format_option(FORMATS)] = "table"
    output: Output = None
    digits: Digits = None
