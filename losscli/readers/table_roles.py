"""Which columns of a table each role reads, where its selector leaves that open.

Columns that are named like a role are that role's. Row numbers and ids are nobody's data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import count, islice
from operator import eq

from losscli.errors import DataError, option, part_of, show
from losscli.readers.class_names import name_list
from losscli.readers.columns import chooses, select, suggest
from losscli.readers.document import Document, TableDocument
from losscli.readers.numerals import is_word, parse_number
from losscli.readers.wanted_role import WantedRole

_INDEX = re.compile(r"|Unnamed: 0(?:\.\d+)?")
"""The name of a column of row numbers: none, or what pandas calls one without a name."""
_PANDAS_INDEX = re.compile(r"__index_level_\d+__")
"""The name of an index in a file that pandas wrote; it may be any column."""
_PLAIN_IDS = ("id", "index", "row")
_LOOKED_AT = 64
"""Rows that show whether a column tells the rows apart."""
_TEXT_IDS = ("filename", "file_name", "file", "path", "image", "img", "name", "key", "uuid", "date")
"""Names of ids, where the column holds text or integers."""
_ID = re.compile(r".+[_ ]id|.+Id|.+ID")


class TableRoles:
    """The columns of one table, and whose they are."""

    def __init__(self, document: TableDocument, wanted: Sequence[WantedRole]) -> None:
        self.document = document
        self.label = document.label
        self.names = document.names(None)
        self._wanted = wanted
        self.missing: Collection[str] = ()
        """The roles for which no file is given."""
        self.paired = False
        """Whether the ids were found to agree with those of another file."""
        self.trusted = False
        """Whether the order of the rows needs no ids: all is in one file, or the call says so."""

    @cached_property
    def owners(self) -> Mapping[int, str]:
        """The role of each column that is named like one."""
        found = {}
        for column, name in enumerate(self.names):
            owner = next((want.role for want in self._wanted if want.is_named(name)), "")
            if not owner:
                length, owner = max(
                    ((want.begins(name), want.role) for want in self._wanted), key=lambda o: o[0]
                )
                owner = owner if length else ""
            if owner:
                found[column] = owner
        return found

    @cached_property
    def index(self) -> tuple[int, ...]:
        """The columns on the left that number the rows from 0, or as R does from 1.

        Also the index of pandas, whatever it holds.
        """
        counting = [column for column in self._nameless if self._counts(column)]
        found = [c for c, name in enumerate(self.names) if _PANDAS_INDEX.fullmatch(name)]
        return (*counting, *found)

    @cached_property
    def _nameless(self) -> tuple[int, ...]:
        if not self.names:
            return (0,) if self._tells_apart(0) else ()
        found = []
        for column, name in enumerate(self.names):
            if not _INDEX.fullmatch(name) or column == len(self.names) - 1:
                break
            found.append(column)
        return tuple(found)

    @cached_property
    def id(self) -> int | None:
        """The column of ids, if there is one beside other columns."""
        for column in self._nameless:
            if column not in self.index:
                return column
        if len(self.names) < 2:
            return None
        lower = [name.lower() for name in self.names]
        for name in (*_PLAIN_IDS, *_TEXT_IDS):
            if name in lower:
                column = lower.index(name)
                cell = next(self.document.text(column), "")
                if name in _PLAIN_IDS or cell.isdigit() or parse_number(cell) is None:
                    return column
        ids = [
            column
            for column, name in enumerate(self.names)
            if _ID.fullmatch(name) and column not in self.owners
        ]
        if len(self.names) - len(self.index) < 2:
            return None
        if len(ids) == 1:
            return ids[0]
        left = len(self._nameless)
        return left if left not in self.owners and self._tells_apart(left) else None

    @property
    def id_or_index(self) -> int | None:
        """The column that tells the rows apart: the ids, or else the row numbers."""
        return self.id if self.id is not None else (*self.index, None)[0]

    def of(self, want: WantedRole) -> list[int]:
        """Return the columns that are named like a role; those with its very name have priority.

        DataError where several of its names are there, and which is meant is open.
        """
        own = [column for column, owner in self.owners.items() if owner == want.role]
        exact = [column for column in own if want.is_named(self.names[column])]
        main = [column for column in exact if self.names[column].lower() == want.role]
        if len(exact) > 1 and not main:
            found = tuple(self.names[column] for column in exact)
            raise DataError(
                f"{self.label} has the columns {name_list(found)}: which one is the {want.role}? "
                f"choose with {part_of(self.label, found[0])}"
            )
        return main or exact or own

    def columns(
        self, want: WantedRole, selector: str | None, taken: Collection[int]
    ) -> tuple[list[int], list[str]]:
        """Return the columns that a role reads, and the notes on those that it leaves out.

        `taken` holds the columns that other roles name. DataError where a column without a name
        may be an index, ids or data.
        """
        notes: list[str] = []
        width = self.document.width
        if selector is not None and chooses(selector, self.names):
            return select(selector, self.names, width, self.label), notes
        own = self.of(want) if selector is None else []
        left_out = dict(self._left_out(want, taken if selector is None else ()))
        if not (selector or own or left_out or self.document.all_columns):
            raise DataError(
                f"{self.label}: expected a key {' or '.join(want.names[:3])}, found a list of "
                f"mappings with the keys {name_list(self.names)}; choose some, e.g. "
                f"{part_of(self.label, suggest([True] * width, self.names))}"
            )
        every = [column for column in range(width) if column not in left_out]
        if selector is not None:
            every = select(selector, self.names, width, self.label, every, self.index)
        if own:
            left_out = {c: why for c, why in left_out.items() if c in (*self.index, self.id)}
        columns = own or every or list(range(width))
        for column, why in left_out.items() if own or every else ():
            name = self.names[column] if self.names else ""
            which = f"column {show(name)}" if name else f"column {column + 1} (unnamed)"
            notes += [f"{self.label}: {which} is left out: {why}"] if why else []
        known = {*own, *self.owners, *self.index, self.id, *taken}
        if own and not known.issuperset(range(width)):
            found = name_list(tuple(self.names[column] for column in own))
            notes.append(f"{want.role} is read from {self.label}, column {found}")
        self._refuse_doubtful(columns)
        return columns, notes

    def _left_out(self, want: WantedRole, taken: Collection[int]) -> Iterator[tuple[int, str]]:
        """Yield the columns that are not a role's data, with the reason."""
        for column in self.index:
            named = self.names and _PANDAS_INDEX.fullmatch(self.names[column])
            why = "it is the index of pandas" if named else "it is an index that counts the rows"
            yield column, why
        if self.id is not None:
            if self.paired:
                yield self.id, "the files have the same ids"
            elif self.trusted and self.id not in self._nameless:
                yield self.id, "it holds ids"
        for column, owner in self.owners.items():
            other = next(one for one in self._wanted if one.role == owner)
            if other.role != want.role and column not in taken and column != self.id:
                if owner in self.missing and other.required:
                    # It is found here, and that is said.
                    yield column, ""
                    continue
                if not other.option:
                    yield column, "it holds labels"
                    continue
                fix = f"; give {option(owner, f'::{self.names[column]}')} to use it"
                yield column, f"it is named like the {owner}{fix * (not other.required)}"
        for column in taken:
            yield column, "another role reads it"

    def _refuse_doubtful(self, columns: Sequence[int]) -> None:
        """Refuse a column that may hold ids, or has no name: a number in it may not be data."""
        width = self.document.width
        for column in columns:
            name = self.names[column] if self.names else ""
            if column != self.id and (name or not self.names):
                continue
            rest = [c != column and c in columns and self._is_numeric(c) for c in range(width)]
            choice = suggest(rest, self.names) if any(rest) else "COLUMNS"
            what = f"a column named {show(name)}" if name else "empty cell in the header"
            doubt = "ids, or data?"
            if not self.names:
                what, doubt = "a different value in every row", "ids, or data?"
            elif column in self._nameless:
                doubt = "it does not count the rows from 0: an index, or data?"
            elif not name:
                doubt = "a trailing delimiter?"
            raise DataError(
                f"{self.label} {self.document.name_place(column)}: {what} ({doubt}); choose the "
                f"columns, e.g. {part_of(self.label, choice)}"
            )

    def _is_numeric(self, column: int) -> bool:
        """Tell whether the first cell of a column is a number."""
        return parse_number(next(self.document.text(column), "")) is not None

    def _tells_apart(self, column: int) -> bool:
        """Tell whether a column differs in every row as ids do, whatever its name is.

        Its cells are words, or integers beside decimals: with zeros in front, or, in a table with a
        header, counting.
        """
        width = self.document.width
        cells = self._sample(column)
        if width < 2 or len(cells) < 2 or len(set(cells)) < len(cells):
            return False
        whole = all(cell.isascii() and cell.isdigit() for cell in cells)
        if whole and any(cell[0] == "0" and len(cell) > 1 for cell in cells):
            return True
        if len(cells) < 3 or not whole:
            return len(cells) > 2 and all(map(is_word, cells))
        beside = any(
            all(cell and not cell.lstrip("+-").isdigit() for cell in self._sample(other))
            for other in {column + 1, width - 1} - {column, width}
        )
        return beside and (not self.names or self._counts(column))

    def _sample(self, column: int) -> list[str]:
        return list(islice(self.document.text(column), _LOOKED_AT))

    def _counts(self, column: int) -> bool:
        """Tell whether a column holds 0, 1, 2, ..., or 1, 2, 3, ..."""
        cells = self.document.text(column)
        first = next(cells, "")
        if first.removesuffix(".0") not in ("0", "1"):
            return False
        following = count(int(first[0]) + 1)
        # In C, since a file may have a million rows.
        return all(map(eq, cells, map("{}.0".format if ".0" in first else str, following)))


