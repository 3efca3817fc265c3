"""The pages of a table as numbers, parsed once for all roles that read these rows.

A page is read fast (plain decimals, else np.loadtxt and checks on it) or, where that does not
succeed, cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from losscli.readers.lines import Lines, decoded, encoded
from losscli.readers.numerals import parse_number
from losscli.readers.pages import Pages
from losscli.readers.source import Array
from losscli.readers.tables.cells import UnclosedQuoteError, is_blank, split_line
from losscli.readers.tables.form import TableForm
from losscli.readers.tables.plain import read_plain
from losscli.readers.tables.slow import read_slowly

if TYPE_CHECKING:
    from losscli.readers.tables.ahead import PagesAhead


class TablePages:
    """The rows of a table, from the first to the last line that is not blank."""

    def __init__(self, lines: Lines, form: TableForm, ahead: PagesAhead | None) -> None:
        self._lines = lines
        self._ahead = ahead
        self.first_row = form.first_row
        self.stop_row = lines.last(lambda line: is_blank(line, form.delimiter)) + 1
        self._forms: list[TableForm] = []
        self._all = form
        self._together = False
        self._pages = Pages[tuple[int, int | None]]()

    def join(self, form: TableForm) -> int:
        """Add a role that reads these rows; return its number."""
        self._forms.append(form)
        columns = sorted({column for one in self._forms for column in one.columns})
        self._all = form._replace(columns=columns, every=len(columns) == form.width)
        self._together = len(self._forms) > 1
        self._pages = Pages[tuple[int, int | None]]()
        return len(self._forms) - 1

    def page(self, line: int, role: int) -> tuple[int, Array]:
        """Return the line of the first row in the page that contains a line, and the numbers."""
        page, columns = self._lines.page_of(line), self._forms[role].columns
        first = self.first_line(page)
        if self._together:
            (rows,) = self._pages.get((page, None), self._parse)
            if rows is not None:
                return first, rows[:, [self._all.columns.index(column) for column in columns]]
            # A column that one role leaves out, such as one of names, may be read by another.
            self._together = False
        (rows,) = self._pages.get((page, role), self._parse)
        assert rows is not None
        return first, rows

    def text(self, line: int) -> tuple[int, list[str]]:
        """Return the number of the first line in the page that contains a line, and its lines."""
        page = self._lines.page_of(line)
        return self._lines.first(page), decoded(self._lines.data(page))

    def page_of(self, line: int) -> int:
        """Return the page that contains a line."""
        return self._lines.page_of(line)

    def first_line(self, page: int) -> int:
        """Return the line of the first row in a page."""
        return max(self._lines.first(page), self.first_row)

    def page_cells(self, page: int, form: TableForm, column: int) -> tuple[int, list[str]]:
        """Return the line of the first row in a page, and the cells of a column in its rows."""
        first = self._lines.first(page)
        start = self.first_line(page)
        lines = decoded(self._lines.data(page))[start - first : self.stop_row - first]
        return start, column_of(lines, start, form, column)

    def cells(self, form: TableForm, column: int) -> Iterator[str]:
        """Return the cells of a column as text, in order."""
        if self.first_row < self.stop_row:
            last = self._lines.page_of(self.stop_row - 1)
            for page in range(self._lines.page_of(self.first_row), last + 1):
                yield from self.page_cells(page, form, column)[1]

    def _parse(self, key: tuple[int, int | None]) -> tuple[Array | None]:
        """Return the numbers of a page for one role; DataError for a fault in its columns.

        For all roles together (None in the key): None where the slow pass must look.
        """
        page, role = key
        form = self._all if role is None else self._forms[role]
        first, stop = self._lines.first(page), self._lines.first(page + 1)
        cut = first < self.first_row or stop > self.stop_row
        if self._ahead is not None and not cut:
            rows = self._ahead.take(page, form.width)
            if rows is not None:
                return (rows if form.every else rows[:, form.columns],)
        data = self._lines.data(page)
        if cut:
            head = max(self.first_row - first, 0)
            data = encoded(decoded(data)[head : self.stop_row - first])
            first += head
        rows = read_fast(data, form)
        if rows is None and role is not None:
            rows = read_slowly(decoded(data), first, form)
        return (rows,)


def read_fast(data: bytes, form: TableForm) -> Array | None:
    """Return the numbers as shape (rows, columns); None if the slow pass is needed."""
    data = form.pointed(data)
    rows = read_plain(data, form.delimiter, form.width)
    if rows is not None:
        return rows if form.every else rows[:, form.columns]
    lines = decoded(data)
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
        # loadtxt skips blank lines, joins lines within quotes, closes a quote that opens on the
        # last line, and with usecols accepts any width.
        if rows.shape != (len(lines), len(form.columns)):
            return None
        doubtful = lines[-1:] if form.every else lines
        if any(_width(line, form.delimiter) != form.width for line in doubtful):
            return None
    except (ValueError, UnclosedQuoteError):
        return None
    for row, column in np.argwhere(~np.isfinite(rows)):
        cell = split_line(lines[row], form.delimiter)[form.columns[column]]
        if parse_number(cell.strip()) is None:
            return None
    return rows


def column_of(lines: list[str], number: int, form: TableForm, column: int) -> list[str]:
    """Return the stripped cells of a column; `number` is that of the first line.

    A cell that a line lacks is empty. DataError for a quote that does not close.
    """
    delimiter = form.delimiter
    if delimiter is not None and not any('"' in line for line in lines):
        try:
            return [line.split(delimiter, column + 1)[column].strip() for line in lines]
        except IndexError:
            pass
    cells = (form.split(text, line) for line, text in enumerate(lines, number))
    return [row[column] if column < len(row) else "" for row in cells]


def _width(line: str, delimiter: str | None) -> int:
    """Return how many cells a line has; UnclosedQuoteError for a quote that does not close."""
    if delimiter is None or '"' in line:
        return len(split_line(line, delimiter))
    return line.count(delimiter) + 1
