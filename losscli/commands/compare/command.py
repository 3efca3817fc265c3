"""`loss compare`: two outputs in, figures, files and an exit status out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from losscli.commands.call import Call, command
from losscli.commands.compare.blame import culprit
from losscli.commands.compare.comparison import compare
from losscli.commands.compare.figures import as_json, figures_of
from losscli.commands.compare.files import DELIMITERS, FILES, divergences, listed
from losscli.commands.compare.matching import matched_by_name
from losscli.commands.compare.mixed import Forms
from losscli.commands.compare.order import Order
from losscli.commands.compare.pair import FORMS, pair, roles_of
from losscli.commands.options import (
    ById,
    Classes,
    Decimal,
    Delimiter,
    Digits,
    Header,
    LabelBase,
    LabelsAre,
    Quiet,
    Shift,
    Threads,
    Warn,
    computation,
    data,
    either,
    format_option,
    output,
    output_option,
)
from losscli.commands.signatures import flag
from losscli.commands.sources import settings_of
from losscli.engine.result.notices import Notice
from losscli.engine.result.result import signature
from losscli.errors import ExitStatus, UsageError
from losscli.output.encoders import extension
from losscli.output.output_files import Destination
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped
from losscli.readers import WantedRole

MOVED = 0.1


@dataclass(frozen=True)
class CompareOptions:
    """What `loss compare` was asked for."""

    input: Annotated[str | None, data("Output to evaluate, (n, c, d...).", "--input", "-i")] = None
    reference: Annotated[str | None, data("Output to compare it with, of the same shape.")] = None
    target: Annotated[str | None, data("Class indices, (n, d...).", "--target", "-t")] = None
    from_: Annotated[
        str, data(f"What both outputs are: {either(FORMS)}.", "--from", choices=tuple(FORMS))
    ] = "logits"
    ignore_index: Annotated[int, data("Samples with this target are ignored.")] = -100
    header: Header = None
    delimiter: Delimiter = None
    decimal: Decimal = None
    by_id: ById = None
    classes: Classes = None
    labels_are: LabelsAre = None
    label_base: LabelBase = 0
    class_axis: Annotated[int | None, data("Class axis of both outputs (default: 1).")] = None
    shift: Shift = False
    tolerance: Annotated[
        float | None, computation("Exit with status 1 if the mean KL is above X.")
    ] = None
    max_delta: Annotated[
        float | None, computation("Exit with status 1 if the loss rises by more than X.")
    ] = None
    moved: Annotated[
        float | None,
        computation(f"Count the losses that change by more than X (default: {MOVED})."),
    ] = None
    threads: Threads = None
    top: Annotated[int, output("Number of samples shown, the furthest apart first.", low=0)] = 5
    format: Annotated[str, format_option()] = "table"
    quiet: Quiet = False
    output: Annotated[
        str | None, output_option("Also write every sample: .csv, .tsv, .jsonl or .npy.")
    ] = None
    digits: Digits = 4
    warn: Warn = True


HELP = """KL(reference || input) of each sample in nats: mean, standard error, quantiles, maximum.

Also how often both have the same top class and the same top five classes, in any order; the largest
difference; the samples furthest apart. With targets, also the change of p(target), of the loss and
of the accuracy, from the reference to the input.
"""


def compare_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss compare`."""

    def make(_: Mapping[str, Any], options: CompareOptions, streams: Streams) -> Compare:
        roles = ("input", "reference", "target")
        return Compare({role: getattr(options, role) for role in roles}, options, streams)

    return command(make, CompareOptions, streams, HELP)


class Compare(Call):
    """One call of `loss compare`."""

    options: CompareOptions

    def check(self) -> None:
        """Refuse a missing source, and options that need a target."""
        options = self.options
        if options.input is None:
            raise UsageError(
                "--input is missing; give the output to evaluate (loss compare --help has an "
                "example)"
            )
        of_loss = options.max_delta is not None or options.moved is not None
        if options.target is None and of_loss:
            raise UsageError(
                "--max-delta and --moved are about the loss, which needs --target; give --target "
                "FILE"
            )
        if options.target is None and options.shift:
            raise UsageError("--shift moves the targets, so it needs --target; give --target FILE")
        for name in ("tolerance", "max_delta", "moved"):
            number = getattr(options, name)
            if number is not None and not math.isfinite(number):
                raise UsageError(f"{flag(name)}: {number} is not a finite number; give one")
        if options.output is not None:
            extension(options.output, FILES, "output")
            self.outputs = [options.output]

    def compute(self, files: Sequence[Destination]) -> None:
        """Compare, and write the file."""
        options = self.options
        wanted = [
            WantedRole(role.name, role.keys, role.name != "target", role.name == "target")
            for role in roles_of(FORMS[0])
        ]
        sources = self.read(self.typed, wanted)
        write = None
        if options.output is not None:
            write = FILES[extension(options.output, FILES, "output")]
        sources = matched_by_name(sources)
        problem = pair(sources, options.from_, options.ignore_index, settings_of(options))
        top = options.top if self.format in ("table", "json") else 0
        if top:
            from losscli.output.page import require_short

            require_short(min(top, problem.grid.size))
        forms, order = Forms(problem), Order(problem)
        found = compare(
            problem,
            forms,
            order,
            top=top,
            every=self.format in DELIMITERS or write not in (None, divergences),
            threads=options.threads,
            progress=self.bar,
        )
        if found.first_odd is None:
            forms.refuse_mixture(self.typed, options.from_)
        for file in files:
            file.write(write(found) if write else ())
        self.found = found
        self.figures = figures_of(found, MOVED if options.moved is None else options.moved)
        self.warnings = found.outcome.notices.listed(found.problem)
        self.warnings += [Notice("source", hint) for hint in order.hints()]

    def text(self) -> Iterable[str]:
        """Return the mean, the samples or the report."""
        found, figures = self.found, self.figures
        if self.format == "value":
            return [f"{figures.kl['mean']!r}\n"]
        if self.format == "json":
            warnings = [notice._asdict() for notice in self.warnings]
            named = {"warnings": warnings, "signature": signature(found.problem)}
            return [dumped(as_json(found, figures) | named), "\n"]
        if self.format in DELIMITERS:
            return listed(found, self.format)
        from losscli.commands.compare.report import page_of

        return rendered(page_of(found, figures, self.options.digits), self.streams)

    def status(self) -> ExitStatus:
        """Return 4 if a figure is not finite, 1 if a limit is exceeded."""
        options, mean = self.options, self.figures.kl["mean"]
        delta = self.figures.delta_loss["mean"] if self.figures.delta_loss else 0.0
        if not (math.isfinite(mean) and math.isfinite(delta)):
            return self.failed(ExitStatus.NOT_FINITE, culprit(self.found))
        status = ExitStatus.OK
        if options.tolerance is not None and mean > options.tolerance:
            why = f"mean KL {mean!r} is above --tolerance {options.tolerance!r}"
            status = self.failed(ExitStatus.CHECK_FAILED, why)
        if options.max_delta is not None and delta > options.max_delta:
            why = f"the loss rises by {delta!r}, more than --max-delta {options.max_delta!r}"
            status = self.failed(ExitStatus.CHECK_FAILED, why)
        return status
