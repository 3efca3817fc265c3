"""The form of a table, found in its first lines: header, width, columns, first row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple, NoReturn

from losscli.errors import DataError, option, show
from losscli.readers.class_names import ClassNames
from losscli.readers.numerals import is_sheet_error, is_spoiled, parse_number, why_not
from losscli.readers.tables.cells import (
    UnclosedQuoteError,
    begins_list,
    is_blank,
    is_list,
    split_line,
)
from losscli.readers.tables.first_row import counts

BLANK = "a blank line is a missing value; remove the line"
_SAMPLE_LINES = 64
"""How many lines help to tell a header from data."""
_SAMPLE_SIZE = 1 << 16
_SWAPPED = str.maketrans(",.", ".,")
_SWAPPED_BYTES = bytes.maketrans(b",.", b".,")


class TableForm(NamedTuple):
    """How every line of a table is read."""

    label: str
    delimiter: str | None
    names: tuple[str, ...]
    """The cells of the header; empty without a header."""
    width: int
    """How many cells each line has."""
    columns: list[int]
    """The columns that are read, in order."""
    every: bool
    """Whether all columns are read."""
    classes: ClassNames | None
    """The class names, for a role that may hold labels."""
    guessed: bool
    """Whether the header was detected rather than given by an option."""
    head: str
    """The line that determined the width: the header, or the first row."""
    head_line: int
    first_row: int
    """The number of the first row's line."""
    decimal: str = "."
    """The decimal sign."""

    def number(self, text: str) -> float | None:
        """Return the number in a stripped cell; None for any other text."""
        return parse_number(text.translate(_SWAPPED) if self.decimal == "," else text)

    def pointed(self, data: bytes) -> bytes:
        """Return bytes with decimal points.

        The points of the file become commas, so that it is not read as if both were decimal signs.
        """
        return data.translate(_SWAPPED_BYTES) if self.decimal == "," else data

    def choose(self, columns: Sequence[int]) -> TableForm:
        """Return the form for some of the columns."""
        chosen = list(columns)
        return self._replace(columns=chosen, every=chosen == list(range(self.width)))

    @property
    def vector(self) -> bool:
        """Whether one column is read."""
        return len(self.columns) == 1

    @property
    def words(self) -> ClassNames | None:
        """The class names that may appear in place of numbers."""
        return self.classes if self.vector else None

    def fail(self, line: int, column: int | None, problem: str) -> NoReturn:
        """Raise a DataError that names the file, the line and, in a wide table, the column."""
        where = f" column {column + 1}" if column is not None and self.width > 1 else ""
        raise DataError(f"{self.label} line {line}{where}: {problem}")

    def split(self, text: str, line: int) -> list[str]:
        """Return the stripped cells of a line; DataError for a quote that does not close."""
        try:
            return [cell.strip() for cell in split_line(text, self.delimiter)]
        except UnclosedQuoteError as error:
            problem = str(error)
            if begins_list(text.rpartition('"')[2].lstrip()):
                problem = (
                    "a list continues on the next line; save it on one line, e.g. with x.tolist() "
                    "or np.set_printoptions(linewidth=10**9)"
                )
            self.fail(line, error.column, problem)


class Head(NamedTuple):
    """The first lines of a table."""

    number: int
    """The number of the first line that is neither blank nor a comment."""
    text: str
    """This line."""
    cells: list[str]
    """Its cells, stripped."""
    below: list[str]
    """The next lines, some of them."""

    def has_list(self, form: TableForm) -> bool:
        """Tell whether the first row has a list in the only chosen column."""
        cells = self.cells
        if form.names:
            try:
                cells = split_line(self.below[0], form.delimiter) if self.below else []
            except UnclosedQuoteError:
                return False
        return any(is_list(cell.strip()) for cell in cells[form.columns[0] :][:1])

    def rows(self, delimiter: str | None) -> list[list[str]]:
        """Return the cells of the next lines; none of them where one is not as wide."""
        try:
            rows = [
                [cell.strip() for cell in split_line(line, delimiter)]
                for line in self.below
                if not is_blank(line, delimiter)
            ]
        except UnclosedQuoteError:
            return []
        return rows if all(len(row) == len(self.cells) for row in rows) else []


