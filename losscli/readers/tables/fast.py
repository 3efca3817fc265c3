"""The fast passes over a page of a table: plain decimals, else np.loadtxt and checks on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from losscli.readers.lines import decoded
from losscli.readers.numerals import parse_number
from losscli.readers.tables.cells import UnclosedQuoteError, split_line
from losscli.readers.tables.plain import read_plain

if TYPE_CHECKING:
    from losscli.readers.source import Array
    from losscli.readers.tables.form import TableForm


def read_fast(data: bytes, form: TableForm) -> Array | None:
    """Return the numbers as shape (rows, columns); None where the slow pass must look."""
    plain = read_plain(data, form.delimiter, form.width)
    if plain is None:
        return _by_loadtxt(decoded(data), form)
    return plain if form.every else plain[:, form.columns]


def _by_loadtxt(lines: list[str], form: TableForm) -> Array | None:
    if not lines[-1].strip():
        return None
    try:
        rows = np.loadtxt(
            lines,
            delimiter=form.delimiter,
            comments=None,
            quotechar=None if form.delimiter is None else '"',
            usecols=None if form.every else form.columns,
            ndmin=2,
        )
    except ValueError:
        return None
    # loadtxt skips blank lines, joins lines within quotes, and with usecols accepts any width.
    sound = rows.shape == (len(lines), len(form.columns)) and not _open_quote(lines[-1], form)
    if not sound or not (form.every or _all_widths(lines, form)):
        return None
    for row, column in np.argwhere(~np.isfinite(rows)):
        cell = split_line(lines[row], form.delimiter)[form.columns[column]]
        if parse_number(cell.strip()) is None:
            return None
    return rows


def _open_quote(line: str, form: TableForm) -> bool:
    """Tell whether the last line of a page opens a quote, which loadtxt closes."""
    try:
        return '"' in line and not split_line(line, form.delimiter)
    except UnclosedQuoteError:
        return True


def _all_widths(lines: list[str], form: TableForm) -> bool:
    """Tell whether every line is as wide as the table."""
    if form.delimiter is None:
        return all(len(line.split()) == form.width for line in lines)
    commas = form.width - 1
    return all(
        (len(split_line(line, form.delimiter)) - 1 if '"' in line else line.count(form.delimiter))
        == commas
        for line in lines
    )
