"""The slow pass over lines of a table: cell by cell, to read words or to name the first fault."""

from __future__ import annotations

import re
from typing import NoReturn

import numpy as np

from losscli.errors import LONGEST_CELL, option, part_of, show
from losscli.readers.columns import suggest
from losscli.readers.numerals import (
    CORRECT_CELL,
    how_to_write,
    is_sheet_error,
    is_spoiled,
    is_word,
    parse_number,
    why_not,
)
from losscli.readers.source import Array
from losscli.readers.tables.cells import begins_list, is_blank, is_list
from losscli.readers.tables.form import BLANK, TableForm

_OTHER_DELIMITERS = {";": ";", "\t": "tab", "|": "|", ",": ",", " ": "space"}
_COMMA = r"[-+]?[0-9]*,[0-9]+(?:[eE][-+]?[0-9]+)?"
"""A number with a decimal comma."""


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
            value = form.number(cells[column])
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
    fix = _other_delimiter(text, form)
    if form.width == 1 and begins_list(cells[0]):
        other = option("delimiter", ";")
        fix = f"; a list? write it in quotes, or use another delimiter: {other}"
    elif form.width == 1 and len(cells) == 2 and parse_number(cells[1]) is not None:
        fix = f"; a decimal comma? use {option('decimal', ',')} with {option('delimiter', ';')}"
    elif fix:
        pass
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
    numeric = [
        at in form.columns and form.number(cell) is not None for at, cell in enumerate(cells)
    ]
    at_start = line == form.first_row
    fix = ""
    if form.words is not None and is_word(text):
        problem = form.words.refusal(text)
        if at_start and form.names and form.guessed and form.width == 1:
            # A file of words without a header: its first label was mistaken for one.
            form.fail(
                form.head_line,
                None,
                f"labels are words ({show(form.names[0])}, ...): {problem}",
            )
    elif form.names and tuple(cells) == form.names:
        fix = "; this line repeats the header (two files joined?); remove the line"
    elif not text:
        if line == form.head_line and column == 0 and form.guessed and not form.names:
            fix = f", or use {option('header', True)} if this line names the columns"
        elif at_start and column == form.width - 1:
            fix = "; does every line end with a delimiter? remove it"
    elif is_list(text):
        problem = f"{show(text)} is a list; choose its column alone, e.g. " + part_of(
            form.label, suggest([at == column for at in range(form.width)], form.names)
        )
    elif form.decimal == "," and "." in text and parse_number(text.replace(",", "")) is not None:
        problem = f"{show(text)} has a decimal point, but {option('decimal', ',')} was given"
        fix = "; write a decimal comma, and no thousands separators"
    elif form.decimal == "." and (commas := _decimal_commas(cells, column, form)):
        problem, fix = f"{show(text)} is not a number", commas
    elif line == form.head_line and not form.names and is_spoiled(text):
        problem, fix = _first_row_fault(text, problem, form)
    elif line == form.head_line and not form.names and not form.guessed and is_word(text):
        fix = f"; remove {option('header', False)} if this is the header"
    elif at_start and len(form.columns) > 1 and any(numeric) and is_word(text):
        columns = suggest(numeric, form.names)
        fix = f"; choose the columns of numbers: {part_of(form.label, columns)}"
        if len(columns) > LONGEST_CELL:
            fix = "; choose the columns of numbers with ::COLUMNS after the file name"
    elif problem.endswith("is not a number"):
        fix = (form.width == 1 and _other_delimiter(text, form)) or f"; {how_to_write(text)}"
    form.fail(line, column, problem + fix)


def _first_row_fault(text: str, problem: str, form: TableForm) -> tuple[str, str]:
    """Return what is wrong with a number in the first row, and the fix: it may be a name."""
    fix = "" if ";" in problem else f"; {how_to_write(text)}"
    if form.width == 1 and (other := _other_delimiter(text, form)):
        return problem, other
    if form.width == 1 and form.guessed and not is_sheet_error(text) and "\ufeff" not in text:
        fix += f", or use {option('header', True)} if it is the column's name"
    return problem, fix


def _decimal_commas(cells: list[str], column: int, form: TableForm) -> str:
    """Return the fix for a decimal comma in a cell; empty if there is none."""
    text = cells[column]
    semicolon = f" with {option('delimiter', ';')}" if form.delimiter == "," else ""
    options = option("decimal", ",") + semicolon
    if re.fullmatch(_COMMA, text):
        if form.delimiter == "," and form.width > 1:
            return f"; write a decimal point, or save columns separated by ';' and use {options}"
        if (plain := how_to_write(text)) != CORRECT_CELL:
            return f"; {plain}, or if that is a decimal comma, use {options}"
        return f"; a decimal comma? use {options}"
    if form.delimiter == "," and any(";" in cell for cell in cells):
        pieces = [piece.strip() for piece in ",".join(cells).split(";")]
        commas = any(re.fullmatch(_COMMA, piece) for piece in pieces)
        if commas and all(parse_number(p.replace(",", ".")) is not None for p in pieces if p):
            return f"; decimal commas? use {options}"
    return ""


def _other_delimiter(text: str, form: TableForm) -> str:
    """Suggest the delimiter that splits a text into numbers, where there is one."""
    for delimiter, name in _OTHER_DELIMITERS.items():
        pieces = [p.strip() for p in text.strip().split(delimiter) if p.strip()]
        if delimiter == form.delimiter or len(pieces) < 2:
            continue
        if all(parse_number(piece) is not None for piece in pieces):
            return f"; wrong delimiter? use {option('delimiter', name)}"
        if delimiter == "," or form.delimiter != ",":
            continue
        if all(parse_number(p) is not None or re.fullmatch(_COMMA, p) for p in pieces):
            return (
                f"; decimal commas? use {option('decimal', ',')} with {option('delimiter', name)}"
            )
    return ""
