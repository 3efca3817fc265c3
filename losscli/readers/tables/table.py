"""CSV and TSV: one pass counts the lines, then pages of them are parsed when needed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from losscli.errors import DataError, option
from losscli.readers.class_names import ClassNames, LabelRangeError, exact_labels
from losscli.readers.document import ReadOptions, TableDocument
from losscli.readers.file import File
from losscli.readers.lines import WHOLE, Lines
from losscli.readers.numerals import EXACT, parse_integer, parse_number
from losscli.readers.source import Array, ArraySource, Source
from losscli.readers.tables.cells import parse_decimal, parse_delimiter, split_line
from losscli.readers.tables.first_row import FirstRow, judge
from losscli.readers.tables.form import Head, TableForm, form_notes, form_of, read_head
from losscli.readers.tables.rows import TablePages

if TYPE_CHECKING:
    from losscli.readers.tables.ahead import PagesAhead


class Table(TableDocument):
    """A delimited text file, of which each role reads its own columns."""

    usual_delimiter = ","

    def __init__(self, file: File, options: ReadOptions) -> None:
        self.label = file.label
        self._file = file
        typed = options.delimiter
        self._delimiter = parse_delimiter(self.usual_delimiter if typed is None else typed)
        self._decimal = parse_decimal(options.decimal, self._delimiter)
        self._ahead: PagesAhead | None = None
        if file.lazy and self._delimiter is not None and self._decimal == ".":
            from losscli.readers.tables.ahead import PagesAhead

            self._ahead = PagesAhead(self._delimiter)
        self._header = options.header
        self._settled = options.header
        self._rows: dict[int, TablePages] = {}
        self._forms: dict[tuple[ClassNames | None, bool], TableForm] = {}

    @cached_property
    def _lines(self) -> Lines:
        if self._ahead is None:
            return Lines(self._file)
        try:
            return Lines(self._file, found=self._ahead.add)
        finally:
            self._ahead.close()

    @cached_property
    def _head(self) -> Head:
        _ = self._lines  # They bound the length of a line.
        text = io.TextIOWrapper(self._file.stream(), "utf-8-sig", "surrogateescape")
        with text:
            return read_head(iter(text.readline, ""), self.label, self._delimiter)

    @cached_property
    def _first_row(self) -> FirstRow:
        head, form = self._head, self._formed(None, named=False)
        return judge(head.cells, lambda: head.rows(self._delimiter), form.number)

    @property
    def doubtful(self) -> bool:
        """Whether the first row may be a header or data."""
        return self._settled is None and self._first_row is FirstRow.DOUBTFUL

    def settle(self, *, header: bool) -> None:
        """Decide whether the first row is a header."""
        self._settled = header

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        form = self._form(None)
        return self._pages(form).stop_row - form.first_row

    def names(self, classes: ClassNames | None) -> tuple[str, ...]:
        """Return the cells of the header; empty without one."""
        return self._form(classes).names

    @property
    def width(self) -> int:
        """How many cells the first row has."""
        return len(self._head.cells)

    def name_place(self, column: int) -> str:
        """Return the place of a column's name."""
        return f"line {self._head.number} column {column + 1}"

    def cell_place(self, row: int, column: int) -> str:
        """Return the line and column of a cell."""
        return f"line {self._form(None).first_row + row} column {column + 1}"

    def text(self, column: int) -> Iterator[str]:
        """Return the cells of a column as text, in order."""
        form = self._form(None)
        return self._pages(form).cells(form, column)

    def _form(self, classes: ClassNames | None) -> TableForm:
        """Return the form of all columns."""
        named = self._settled
        if named is None:
            cells = self._head.cells
            named = self._first_row is FirstRow.HEADER
            if named and len(cells) == 1 and classes is not None:
                # A lone class name is the first label, if not all others are numbers.
                rows = self._head.rows(self._delimiter)
                named = (
                    parse_number(cells[0]) is not None
                    or classes.index(cells[0]) is None
                    or (len(rows) > 0 and all(parse_number(row[0]) is not None for row in rows))
                )
        return self._formed(classes, named=named)

    def _formed(self, classes: ClassNames | None, *, named: bool) -> TableForm:
        if (classes, named) not in self._forms:
            self._forms[classes, named] = form_of(
                self._head,
                self.label,
                self._delimiter,
                named=named,
                guessed=self._header is None,
                classes=classes,
                decimal=self._decimal,
            )
        return self._forms[classes, named]

    def _pages(self, form: TableForm) -> TablePages:
        if form.first_row not in self._rows:
            self._rows[form.first_row] = TablePages(self._lines, form, self._ahead)
        return self._rows[form.first_row]

    def take(self, columns: Sequence[int], classes: ClassNames | None) -> Source:
        """Return columns: one as shape (n,), several as (n, c), one of lists as (n, c).

        `classes` is given for a role that may hold labels. DataError names the line and column
        of the first fault; in a large file it is raised when that line is read.
        """
        form = self._form(classes).choose(columns)
        notes = tuple(form_notes(form, self._head, doubtful=self.doubtful))
        rows = self._pages(form)
        if rows.stop_row <= form.first_row:
            raise DataError(
                f"{form.label}: no data, only the header in line {form.head_line}; use "
                f"{option('header', False)} if that is a row"
            )
        source: Source
        if form.vector and self._head.has_list(form):
            from losscli.readers.tables.list_column import ListColumn

            source = ListColumn(rows, form, notes)
        else:
            source = TableSource(rows, form, notes)
        return source if self._file.size > WHOLE else _in_memory(source)


