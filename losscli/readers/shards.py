"""Shards: several files that are one array, one after another.

Every shard is opened once, in order, to compare what it holds with the first one. Only the latest
few stay open; another one is opened again when its rows are read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import accumulate
from threading import Lock

import numpy as np

from losscli.readers.class_names import ClassNames
from losscli.readers.document import Document, TableDocument
from losscli.readers.file import File
from losscli.readers.shard_checks import (
    DocumentForm,
    SourceForm,
    compare_documents,
    compare_sources,
    document_form,
    joined,
    source_form,
)
from losscli.readers.source import Array, Source, array_place

_OPEN = 8
"""Shards that stay open; each may hold a decompressed file."""

Open = Callable[[str], tuple[File, Document]]
"""Opens the shard with this path."""


def shards_of(label: str, paths: Sequence[str], open_shard: Open, note: str | None) -> Document:
    """Return the document of several files; DataError where one is not like the first."""
    shards = _Shards(label, paths, open_shard, note)
    is_table = isinstance(shards.document(0), TableDocument)
    return _Table(shards) if is_table else _Arrays(shards)


class _Shard:
    """An open shard, and what its roles read from it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.sources: dict[Hashable, Source] = {}


class _Shards:
    """The files of one array; the latest few are open."""

    def __init__(
        self, label: str, paths: Sequence[str], open_shard: Open, note: str | None
    ) -> None:
        self.label = label
        self.paths = paths
        self.notes = (note,) if note else ()
        self._open = open_shard
        self._form: DocumentForm | None = None
        self._versions: dict[int, object] = {}
        self._latest: OrderedDict[int, _Shard] = OrderedDict()
        self._lock = Lock()

    def document(self, at: int) -> Document:
        """Return the document of a shard."""
        with self._lock:
            return self._shard(at).document

    def source(self, at: int, key: Hashable, make: Callable[[Document], Source]) -> Source:
        """Return what a role, which has a key of its own, reads from a shard."""
        with self._lock:
            shard = self._shard(at)
            if key not in shard.sources:
                shard.sources[key] = make(shard.document)
            return shard.sources[key]

    def _shard(self, at: int) -> _Shard:
        if at in self._latest:
            self._latest.move_to_end(at)
            return self._latest[at]
        while len(self._latest) >= _OPEN:
            self._latest.popitem(last=False)
        file, document = self._open(self.paths[at])
        if self._versions.setdefault(at, file.version) != file.version:
            raise file.changed_error("was written to")
        form = document_form(document)
        self._form = self._form or form
        compare_documents(self._form, form)
        shard = self._latest[at] = _Shard(document)
        return shard


class _Arrays(Document):
    """Shards that hold arrays, each under the same names."""

    def __init__(self, shards: _Shards, paths: tuple[str | None, ...] = ()) -> None:
        first = shards.document(0)
        for path in paths:
            first = first.beside(path)
        self.label = shards.label
        self.kind, self.keys, self.arrays = first.kind, first.keys, first.arrays
        self._shards = shards
        self._paths = paths

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return the array that a selector names in every shard."""

        def make(document: Document) -> Source:
            for path in self._paths:
                document = document.beside(path)
            return document.source(selector, classes)

        return ShardedSource(self._shards, make)

    def beside(self, selector: str | None) -> Document:
        """Return the part of every shard that contains the selected array."""
        return _Arrays(self._shards, (*self._paths, selector))


class _Table(TableDocument):
    """Shards that are tables with the same columns."""

    def __init__(self, shards: _Shards) -> None:
        self.label = shards.label
        self._shards = shards
        self._first = _table(shards.document(0))

    def names(self, classes: ClassNames | None) -> tuple[str, ...]:
        """Return the names of the columns."""
        return self._first.names(classes)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self._first.width

    def take(self, columns: Sequence[int], classes: ClassNames | None) -> Source:
        """Return columns of all shards."""
        return ShardedSource(self._shards, lambda one: _table(one).take(columns, classes))

    def text(self, column: int) -> Iterator[str]:
        """Return the cells of a column, shard by shard."""
        for at in range(len(self._shards.paths)):
            yield from _table(self._shards.document(at)).text(column)

    def name_place(self, column: int) -> str:
        """Return the place of a column's name in the first shard."""
        return f"{self._first.label} {self._first.name_place(column)}"

    def cell_place(self, row: int, column: int) -> str:
        """Return the shard of a cell and its place there."""
        for at in range(len(self._shards.paths)):
            table = _table(self._shards.document(at))
            count = sum(1 for _ in table.text(column))
            if row < count:
                break
            row -= count
        return f"{table.label} {table.cell_place(row, column)}"


def _table(document: Document) -> TableDocument:
    assert isinstance(document, TableDocument)
    return document


class ShardedSource(Source):
    """The sources of all shards as one."""

    def __init__(self, shards: _Shards, make: Callable[[Document], Source]) -> None:
        self._shards = shards
        self._make = make
        self._key = object()
        parts: list[SourceForm] = []
        notes = dict.fromkeys(shards.notes)
        said = set()
        for at in range(len(shards.paths)):
            one = self._source(at)
            parts.append(source_form(one))
            compare_sources(parts[0], parts[-1])
            for note in one.notes:
                # The same note on every shard is one note.
                if (words := note.replace(one.label, "")) not in said:
                    said.add(words)
                    notes[note] = None
        self._starts = [0, *accumulate(part.shape[0] for part in parts)]
        first = self._source(0)
        self.label = shards.label
        self.shape = (self._starts[-1], *first.shape[1:])
        self.text = first.text
        dtypes = {part.dtype for part in parts}
        self.dtype = first.dtype if len(dtypes) == 1 else np.dtype(np.float64)
        self.names, self.columns, self.notes = first.names, first.columns, tuple(notes)

    def _source(self, at: int) -> Source:
        return self._shards.source(at, self._key, self._make)

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop, from one shard or several."""
        start, stop, _ = slice(start, stop).indices(self.shape[0])
        if stop <= start:
            return self._source(0).read(0, 0)
        blocks = []
        at = bisect_right(self._starts, start) - 1
        while self._starts[at] < stop:
            first = self._starts[at]
            if self._starts[at + 1] > first:
                block = self._source(at).read(max(start - first, 0), stop - first)
                blocks.append(block)
            at += 1
            if at == len(self._shards.paths):
                break
        return blocks[0] if len(blocks) == 1 else joined(blocks, self.label)

    def place(self, index: Sequence[int]) -> str:
        """Name an entry by its shard and its place there."""
        if not index or not 0 <= index[0] < self.shape[0]:
            return array_place(index)
        at = bisect_right(self._starts, index[0]) - 1
        part = self._source(at)
        return f"{part.label} {part.place((index[0] - self._starts[at], *index[1:]))}"

    def locate(self, index: Sequence[int]) -> str:
        """Name an entry by its shard, which is a better name than that of all of them."""
        return self.place(index)
