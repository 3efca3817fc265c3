"""The form of a table, found in its first lines: header, width, columns, first row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple, NoReturn

from losscli.errors import DataError, show
from losscli.readers.class_names import ClassNames
from losscli.readers.numerals import is_word, parse_number
from losscli.readers.tables.cells import UnclosedQuoteError, is_blank, split_line

BLANK = "a blank line is a missing value; remove the line"
# Spreadsheets write these into cells: a line that begins with one is data, not a comment.
_SHEET_ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")


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
            self.fail(line, error.column, str(error))


def read_form(
    lines: Iterator[str],
    label: str,
    delimiter: str | None,
    *,
    header: bool | None,
    classes: ClassNames | None,
) -> TableForm:
    """Read up to the header, or the first row without one, and determine the form of all columns.

    Comments and blank lines before it are skipped; DataError where nothing follows them.
    """
    number, blank = 0, None
    for number, text in enumerate(lines, 1):
        if is_blank(text, delimiter):
            blank = blank or number
        elif not text.startswith("#") or text.startswith(_SHEET_ERRORS):
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
    named = _is_header(cells, classes) if header is None else header
    if named and any("\udc80" <= char <= "\udcff" for char in text):
        raise DataError(f"{label} line {number}: the header is not UTF-8; save the file as UTF-8")
    names = tuple(cells) if named else ()
    return TableForm(
        label=label,
        delimiter=delimiter,
        names=names,
        width=len(cells),
        columns=list(range(len(cells))),
        every=True,
        classes=classes,
        guessed=header is None,
        head=text,
        head_line=number,
        first_row=number + named,
    )


def _is_header(cells: list[str], classes: ClassNames | None) -> bool:
    """Detect a header by a cell that is a word; a lone class name is the first label instead."""
    if len(cells) == 1 and classes is not None and classes.index(cells[0]) is not None:
        return False
    return any(is_word(cell) for cell in cells)


def _numberlike(cell: str) -> bool:
    """Return whether a cell is or begins like a number: more likely a typing error than a name."""
    return parse_number(cell) is not None or cell.lstrip("+-.")[:1].isdigit()


def form_notes(form: TableForm, second: str | None) -> list[str]:
    """Return warnings about the header; `second` is the line after the first row."""
    if not form.guessed:
        return []
    place = f"{form.label} line {form.head_line}"
    cells = list(form.names) or form.split(form.head, form.head_line)
    notes = []
    if form.names:
        numbers = [c for c in cells if _numberlike(c) and not (c.isascii() and c.isdigit())]
        if numbers:
            notes.append(
                f"{place} is read as a header, although it contains {show(numbers[0])}; "
                "use --no-header if it is a row"
            )
        counts = Counter(cells)
        twice = [cells[column] for column in form.columns if counts[cells[column]] > 1]
        if twice:
            notes.append(f"{place}: {show(twice[0])} appears twice in the header")
    elif len(cells) > 1 and cells == [str(index) for index in range(len(cells))]:
        below = form.split(second, form.first_row + 1) if second else cells
        if len(cells) > 2 or not all(cell.isdigit() for cell in below):
            notes.append(
                f"{place} is read as a row, but 0 to {len(cells) - 1} look like a header of column "
                "numbers; use --header or --no-header"
            )
    grouped = [c for c in cells[1:] if len(c) == 3 and c.isdigit() and c.startswith("0")]
    if grouped and not form.names:
        notes.append(
            f"{place}: {show(grouped[0])} has leading zeros; was a number such as 1,000 split at "
            "its comma?"
        )
    return notes
