"""Large JSON Lines of mappings: a table whose columns are read in pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from losscli.errors import LossError, show
from losscli.readers.class_names import ClassNames
from losscli.readers.document import Document, TableDocument
from losscli.readers.nested.document import Nested
from losscli.readers.nested.json_lines import JsonRows, line_source
from losscli.readers.nested.records import Parsed, RecordTable, table_of
from losscli.readers.source import Source


class LineTable(TableDocument):
    """Records, one per line, or the mappings under one key of them."""

    def __init__(self, rows: JsonRows, head: RecordTable) -> None:
        self._rows = rows
        self._head = head
        """The records of the first page."""
        self._path = head.nested.path
        self.label = head.label

    def names(self, classes: ClassNames | None) -> tuple[str, ...]:
        """Return the keys, in the order of the first line."""
        return self._head.names(classes)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self._head.width

    def name_place(self, column: int) -> str:
        """Return the place of a key in the first record."""
        return self._head.name_place(column)

    def cell_place(self, row: int, column: int) -> str:
        """Return the place of a value."""
        return f"line {row + 1} key {show(self.names(None)[column])}"

    def text(self, column: int) -> Iterator[str]:
        """Return the values of a column as text; empty for one that is missing."""
        path = self._path + self.names(None)[column]
        for page in self._rows.texts():
            values = None if page is None else page.at(path)
            if values is None:
                # The careful parser names the fault.
                self.take([column], None).read(0, self._rows.count)
            for value in values or ():
                yield str(value) if isinstance(value, str | float) else ""

    def series(self, selector: str | None) -> Iterator[str]:
        """Return the values of a key as text; lines may have other keys than the first one."""
        try:
            return iter(list(super().series(selector)))
        except LossError:
            return self._all().series(selector)

    def is_path(self, selector: str) -> bool:
        """Tell whether a selector is a path into the text, rather than a choice of columns."""
        if _has_index(selector) and selector not in self.names(None):
            # An index may be that of a line beyond the first page.
            whole = self._all()
            return not isinstance(whole, RecordTable) or whole.is_path(selector)
        return self._head.is_path(selector)

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return what a path leads to, or the columns that a selector chooses."""
        if selector is None or not self.is_path(selector):
            return super().source(selector, classes)
        if not _has_index(selector):
            head = table_of(self._head.nested.part(selector))
            if isinstance(head, RecordTable):
                source = LineTable(self._rows, head).source(None, classes)
                source.columns = ()
                return source
        return self._all().source(selector, classes)

    def beside(self, selector: str | None) -> Document:
        """Return the mappings that contain the end of a path, and its neighbors."""
        if selector is not None and _has_index(selector):
            return self._all().beside(selector)
        head = self._head.beside(selector)
        if isinstance(head, RecordTable):
            return self if head is self._head else LineTable(self._rows, head)
        return self._all().beside(selector)

    def take(self, columns: Sequence[int], classes: ClassNames | None) -> Source:
        """Return columns: one of lists as shape (n, c, ...), several of numbers as (n, c)."""
        names = [self.names(None)[column] for column in columns]

        def careful(whole: Parsed) -> Source:
            part = self._part(whole)
            if isinstance(part, RecordTable):
                return part.read(names, classes)
            return part.source(None, classes)

        head = self._head.take(columns, classes)
        return line_source(
            self._rows, [self._path + name for name in names], head, classes, careful
        )

    def _all(self) -> Parsed:
        return self._part(self._rows.whole)

    def _part(self, whole: Parsed) -> Parsed:
        """Return what this table is in a document of all lines."""
        if not self._path:
            return whole
        nested = whole if isinstance(whole, Nested) else whole.nested
        return table_of(nested.part(self._path[:-1]))


def _has_index(selector: str) -> bool:
    steps = selector.split(".")
    return len(steps) > 1 and any(step.isdecimal() for step in steps)
