"""`loss compare`: two outputs in, figures, files and an exit status out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from losscli.commands.compare.blame import culprit
from losscli.commands.compare.comparison import Comparison, compare
from losscli.commands.compare.figures import Figures, as_json, figures_of
from losscli.commands.compare.files import FILES, json_lines, separated
from losscli.commands.compare.pair import FORMS, pair, roles_of
from losscli.commands.options import (
    SOURCE,
    Delimiter,
    Digits,
    Header,
    LabelBase,
    Quiet,
    Shift,
    Threads,
    Warn,
    computation,
    data,
    either,
    format_option,
    output,
)
from losscli.commands.signatures import signature as options_of
from losscli.commands.sources import paths_of, refuse_redirection
from losscli.engine.problem.settings import Settings
from losscli.engine.result.notices import Notice
from losscli.engine.result.result import signature
from losscli.errors import ExitStatus, UsageError
from losscli.output.encoders import extension
from losscli.output.output_files import destinations
from losscli.output.progress import Bar
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped
from losscli.readers import Wanted, open_sources

MOVED = 0.1


@dataclass(frozen=True)
class Asked:
    """What `loss compare` was asked for."""

    input: Annotated[
        str | None,
        data("Output to judge, (n, c, d...).", "--input", "-i", metavar=SOURCE),
    ] = None
    reference: Annotated[
        str | None, data("Output to compare it with, of the same shape.", metavar=SOURCE)
    ] = None
    target: Annotated[
        str | None, data("Class indices, (n, d...).", "--target", "-t", metavar=SOURCE)
    ] = None
    from_: Annotated[
        str, data(f"What both outputs are: {either(FORMS)}.", "--from", choices=tuple(FORMS))
    ] = "logits"
    ignore_index: Annotated[int, data("Samples with this target do not count.", metavar="N")] = -100
    header: Header = None
    delimiter: Delimiter = None
    label_base: LabelBase = 0
    class_axis: Annotated[
        int | None, data("Class axis of both outputs (default: 1).", metavar="AXIS")
    ] = None
    shift: Shift = False
    tolerance: Annotated[
        float | None, computation("Exit with status 1 if the mean KL is above X.", metavar="X")
    ] = None
    max_delta: Annotated[
        float | None,
        computation("Exit with status 1 if the loss rises by more than X.", metavar="X"),
    ] = None
    moved: Annotated[
        float | None,
        computation(
            f"Count the losses that change by more than X (default: {MOVED}).", metavar="X"
        ),
    ] = None
    threads: Threads = None
    top: Annotated[int, output("Samples shown, those furthest apart.", metavar="K", min=0)] = 5
    format: Annotated[str, format_option()] = "table"
    quiet: Quiet = False
    output: Annotated[
        str | None,
        output(
            "Also write every sample: .csv, .tsv, .jsonl or .npy.", "--output", "-o", metavar="FILE"
        ),
    ] = None
    digits: Digits = 4
    warn: Warn = True


def compare_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss compare`."""

    def command(**typed: Any) -> int:
        """KL(reference || input) of each sample in nats: mean, standard error, quantiles, maximum.

        Also how often both put the same class first, and the same five classes (in any order) in
        front; the largest difference; the samples furthest apart. With targets, the change of
        p(target), of the loss and of the accuracy as well, from the reference to the input.
        """
        return _Call(Asked(**typed), streams).run()

    command.__signature__ = options_of(Asked)  # type: ignore[attr-defined]
    return command


