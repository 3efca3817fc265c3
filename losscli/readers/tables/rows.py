"""The pages of a table as numbers, parsed once for all roles that read these rows."""

from __future__ import annotations

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
    """Whose columns; None for the columns of all roles."""


class TablePages:
    """The rows of a table, from the first to the last line that is not blank."""

    def __init__(self, lines: Lines, form: TableForm) -> None:
        self._lines = lines
        self.first_row = form.first_row
        self.stop_row = lines.last(lambda line: is_blank(line, form.delimiter)) + 1
        self._forms: list[TableForm] = []
        self._all = form
        self._together = False
        self._pages = Pages(self._parse)

    def join(self, form: TableForm) -> int:
        """Add a role that reads these rows; return its number."""
        self._forms.append(form)
        columns = sorted({column for one in self._forms for column in one.columns})
        every = len(columns) == form.width
        self._all = form._replace(columns=columns, every=every, classes=None)
        self._together = len(self._forms) > 1
        self._pages = Pages(self._parse)
        return len(self._forms) - 1

    def page(self, line: int, role: int) -> tuple[int, Array]:
        """Return the line of the first row in the page that contains a line, and the numbers."""
        page, columns = self._lines.page_of(line), self._forms[role].columns
        first = max(self._lines.first(page), self.first_row)
        if self._together:
            (rows,) = self._pages[_Key(page, None)]
            if rows is not None:
                return first, rows[:, [self._all.columns.index(column) for column in columns]]
            # A column that one role leaves out, such as one of names, may be read by another.
            self._together = False
        (rows,) = self._pages[_Key(page, role)]
        assert rows is not None
        return first, rows

    def text(self, line: int) -> tuple[int, list[str]]:
        """Return the number of the first line in the page that contains a line, and its lines."""
        page = self._lines.page_of(line)
        return self._lines.first(page), decoded(self._lines.data(page))

    def _parse(self, key: _Key) -> tuple[Array | None]:
        """Return the numbers of a page; for all roles together, None where one has a fault.

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
