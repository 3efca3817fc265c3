"""Numbers that are typed in place of a file: `2,1,0.1`, and rows of them, `2,1,0.1;0,1,3`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import numpy as np

from losscli.errors import DataError, UsageError, option, quoted, short_name, show
from losscli.readers.class_names import ClassNames, LabelRangeError, exact_labels
from losscli.readers.document import Document
from losscli.readers.numerals import EXACT, overflows, parse_integer, parse_number, why_not
from losscli.readers.source import ArraySource, Source, noted
from losscli.readers.urls import without_secrets
from losscli.readers.wanted_role import WantedRole

QUOTES = "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
"""What numbers are put in by an editor, a chat, or twice for a shell."""
ASCII = str.maketrans("\u2212\uff0c\u3001\uff1b\uff0e", "-,,;.")
"""Other forms of the signs that numbers are written with."""


class TypedNumbers(Document):
    """Numbers as a document of one array, whose shape depends on the role that reads them."""

    def __init__(self, text: str, rows: Sequence[Sequence[str]]) -> None:
        self.text = text
        self.label = text
        self._cells = [cell for row in rows for cell in row]
        self._shape = len(rows), len(rows[0])
        self._in_rows = ";" in text
        # As in a table one column is a vector; so is one row, without `;`.
        is_vector = self._shape[1] == 1 or not self._in_rows
        self._axes: tuple[int, ...] = (len(self._cells),) if is_vector else self._shape

    def read_as(
        self, want: WantedRole, first: tuple[int, ...] | None, classes: ClassNames | None
    ) -> Source:
        """Return the array of a role: rows where its numbers always are, or where a row fits.

        `first` is the shape of the first role, None for that role itself.
        """
        self.label = want.typed_as or want.role
        columns = self._shape[1]
        fits = first == self._shape == (1, columns) and (columns > 1 or self._in_rows)
        if want.in_rows or (want.in_rows is None and fits):
            self._axes = self._shape
        elif not (want.by_row or self._in_rows) and columns == 1:
            self._axes = ()
        source = self.source(None, classes)
        if os.path.lexists(self.text):
            typed = option(want.role, self.text)
            file = quoted(os.path.join(os.curdir, self.text))
            noted(source, f"{typed}: the file of this name is not read; type {file} to read it")
        return source

    def source(self, _: str | None, classes: ClassNames | None) -> ArraySource:
        """Return the numbers; labels beyond 2**53 are exact, as in a file."""
        values = np.array([float(cell) for cell in self._cells])
        if classes is not None:
            big = np.flatnonzero(np.abs(values) >= EXACT).tolist()
            whole = {at: parse_integer(self._cells[at]) for at in big}
            written = {at: label for at, label in whole.items() if label is not None}
            try:
                values = exact_labels(values, written)
            except LabelRangeError as error:
                where = self._place(divmod(error.index, self._axes[-1])[2 - len(self._axes) :])
                raise DataError(f"{self.label} {where}: {error}") from None
        return ArraySource(values.reshape(self._axes), self.label, text=True, place=self._place)

    def _place(self, index: Sequence[int]) -> str:
        """Name a number by its place in the text."""
        if len(self._axes) < 2:
            return f"item {index[0] + 1}" if index else "item 1"
        row, *column = index
        items = [f"item {i + 1}" for i in column]
        return " ".join(items if self._shape[0] == 1 and items else [f"row {row + 1}", *items])


def typed_numbers(text: str) -> TypedNumbers | None:
    """Return the numbers in a text; None where it names a file.

    UsageError for what can only be numbers, but is not: a word among them, an empty item, rows of
    several lengths.
    """
    rows = _rows(text)
    cells = [cell for row in rows for cell in row]
    wrong = next((at for at, cell in enumerate(cells) if parse_number(cell) is None), None)
    if wrong is not None:
        why = "" if os.path.lexists(text) else _refusal(text, cells, wrong)
        if not why:
            return None
        typed = without_secrets(text)
        # Escapes would hide that a quote or a comma is not that of the keyboard.
        raise UsageError(f"{show(typed) if typed.isascii() else short_name(typed)}{why}")
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise UsageError(
                f"{show(text)}: row 1 has {len(rows[0])} items, row {number} has {len(row)}; give "
                "all rows the same number"
            )
    return TypedNumbers(text, rows)


def _rows(text: str) -> list[list[str]]:
    """Return the items of each row; a `;` at the end begins no further one."""
    rows = text.split(";")
    if len(rows) > 1 and not rows[-1].strip():
        del rows[-1]
    return [[cell.strip() for cell in row.split(",")] for row in rows]


def _refusal(text: str, cells: Sequence[str], wrong: int) -> str:
    """Return why a text is not numbers, and the fix; empty where it can be the name of a file."""
    if not any(char.isdigit() for char in text):
        return ""
    if written := _with_commas(text):
        return f": there is no such file; write numbers as {written}"
    cell, place = cells[wrong], f" item {wrong + 1}" if len(cells) > 1 else ""
    if not overflows(cell) and all(parse_number(one) is None for one in cells):
        return ""
    if not cell:
        return f"{place}: empty item; remove the comma"
    why = f"{place}: {why_not(without_secrets(cell))}"
    known = ";" in why
    return why if known else f"{why}, and there is no such file; correct the number or the name"


def _with_commas(text: str) -> str:
    """Return numbers in brackets, in quotes or between spaces as they are written; else nothing."""
    plain = text.translate(ASCII).strip(f" \n{QUOTES}")
    rows = re.split(r"[\])}]\s*,?\s*[\[({]|;|\n", plain)
    bare = [re.sub(r"[\[\](){}]", " ", row).strip() for row in rows]
    cells = [re.split(r"\s*,\s*|\s+", row) for row in bare]
    if any(parse_number(cell) is None for row in cells for cell in row):
        return ""
    return quoted(";".join(",".join(row) for row in cells))
