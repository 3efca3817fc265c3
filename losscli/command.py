"""A loss's command: sources in, engine, files and text out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from losscli import writers
from losscli.api import array_source, checked_options
from losscli.atomic import destinations
from losscli.culprit import culprit
from losscli.details import details
from losscli.engine import Outcome, Wanted, run
from losscli.errors import ExitStatus, UsageError
from losscli.notices import Notice
from losscli.operands import Problem, Settings, prepare
from losscli.parameters import FORMATS, Flags, signature
from losscli.readers import Wanted as WantedSource
from losscli.readers import open_sources
from losscli.readers.numerals import parse_number
from losscli.readers.source import Source
from losscli.registry import Loss, Option, array_extent
from losscli.streams import Streams

ROW_FORMATS = ("csv", "tsv", "jsonl")


def loss_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for a loss."""

    def command(**typed: Any) -> int:
        flags = Flags(**{field.name: typed.pop(field.name) for field in fields(Flags)})
        return _Call(loss, typed, flags, streams).run()

    command.__signature__ = signature(loss)  # type: ignore[attr-defined]
    return command


class _Call:
    """One call of a loss's command."""

    def __init__(self, loss: Loss, typed: dict[str, Any], flags: Flags, streams: Streams) -> None:
        self.loss = loss
        self.typed = typed
        self.flags = flags
        self.streams = streams
        self.format = "value" if flags.quiet else flags.format
        self._check()

    def _check(self) -> None:
        flags = self.flags
        if flags.format not in FORMATS:
            raise UsageError(f"--format: {flags.format!r} is not one of {', '.join(FORMATS)}")
        if flags.quiet and flags.format not in ("table", "value"):
            raise UsageError(f"-q prints the number alone: leave out -q or -f {flags.format}")
        if flags.max is not None and flags.reduction == "none":
            raise UsageError("--max needs one number: leave out --reduction none")
        if flags.max is not None and not math.isfinite(flags.max):
            raise UsageError(f"--max: {flags.max} is not a finite number")
        if flags.top and self.format != "table":
            raise UsageError(f"--top is for the table; -f {self.format} lists every sample")
        if flags.top and flags.all:
            raise UsageError("--top and --all: choose one")
        if flags.class_axis != 1 and not self.loss.by_class:
            raise UsageError(f"--class-axis: {self.loss.name} has no class axis")
        takes_labels = any(kind.index for role in self.loss.roles for kind in role.kinds)
        if flags.label_base and not takes_labels:
            raise UsageError(f"--label-base: the targets of {self.loss.name} are not labels")
        if flags.map_binary:
            raise UsageError(f"--map-binary: the targets of {self.loss.name} are not -1/+1")

    def run(self) -> int:
        """Compute, write the files, print, and return the exit status."""
        self.streams.require_stdout()
        given = self._given_sources()
        outputs = self._outputs()
        inputs = [path for text in given.values() if (path := _path(text))]
        self._refuse_redirection(inputs)
        with destinations([path for path, _ in outputs], inputs) as opened:
            sources, notes = open_sources(
                given, self._wanted(), header=self.flags.header, delimiter=self.flags.delimiter
            )
            outcome = self._compute(sources)
            for destination, (_, content) in zip(opened, outputs, strict=True):
                destination.write(content(outcome))
        notices = outcome.notices.listed(outcome.problem)
        text = self._text(outcome, notices)
        self.streams.write(text)
        if self.flags.warn:
            for note in notes if self.format != "value" else []:
                self.streams.note(f"note: {note}")
            for notice in notices:
                self.streams.note(f"warning: {notice.message} [{notice.code}]")
        return self._status(outcome)

    def _given_sources(self) -> dict[str, str]:
        given = {role.name: self.typed[role.name] for role in self.loss.roles}
        for option in self.loss.options:
            value = self.typed[option.name]
            if array_extent(option) and value is not None:
                inline = _inline(option, value)
                if inline is None:
                    given[option.name] = value
                else:
                    self.typed[option.name] = array_source(f"--{option.flag}", inline)
        given["sample_weight"] = self.flags.sample_weight
        named = {role: text for role, text in given.items() if text is not None}
        first = self.loss.roles[0].name
        if first not in named:
            raise UsageError(
                f"--{first} is missing: give the file of the {self.loss.roles[0].kinds[0].name} "
                f"(loss {self.loss.name} --help has an example)"
            )
        return named

    def _wanted(self) -> list[WantedSource]:
        roles = [
            WantedSource(role.name, role.keys, True, any(kind.index for kind in role.kinds))
            for role in self.loss.roles
        ]
        options = [
            WantedSource(option.name, (option.name,), False)
            for option in self.loss.options
            if array_extent(option)
        ]
        return [*roles, *options, WantedSource("sample_weight", ("sample_weight",), False)]

    def _outputs(self) -> list[tuple[str, Callable[[Outcome], Iterator[Any]]]]:
        outputs: list[tuple[str, Callable[[Outcome], Iterator[Any]]]] = []
        if path := self.flags.output:
            known = writers.TERM_FILES
            write = known[writers.ending(path, list(known), "--output")]
            outputs.append((path, _with(write, bool(self.flags.grad))))
        if path := self.flags.grad_output:
            known_gradients = writers.GRADIENT_FILES
            dot = writers.ending(path, list(known_gradients), "--grad-output")
            roles = self.loss.differentiable
            for role in roles:
                own = path if len(roles) == 1 else f"{path[: -len(dot)]}.{role}{dot}"
                outputs.append((own, _with(known_gradients[dot], role)))
        return outputs

    def _refuse_redirection(self, inputs: Sequence[str]) -> None:
        stdout = self.streams.stdout_file
        for path in inputs:
            try:
                status = os.stat(path)
            except OSError:
                continue
            if stdout == (status.st_dev, status.st_ino):
                raise UsageError(f"{path}: is the input and standard output at once")

    def _compute(self, sources: dict[str, Source]) -> Outcome:
        flags = self.flags
        options = {
            option.name: sources.get(option.name, self.typed[option.name])
            for option in self.loss.options
        }
        problem = prepare(
            self.loss,
            sources,
            checked_options(self.loss, options),
            Settings(
                flags.reduction, flags.dtype, flags.label_base, flags.class_axis, flags.map_binary
            ),
            sources.get("sample_weight"),
        )
        in_rows = self.format in ROW_FORMATS
        rows_file = bool(flags.output) and not str(flags.output).lower().endswith(".npy")
        per_sample = self.format == "json" and flags.per_sample
        listed = bool(flags.grad) and (rows_file or self.format in (*ROW_FORMATS, "json"))
        none = flags.reduction == "none" and self.format in ("value", "json")
        return run(
            problem,
            Wanted(
                terms=in_rows or per_sample or none or bool(flags.output),
                gradient=listed or bool(flags.grad_output),
                predictions=in_rows or rows_file,
                correct=self.format in ("table", "json") and self.loss.by_class,
                top=flags.top or 0,
                notices=flags.warn or self.format == "json",
                threads=flags.threads,
            ),
        )

    def _text(self, outcome: Outcome, notices: Sequence[Notice]) -> Iterable[str]:
        grad = bool(self.flags.grad)
        if self.format == "value":
            return writers.values(outcome)
        if self.format == "json":
            per_sample = self.flags.per_sample
            return writers.json_result(outcome, notices, grad=grad, per_sample=per_sample)
        if self.format == "jsonl":
            return writers.json_lines(outcome, grad=grad)
        if self.format != "table":
            delimiter = "\t" if self.format == "tsv" else ","
            return writers.separated(outcome, delimiter, grad=grad)
        return self._table(outcome)

    def _table(self, outcome: Outcome) -> Iterable[str]:
        from losscli.reports import Report, plain_table, terminal_table

        terms, gap = self._shown_terms(outcome)
        shown = details(
            outcome.problem, terms, grad=self.flags.grad is not False, divisor=outcome.divisor
        )
        for detail in shown:
            finite = all(np.isfinite(slope).all() for slope in detail.gradients.values())
            if outcome.partial.first_not_finite is None and not finite:
                outcome.partial = outcome.partial._replace(first_not_finite=detail.term)
        report = Report(outcome, shown, self._heading(outcome.problem), gap, self.flags.digits)
        if self.streams.is_terminal:
            return [terminal_table(report)]
        return plain_table(report)

    def _shown_terms(self, outcome: Outcome) -> tuple[list[int], int | None]:
        size, rows = outcome.problem.grid.size, self.flags.rows
        if self.flags.top:
            return [term for _, term in outcome.partial.top], None
        if self.flags.all or size <= rows:
            return list(range(size)), None
        head = (rows + 1) // 2
        return [*range(head), *range(size - rows // 2, size)], head if rows else None

    def _heading(self, problem: Problem) -> str:
        size, unit = problem.grid.size, "sample" if len(problem.grid.axes) == 1 else "term"
        heading = f"{self.loss.name}: {size} {unit}{'' if size == 1 else 's'}"
        if problem.loss.by_class:
            classes = problem.grid.classes
            heading += f", {classes} class{'' if classes == 1 else 'es'}"
        return f"{heading}; the {self.flags.top} largest losses" if self.flags.top else heading

    def _status(self, outcome: Outcome) -> ExitStatus:
        if outcome.partial.first_not_finite is not None or not (
            self.flags.reduction == "none" or math.isfinite(outcome.value)
        ):
            self.streams.note(f"loss: {culprit(outcome)}")
            return ExitStatus.NOT_FINITE
        if self.flags.max is not None and outcome.value > self.flags.max:
            self.streams.note(f"loss: {outcome.value!r} is above --max {self.flags.max!r}")
            return ExitStatus.CHECK_FAILED
        return ExitStatus.OK


def _with(
    write: Callable[[Outcome, Any], Iterator[Any]], argument: Any
) -> Callable[[Outcome], Iterator[Any]]:
    return lambda outcome: write(outcome, argument)


def _inline(option: Option, text: str) -> list[float] | float | None:
    """Return weights that are typed as numbers; None where the text names a file."""
    cells = text.split(",")
    numeric = [parse_number(cell) for cell in cells]
    if len(cells) == 1:
        return numeric[0]
    if "::" in text or os.path.exists(text):
        return None
    if all(number is None for number in numeric):
        return None
    for cell, number in zip(cells, numeric, strict=True):
        if number is None:
            what = f"{cell!r} is not a number" if cell.strip() else "an empty item in the list"
            raise UsageError(f"--{option.flag} {text}: {what}")
    return [number for number in numeric if number is not None]


def _path(text: str) -> str | None:
    """Return the path of a source, None for standard input or the first role's file."""
    from losscli.readers.spec import parse_spec

    path = parse_spec(text).path
    return path if path not in ("", "-") else None