def read_head(lines: Iterator[str], label: str, delimiter: str | None) -> Head:
    """Read up to the header, or the first row without one, and some lines more.

    Comments and blank lines before it are skipped; DataError where nothing follows them.
    """
    number, blank = 0, None
    for number, text in enumerate(lines, 1):
        if is_blank(text, delimiter):
            blank = blank or number
        elif not text.startswith("#") or is_sheet_error(_first_cell(text, delimiter)):
            break
    else:
        raise DataError(
            f"{label}: the file is empty (no data, only blank lines or comments); save it again"
        )
    try:
        cells = [cell.strip() for cell in split_line(text, delimiter)]
    except UnclosedQuoteError as error:
        raise DataError(f"{label} line {number} column {error.column + 1}: {error}") from None
    if blank and len(cells) == 1:
        raise DataError(f"{label} line {blank}: {BLANK}")
    below, size = [], 0
    for line in islice(lines, _SAMPLE_LINES):
        below.append(line)
        size += len(line)
        if size > _SAMPLE_SIZE:
            break
    return Head(number, text, cells, below)


def _first_cell(text: str, delimiter: str | None) -> str:
    return (text.split(delimiter, 1) or [""])[0].strip()


def form_of(
    head: Head,
    label: str,
    delimiter: str | None,
    *,
    named: bool,
    guessed: bool,
    classes: ClassNames | None,
    decimal: str = ".",
) -> TableForm:
    """Return the form of all columns; `named` says whether the first row is a header."""
    if named and any("\udc80" <= char <= "\udcff" for char in head.text):
        raise DataError(
            f"{label} line {head.number}: the header is not UTF-8; save the file as UTF-8"
        )
    for column, cell in enumerate(head.cells if named else ()):
        if "\ufeff" in cell:
            raise DataError(f"{label} line {head.number} column {column + 1}: {why_not(cell)}")
    return TableForm(
        label=label,
        delimiter=delimiter,
        names=tuple(head.cells) if named else (),
        width=len(head.cells),
        columns=list(range(len(head.cells))),
        every=True,
        classes=classes,
        guessed=guessed,
        head=head.text,
        head_line=head.number,
        first_row=head.number + named,
        decimal=decimal,
    )


def form_notes(form: TableForm, head: Head, *, doubtful: bool) -> list[str]:
    """Return warnings about the header."""
    place = f"{form.label} line {form.head_line}"
    cells = head.cells
    indices = all(c.isascii() and c.isdigit() for c in cells)
    notes = []
    if form.names:
        odd = [c for c in cells if is_spoiled(c) and not (c.isascii() and c.isdigit())]
        if not form.guessed:
            # It was typed, but for every file.
            if all(parse_number(cell) is not None for cell in cells) and not indices:
                notes.append(
                    f"{place} is read as a header, although every cell is a number; remove "
                    f"{option('header', True)} if it is a row"
                )
            return notes
        if indices:
            notes.append(
                f"{place} is read as a header of column numbers; use "
                f"{option('header', False)} if it is a row"
            )
        elif odd:
            notes.append(
                f"{place} is read as a header, although it contains {show(odd[0])}; "
                f"use {option('header', False)} if it is a row"
            )
        repeated = Counter(cells)
        twice = [cells[column] for column in form.columns if repeated[cells[column]] > 1]
        if twice:
            notes.append(f"{place}: {show(twice[0])} appears twice in the header")
    elif not form.guessed:
        return notes
    elif doubtful or (len(cells) > 1 and indices and counts(cells)):
        below = form.split(head.below[0], form.first_row + 1) if head.below else cells
        if doubtful or len(cells) > 2 or not all(cell.isdigit() for cell in below):
            notes.append(
                f"{place} is read as a row, but {_shown(cells)} like a header of column "
                f"numbers; use {option('header', True)} or {option('header', False)}"
            )
    grouped = [c for c in cells[1:] if len(c) == 3 and c.isdigit() and c.startswith("0")]
    if grouped and not form.names:
        notes.append(
            f"{place}: {show(grouped[0])} has leading zeros; was a number such as 1,000 split at "
            "its comma?"
        )
    return notes


def _shown(cells: list[str]) -> str:
    """Return the subject and verb of a note on cells that are integers."""
    if len(cells) == 1:
        return f"{cells[0]} looks"
    return f"0 to {len(cells) - 1} look" if counts(cells) else f"{cells[0]} to {cells[-1]} look"
