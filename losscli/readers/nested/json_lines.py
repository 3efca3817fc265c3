"""JSON Lines too large for memory: one row per line, parsed in pages when they are read.

Where the lines of a page differ in their numbers and texts alone, `line_form` reads these. Pages
that the fast parser of `page` does not accept either are read again by the careful parser of
`json_text`, which finds the fault and its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from losscli.readers.class_names import ClassNames
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File
from losscli.readers.lines import WHOLE, Lines
from losscli.readers.nested.document import Nested
from losscli.readers.nested.json_text import read_json_lines
from losscli.readers.nested.line_form import LineForm
from losscli.readers.nested.page import Page, numbers, parsed
from losscli.readers.nested.records import Parsed, RecordTable, document_of
from losscli.readers.nested.responses import Responses
from losscli.readers.nested.tree_array import entry, entry_of_key
from losscli.readers.pages import Pages
from losscli.readers.source import Array, ArraySource, Source

_SMALL = 1 << 15
"""Bytes that the careful parser reads: all of a small file, the first lines of a large one."""


def open_json_lines(file: File, _: ReadOptions) -> Document:
    """Open a JSON Lines file, a small one as a whole."""
    small = min(_SMALL, WHOLE)
    if file.extent(small + 1) <= small:
        return document_of(read_json_lines(file), file.label)
    rows = JsonRows(file)
    if isinstance(rows.head, RecordTable):
        from losscli.readers.nested.line_table import LineTable

        return LineTable(rows, rows.head)
    if isinstance(rows.head, Responses):
        return rows.whole
    return JsonLines(rows, rows.head)


Reader = Callable[[Page], Array | None]
"""Turns a page into numbers; None where a row is odd."""
Made = TypeVar("Made")


class JsonRows:
    """The values of a large file, line by line; it may end with blank lines."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._lines = Lines(file, only_lf=True)
        self.count = self._lines.last(lambda line: not line.strip(" \t\r\n"))
        self.head = self._read_head()
        first = self._lines.data(0).partition(b"\n")
        self._first = _or_none(lambda: parsed(first[0].decode()))
        self._form = _or_none(lambda: LineForm(first[0] + first[1]))
        self._readers: list[Reader] = []
        self._places: list[Array | None] = []
        self._pages = Pages[tuple[int, int]]()

    def join(self, reader: Reader) -> int:
        """Add a role; return its number."""
        self._readers.append(reader)
        form = self._form
        found = None if form is None else reader(Page([form.ordinals], form.ordinals))
        self._places.append(None if found is None else found[0].astype(np.intp))
        return len(self._readers) - 1

    def page(self, row: int, role: int) -> tuple[int, int, Array | None]:
        """Return the page that contains a row, its first row and its numbers (None: one is odd)."""
        page = self._lines.page_of(row + 1)
        first = self._lines.first(page) - 1
        places = self._places[role]
        if places is not None:
            (table,) = self._pages.get((page, 0), self._table)
            if table is not None:
                return page, first, table[:, places]
        return page, first, self._pages.get((page, len(self._readers)), self._parse)[role]

    @cached_property
    def whole(self) -> Parsed:
        """All rows, read by the careful parser; DataError for a fault in them."""
        return self._careful(-1)

    def careful(self, page: int) -> Parsed:
        """Return the rows up to the end of a page; DataError for a fault in them."""
        return self._careful(self._lines.end(page))

    def _careful(self, size: int) -> Parsed:
        return document_of(read_json_lines(self.file, size), self.file.label)

    def texts(self) -> Iterator[Page | None]:
        """Yield all pages, with numbers as text (None: one is odd)."""
        page = 0
        while self._lines.first(page) <= self.count:
            values = self._values(page, as_text=True)
            yield None if values is None else Page(values, self._first)
            page += 1

    def _read_head(self) -> Parsed:
        """Return the first lines; where they are blank, all of the page, which is refused."""
        page = self._lines.data(0)
        blank = len(page) - len(page.lstrip())
        size = page.find(b"\n", max(blank, min(_SMALL, WHOLE))) + 1 or len(page)
        return self._careful(self._lines.end(0) - len(page) + size)

    def _table(self, key: tuple[int, int]) -> tuple[Array | None]:
        """Return all numbers of a page, a row per line (None: not all lines are alike)."""
        assert self._form is not None
        return (self._form.read(*self._data(key[0])),)

    def _parse(self, key: tuple[int, int]) -> tuple[Array | None, ...]:
        """Return each role's numbers of a page."""
        values = self._values(key[0])
        if values is None:
            return (None,) * len(self._readers)
        found = Page(values, self._first)
        return tuple(reader(found) for reader in self._readers)

    def _values(self, page: int, *, as_text: bool = False) -> list[Any] | None:
        data, rows = self._data(page)
        # Line breaks are kept, so that no string can continue past the end of a line.
        values = _or_none(
            lambda: parsed("[" + data.decode().replace("\n", ",\n") + "]", as_text=as_text)
        )
        return values if values is not None and len(values) == rows else None

    def _data(self, page: int) -> tuple[bytes, int]:
        """Return the lines of a page and their number, without blank ones at the end."""
        last = min(self._lines.first(page + 1) - 1, self.count)
        return self._lines.data(page).rstrip(b" \t\r\n"), last + 1 - self._lines.first(page)


