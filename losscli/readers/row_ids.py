"""`--by-id`: the rows of several files are paired by a column of ids, not by their order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import numpy as np

from losscli.errors import DataError, option, show
from losscli.readers.document import TableDocument
from losscli.readers.source import Array, DerivedSource, Source

_INDEX = re.compile(r"|index|Unnamed: 0|__index_level_0__")


def is_index_name(name: str) -> bool:
    """Tell whether pandas gives this name to an index without one, depending on the format."""
    return _INDEX.fullmatch(name) is not None


class RowIds:
    """The ids of a table's rows, as the file has them."""

    def __init__(self, document: TableDocument, column: int) -> None:
        self.label = document.label
        names = document.names(None)
        self.name = (names[column] or "Unnamed: 0") if names else str(column)
        self.title = self.name if names and names[column] else "id"
        self.kind = "index" if is_index_name(self.name) else self.name.lower()
        """What ids of another file must be called to be compared with these."""
        self.document = document
        self._column = column

    def __iter__(self) -> Iterator[str]:
        """Yield the ids in the order of the rows."""
        return map(_plain, self.document.text(self._column))

    def rows(self) -> dict[str, int]:
        """Return the row of each id; DataError for an id that is missing or appears twice."""
        found: dict[str, int] = {}
        for row, value in enumerate(self):
            if not value:
                raise DataError(
                    f"{self.place(row)}: the id is missing; fill it in or remove the row"
                )
            if found.setdefault(value, row) != row:
                raise DataError(
                    f"{self.place(row)}: the id {show(value)} appears twice, first in row "
                    f"{found[value] + 1}; give every row its own id"
                )
        return found

    def place(self, row: int) -> str:
        """Name the place of an id."""
        return f"{self.label} {self.document.cell_place(row, self._column)}"


def have_same_ids(first: RowIds, other: RowIds) -> bool:
    """Tell whether ids with different names are the same: each file has the first id of the other.

    Different names may hold different things, so files that share none are left alone.
    """
    return next(iter(first), "") in other and next(iter(other), "") in first


def refuse_other_order(first: RowIds, other: RowIds) -> None:
    """Refuse two files whose ids are not the same in every row."""
    pairs = zip_longest(first, other, fillvalue="nothing")
    for row, (left, right) in enumerate(pairs):
        if left != right:
            raise DataError(
                f"{other.label}: the {other.title} in row {row + 1} is {show(right)}, in "
                f"{first.label} {show(left)}; use {option('by_id', first.name)} to pair "
                f"the rows by it, or {option('by_id', 'none')} to keep their order"
            )


def order_by_id(first: RowIds, other: RowIds) -> Array:
    """Return the row of the other file for each row of the first one.

    DataError names the first id that one of the files lacks.
    """
    wanted, found = first.rows(), other.rows()
    for here, ids, there, others in (
        (other, found, first, wanted),
        (first, wanted, other, found),
    ):
        lost = [value for value in ids if value not in others]
        if lost:
            more = f" ({len(lost)} ids are not)" if len(lost) > 1 else ""
            raise DataError(
                f"{here.place(ids[lost[0]])}: the id {show(lost[0])} is not in {there.label}"
                f"{more}; give both files the same ids"
            )
    return np.fromiter((found[value] for value in wanted), np.intp, len(wanted))


class Reordered(DerivedSource):
    """A source with its rows in a different order; it is read as a whole, once."""

    def __init__(self, source: Source, order: Array) -> None:
        super().__init__(source, (len(order), *source.shape[1:]))
        self._order = order
        self._rows: Array | None = None

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop in the new order."""
        if self._rows is None:
            self._rows = self._source.read(0, self._source.shape[0])
        rows: Array = self._rows[self._order[start:stop]]
        return rows

    def original_index(self, index: Sequence[int]) -> Sequence[int]:
        """Return the index in the file."""
        return (int(self._order[index[0]]), *index[1:]) if index else index


def _plain(text: str) -> str:
    """Return an id as it is compared: 7.0, which pandas makes of 7 beside missing ones, is 7."""
    return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text
