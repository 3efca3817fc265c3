"""A list of mappings as a table: a column for each key, `val.logits` for a key within a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from losscli.errors import DataError, part_of, short_name, show
from losscli.readers.class_names import ClassNames
from losscli.readers.columns import suggest
from losscli.readers.document import TableDocument
from losscli.readers.nested.document import Nested
from losscli.readers.nested.pandas_tables import columns_of
from losscli.readers.nested.responses import Responses, responses_of
from losscli.readers.nested.tree import Node, Number, Records, Scalar, cells, plain_text
from losscli.readers.nested.tree import Sequence as List
from losscli.readers.nested.tree_array import NON_FINITE, read_array, read_columns
from losscli.readers.numerals import is_word, parse_index
from losscli.readers.source import Source


def document_of(root: Node | None, label: str) -> Parsed:
    """Return a YAML or JSON text as a document: records as a table, anything else by paths."""
    nested = Nested(root, label)
    return responses_of(nested) or table_of(nested)


def table_of(nested: Nested) -> Nested | RecordTable:
    """Return a part of a text as a table if it is one, else as it is."""
    root = nested.root
    if isinstance(root, List) and isinstance(root.only, Records):
        return RecordTable(nested, dict(_leaves(root.only)))
    columns = columns_of(root)
    return nested if columns is None else RecordTable(nested, columns)


def _leaves(records: Records) -> dict[str, List]:
    """Return the columns by key; those of mappings within mappings by the path of keys."""
    found: dict[str, List] = {}
    for key, column in records.columns.items():
        if isinstance(column.only, Records):
            for inner, leaf in _leaves(column.only).items():
                if f"{key}.{inner}" not in records.columns:
                    found[f"{key}.{inner}"] = leaf
        else:
            found[key] = column
    return found


class RecordTable(TableDocument):
    """Records: each is a row, and each key that all of them have is a column."""

    def __init__(self, nested: Nested, columns: dict[str, List]) -> None:
        self.nested = nested
        self.label = nested.label
        self._columns = columns
        self._names = tuple(columns)

    def names(self, classes: ClassNames | None) -> tuple[str, ...]:  # noqa: ARG002
        """Return the keys, in the order of the first record."""
        return self._names

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self._names)

    def name_place(self, column: int) -> str:
        """Return the place of a key in the first record."""
        return f"line {self._lines(column)[0]}"

    def cell_place(self, row: int, column: int) -> str:
        """Return the place of a value."""
        return f"line {self._lines(column)[row]} row {row + 1} key {show(self._names[column])}"

    def _lines(self, column: int) -> list[int]:
        return [cell.line for cell in cells(self._columns[self._names[column]])]

    def text(self, column: int) -> Iterator[str]:
        """Return the values of a column as text; empty for one that is missing."""
        for cell in cells(self._columns[self._names[column]]):
            yield plain_text(cell)

    def is_path(self, selector: str) -> bool:
        """Tell whether a selector is a path into the text, rather than a choice of columns."""
        if selector in self._columns or parse_index(selector, self.width) is not None:
            return False
        return self.nested.leads(selector)

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return what a path leads to, or the columns that a selector chooses."""
        if selector is None or not self.is_path(selector):
            return super().source(selector, classes)
        part = table_of(self.nested.part(selector))
        if not isinstance(part, RecordTable):
            return self.nested.source(selector, classes)
        source = part.source(None, classes)
        source.columns = ()
        return source

    def series(self, selector: str | None) -> Iterator[str]:
        """Return the values of a key or at a path as text."""
        if selector is None or not self.is_path(selector):
            return super().series(selector)
        return self.nested.series(selector)

    def beside(self, selector: str | None) -> Nested | RecordTable:
        """Return the part of the text that contains the end of a path, and its neighbors."""
        if selector is None or not self.nested.leads(selector):
            return self
        part = self.nested.beside(selector)
        return self if part.root is self.nested.root else table_of(part)

    def take(self, columns: Sequence[int], classes: ClassNames | None) -> Source:
        """Return columns: one of lists as shape (n, c, ...), several of numbers as (n, c)."""
        return self.read([self._names[column] for column in columns], classes)

    def read(self, names: Sequence[str], classes: ClassNames | None) -> Source:
        """Return columns by their names; DataError where the records are at fault."""
        if lost := [name for name in names if name not in self._columns]:
            self.nested.source(lost[0], classes)
        chosen = {name: self._columns[name] for name in names}
        path = self.nested.path
        if len(chosen) == 1:
            (name,) = chosen
            source = read_array(chosen[name], f"{self.label}::{short_name(path + name)}", classes)
        else:
            self._refuse_mixed(names)
            source = read_columns(chosen, self.label, exact=classes is not None, path=path)
        source.columns = tuple(map(self._names.index, names))
        source.names = class_names_of(names) if len(source.shape) == min(len(names), 2) else ()
        return source

    def _refuse_mixed(self, names: Sequence[str]) -> None:
        """Refuse text or lists among several columns, and suggest the columns of numbers."""
        kinds = {name: _kind(next(cells(column))) for name, column in self._columns.items()}
        odd = next((name for name in names if kinds[name] not in ("a number", "")), None)
        if odd is None:
            return
        lists = [name for name, kind in kinds.items() if kind == "a list"]
        numeric = [kind == "a number" for kind in kinds.values()]
        fix = "choose the keys of numbers with ::KEYS"
        if lists or any(numeric):
            choice = lists[0] if lists else suggest(numeric, self._names)
            fix = f"choose numbers, e.g. {part_of(self.label, choice)}"
        line = self._lines(self._names.index(odd))[0]
        raise DataError(
            f"{self.label} line {line} row 1: expected one number for each of several keys, found "
            f"{kinds[odd]} under {show(odd)}; {fix}"
        )


def class_names_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of columns without the key that all of them are in."""
    prefix = names[0].rpartition(".")[0] + "."
    if len(names) > 1 and all(name.startswith(prefix) for name in names):
        return tuple(name.removeprefix(prefix) for name in names)
    return tuple(names)


def _kind(cell: Node) -> str:
    """Return what a cell is; empty for a fault that is refused where it is read."""
    if isinstance(cell, Number):
        return "a number"
    if not isinstance(cell, Scalar):
        return "a list" if isinstance(cell, List) else "a mapping"
    if cell.text in NON_FINITE:
        return "a number"
    return "text" if cell.quoted and is_word(cell.text) else ""


Parsed: TypeAlias = Nested | RecordTable | Responses
"""What a YAML or JSON text may be."""
