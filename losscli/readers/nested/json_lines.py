"""JSON Lines too large for memory: one row per line, parsed in pages when they are read.

Pages that the fast parser does not accept are read again by the careful parser of `json_text`,
which finds the fault and its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from losscli.readers.class_names import ClassNames
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File
from losscli.readers.lines import WHOLE, Lines
from losscli.readers.nested.document import Nested, next_key
from losscli.readers.nested.json_text import read_json_lines
from losscli.readers.nested.records import Parsed, RecordTable, document_of
from losscli.readers.nested.responses import Responses
from losscli.readers.nested.tree_array import NON_FINITE, entry, entry_of_key
from losscli.readers.numerals import EXACT
from losscli.readers.pages import Pages
from losscli.readers.source import Array, ArraySource, Source

_SMALL = 1 << 18
"""Bytes up to which the careful parser reads a file at once: it takes ten times as long."""


class _Named(float):
    """NaN or infinity that the text writes by name, as opposed to a number that overflowed."""


_NAMED = {name: _Named(value) for name, value in NON_FINITE.items()}


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


class Page:
    """The parsed lines of a page."""

    def __init__(self, rows: list[Any], first: Any) -> None:
        self._first = first
        self._found: dict[tuple[str, ...], list[Any] | None] = {(): rows}

    def at(self, path: str) -> list[Any] | None:
        """Return the value of each line at a path of keys.

        None unless the mappings on the way have the same keys as in the first line of the file.
        """
        values, first = self._found[()], self._first
        keys: tuple[str, ...] = ()
        steps = path.split(".") if path else []
        while steps and values is not None:
            key = next_key(steps, first) if type(first) is dict else None
            if key is None:
                return None
            if (inside := (*keys, "")) not in self._found:
                same = all(type(value) is dict and value.keys() == first.keys() for value in values)
                self._found[inside] = values if same else None
            values = self._found[inside]
            keys, first, steps = (*keys, key), first[key], steps[key.count(".") + 1 :]
            if keys not in self._found and values is not None:
                self._found[keys] = [value[key] for value in values]
            values = self._found.get(keys)
        return values


Reader = Callable[[Page], Array | None]
"""Turns a page into numbers; None where a row is odd."""


class JsonRows:
    """The values of a large file, line by line; it may end with blank lines."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._lines = Lines(file, only_lf=True)
        self.count = self._lines.last(lambda line: not line.strip(" \t\r\n"))
        # If the first page is blank, the careful parser reports it.
        self.head = self.careful(0)
        self._readers: list[Reader] = []
        self._pages = Pages[int]()
        self._first: Any = None

    def join(self, reader: Reader) -> int:
        """Add a role; return its number."""
        self._readers.append(reader)
        self._pages = Pages[int]()
        if self._first is None:
            values = self._values(0)
            self._first = values[0] if values else None
        return len(self._readers) - 1

    def page(self, row: int, role: int) -> tuple[int, int, Array | None]:
        """Return the page that contains a row, its first row and its numbers (None: one is odd)."""
        page = self._lines.page_of(row + 1)
        return page, self._lines.first(page) - 1, self._pages.get(page, self._parse)[role]

    @cached_property
    def whole(self) -> Parsed:
        """All rows, read by the careful parser; DataError for a fault in them."""
        return self.careful()

    def careful(self, page: int | None = None) -> Parsed:
        """Return all rows, or those up to the end of a page; DataError for a fault in them."""
        size = -1 if page is None else self._lines.end(page)
        return document_of(read_json_lines(self.file, size), self.file.label)

    def texts(self) -> Iterator[Page | None]:
        """Yield all pages, with numbers as text (None: one is odd)."""
        first = None
        page = 0
        while self._lines.first(page) <= self.count:
            values = self._values(page, as_text=True)
            first = values[0] if values and page == 0 else first
            yield None if values is None else Page(values, first)
            page += 1

    def _parse(self, page: int) -> tuple[Array | None, ...]:
        """Return each role's numbers of a page."""
        values = self._values(page)
        if values is None:
            return (None,) * len(self._readers)
        parsed = Page(values, self._first)
        return tuple(reader(parsed) for reader in self._readers)

    def _values(self, page: int, *, as_text: bool = False) -> list[Any] | None:
        data = self._lines.data(page).rstrip(b" \t\r\n")
        rows = min(self._lines.first(page + 1) - 1, self.count) + 1 - self._lines.first(page)
        try:
            # Line breaks are kept, so that no string can continue past the end of a line.
            text = "[" + data.decode().replace("\n", ",\n") + "]"
            values: list[Any] = json.loads(
                text,
                parse_int=str if as_text else float,
                parse_float=_shortest if as_text else None,
                parse_constant=_Named,
                object_pairs_hook=_mapping,
            )
        except (ValueError, RecursionError):
            return None
        return values if len(values) == rows else None


def _shortest(text: str) -> str:
    return repr(float(text)).removesuffix(".0")


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError
    return mapping


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

    Those of a file up to 8 MB are read now. `head` is what the first page gives, and `careful`
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
            return _numbers(page.at(self._paths[0]), self.shape[1:], self._classes)
        columns = [_numbers(page.at(path), (), None) for path in self._paths]
        found = [column for column in columns if column is not None]
        return np.stack(found, axis=1) if len(found) == len(columns) else None


def _numbers(
    values: list[Any] | None, shape: tuple[int, ...], classes: ClassNames | None
) -> Array | None:
    """Return values as numbers; None unless all of them are of one shape."""
    for size in shape:
        if values is None or any(type(v) is not list or len(v) != size for v in values):
            return None
        values = list(chain.from_iterable(values))
    if values is None:
        return None
    kinds = set(map(type, values))
    if str in kinds:
        if classes is not None:
            found = {v: classes.index(v) for v in dict.fromkeys(values) if type(v) is str}
            known = {word: float(n) for word, n in found.items() if n is not None}
            values = [known.get(v, v) if type(v) is str else v for v in values]
        values = [_NAMED.get(v, v) if type(v) is str else v for v in values]
        kinds = set(map(type, values))
    if not kinds <= {float, _Named}:
        return None
    array = np.array(values, np.float64)
    if np.any(np.isfinite(array) & (np.abs(array) >= EXACT)):
        return None
    if any(type(values[at]) is not _Named for at in np.flatnonzero(~np.isfinite(array))):
        return None
    return array.reshape(-1, *shape)
