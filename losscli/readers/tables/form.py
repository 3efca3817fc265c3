"""What the first lines of a delimited table settle: header, width, columns, first row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losscli.errors import DataError, show
from losscli.readers.numerals import is_word, parse_number
from losscli.readers.tables.cells import UnclosedQuoteError, is_blank, split_line
from losscli.readers.tables.columns import select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

    from losscli.readers.class_names import ClassNames

# Spreadsheets write these into cells: a line of them is data, not a comment.
_SHEET_ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")


@dataclass(frozen=True)
class TableForm:
    """How a table is read, the same for every block of its lines."""

    label: str
    delimiter: str | None
    names: tuple[str, ...]
    """The header's cells, empty without a header."""
    width: int
    """Cells in every line."""
    columns: list[int]
    """The columns that are read, in order."""
    selector: str | None
    classes: ClassNames | None
    """For a role that may hold labels: the class names, which may be none."""
    guessed: bool
    """Nobody said whether there is a header."""
    head: str
    """The line that settled the width: the header, or the first row."""
    head_line: int
    first_row: int
    """The file's line of the first row."""

    @property
    def vector(self) -> bool:
        """One column is a vector."""
        return len(self.columns) == 1

    @property
    def words(self) -> bool:
        """Class names may stand where numbers do."""
        return self.classes is not None and self.vector

    def fail(self, line: int, column: int | None, problem: str) -> NoReturn:
        """Raise a DataError that names the file, the line and, in a wide table, the column."""
        where = f" column {column + 1}" if column is not None and self.width > 1 else ""
        raise DataError(f"{self.label} line {line}{where}: {problem}")

    def split(self, text: str, line: int) -> list[str]:
        """Return a line's stripped cells; DataError for a quote that does not close."""
        try:
            return [cell.strip() for cell in split_line(text, self.delimiter)]
        except UnclosedQuoteError as error:
            self.fail(
                line,
                error.column,
                "a quote opens here and does not close on this line; close or remove it",
            )


def read_form(
    lines: Iterator[str],
    label: str,
    delimiter: str | None,
    *,
    header: bool | None,
    selector: str | None,
    classes: ClassNames | None,
) -> TableForm:
    """Read up to the header, or the first row where there is none, and settle the form.

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
            f"{label}: the file is empty: it has no data, only blank lines or "
            "comments; save it again"
        )
    try:
        cells = [cell.strip() for cell in split_line(text, delimiter)]
    except UnclosedQuoteError as error:
        raise DataError(
            f"{label} line {number} column {error.column + 1}: "
            "a quote opens here and does not close on this line; close or remove it"
        ) from None
    if blank and len(cells) == 1:
        raise DataError(f"{label} line {blank}: a blank line is a missing value; remove the line")
    named = _is_header(cells, classes) if header is None else header
    if named and any("\udc80" <= char <= "\udcff" for char in text):
        raise DataError(f"{label} line {number}: the header is not UTF-8; save the file as UTF-8")
    names = tuple(cells) if named else ()
    columns = select(selector, names, len(cells), label) if selector else list(range(len(cells)))
    unnamed = [column for column in columns if names and not names[column]]
    if unnamed:
        raise DataError(
            f"{label} line {number} column {unnamed[0] + 1}: the header's cell is empty, an index "
            "or a trailing delimiter? "
            f"save without it (pandas: index=False) or leave it out: {label}::!{unnamed[0]}"
        )
    return TableForm(
        label=label,
        delimiter=delimiter,
        names=names,
        width=len(cells),
        columns=columns,
        selector=selector,
        classes=classes,
        guessed=header is None,
        head=text,
        head_line=number,
        first_row=number + named,
    )


def _is_header(cells: list[str], classes: ClassNames | None) -> bool:
    """Tell a header by a cell that is a word; a lone class name is the first label instead."""
    if len(cells) == 1 and classes is not None and classes.index(cells[0]) is not None:
        return False
    return any(is_word(cell) for cell in cells)


def _numberlike(cell: str) -> bool:
    """Tell whether a cell is a number or begins like one: it may be a slip in a row, no name."""
    return parse_number(cell) is not None or cell.lstrip("+-.")[:1].isdigit()


def form_notes(form: TableForm, second: str | None) -> list[str]:
    """Return what is odd about the header; `second` is the line below the first row."""
    if not form.guessed:
        return []
    place = f"{form.label} line {form.head_line}"
    cells = list(form.names) or form.split(form.head, form.head_line)
    notes = []
    if form.names:
        numbers = [c for c in cells if _numberlike(c) and not (c.isascii() and c.isdigit())]
        if numbers:
            notes.append(
                f"{place} is taken as a header, although it holds {show(numbers[0])}; "
                "--no-header if it is a row"
            )
        counts = Counter(cells)
        twice = [cells[column] for column in form.columns if counts[cells[column]] > 1]
        if twice:
            notes.append(f"{place}: {show(twice[0])} stands twice in the header")
    elif len(cells) > 1 and cells == [str(index) for index in range(len(cells))]:
        below = form.split(second, form.first_row + 1) if second else cells
        if len(cells) > 2 or not all(cell.isdigit() for cell in below):
            notes.append(
                f"{place} is read as a row, but 0 to {len(cells) - 1} look like a header of column "
                "numbers: say --header or --no-header"
            )
    grouped = [c for c in cells[1:] if len(c) == 3 and c.isdigit() and c.startswith("0")]
    if grouped and not form.names:
        notes.append(
            f"{place}: {show(grouped[0])} has leading zeros; was 1,000 cut at its thousands mark?"
        )
    return notes