def settle_headers(
    documents: Mapping[str, Document],
    wanted: Sequence[WantedRole],
    row_count: Callable[[WantedRole, Document], int | None],
) -> None:
    """Decide whether the first row of each doubtful table is a header, by the rows of the others.

    DataError where that decides nothing, with the options that do.
    """
    by_row = {
        want.role: documents[want.role] for want in wanted if want.by_row and want.role in documents
    }
    doubtful = [
        one
        for one in dict.fromkeys(documents.values())
        if isinstance(one, TableDocument) and one.doubtful
    ]
    if not doubtful:
        return
    counts = {
        row_count(want, one)
        for want in wanted
        if (one := by_row.get(want.role)) is not None and one not in doubtful
    }
    for table in doubtful:
        if table not in by_row.values():
            # One number for each class: the losses know how many there must be.
            table.settle(header=False)
            continue
        size = table.row_count
        if not counts:
            cell = show(next(table.text(0), ""))
            raise DataError(
                f"{table.label} {table.cell_place(0, 0).partition(' column')[0]}: {cell} may be a "
                f"header or data; use {option('header', True)} or {option('header', False)}"
            )
        votes = {n == size - 1 for n in counts if n in (size, size - 1)}
        if len(votes) == 1:
            table.settle(header=votes.pop())
        # Else the files do not fit, which is said later.
