"""`loss compare`: two outputs in, figures, files and an exit status out."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Annotated, Any, get_type_hints

import typer

from losscli.commands.compare.blame import culprit
from losscli.commands.compare.comparison import Comparison, compare
from losscli.commands.compare.figures import Figures, as_json, figures_of
from losscli.commands.compare.files import FILES, json_lines, separated
from losscli.commands.compare.pair import FORMS, pair, roles_of
from losscli.commands.flags import COMPUTATION, DATA, FORMATS, OUTPUT, SOURCE, Flags
from losscli.commands.sources import Given, refuse_redirection
from losscli.engine.problem.settings import Settings
from losscli.engine.result.notices import Notice
from losscli.engine.result.result import signature
from losscli.errors import ExitStatus, UsageError
from losscli.output.output_files import destinations
from losscli.output.progress import Bar
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped
from losscli.output.writers import ending
from losscli.readers import Wanted, open_sources
from losscli.readers.class_names import Words

MOVED = 0.1
AS_ELSEWHERE = (
    "header",
    "delimiter",
    "label_base",
    "class_axis",
    "shift",
    "threads",
    "format",
    "quiet",
    "output",
    "digits",
    "warn",
)
"""Options that are those of every loss."""


def complete_from() -> list[str]:
    """Return what may follow --from."""
    return list(FORMS)


def _option(*names: str, help: str, panel: str, **how: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, **how)


@dataclass(frozen=True)
class Asked:
    """What `loss compare` was asked for."""

    input: Annotated[
        str | None,
        _option("--input", "-i", help="Output to judge, (n, c, d...).", panel=DATA, metavar=SOURCE),
    ] = None
    reference: Annotated[
        str | None,
        _option(help="Output to hold it against, of the same shape.", panel=DATA, metavar=SOURCE),
    ] = None
    target: Annotated[
        str | None,
        _option("--target", "-t", help="Class indices, (n, d...).", panel=DATA, metavar=SOURCE),
    ] = None
    from_: Annotated[
        str,
        _option(
            "--from",
            help="What both outputs are.",
            panel=DATA,
            metavar=f"[{'|'.join(FORMS)}]",
            autocompletion=complete_from,
        ),
    ] = "logits"
    ignore_index: Annotated[
        int, _option(help="Samples with this target do not count.", panel=DATA, metavar="N")
    ] = -100
    header: bool | None = None
    delimiter: str | None = None
    label_base: int = 0
    class_axis: int | None = None
    shift: bool = False
    tolerance: Annotated[
        float | None,
        _option(help="Exit with status 1 above this mean KL.", panel=COMPUTATION, metavar="X"),
    ] = None
    max_delta: Annotated[
        float | None,
        _option(
            help="Exit with status 1 where the loss rises by more.", panel=COMPUTATION, metavar="X"
        ),
    ] = None
    moved: Annotated[
        float | None,
        _option(
            help=f"Count the losses that change by more than this (default: {MOVED}).",
            panel=COMPUTATION,
            metavar="X",
        ),
    ] = None
    threads: int | None = None
    top: Annotated[
        int, _option(help="Samples shown, the furthest apart.", panel=OUTPUT, metavar="K", min=0)
    ] = 5
    format: str = "table"
    quiet: bool = False
    output: str | None = None
    digits: int = 4
    warn: bool = True


def compare_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss compare`."""

    def command(**typed: Any) -> int:
        """KL(reference || input) of each sample in nats: mean, standard error, quantiles, maximum.

        Also how often both put the same class first, and the same five classes (in any order) in
        front; the largest difference; the samples furthest apart. With targets, the change of
        p(target), of the loss and of the accuracy as well, from the reference to the input.
        """
        return _Call(Asked(**typed), streams).run()

    shared = get_type_hints(Flags, include_extras=True)
    own = get_type_hints(Asked, include_extras=True)
    parameters = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=(shared if field.name in AS_ELSEWHERE else own)[field.name],
        )
        for field in fields(Asked)
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
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
        given = Given(
            {role: text for role, text in typed.items() if text is not None}, {}, (), Words()
        )
        write = None
        if asked.output is not None:
            write = FILES[ending(asked.output, list(FILES), "--output")]
        refuse_redirection(self.streams, given.paths)
        with destinations([asked.output] if asked.output else [], given.paths) as opened:
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

    def _compare(self, given: Given) -> tuple[Comparison, list[str]]:
        asked = self.asked
        wanted = [
            Wanted(role.name, role.keys, role.name != "target", role.name == "target")
            for role in roles_of("logits")
        ]
        sources, notes = open_sources(
            given.files,
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
            asked.from_ not in FORMS,
            f"--from: {asked.from_!r} is not one of {', '.join(FORMS)}",
        ),
        (
            asked.format not in FORMATS,
            f"--format: {asked.format!r} is not one of {', '.join(FORMATS)}",
        ),
        (
            asked.quiet and asked.format not in ("table", "value"),
            f"-q prints the mean KL alone: leave out -q or -f {asked.format}",
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
