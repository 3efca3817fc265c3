"""CSV and TSV: one pass counts the lines, then pages of them are parsed when needed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from losscli.errors import DataError
from losscli.readers.class_names import ClassNames, LabelRangeError, exact_labels
from losscli.readers.document import ReadOptions, TableDocument
from losscli.readers.file import File
from losscli.readers.lines import WHOLE, Lines, decoded
from losscli.readers.numerals import EXACT, SAMPLED, decimals, parse_integer
from losscli.readers.source import Array, ArraySource, Source
from losscli.readers.tables.cells import is_blank, parse_delimiter, split_line
from losscli.readers.tables.form import TableForm, form_notes, read_form
from losscli.readers.tables.rows import TablePages


class Table(TableDocument):
    """A delimited text file, of which each role reads its own columns."""

    usual_delimiter = ","

    def __init__(self, file: File, options: ReadOptions) -> None:
        self.label = file.label
        self._file = file
        typed = options.delimiter
        self._delimiter = parse_delimiter(self.usual_delimiter if typed is None else typed)
        self._header = options.header
        self._rows: dict[int, TablePages] = {}
        self._forms: dict[ClassNames | None, tuple[TableForm, str | None]] = {}

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self._file)

    def names(self, classes: ClassNames | None) -> tuple[str, ...]:
        """Return the cells of the header; empty without one."""
        return self._form(classes)[0].names

    @property
    def width(self) -> int:
        """How many cells the first row has."""
        return self._form(None)[0].width

    def name_place(self, column: int) -> str:
        """Return the place of a column's name."""
        return f"line {self._form(None)[0].head_line} column {column + 1}"

    def cell_place(self, row: int, column: int) -> str:
        """Return the line and column of a cell."""
        return f"line {self._form(None)[0].first_row + row} column {column + 1}"

    def text(self, column: int) -> Iterator[str]:
        """Return the cells of a column as text, in order."""
        form = self._form(None)[0]
        last = self._lines.last(lambda line: is_blank(line, form.delimiter))
        page = self._lines.page_of(form.first_row)
        while (line := self._lines.first(page)) <= last:
            for number, text in enumerate(decoded(self._lines.data(page)), line):
                if form.first_row <= number <= last:
                    cells = form.split(text, number)
                    yield cells[column] if column < len(cells) else ""
            page += 1

    def _form(self, classes: ClassNames | None) -> tuple[TableForm, str | None]:
        """Return the form of all columns, and the line after the header or the first row."""
        if classes not in self._forms:
            self._forms[classes] = self._read_form(classes)
        return self._forms[classes]

    def _read_form(self, classes: ClassNames | None) -> tuple[TableForm, str | None]:
        _ = self._lines  # They bound the length of a line.
        text = io.TextIOWrapper(self._file.stream(), "utf-8-sig", "surrogateescape")
        with text:
            form = read_form(
                iter(text.readline, ""),
                self.label,
                self._delimiter,
                header=self._header,
                classes=classes,
            )
            return form, text.readline() or None

    def take(self, columns: Sequence[int], classes: ClassNames | None) -> Source:
        """Return columns: one as shape (n,), several as (n, c).

        `classes` is given for a role that may hold labels. DataError names the line and column
        of the first fault; in a large file it is raised when that line is read.
        """
        form, second = self._form(classes)
        form = form.choose(columns)
        notes = tuple(form_notes(form, second))
        rows = self._rows.setdefault(form.first_row, TablePages(self._lines, form))
        if rows.stop_row <= form.first_row:
            raise DataError(
                f"{form.label}: no data, only the header in line {form.head_line}; use "
                "--no-header if that is a row"
            )
        source = TableSource(rows, form, notes)
        return source if self._file.size > WHOLE else _in_memory(source)


def _in_memory(source: TableSource) -> ArraySource:
    """Return all rows of a source, read now."""
    whole = ArraySource(
        source.read(0, source.shape[0]),
        source.label,
        names=source.names,
        decimals=source.decimals,
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
        self.decimals = decimals(self.read(0, -(-SAMPLED // len(form.columns))))

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
