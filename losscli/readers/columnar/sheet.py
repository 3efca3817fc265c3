"""One sheet of a workbook as a table: its cells have types, and only numbers are numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from losscli.errors import LONGEST_CELL, DataError, option, show
from losscli.readers.class_names import ClassNames
from losscli.readers.columns import suggest
from losscli.readers.document import ReadOptions, TableDocument
from losscli.readers.numerals import EXACT, is_word, parse_number
from losscli.readers.source import Array, ArraySource, Source
from losscli.readers.tables.first_row import FirstRow, judge

_LOOKED_AT = 64
"""Rows that show what the first row is."""


class Cells(NamedTuple):
    """The cells of a sheet, from the first row and column that have any."""

    name: str
    row: int
    column: int
    height: int
    merged: list[tuple[int, int, int, int]]
    """First row and column, last row and column."""
    columns: list[tuple[bytes, dict[int, Any]]]
    """The numbers of each column as float64, and by row what is not a number: text, a bool, or the
    text of a date or a time in a tuple; empty text where a cell is empty or holds an error."""


class Sheet(TableDocument):
    """A sheet, whose first row may be a header."""

    def __init__(self, label: str, cells: Cells, options: ReadOptions, typed: str) -> None:
        self.label = label
        self._typed = typed
        """What precedes a selector of columns."""
        self._name = cells.name if cells.name.isprintable() else show(cells.name)
        self._cells = cells
        self._header = options.header
        self._numbers = [np.frombuffer(numbers) for numbers, _ in cells.columns]
        self._others = [others for _, others in cells.columns]

    def names(self, classes: ClassNames | None) -> tuple[str, ...]:
        """Return the cells of the header; empty without one."""
        return self._first_row if self._has_header(classes) else ()

    @property
    def width(self) -> int:
        """How many columns have cells."""
        return len(self._numbers)

    def name_place(self, column: int) -> str:
        """Return the cell of a column's name."""
        return self._place(0, column)

    @cached_property
    def _first_row(self) -> tuple[str, ...]:
        return tuple(self._text(0, column).strip() for column in range(self.width))

    def _text(self, row: int, column: int) -> str:
        """Return a cell as text."""
        other = self._others[column].get(row)
        if other is None:
            number = float(self._numbers[column][row])
            return str(int(number)) if number.is_integer() else repr(number)
        return other[0] if isinstance(other, tuple) else str(other)

    def _has_header(self, classes: ClassNames | None) -> bool:
        """Tell whether the first row is a header; a lone class name is the first label instead."""
        if self._header is not None:
            return self._header
        cells = self._first_row
        if self.width == 1 and classes is not None and classes.index(cells[0]) is not None:
            return False
        return self._judged is FirstRow.HEADER

    @cached_property
    def _judged(self) -> FirstRow:
        """What the first row is: text alone is a header, anything else is judged as in CSV."""
        written = [others.get(0) for others in self._others]
        full = [cell for cell in written if cell != ""]
        if full and all(isinstance(cell, str) for cell in full):
            return FirstRow.HEADER
        return judge(self._first_row, self._below, parse_number)

    def _below(self) -> list[list[str]]:
        """Return the first rows below the first as text."""
        rows = range(1, min(self._cells.height, _LOOKED_AT))
        return [[self._text(row, column).strip() for column in range(self.width)] for row in rows]

    @property
    def doubtful(self) -> bool:
        """Whether the first row may be a header or data."""
        return self._header is None and self._judged is FirstRow.DOUBTFUL

    def settle(self, *, header: bool) -> None:
        """Decide whether the first row is a header."""
        self._header = header

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return self._cells.height - self._has_header(None)

    def text(self, column: int) -> Iterator[str]:
        """Return the cells of a column as text, without that of the header."""
        first = int(self._has_header(None))
        return (self._text(row, column).strip() for row in range(first, self._cells.height))

    def take(self, columns: Sequence[int], classes: ClassNames | None) -> Source:
        """Return columns of numbers, or of class names; DataError names the first other cell."""
        first = int(self._has_header(classes))
        if first == self._cells.height:
            raise DataError(
                f"{self.label}: no data, only the header in {self._place(0, columns[0])}; use "
                f"{option('header', False)} if that is a row"
            )
        words = classes if len(columns) == 1 else None
        table = np.stack([self._numbers[column][first:] for column in columns], axis=1)
        others = [
            (row, column) for column in columns for row in self._others[column] if row >= first
        ]
        at = {column: index for index, column in enumerate(columns)}
        for row, column in sorted(others):
            table[row - first, at[column]] = self._number(row, column, columns, words)
        if classes is not None:
            self._refuse_rounded(table, first, columns)
        array = table[:, 0] if len(columns) == 1 else table

        def place(index: Sequence[int]) -> str:
            if not index:
                return "the table"
            column = columns[index[1] if len(index) > 1 else 0]
            if len(index) < 2 < len(columns) + 1:
                return f"{self._name} row {self._cells.row + first + index[0] + 1}"
            return self._place(first + index[0], column)

        names = self.names(classes)
        source = ArraySource(
            array,
            self.label,
            names=tuple(names[column] for column in columns) if names else (),
            text=True,
            place=place,
        )
        source.columns = tuple(columns)
        return source

    def _number(
        self, row: int, column: int, columns: Sequence[int], words: ClassNames | None
    ) -> float:
        """Return the number of a class name; DataError for any other cell that is not a number."""
        cell = self._others[column][row]
        if isinstance(cell, bool):
            problem = f"{str(cell).upper()} is a bool, not a number; write 1 or 0"
        elif isinstance(cell, tuple):
            problem = f"{show(cell[0])} is a date or a time, not a number; format it as a number"
        elif not cell.strip():
            problem = self._why_empty(row, column)
        else:
            word = cell.strip()
            index = words.index(word) if words is not None else None
            if index is not None:
                return index
            problem = self._why_text(word, row, columns, words)
        raise DataError(f"{self.label} {self._place(row, column)}: {problem}")

    def _why_empty(self, row: int, column: int) -> str:
        at = row + self._cells.row, column + self._cells.column
        for top, left, bottom, right in self._cells.merged:
            if top <= at[0] <= bottom and left <= at[1] <= right:
                return "one of several merged cells; unmerge them and fill in every cell"
        return (
            "empty, an error such as #DIV/0!, or a formula without a saved value; fill it in or "
            "remove the row"
        )

    def _why_text(
        self, word: str, row: int, columns: Sequence[int], words: ClassNames | None
    ) -> str:
        if not is_word(word):
            return f"{show(word)} is text, not a number; convert the column to numbers"
        if words is not None:
            return words.refusal(word)
        first = int(self._has_header(None))
        numeric = [
            column in columns and first not in others for column, others in enumerate(self._others)
        ]
        if row == first and any(numeric):
            choice = suggest(numeric, self.names(None))
            choice = choice if len(choice) <= LONGEST_CELL else "COLUMNS"
            return f"{show(word)} is text; choose the columns of numbers: {self._typed}{choice}"
        return f"{show(word)} is text, not a number; correct it or remove the row"

    def _refuse_rounded(self, table: Array, first: int, columns: Sequence[int]) -> None:
        """Refuse labels that a spreadsheet may have rounded."""
        large = np.argwhere(np.abs(table) >= EXACT)
        for row, column in large[:1]:
            place = self._place(first + int(row), columns[int(column)])
            raise DataError(
                f"{self.label} {place}: {table[row, column]:.0f} may be rounded, since a "
                "spreadsheet keeps 15 digits; save the labels as CSV"
            )

    def _place(self, row: int, column: int) -> str:
        """Return the place of a cell, such as `Sheet1 cell C5`."""
        at, letters = column + self._cells.column + 1, ""
        while at:
            at, letter = divmod(at - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{self._name} cell {letters}{row + self._cells.row + 1}"
