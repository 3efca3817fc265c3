"""CSV and TSV: np.loadtxt in blocks of lines, and a slow pass only over a block that it refuses."""

from __future__ import annotations

import io
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

from losscli.errors import DataError
from losscli.readers.cells import UnclosedQuoteError, is_blank, split_line
from losscli.readers.class_names import LabelRangeError, exact_labels
from losscli.readers.numerals import EXACT, decimals, parse_integer, parse_number
from losscli.readers.slow_table import fail_blank, read_slowly
from losscli.readers.source import ArraySource
from losscli.readers.table_form import TableForm, form_notes, read_form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from losscli.readers.class_names import ClassNames
    from losscli.readers.file import File
    from losscli.readers.source import Array

BLOCK = 1 << 16
"""Characters that np.loadtxt gets at once, up to the end of a line."""


def read_table(
    file: File,
    delimiter: str | None,
    *,
    header: bool | None = None,
    selector: str | None = None,
    classes: ClassNames | None = None,
    block: int = BLOCK,
) -> ArraySource:
    """Read a delimited text file: one column as shape (n,), several as (n, c).

    `classes` is given for a role that may hold labels. DataError names the line and column of
    the first fault; the block size changes neither numbers nor errors.
    """
    file.require("CSV", "text")
    # Undecodable bytes matter in the cells that are read only, and fail there as no number.
    stream = io.TextIOWrapper(file.stream(), encoding="utf-8-sig", errors="surrogateescape")
    with stream:
        form = read_form(
            iter(stream.readline, ""),
            file.label,
            delimiter,
            header=header,
            selector=selector,
            classes=classes,
        )
        first = [] if form.names else [form.head]
        head = first + list(islice(iter(stream.readline, ""), 1))
        notes = form_notes(form, head[1] if len(head) > 1 else None)
        blocks = chain([head], iter(lambda: stream.readlines(block), []))
        array = _read_blocks(blocks, form, file.size)
    return ArraySource(
        array,
        file.label,
        names=tuple(form.names[column] for column in form.columns) if form.names else (),
        decimals=decimals(array),
        columns=tuple(form.columns),
        notes=tuple(notes),
        place=lambda index: _place(index, form),
    )


def _place(index: Sequence[int], form: TableForm) -> str:
    """Name an entry by the file's line and, in a wide table, the file's column."""
    if not index:
        return "the table"
    line = f"line {form.first_row + index[0]}"
    if form.width == 1 or (len(index) < 2 and not form.vector):
        return line
    return f"{line} column {form.columns[index[1] if len(index) > 1 else 0] + 1}"


def _read_blocks(blocks: Iterator[list[str]], form: TableForm, size: int) -> Array:
    """Read blocks of lines into one array; blank lines may end the file, not interrupt it."""
    number = form.first_row
    blank = None
    array = np.empty((0, len(form.columns)))
    filled = 0
    written: dict[int, int] = {}
    for lines in blocks:
        count = len(lines)
        while lines and is_blank(lines[-1], form.delimiter):
            lines.pop()
        if lines and blank:
            fail_blank(blank, form)
        if lines:
            part = _read_block(lines, number, form)
            if form.classes is not None:
                written.update(_big_integers(part, lines, filled, form))
            if filled + len(part) > len(array):
                array = _grown(array[:filled], lines, size)
            array[filled : filled + len(part)] = part
            filled += len(part)
        if len(lines) < count:
            blank = blank or number + len(lines)
        number += count
    if not filled:
        raise DataError(f"{form.label}: no data, no rows under the header in line {form.head_line}")
    try:
        array = exact_labels(array[:filled], written)
    except LabelRangeError as error:
        row, column = divmod(error.index, len(form.columns))
        form.fail(form.first_row + row, form.columns[column], str(error))
    return array[:, 0] if form.vector else array


def _grown(array: Array, lines: list[str], size: int) -> Array:
    """Return rows in room for the whole file, judged by the length of these lines.

    Room that stays unused costs no memory, and blocks that are put together last cost it twice.
    """
    rows = len(lines) * (1 + 1.05 * size / sum(map(len, lines)))
    grown = np.empty((len(array) + int(rows), array.shape[1]))
    grown[: len(array)] = array
    return grown


def _read_block(lines: list[str], number: int, form: TableForm) -> Array:
    """Return the numbers of lines that are not blank at the end, as shape (rows, columns)."""
    every = len(form.columns) == form.width
    try:
        rows = np.loadtxt(
            lines,
            delimiter=form.delimiter,
            comments=None,
            quotechar=None if form.delimiter is None else '"',
            usecols=None if every and form.selector is None else form.columns,
            ndmin=2,
        )
    except ValueError:
        return read_slowly(lines, number, form)
    # loadtxt skips blank lines, joins lines within quotes, and under usecols takes any width.
    sound = rows.shape == (len(lines), len(form.columns)) and not _open_quote(lines[-1], form)
    if not sound or not (form.selector is None or _all_widths(lines, form)):
        return read_slowly(lines, number, form)
    finite = np.isfinite(rows)
    if not finite.all():
        for row, column in np.argwhere(~finite):
            cell = split_line(lines[row], form.delimiter)[form.columns[column]]
            if parse_number(cell.strip()) is None:
                return read_slowly(lines, number, form)
    return rows


def _open_quote(line: str, form: TableForm) -> bool:
    """Tell whether a block's last line opens a quote that loadtxt closed for it."""
    try:
        return '"' in line and not split_line(line, form.delimiter)
    except UnclosedQuoteError:
        return True


def _all_widths(lines: list[str], form: TableForm) -> bool:
    """Tell whether every line has the table's width."""
    if form.delimiter is None:
        return all(len(line.split()) == form.width for line in lines)
    commas = form.width - 1
    return all(
        (len(split_line(line, form.delimiter)) - 1 if '"' in line else line.count(form.delimiter))
        == commas
        for line in lines
    )


def _big_integers(part: Array, lines: list[str], row: int, form: TableForm) -> dict[int, int]:
    """Return the integers that float64 may have changed, by flat index in the whole array."""
    found = {}
    for at, column in np.argwhere(np.abs(part) >= EXACT):
        text = split_line(lines[at], form.delimiter)[form.columns[column]].strip()
        label = parse_integer(text)
        if label is not None:
            found[int((row + at) * len(form.columns) + column)] = label
    return found
