"""The commands softmax, log-softmax, sigmoid and log-sigmoid: one array in, one array out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np

from losscli.commands.call import Call, command
from losscli.commands.options import (
    All,
    Decimal,
    Delimiter,
    Digits,
    Dtype,
    Header,
    Rows,
    Threads,
    Warn,
    data,
    format_option,
    output_option,
    refuse_unless_page,
    rows_of,
)
from losscli.commands.transform.writers import FILES, TEXT, Blocks
from losscli.engine.result.notices import Notice
from losscli.engine.sources import require_first, wanted_role
from losscli.engine.transformation import Transformation, row_index, transformation
from losscli.losses.transforms import TRANSFORMS, Transform
from losscli.numerics.arrays import Array
from losscli.output.encoders import extension
from losscli.output.output_files import Destination
from losscli.output.page import Column, Heading, Kind, Page, Table, head_and_tail
from losscli.output.streams import Streams
from losscli.output.strict_json import numbers
from losscli.output.words import counted
from losscli.readers import UNREAD_LABELS


@dataclass(frozen=True)
class TransformOptions:
    """The options of a transform."""

    header: Header = None
    delimiter: Delimiter = None
    decimal: Decimal = None
    class_axis: Annotated[int, data("Class axis of the input.")] = 1
    dtype: Dtype = "float64"
    threads: Threads = None
    format: Annotated[str, format_option(("table", *TEXT, "markdown"))] = "table"
    output: Annotated[
        str | None, output_option("Also write the whole array: .npy, .csv, .tsv or .jsonl.")
    ] = None
    rows: Rows = None
    all: All = False
    digits: Digits = None
    warn: Warn = True


def transform_command(name: str, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for a transform."""
    transform = TRANSFORMS[name]
    return command(
        partial(_Call, transform),
        TransformOptions,
        streams,
        transform.doc,
        roles=[transform.role],
        without=() if transform.by_class else ("class_axis",),
    )


class _Call(Call):
    """One call of a transform's command."""

    options: TransformOptions
    bad: tuple[int, int] | None = None
    """Row and column of the first output seen that is not finite."""

    def __init__(self, transform: Transform, *call: Any) -> None:
        """Take the transform, and what was typed."""
        self.transform = transform
        super().__init__(*call)

    def check(self) -> None:
        """Refuse a call without input, and an output file of an unknown format."""
        role, path = self.transform.role, self.options.output
        require_first(self.transform.name, role, self.typed[role.name])
        refuse_unless_page(self.options, self.format)
        self.outputs = [] if path is None else [path]
        self.write = [FILES[extension(path, FILES, "output")] for path in self.outputs]

    def compute(self, files: Sequence[Destination]) -> None:
        """Open the input, and write the file."""
        options, role = self.options, self.transform.role
        wanted = [wanted_role(role), UNREAD_LABELS]
        source = self.read(self.typed, wanted)[role.name]
        self.task = transformation(self.transform, source, options.class_axis, options.dtype)
        for destination, content in zip(files, self.write, strict=True):
            destination.write(content(self.task, self._checked_blocks(self.task)))
        self.warnings = self._warnings_of_input()

    def _checked_blocks(self, task: Transformation) -> Blocks:
        """Yield the output's blocks, and note the first row that is not finite."""
        row = 0
        for block in task.blocks(self.options.threads):
            rows = task.rows(block)
            if self.bad is None:
                self.bad = task.first_not_finite(row, rows)
            row += rows.shape[0]
            yield block
            self.bar.show(row, math.prod(task.row_axes))

    def text(self) -> Iterable[str]:
        """Return the table, or the whole array as text."""
        task = self.task
        if not self.shows_page:
            return TEXT[self.options.format](task, self._checked_blocks(task))
        return self.paged(self._page(task))

    def _page(self, task: Transformation) -> Page:
        options = self.options
        size = math.prod(task.row_axes)
        shown, gap = head_and_tail(size, size if options.all else rows_of(options))
        indices = [",".join(map(str, row_index(number, task.row_axes))) or "-" for number in shown]
        rows = [numbers(row) for row in self._checked_rows(task, shown)]
        names = list(task.names) or ([str(i) for i in range(task.width)] if task.width > 1 else [])
        columns = [Column("index", indices, Kind.INDEX)]
        for i, name in enumerate(names or ["output"]):
            columns.append(Column(name, [row[i] for row in rows]))
        table = Table(columns, gap_after=gap, elides=True)
        return Page([Heading(self._heading(task, size)), table], options.digits)

    def _checked_rows(self, task: Transformation, shown: list[int]) -> Iterator[Array]:
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

    def _warnings_of_input(self) -> list[Notice]:
        source = self.task.operand.source
        notices = [Notice("source", note) for note in source.notes]
        return notices + [Notice("L504", text) for text in self.task.warnings]

    def not_finite(self) -> str:
        """Return why something that was written is not finite."""
        return "" if self.bad is None else self.task.blame(*self.bad)
