"""The commands softmax, log-softmax, sigmoid and log-sigmoid: one array in, one array out."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any

import numpy as np
import typer

from losscli.commands.flags import OUTPUT, Flags, format_option, require_known
from losscli.commands.parameters import flag_options, keyword, source_option
from losscli.commands.sources import path_of, refuse_redirection, require_first
from losscli.commands.transform.writers import FILES, TEXT, Blocks
from losscli.engine.transformation import Transformation, row_index, transformation
from losscli.errors import ExitStatus
from losscli.losses.transforms import TRANSFORMS, Transform
from losscli.numerics.arrays import Array
from losscli.output.output_files import destinations
from losscli.output.page import Column, Heading, Kind, Page, Table, head_and_tail
from losscli.output.progress import Bar
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import numbers
from losscli.output.words import counted
from losscli.output.writers import ending
from losscli.readers import Wanted, open_sources

FORMATS = ("table", *TEXT)
READING = ("header", "delimiter")
COMPUTING = ("dtype", "threads")
SHOWING = ("rows", "all", "digits", "warn")


def transform_command(name: str, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for a transform."""
    transform = TRANSFORMS[name]

    def command(*, input: str | None, **typed: Any) -> int:
        return _Call(transform, input, Flags(**typed), streams).run()

    axis = ("class_axis",) if transform.by_class else ()
    output = typer.Option(
        "--output",
        "-o",
        help="The whole array too: .npy, .csv, .tsv or .jsonl.",
        metavar="FILE",
        rich_help_panel=OUTPUT,
    )
    command.__doc__ = transform.doc
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            source_option(transform.role),
            *flag_options([*READING, *axis, *COMPUTING]),
            keyword("format", "table", Annotated[str, format_option(FORMATS)]),
            keyword("output", None, Annotated[str | None, output]),
            *flag_options(SHOWING),
        ]
    )
    return command


class _Call:
    """One call of a transform's command."""

    def __init__(
        self, transform: Transform, typed: str | None, flags: Flags, streams: Streams
    ) -> None:
        require_known("--format", flags.format, FORMATS)
        self.transform = transform
        self.typed = require_first(transform.name, transform.role, typed)
        self.flags = flags
        self.streams = streams
        self.bar = Bar()
        self.bad: tuple[int, int] | None = None
        """Row and column of the first output seen that is not finite."""

    def run(self) -> int:
        """Compute, write the file, print, and return the exit status."""
        self.streams.require_stdout()
        flags = self.flags
        paths = [path_of(self.typed)]
        outputs = [] if flags.output is None else [flags.output]
        write = [FILES[ending(path, list(FILES), "--output")] for path in outputs]
        refuse_redirection(self.streams, paths)
        with self.bar:
            with destinations(outputs, paths) as opened:
                task = self._open()
                for destination, content in zip(opened, write, strict=True):
                    destination.write(content(task, self._watched(task)))
            self.bar.give_way()
            self.streams.write(self._text(task))
        if flags.warn:
            for warning in self._warnings(task):
                self.streams.note(f"warning: {warning}")
        if self.bad is None:
            return ExitStatus.OK
        self.streams.note(f"loss: {task.blame(*self.bad)}")
        return ExitStatus.NOT_FINITE

    def _open(self) -> Transformation:
        flags, role = self.flags, self.transform.role
        sources, _ = open_sources(
            {role.name: self.typed},
            [Wanted(role.name, role.keys, True)],
            header=flags.header,
            delimiter=flags.delimiter,
        )
        axis = 1 if flags.class_axis is None else flags.class_axis
        return transformation(self.transform, sources[role.name], axis, flags.dtype)

    def _watched(self, task: Transformation) -> Blocks:
        """Yield the output's blocks, and note the first row that is not finite."""
        row = 0
        for block in task.blocks(self.flags.threads):
            rows = task.rows(block)
            if self.bad is None:
                self.bad = task.first_not_finite(row, rows)
            row += rows.shape[0]
            yield block
            self.bar.show(row, math.prod(task.row_axes))

    def _text(self, task: Transformation) -> Iterable[str]:
        if self.flags.format != "table":
            return TEXT[self.flags.format](task, self._watched(task))
        return rendered(self._page(task), self.streams)

    def _page(self, task: Transformation) -> Page:
        flags = self.flags
        size = math.prod(task.row_axes)
        shown, gap = head_and_tail(size, size if flags.all else flags.rows)
        indices = [",".join(map(str, row_index(number, task.row_axes))) or "-" for number in shown]
        rows = [numbers(row) for row in self._seen(task, shown)]
        names = list(task.names) or ([str(i) for i in range(task.width)] if task.width > 1 else [])
        columns = [Column("index", indices, Kind.INDEX)]
        for i, name in enumerate(names or ["output"]):
            columns.append(Column(name, [row[i] for row in rows]))
        table = Table(columns, gap_after=gap, elides=True)
        return Page([Heading(self._heading(task, size)), table], flags.digits)

    def _seen(self, task: Transformation, shown: list[int]) -> Iterator[Array]:
        for number, row in zip(shown, task.chosen(shown), strict=True):
            if self.bad is None:
                self.bad = task.first_not_finite(number, row[np.newaxis])
            yield row

    def _heading(self, task: Transformation, size: int) -> str:
        unit = "sample" if task.transform.by_class and len(task.row_axes) < 2 else "row"
        text = f"{self.transform.name}: {counted(size, unit)}"
        if task.transform.by_class:
            return f"{text}, {counted(task.width, 'class', 'classes')}"
        return f"{text}, {counted(task.width, 'column')}" if task.width > 1 else text

    def _warnings(self, task: Transformation) -> list[str]:
        source = task.operand.source
        warnings = list(source.notes)
        if task.transform.by_class and task.width == 1:
            certain = "1" if self.transform.name == "softmax" else "0"
            binary = self.transform.name.replace("softmax", "sigmoid")
            warnings.append(
                f"{source.label}: one column is one class, and its {self.transform.name} is "
                f"{certain} whatever it holds; for one output a sample: loss {binary}"
            )
        return warnings