class _Call:
    """One call of the command."""

    def __init__(self, asked: Asked, streams: Streams) -> None:
        check(asked)
        self.asked = asked
        self.streams = streams
        self.format = "value" if asked.quiet else asked.format

    def run(self) -> int:
        """Compare, write the file, print, and return the exit status."""
        asked = self.asked
        self.streams.require_stdout()
        typed = {"input": asked.input, "reference": asked.reference, "target": asked.target}
        given = {role: text for role, text in typed.items() if text is not None}
        paths = paths_of(list(given.values()))
        write = None
        if asked.output is not None:
            write = FILES[extension(asked.output, FILES, "output")]
        refuse_redirection(self.streams, paths)
        with destinations([asked.output] if asked.output else [], paths) as opened:
            found, notes = self._compare(given)
            for destination in opened:
                if write:
                    destination.write(write(found))
        figures = figures_of(found, MOVED if asked.moved is None else asked.moved)
        notices = found.outcome.notices.listed(found.problem)
        self.streams.write(self._text(found, figures, notices))
        if asked.warn:
            for note in notes if self.format != "value" else []:
                self.streams.note(f"note: {note}")
            for notice in notices:
                self.streams.note(f"warning: {notice.message} [{notice.code}]")
        return self._status(found, figures)

    def _compare(self, given: dict[str, str]) -> tuple[Comparison, list[str]]:
        asked = self.asked
        wanted = [
            Wanted(role.name, role.keys, role.name != "target", role.name == "target")
            for role in roles_of("logits")
        ]
        sources, notes = open_sources(
            given,
            wanted,
            header=asked.header,
            delimiter=asked.delimiter,
            label_base=asked.label_base,
        )
        settings = Settings(
            label_base=asked.label_base, class_axis=asked.class_axis, shift=asked.shift
        )
        problem = pair(sources, asked.from_, asked.ignore_index, settings)
        in_rows = self.format in ("csv", "tsv", "jsonl")
        with Bar(quiet=self.format == "value") as bar:
            found = compare(
                problem,
                top=asked.top if self.format in ("table", "json") else 0,
                every=in_rows or bool(asked.output and not asked.output.lower().endswith(".npy")),
                threads=asked.threads,
                progress=bar,
            )
        return found, notes

    def _text(
        self, found: Comparison, figures: Figures, notices: Iterable[Notice]
    ) -> Iterable[str]:
        if self.format == "value":
            return [f"{figures.kl['mean']!r}\n"]
        if self.format == "json":
            warnings = [{"code": notice.code, "message": notice.message} for notice in notices]
            named = {"warnings": warnings, "signature": signature(found.problem)}
            return [dumped(as_json(found, figures) | named), "\n"]
        if self.format == "jsonl":
            return json_lines(found)
        if self.format != "table":
            return separated(found, "\t" if self.format == "tsv" else ",")
        from losscli.commands.compare.report import page_of

        return rendered(page_of(found, figures, self.asked.digits), self.streams)

    def _status(self, found: Comparison, figures: Figures) -> ExitStatus:
        delta = figures.delta_loss["mean"] if figures.delta_loss else 0.0
        mean = figures.kl["mean"]
        if not (math.isfinite(mean) and math.isfinite(delta)):
            self.streams.note(f"loss: {culprit(found)}")
            return ExitStatus.NOT_FINITE
        asked, failed = self.asked, False
        if asked.tolerance is not None and mean > asked.tolerance:
            failed = True
            self.streams.note(f"loss: mean KL {mean!r} is above --tolerance {asked.tolerance!r}")
        if asked.max_delta is not None and delta > asked.max_delta:
            failed = True
            self.streams.note(
                f"loss: the loss rises by {delta!r}, more than --max-delta {asked.max_delta!r}"
            )
        return ExitStatus.CHECK_FAILED if failed else ExitStatus.OK


def check(asked: Asked) -> None:
    """Refuse what is missing, unknown or without a meaning."""
    example = "(loss compare --help has an example)"
    numbers = {"tolerance": asked.tolerance, "max-delta": asked.max_delta, "moved": asked.moved}
    for refused, why in (
        (asked.input is None, f"--input is missing: give the output to judge {example}"),
        (
            asked.quiet and asked.format not in ("table", "value"),
            f"-q prints the mean KL alone: remove -q or -f {asked.format}",
        ),
        (
            asked.target is None and (asked.max_delta is not None or asked.moved is not None),
            "--max-delta and --moved are about the loss, which needs --target",
        ),
        (asked.shift and asked.target is None, "--shift moves targets: it needs --target"),
        *(
            (number is not None and not math.isfinite(number), f"--{name}: {number} is not finite")
            for name, number in numbers.items()
        ),
    ):
        if refused:
            raise UsageError(why)