def _in_memory(source: Source) -> ArraySource:
    """Return all rows of a source, read now."""
    whole = ArraySource(
        source.read(0, source.shape[0]),
        source.label,
        names=source.names,
        text=True,
        place=source.place,
    )
    whole.columns, whole.notes = source.columns, source.notes
    return whole


class TsvTable(Table):
    """A table whose cells are separated by tabs, if no other delimiter is given."""

    usual_delimiter = "tab"


class TableSource(Source):
    """Columns of a table; rows are parsed when they are read."""

    def __init__(self, rows: TablePages, form: TableForm, notes: tuple[str, ...]) -> None:
        self._rows = rows
        self._form = form
        self._role = rows.join(form)
        count = rows.stop_row - rows.first_row
        self.label = form.label
        self.shape = (count,) if form.vector else (count, len(form.columns))
        self.dtype = np.dtype(np.float64)
        """A block with labels beyond 2**53 is int64 or uint64."""
        self.names = tuple(form.names[column] for column in form.columns) if form.names else ()
        self.columns = tuple(form.columns)
        self.notes = notes
        self.text = True

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError for a fault in them."""
        start, stop, _ = slice(start, stop).indices(self.shape[0])
        array = np.empty((max(stop - start, 0), len(self._form.columns)))
        done = 0
        written: dict[int, int] = {}
        while done < len(array):
            line = self._form.first_row + start + done
            first, rows = self._rows.page(line, self._role)
            part = rows[line - first :][: len(array) - done]
            array[done : done + len(part)] = part
            if self._form.classes is not None:
                written.update(self._big_integers(part, line, done))
            done += len(part)
        try:
            array = exact_labels(array, written)
        except LabelRangeError as error:
            row, column = divmod(error.index, len(self.columns))
            self._form.fail(self._form.first_row + start + row, self.columns[column], str(error))
        return array[:, 0] if self._form.vector else array

    def place(self, index: Sequence[int]) -> str:
        """Name an entry by its line and, in a wide table, its column in the file."""
        form = self._form
        if not index:
            return "the table"
        line = f"line {form.first_row + index[0]}"
        if form.width == 1 or (len(index) < 2 and not form.vector):
            return line
        return f"{line} column {form.columns[index[1] if len(index) > 1 else 0] + 1}"

    def _big_integers(self, part: Array, line: int, row: int) -> dict[int, int]:
        """Return the integers that float64 may have rounded, by flat index in the block."""
        big = np.argwhere(np.abs(part) >= EXACT)
        if not big.size:
            return {}
        first, text = self._rows.text(line)
        found = {}
        for at, column in big:
            cells = split_line(text[line - first + at], self._form.delimiter)
            label = parse_integer(cells[self._form.columns[column]].strip())
            if label is not None:
                found[int((row + at) * len(self.columns) + column)] = label
        return found
