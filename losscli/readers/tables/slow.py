"""The slow pass over a block of a table: cell by cell, to name the first fault, or read words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import numpy as np

from losscli.errors import LONGEST_CELL, show
from losscli.readers.numerals import how_to_write, is_word, parse_number, why_not
from losscli.readers.tables.cells import is_blank
from losscli.readers.tables.columns import suggest

if TYPE_CHECKING:
    from losscli.readers.source import Array
    from losscli.readers.tables.form import TableForm

_OTHER_DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'", ",": "','", " ": "space"}


def read_slowly(lines: list[str], number: int, form: TableForm) -> Array:
    """Return the numbers of a block of lines, the first of which has this number in the file.

    DataError names line and column of the first cell that is neither a number nor a class name.
    """
    rows = []
    for line, text in enumerate(lines, number):
        if is_blank(text, form.delimiter):
            fail_blank(line, form)
        cells = form.split(text, line)
        if len(cells) != form.width:
            _fail_width(text, cells, line, form)
        rows.append([_value(cells, line, column, form) for column in form.columns])
    return np.array(rows, np.float64)


def fail_blank(line: int, form: TableForm) -> NoReturn:
    """Refuse a blank line that rows follow."""
    form.fail(line, None, "a blank line is a missing value; remove the line")


def _value(cells: list[str], line: int, column: int, form: TableForm) -> float:
    """Return a cell's number, or the index of the class that it names."""
    text = cells[column]
    value = parse_number(text)
    if value is None and form.words and form.classes is not None:
        value = form.classes.index(text)
    if value is None:
        _fail_cell(cells, line, column, form)
    return value


def _fail_width(text: str, cells: list[str], line: int, form: TableForm) -> NoReturn:
    """Refuse a line of another width than the first."""
    head = f"line {form.head_line}"
    if form.names:
        head = f"the header in {head}, {show(form.head.strip())},"
    advice = _delimiter_advice(text.strip(), form)
    if form.width == 1 and len(cells) == 2 and parse_number(cells[1]) is not None:
        advice = "; a decimal comma? write a decimal point"
    elif len(cells) < form.width and not text.endswith("\n"):
        advice = "; the file ends within the row: truncated? save it again, or remove the line"
    if not advice and line == form.first_row and form.names:
        advice = "; name every column in the header, or remove it"
    elif not advice:
        advice = "; give every row the same, or remove the line"
    count = f"{len(cells)} column{'s' * (len(cells) != 1)}"
    form.fail(line, None, f"{show(text.strip())} has {count}, {head} has {form.width}{advice}")


def _fail_cell(cells: list[str], line: int, column: int, form: TableForm) -> NoReturn:
    """Refuse a cell, with the likeliest remedy."""
    text = cells[column]
    problem = why_not(text)
    numeric = [parse_number(cell) is not None for cell in cells]
    at_start = line == form.first_row
    advice = ""
    if form.words and form.classes is not None and is_word(text):
        if at_start and form.names and form.guessed and form.width == 1:
            # A file of words without a header: its first label was taken for one.
            form.fail(
                form.head_line,
                None,
                f"labels are words ({show(form.names[0])}, {show(text)}, ...): "
                f"{form.classes.refusal(text)}",
            )
        problem = form.classes.refusal(text)
    elif form.names and tuple(cells) == form.names:
        advice = "; the line repeats the header, remove it: were two files joined?"
    elif not text:
        if at_start and column == form.width - 1:
            advice = "; does every line end in a delimiter? remove it"
    elif at_start and form.selector is None and any(numeric) and is_word(text):
        columns = suggest(numeric, form.names)
        advice = f"; choose the columns of numbers: {form.label}::{columns}"
        if len(columns) > LONGEST_CELL:
            advice = "; choose the columns of numbers with ::COLUMNS behind the file's name"
    elif problem.endswith("is not a number"):
        advice = (form.width == 1 and _delimiter_advice(text, form)) or f"; {how_to_write(text)}"
    form.fail(line, column, problem + advice)


def _delimiter_advice(text: str, form: TableForm) -> str:
    """Suggest the delimiter that cuts a text into numbers, where there is one."""
    for delimiter, name in _OTHER_DELIMITERS.items():
        pieces = [p.strip() for p in text.split(delimiter) if p.strip()]
        if delimiter == form.delimiter or len(pieces) < 2:
            continue
        if all(parse_number(piece) is not None for piece in pieces):
            return f"; is the delimiter another? --delimiter {name}"
    return ""
