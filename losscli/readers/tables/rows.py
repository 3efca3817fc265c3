"""The pages of a table as numbers, parsed once for all roles that read the same rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from losscli.readers.lines import decoded, encoded
from losscli.readers.pages import Pages
from losscli.readers.tables.cells import is_blank
from losscli.readers.tables.fast import read_fast
from losscli.readers.tables.slow import read_slowly

if TYPE_CHECKING:
    from losscli.readers.lines import Lines
    from losscli.readers.source import Array
    from losscli.readers.tables.form import TableForm


class _Key(NamedTuple):
    page: int
    role: int | None
    """Whose columns; None for those of all roles."""


class TablePages:
    """The rows of a table, from the first to the last line that is not blank."""

    def __init__(self, lines: Lines, form: TableForm) -> None:
        self._lines = lines
        self.first_row = form.first_row
        self.stop_row = _last_line(lines, form.delimiter) + 1
        self._forms: list[TableForm] = []
        self._all = form
        self._together = False
        self._pages = Pages(self._parse)

    def join(self, form: TableForm) -> int:
        """Take part in the reading of these rows; return the role's number."""
        self._forms.append(form)
        columns = sorted({column for one in self._forms for column in one.columns})
        selector = None if len(columns) == form.width else ""
        self._all = replace(form, columns=columns, selector=selector, classes=None)
        self._together = len(self._forms) > 1
        self._pages = Pages(self._parse)
        return len(self._forms) - 1

    def page(self, line: int, role: int) -> tuple[int, Array]:
        """Return the numbers of the page that holds a line, and its first row's line."""
        page, columns = self._lines.page_of(line), self._forms[role].columns
        first = max(self._lines.first(page), self.first_row)
        if self._together:
            (rows,) = self._pages[_Key(page, None)]
            if rows is not None:
                return first, rows[:, [self._all.columns.index(column) for column in columns]]
            # What one role leaves out, such as a column of names, another may read.
            self._together = False
        (rows,) = self._pages[_Key(page, role)]
        assert rows is not None
        return first, rows

    def text(self, line: int) -> tuple[int, list[str]]:
        """Return the lines of the page that holds a line, and the number of the first."""
        page = self._lines.page_of(line)
        return self._lines.first(page), decoded(self._lines.data(page))

    def _parse(self, key: _Key) -> tuple[Array | None]:
        """Return the numbers of a page; of all roles' columns None where one of them is at fault.

        DataError for a fault in the columns of one role.
        """
        data = self._lines.data(key.page)
        first, stop = self._lines.first(key.page), self._lines.first(key.page + 1)
        if first < self.first_row or stop > self.stop_row:
            head = max(self.first_row - first, 0)
            data = encoded(decoded(data)[head : self.stop_row - first])
            first += head
        form = self._all if key.role is None else self._forms[key.role]
        rows = read_fast(data, form)
        if rows is None and key.role is not None:
            rows = read_slowly(decoded(data), first, form)
        return (rows,)


def _last_line(lines: Lines, delimiter: str | None) -> int:
    """Return the number of the last line that is not blank; 0 if there is none."""
    for page in reversed(range(lines.pages)):
        text = decoded(lines.data(page))
        for at in reversed(range(len(text))):
            if not is_blank(text[at], delimiter):
                return lines.first(page) + at
    return 0
