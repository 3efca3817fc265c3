"""Parquet and Arrow files as tables: columns of numbers, and columns of lists."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from losscli.errors import LONGEST_CELL, DataError, show
from losscli.readers.class_names import ClassNames
from losscli.readers.columnar.batches import Batches, FileBatches, ParquetBatches, StreamBatches
from losscli.readers.columnar.entries import (
    EntryError,
    dtype_of,
    is_list,
    is_text,
    numbers,
    text_of,
)
from losscli.readers.columnar.wide import WideSource
from losscli.readers.columns import suggest
from losscli.readers.document import ReadOptions, TableDocument
from losscli.readers.file import File
from losscli.readers.numerals import EXACT
from losscli.readers.source import Array, Source

_PAGE = 1 << 21
_MOST_ROWS = 1 << 16
_KEPT = 4
"""Pages that are kept: threads read neighboring blocks."""
_AT_ONCE = 1 << 26
"""Bytes that it may take to read several columns at once."""
_DEEPEST = 8
_BLOCK_ROWS = 1 << 14


def open_parquet(file: File, _: ReadOptions) -> ArrowTable:
    """Return the columns of a Parquet file."""
    if file.head(4) == b"PARE":
        raise DataError(f"{file.label}: the Parquet file is encrypted; save it without encryption")
    return ArrowTable(ParquetBatches(file))


def open_arrow(file: File, _: ReadOptions) -> ArrowTable:
    """Return the columns of an Arrow file or stream."""
    head = file.head(6)
    if head.startswith(b"FEA1"):
        raise DataError(
            f"{file.label}: Feather version 1 is not read; save it again with pandas.to_feather "
            "(version 2)"
        )
    return ArrowTable(FileBatches(file) if head == b"ARROW1" else StreamBatches(file))


class _Column(NamedTuple):
    """One column of a table: a field, or a field within a struct."""

    name: str
    path: tuple[int, ...]
    type: Any


class ArrowTable(TableDocument):
    """A table of columns; those of lists are read alone."""

    def __init__(self, batches: Batches) -> None:
        self.label = batches.label
        self._batches = batches
        with batches.guarded():
            self._columns = list(_flat(batches.schema, (), ""))

    def names(self, classes: ClassNames | None) -> tuple[str, ...]:  # noqa: ARG002
        """Return the names of the columns; those of a struct's fields are dotted paths."""
        return tuple(column.name for column in self._columns)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self._columns)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return int(self._batches.starts[-1])

    def text(self, column: int) -> Iterator[str]:
        """Return the entries of a column as text."""
        chosen = self._columns[column]
        for batch in self._batches.open(0, {chosen.path[0]}, _BLOCK_ROWS):
            for start in range(0, batch.num_rows, _BLOCK_ROWS):
                part = batch.slice(start, _BLOCK_ROWS)
                with self._batches.guarded():
                    entries = text_of(_pick([chosen], part)[0])
                yield from entries

    def take(self, columns: Sequence[int], classes: ClassNames | None) -> Source:
        """Return columns of numbers, or one column of lists; DataError for any other column."""
        chosen = [self._columns[index] for index in columns]
        words = classes if len(chosen) == 1 else None
        dtypes = []
        for column in chosen:
            dtype = dtype_of(column.type, words)
            if dtype is None:
                raise self._refusal(column, classes)
            if is_list(column.type) and len(chosen) > 1:
                raise DataError(
                    f"{self.label}: column {show(column.name)} holds lists; choose it alone: "
                    f"{self.label}::{column.name}"
                )
            dtypes.append(dtype)
        if not self._batches.starts[-1]:
            raise DataError(f"{self.label}: the table has no rows; save it again")
        source = self._source(chosen, np.result_type(*dtypes), words)
        source.columns = tuple(columns)
        return source

    def _source(
        self, chosen: Sequence[_Column], dtype: np.dtype[Any], words: ClassNames | None
    ) -> Source:
        most = max(2, _AT_ONCE // max(1, self._batches.column_cost))
        if len(chosen) <= most:
            return ColumnSource(self._batches, chosen, dtype, words)
        parts = -(-len(chosen) // most)
        bounds = [len(chosen) * at // parts for at in range(parts + 1)]

        def part(number: int) -> Iterator[Array]:
            columns = chosen[bounds[number] : bounds[number + 1]]
            source = ColumnSource(self._batches, columns, dtype, None)
            for start in range(0, source.shape[0], _BLOCK_ROWS):
                yield source.read(start, start + _BLOCK_ROWS)
            source.close()

        source = WideSource(
            self.label,
            self._batches.starts[-1],
            dtype,
            [stop - start for start, stop in pairwise(bounds)],
            part,
            lambda index: place_of(chosen, index),
        )
        source.names = tuple(column.name for column in chosen)
        return source

    def _refusal(self, column: _Column, classes: ClassNames | None) -> DataError:
        """Return why a column cannot be read, and what can."""
        numeric = [
            dtype_of(one.type, None) is not None and not is_list(one.type) for one in self._columns
        ]
        what = "text" if is_text(column.type) else show(column.type)
        fix = "save it as numbers"
        if any(numeric) and classes is None:
            choice = suggest(numeric, self.names(None))
            choice = choice if len(choice) <= LONGEST_CELL else "COLUMNS"
            fix = f"choose columns of numbers: {self.label}::{choice}"
        elif is_text(column.type):
            fix = "choose one column"
        return DataError(
            f"{self.label}: column {show(column.name)} holds {what}, not numbers; {fix}"
        )


def _flat(fields: Any, path: tuple[int, ...], prefix: str) -> Iterator[_Column]:
    """Yield the fields of a schema; in place of a struct, its fields."""
    for index, field in enumerate(fields):
        name, at = prefix + field.name, (*path, index)
        inner = field.type
        if pa.types.is_struct(inner) and inner.num_fields and len(at) < _DEEPEST:
            yield from _flat([inner.field(i) for i in range(inner.num_fields)], at, f"{name}.")
        else:
            yield _Column(name, at, inner)


def _pick(chosen: Sequence[_Column], batch: Any) -> list[Any]:
    """Return the arrays of columns from a batch that holds only the fields with them."""
    fields = sorted({column.path[0] for column in chosen})
    picked = []
    for column in chosen:
        array = batch.column(fields.index(column.path[0]))
        for child in column.path[1:]:
            # Where a struct is null, so are its fields.
            array = array.flatten()[child]
        picked.append(array)
    return picked


def place_of(chosen: Sequence[_Column], index: Sequence[int]) -> str:
    """Name an entry by its row and the name of its column."""
    if not index:
        return "the table"
    row, within = f"row {index[0] + 1}", ""
    if len(chosen) > 1 and len(index) < 2:
        return row
    column = chosen[0 if len(chosen) == 1 else index[1]]
    if is_list(column.type) and len(index) > 1:
        within = f" (index {list(index)})"
    return f"{row} column {show(column.name)}{within}"


class ColumnSource(Source):
    """Columns of a file; their rows are decoded page by page, by one thread at a time."""

    def __init__(
        self,
        batches: Batches,
        chosen: Sequence[_Column],
        dtype: np.dtype[Any],
        classes: ClassNames | None,
    ) -> None:
        self.label = batches.label
        self.dtype = dtype
        self._batches = batches
        self._chosen = chosen
        self._classes = classes
        self._lists = is_list(chosen[0].type)
        self._alone = len(chosen) == 1
        self._count = batches.starts[-1]
        self.names = () if self._lists else tuple(column.name for column in chosen)
        self._lock = Lock()
        self._pages: OrderedDict[int, Array] = OrderedDict()
        self._inner: tuple[int, ...] | None = None if self._lists else ()
        self._page_rows = 1
        self._rest = self._from_row(0)
        first = self._decoded(0)
        self._inner = first.shape[1:]
        self.shape: tuple[int, ...] = (self._count, *self._inner)
        self._page_rows = max(1, min(_MOST_ROWS, _PAGE // max(1, first.nbytes)))
        self._rest = self._from_row(0)
        self._next = 0
        """The page that the batches have come to."""

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError for a row that does not hold numbers."""
        start, stop, _ = slice(start, stop).indices(self._count)
        parts = [np.empty((0, *self.shape[1:]), self.dtype)]
        while start < stop:
            number, first = divmod(start, self._page_rows)
            with self._lock:
                page = self._page(number)
            parts.append(page[first : first + stop - start])
            start += len(parts[-1])
        return parts[1] if len(parts) == 2 else np.concatenate(parts)

    def place(self, index: Sequence[int]) -> str:
        """Name an entry by its row and the name of its column."""
        return place_of(self._chosen, index)

    def close(self) -> None:
        """Free what the batches hold, which this source and they would keep for each other."""
        self._rest.close()

    def _page(self, number: int) -> Array:
        """Return a page; those on the way to it are kept too, for the threads that need them."""
        if number in self._pages:
            self._pages.move_to_end(number)
            return self._pages[number]
        if number < self._next or self._group(number) > self._group(self._next):
            self._next = number
            self._rest = self._from_row(number * self._page_rows)
        while self._next <= number:
            self._pages[self._next] = self._decoded(self._next)
            self._next += 1
            while len(self._pages) > _KEPT:
                self._pages.popitem(last=False)
        return self._pages[number]

    def _group(self, page: int) -> int:
        """Return the group that contains the first row of a page."""
        return bisect_right(self._batches.starts, page * self._page_rows) - 1

    def _from_row(self, row: int) -> Generator[Any, None, None]:
        """Yield batches that begin with a row, each within one page."""
        starts, size = self._batches.starts, self._page_rows
        group = max(at for at, start in enumerate(starts[:-1]) if start <= row)
        at = starts[group]
        fields = {column.path[0] for column in self._chosen}
        for batch in self._batches.open(group, fields, size):
            first = max(row - at, 0)
            while first < batch.num_rows:
                part = batch.slice(first, size - (at + first) % size)
                yield part
                first += part.num_rows
            at += batch.num_rows

    def _decoded(self, page: int) -> Array:
        """Return the numbers of a page, which follows in the batches."""
        first = at = page * self._page_rows
        end = min(first + self._page_rows, self._count)
        parts = []
        while at < end:
            batch = next(self._rest, None)
            if batch is None:
                raise DataError(
                    f"{self.label}: {self._batches.kind} is truncated: expected {self._count} "
                    f"rows, found {at}; copy or save the file again"
                )
            with self._batches.guarded():
                arrays = _pick(self._chosen, batch)
            parts.append(self._numbers(arrays, at))
            at += len(parts[-1])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _numbers(self, arrays: list[Any], first: int) -> Array:
        """Return the numbers of a batch's columns."""
        found = []
        for at, array in enumerate(arrays):
            try:
                with self._batches.guarded():
                    found.append(numbers(array, self._inner, self._classes))
            except EntryError as error:
                index = (first + error.row,) if self._alone else (first + error.row, at)
                raise DataError(f"{self.label} {self.place(index)}: {error}") from None
        if self._alone:
            return found[0]
        table = np.empty((len(found[0]), len(found)), self.dtype)
        for at, entries in enumerate(found):
            table[:, at] = entries
            if entries.dtype.kind in "iu" and self.dtype.kind == "f":
                self._refuse_rounded(entries, first, at)
        return table

    def _refuse_rounded(self, integers: Array, first: int, column: int) -> None:
        """Refuse an integer that the floating-point numbers of other columns would round."""
        large = np.flatnonzero((integers >= EXACT) | (integers <= -EXACT))
        for row in large[:1]:
            place = self.place((first + int(row), column))
            raise DataError(
                f"{self.label} {place}: {integers[row]} is not exact beside "
                "columns of floating-point numbers; choose the column alone"
            )
