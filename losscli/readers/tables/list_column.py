"""A column of lists: each cell is a row of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from losscli.readers.pages import Pages
from losscli.readers.source import Array, Source
from losscli.readers.tables.form import TableForm
from losscli.readers.tables.lists import ListError, lists_of, read_list
from losscli.readers.tables.rows import TablePages


class ListColumn(Source):
    """The lists in one column; they are parsed when they are read."""

    def __init__(self, rows: TablePages, form: TableForm, notes: tuple[str, ...]) -> None:
        self._rows = rows
        self._form = form
        self._column = form.columns[0]
        self._pages = Pages[int]()
        self.label = form.label
        self.dtype = np.dtype(np.float64)
        self.columns = tuple(form.columns)
        self.notes = notes
        try:
            first = read_list(next(rows.cells(form, self._column)), form.classes)
        except ListError as error:
            form.fail(form.first_row, self._column, str(error))
        self.shape = (rows.stop_row - rows.first_row, len(first))
        self.text = True

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError for a fault in them."""
        start, stop, _ = slice(start, stop).indices(self.shape[0])
        array = np.empty((max(stop - start, 0), self.shape[1]))
        done = 0
        while done < len(array):
            line = self._form.first_row + start + done
            page = self._rows.page_of(line)
            (rows,) = self._pages.get(page, self._parse)
            assert rows is not None
            part = rows[line - self._rows.first_line(page) :][: len(array) - done]
            array[done : done + len(part)] = part
            done += len(part)
        return array

    def place(self, index: Sequence[int]) -> str:
        """Name an entry by its line, its column, and its place in the list."""
        if not index:
            return "the table"
        place = f"line {self._form.first_row + index[0]}"
        if self._form.width > 1:
            place += f" column {self._column + 1}"
        return f"{place} (index {list(index)})" if len(index) > 1 else place

    def _parse(self, page: int) -> tuple[Array]:
        """Return the numbers of a page."""
        line, cells = self._rows.page_cells(page, self._form, self._column)
        try:
            return (lists_of(cells, self.shape[1], self._form.classes),)
        except ListError as error:
            self._form.fail(line + error.row, self._column, str(error))