def _or_none(make: Callable[[], Made]) -> Made | None:
    """Return what is made of a line; None where that is not possible."""
    try:
        return make()
    except (ValueError, RecursionError):
        return None


class JsonLines(Document):
    """A large JSON Lines file whose lines are numbers or lists."""

    def __init__(self, rows: JsonRows, head: Nested) -> None:
        self._rows = rows
        self._head = head
        self.label = rows.file.label

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return the rows; a path begins with the index of a row."""
        if selector is not None:
            return self._rows.whole.source(selector, classes)
        head = self._head.source(None, classes)
        return line_source(
            self._rows, [""], head, classes, lambda whole: whole.source(None, classes)
        )

    def series(self, selector: str | None) -> Iterator[str]:
        """Return the numbers as text, or those under a key."""
        return self._rows.whole.series(selector)


def line_source(
    rows: JsonRows,
    paths: Sequence[str],
    head: Source,
    classes: ClassNames | None,
    careful: Callable[[Parsed], Source],
) -> Source:
    """Return the values of each line at one path, or the numbers at several.

    Those of a file up to 8 MB are read now. `head` is what the first lines give, and `careful`
    reads the same from a document of more lines.
    """
    source = LineSource(rows, paths, head, classes, careful)
    if rows.file.extent(WHOLE + 1) > WHOLE:
        return source
    values = source.read(0, rows.count)
    whole = ArraySource(values, source.label, names=source.names, text=True, place=source.place)
    whole.columns = source.columns
    return whole


class LineSource(Source):
    """The values of each line at one path, arrays of one shape, or the numbers at several."""

    def __init__(
        self,
        rows: JsonRows,
        paths: Sequence[str],
        head: Source,
        classes: ClassNames | None,
        careful: Callable[[Parsed], Source],
    ) -> None:
        self._rows = rows
        self._paths = paths
        self._classes = classes
        self._careful = careful
        self.label = head.label
        self.shape = (rows.count, *head.shape[1:])
        self.dtype = np.dtype(np.float64)
        """With labels beyond 2**53, all of it is int64 or uint64."""
        self.names = head.names
        self.columns = head.columns
        self.text = True
        self._odd: Source | None = None
        self._role = rows.join(self._plain)

    def place(self, index: Sequence[int]) -> str:
        """Name an entry; its row is its line."""
        line = index[0] + 1 if index else 1
        if len(self._paths) > 1:
            return entry_of_key(line, index, self.names)
        return entry(line, index, len(self.shape))

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError for a fault in them."""
        start, stop, _ = slice(start, stop).indices(self.shape[0])
        array = np.empty((max(stop - start, 0), *self.shape[1:]))
        done = 0
        while done < len(array):
            if self._odd is not None:
                return self._odd.read(start, stop)
            page, first, part = self._rows.page(start + done, self._role)
            if part is None:
                self._read_odd(page)
                continue
            part = part[start + done - first :][: len(array) - done]
            array[done : done + len(part)] = part
            done += len(part)
        return array

    def _read_odd(self, page: int) -> None:
        """Refuse the first fault up to a page; without one (integers over 2**53) read all."""
        self._careful(self._rows.careful(page))
        self._odd = self._careful(self._rows.whole)

    def _plain(self, page: Page) -> Array | None:
        """Return the numbers of a page; None unless all of them are numbers of one shape."""
        if len(self._paths) == 1:
            return numbers(page.at(self._paths[0]), self.shape[1:], self._classes)
        columns = [numbers(page.at(path), (), None) for path in self._paths]
        found = [column for column in columns if column is not None]
        return np.stack(found, axis=1) if len(found) == len(columns) else None
