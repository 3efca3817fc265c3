"""The slow pass over lines of a table: cell by cell, to read words or to name the first fault."""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from losscli.errors import LONGEST_CELL, part_of, show
from losscli.readers.columns import suggest
from losscli.readers.numerals import how_to_write, is_word, parse_number, why_not
from losscli.readers.source import Array
from losscli.readers.tables.cells import is_blank
from losscli.readers.tables.form import BLANK, TableForm

_OTHER_DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'", ",": "','", " ": "space"}


def read_slowly(lines: list[str], number: int, form: TableForm) -> Array:
    """Return the numbers in a block of lines; `number` is that of its first line in the file.

    DataError names the line and column of the first cell that is neither a number nor a class.
    """
    rows = []
    for line, text in enumerate(lines, number):
        if is_blank(text, form.delimiter):
            form.fail(line, None, BLANK)
        cells = form.split(text, line)
        if len(cells) != form.width:
            _fail_width(text, cells, line, form)
        row = []
        for column in form.columns:
            value = parse_number(cells[column])
            if value is None and form.words is not None:
                value = form.words.index(cells[column])
            if value is None:
                _fail_cell(cells, line, column, form)
            row.append(value)
        rows.append(row)
    return np.array(rows, np.float64)


def _fail_width(text: str, cells: list[str], line: int, form: TableForm) -> NoReturn:
    """Refuse a line that is not as wide as the first."""
    first = f"line {form.head_line}"
    if form.names:
        first = f"the header in {first} ({show(form.head.strip())})"
    fix = _other_delimiter(text.strip(), form)
    if form.width == 1 and len(cells) == 2 and parse_number(cells[1]) is not None:
        fix = "; a decimal comma? write a decimal point"
    elif len(cells) < form.width and not text.endswith("\n"):
        fix = "; the file ends within this row (truncated?); save it again, or remove the line"
    if not fix and line == form.first_row and form.names:
        fix = "; name every column in the header, or remove the header"
    elif not fix:
        fix = "; give every row the same number of columns, or remove the line"
    count = f"{len(cells)} column{'s' * (len(cells) != 1)}"
    form.fail(
        line, None, f"{show(text.strip())} has {count}, expected {form.width} as in {first}{fix}"
    )


def _fail_cell(cells: list[str], line: int, column: int, form: TableForm) -> NoReturn:
    """Refuse a cell, with the most likely fix."""
    text = cells[column]
    problem = why_not(text)
    numeric = [parse_number(cell) is not None for cell in cells]
    at_start = line == form.first_row
    fix = ""
    if form.words is not None and is_word(text):
        problem = form.words.refusal(text)
        if at_start and form.names and form.guessed and form.width == 1:
            # A file of words without a header: its first label was mistaken for one.
            form.fail(
                form.head_line,
                None,
                f"labels are words ({show(form.names[0])}, {show(text)}, ...): {problem}",
            )
    elif form.names and tuple(cells) == form.names:
        fix = "; this line repeats the header (two files joined?); remove the line"
    elif not text:
        if at_start and column == form.width - 1:
            fix = "; does every line end with a delimiter? remove it"
    elif at_start and form.every and any(numeric) and is_word(text):
        columns = suggest(numeric, form.names)
        fix = f"; choose the columns of numbers: {part_of(form.label, columns)}"
        if len(columns) > LONGEST_CELL:
            fix = "; choose the columns of numbers with ::COLUMNS after the file name"
    elif problem.endswith("is not a number"):
        fix = (form.width == 1 and _other_delimiter(text, form)) or f"; {how_to_write(text)}"
    form.fail(line, column, problem + fix)


def _other_delimiter(text: str, form: TableForm) -> str:
    """Suggest the delimiter that splits a text into numbers, where there is one."""
    for delimiter, name in _OTHER_DELIMITERS.items():
        pieces = [p.strip() for p in text.split(delimiter) if p.strip()]
        if delimiter == form.delimiter or len(pieces) < 2:
            continue
        if all(parse_number(piece) is not None for piece in pieces):
            return f"; wrong delimiter? use --delimiter {name}"
    return ""
