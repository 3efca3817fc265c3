"""The pages of a table as numbers, parsed once for all roles that read these rows.

A page is read fast (plain decimals, else np.loadtxt and checks on it) or, where that does not
succeed, cell by cell.
"""

from __future__ import annotations

import numpy as np

from losscli.readers.lines import Lines, decoded, encoded
from losscli.readers.numerals import parse_number
from losscli.readers.pages import Pages
from losscli.readers.source import Array
from losscli.readers.tables.cells import UnclosedQuoteError, is_blank, split_line
from losscli.readers.tables.form import TableForm
from losscli.readers.tables.plain import read_plain
from losscli.readers.tables.slow import read_slowly


class TablePages:
    """The rows of a table, from the first to the last line that is not blank."""

    def __init__(self, lines: Lines, form: TableForm) -> None:
        self._lines = lines
        self.first_row = form.first_row
        self.stop_row = lines.last(lambda line: is_blank(line, form.delimiter)) + 1
        self._forms: list[TableForm] = []
        self._together = False
        self._pages = Pages(self._parse)

    def join(self, form: TableForm) -> int:
        """Add a role that reads these rows; return its number."""
        self._forms.append(form)
        self._together = len(self._forms) > 1
        self._pages = Pages(self._parse)
        return len(self._forms) - 1

    def page(self, line: int, role: int) -> tuple[int, Array]:
        """Return the line of the first row in the page that contains a line, and the numbers."""
        page = self._lines.page_of(line)
        rows = self._pages[page][role]
        assert rows is not None
        return max(self._lines.first(page), self.first_row), rows

    def text(self, line: int) -> tuple[int, list[str]]:
        """Return the number of the first line in the page that contains a line, and its lines."""
        page = self._lines.page_of(line)
        return self._lines.first(page), decoded(self._lines.data(page))

    def _parse(self, page: int) -> tuple[Array, ...]:
        """Return what each role reads from a page; DataError for a fault in their columns."""
        data = self._lines.data(page)
        first, stop = self._lines.first(page), self._lines.first(page + 1)
        if first < self.first_row or stop > self.stop_row:
            head = max(self.first_row - first, 0)
            data = encoded(decoded(data)[head : self.stop_row - first])
            first += head
        if self._together:
            columns = sorted({column for form in self._forms for column in form.columns})
            every = len(columns) == self._forms[0].width
            rows = read_fast(data, self._forms[0]._replace(columns=columns, every=every))
            if rows is not None:
                return tuple(
                    rows[:, [columns.index(column) for column in form.columns]]
                    for form in self._forms
                )
            # One role's column of words, such as class names, would fail in every page.
            self._together = False
        parts = []
        for form in self._forms:
            rows = read_fast(data, form)
            parts.append(read_slowly(decoded(data), first, form) if rows is None else rows)
        return tuple(parts)


def read_fast(data: bytes, form: TableForm) -> Array | None:
    """Return the numbers as shape (rows, columns); None where the slow pass must look."""
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


def _width(line: str, delimiter: str | None) -> int:
    """Return how many cells a line has; UnclosedQuoteError for a quote that does not close."""
    if delimiter is None or '"' in line:
        return len(split_line(line, delimiter))
    return line.count(delimiter) + 1
