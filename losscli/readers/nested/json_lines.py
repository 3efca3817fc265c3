"""JSON Lines too large for memory: one row per line, parsed in pages when they are read.

Pages that the fast parser does not accept are read again by the careful parser of `json_text`,
which finds the fault and its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

import numpy as np

from losscli.errors import UsageError
from losscli.readers.class_names import ClassNames
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File
from losscli.readers.lines import WHOLE, Lines
from losscli.readers.nested.document import Nested, next_key
from losscli.readers.nested.json_text import read_json_lines
from losscli.readers.nested.tree_array import entry
from losscli.readers.numerals import EXACT
from losscli.readers.pages import Pages
from losscli.readers.source import Array, Source


class _Named(float):
    """NaN or infinity that the text writes by name, as opposed to a number that overflowed."""


def open_json_lines(file: File, _: ReadOptions) -> Nested | JsonLines:
    """Open a JSON Lines file, a small one as a whole."""
    if file.extent(WHOLE + 1) <= WHOLE:
        return Nested(read_json_lines(file), file.label)
    return JsonLines(JsonRows(file))


class JsonRows:
    """The values of a large file, line by line; it may end with blank lines."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._lines = Lines(file, only_lf=True)
        self.count = self._lines.last(lambda line: not line.strip(" \t\r\n"))
        # If the first page is blank, the careful parser reports it.
        self.head = self.careful(0)
        self._readers: list[Callable[[list[Any], Any], Array | None]] = []
        self._pages = Pages[int]()
        self._first: Any = None

    def join(self, reader: Callable[[list[Any], Any], Array | None]) -> int:
        """Add a role; return its number.

        `reader` turns rows into numbers, given the file's first row too; None for an odd row.
        """
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

    def careful(self, page: int | None = None) -> Nested:
        """Return all rows, or those up to the end of a page; DataError for a fault in them."""
        size = -1 if page is None else self._lines.end(page)
        return Nested(read_json_lines(self.file, size), self.file.label)

    def _parse(self, page: int) -> tuple[Array | None, ...]:
        """Return each role's numbers of a page."""
        values = self._values(page)
        if values is None:
            return (None,) * len(self._readers)
        return tuple(reader(values, self._first) for reader in self._readers)

    def _values(self, page: int) -> list[Any] | None:
        data = self._lines.data(page).rstrip(b" \t\r\n")
        rows = min(self._lines.first(page + 1) - 1, self.count) + 1 - self._lines.first(page)
        try:
            # Line breaks are kept, so that no string can continue past the end of a line.
            text = "[" + data.decode().replace("\n", ",\n") + "]"
            values: list[Any] = json.loads(
                text, parse_int=float, parse_constant=_Named, object_pairs_hook=_mapping
            )
        except (ValueError, RecursionError):
            return None
        return values if len(values) == rows else None


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError
    return mapping


class JsonLines(Document):
    """A large JSON Lines file, or the values of its rows at a path of keys."""

    kind = "a mapping"

    def __init__(self, rows: JsonRows, head: Nested | None = None, path: str = "") -> None:
        self._rows = rows
        self._head = head or rows.head
        self._path = path
        self.label = rows.file.label
        self.keys = self._head.keys
        self.arrays = self._head.arrays

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return the rows, or their values at a path, whose indices count over the whole file."""
        path = self._path + (selector or "") or None
        if not _has_index(selector):
            # An error may list indices, and the head knows only a few: ask the whole file.
            with suppress(UsageError):
                head = self._head.source(selector, classes)
                return JsonLinesSource(self._rows, head, path or "", classes)
        return self._rows.careful().source(path, classes)

    def beside(self, selector: str | None) -> JsonLines | Nested:
        """Return the mappings that contain the end of a path, and its neighbors."""
        if selector is None:
            return self
        if _has_index(selector):
            return self._rows.careful().beside(self._path + selector)
        head = self._head.beside(selector)
        return JsonLines(self._rows, head, self._path + head.path)


def _has_index(selector: str | None) -> bool:
    return any(step.isdecimal() for step in (selector or "").split("."))


class JsonLinesSource(Source):
    """The values of each line at one path, arrays of one shape."""

    def __init__(self, rows: JsonRows, head: Source, path: str, classes: ClassNames | None) -> None:
        self._rows = rows
        self._path = path
        self._classes = classes
        self.label = head.label
        self.shape = (rows.count, *head.shape[1:])
        self.dtype = np.dtype(np.float64)
        """With labels beyond 2**53, all of it is int64 or uint64."""
        self.decimals = head.decimals
        self._odd: Source | None = None
        self._role = rows.join(self._plain)

    def place(self, index: Sequence[int]) -> str:
        """Name an entry; its row is its line."""
        return entry(index[0] + 1 if index else 1, index, len(self.shape))

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
        head, path = self._rows.careful(page), self._path or None
        try:
            head.source(path, self._classes)
        except UsageError:
            # A row that is not a mapping: without a path, the message is about that row.
            head.source(None, self._classes)
        self._odd = self._rows.careful().source(path, self._classes)

    def _plain(self, rows: list[Any], first: Any) -> Array | None:
        """Return the rows' values at the path; None unless all of them are numbers of one shape."""
        values = _at(rows, self._path, first)
        for size in self.shape[1:]:
            if values is None or any(type(v) is not list or len(v) != size for v in values):
                return None
            values = list(chain.from_iterable(values))
        if values is None:
            return None
        if self._classes is not None:
            values = [self._classes.index(v) if type(v) is str else v for v in values]
        if not set(map(type, values)) <= {float, _Named, int}:
            return None
        array = np.array(values, np.float64)
        if np.any(np.isfinite(array) & (np.abs(array) >= EXACT)):
            return None
        if any(type(values[at]) is not _Named for at in np.flatnonzero(~np.isfinite(array))):
            return None
        return array.reshape(-1, *self.shape[1:])


def _at(values: list[Any], path: str, first: Any) -> list[Any] | None:
    """Return the rows' values at a dotted path; None unless all have the keys of the first row."""
    steps = path.split(".") if path else []
    while steps:
        if type(first) is not dict:
            return None
        if any(type(value) is not dict or value.keys() != first.keys() for value in values):
            return None
        key = next_key(steps, first)
        if key is None:
            return None
        values, first = [value[key] for value in values], first[key]
        steps = steps[key.count(".") + 1 :]
    return values
