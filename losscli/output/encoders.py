"""Rows and arrays that arrive in parts, as CSV, TSV, JSON Lines, JSON or NPY, with every digit."""

from __future__ import annotations

import csv
import io
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

import numpy as np

from losscli.errors import UsageError, option, short_name
from losscli.output.arrays import Array
from losscli.output.number_rows import number_rows
from losscli.output.output_files import Placed
from losscli.output.strict_json import cell, dumped

ROWS = 4096
"""Rows that are turned into text at a time."""
NUMBERS = 1 << 16
"""Numbers in them, where one row has not more."""
GATHERED = 1 << 25
"""Bytes of parts that are put in their places at once: small pieces take long."""
Column = Sequence[Any] | Array
"""Cells, or numbers (n,), or numbers (n, k) of several columns."""
C = TypeVar("C", str, bytes | memoryview | Placed)


class Encoder(ABC, Generic[C]):
    """Writes parts one after another, whether they are pushed or pulled."""

    def head(self) -> Iterable[C]:
        """Return the text before the first part."""
        return ()

    @abstractmethod
    def part(self, part: Any) -> Iterable[C]:
        """Return a part."""

    def tail(self) -> Iterable[C]:
        """Return the text after the last part."""
        return ()

    def whole(self, parts: Iterable[Any]) -> Iterator[C]:
        """Yield everything."""
        yield from self.head()
        for part in parts:
            yield from self.part(part)
        yield from self.tail()


class Separated(Encoder[str]):
    """Rows as CSV or TSV, with a header if there are names; a part is its columns."""

    def __init__(self, delimiter: str, names: Sequence[str] = ()) -> None:
        self.delimiter = delimiter
        self.names = names

    def head(self) -> Iterator[str]:
        """Yield the header."""
        if self.names:
            yield from self._lines([self.names])

    def part(self, part: Sequence[Column]) -> Iterator[str]:
        """Yield some thousand rows at a time; a cell that is a list becomes words."""
        for columns in _pieces_of_columns(part):
            rows = zip(*map(self._texts, columns), strict=True)
            yield "\n".join(map(self.delimiter.join, rows)) + "\n"

    def _texts(self, column: Column) -> Iterable[str]:
        """Return each cell as text; numbers (n, k) as the cells of a row at a time."""
        if isinstance(column, np.ndarray):
            return number_rows(_as_rows(column), self.delimiter).split("\n")[:-1]
        kinds = set(map(type, column))
        if kinds <= {int, float}:
            return map(repr, column)
        texts = list(map(_plain_text, column))
        if not kinds & {str, list} or all(map(str.isalnum, texts)):
            return texts
        different = list(dict.fromkeys(texts))
        # An empty cell would get quotes if it was alone.
        lines = self._lines((text, "") for text in different)
        quoted = {text: line[:-2] for text, line in zip(different, lines, strict=True)}
        return [quoted[text] for text in texts]

    def _lines(self, rows: Iterable[Sequence[str]]) -> list[str]:
        lines: list[str] = []
        sink = SimpleNamespace(write=lines.append)
        csv.writer(sink, delimiter=self.delimiter, lineterminator="\n").writerows(rows)
        return lines


class NumberRows(Separated):
    """Rows of numbers as CSV or TSV: no cell needs quotes, which is faster; a part is an array."""

    def part(self, part: Any) -> Iterator[str]:
        """Yield rows, or one number per line."""
        for rows in pieces(part):
            yield number_rows(_as_rows(rows), self.delimiter)


class JsonObjects(Encoder[str]):
    """Rows as JSON objects, one per line; a part is its columns."""

    def __init__(self, names: Sequence[str]) -> None:
        members = (dumped(name).replace("%", "%%") + ":%s" for name in names)
        self.template = f"{{{','.join(members)}}}\n"

    def part(self, part: Sequence[Column]) -> Iterator[str]:
        """Yield some thousand rows at a time."""
        for columns in _pieces_of_columns(part):
            rows = zip(*chain.from_iterable(map(_json_columns, columns)), strict=True)
            yield "".join([self.template % row for row in rows])


def _json_columns(column: Column) -> Iterable[Iterable[str]]:
    """Return the JSON texts of a column, or of each column of numbers (n, k)."""
    if not isinstance(column, np.ndarray):
        return [map(repr if set(map(type, column)) == {int} else cell, column)]
    k = column[:1].size
    texts = number_rows(column.reshape(-1, 1), ",", cell).split("\n")[:-1]
    return [texts[i::k] for i in range(k)]


class JsonEntries(Encoder[str]):
    """An array as JSON Lines, one line per entry of its first axis, nested as the array is."""

    def part(self, part: Array) -> Iterator[str]:
        """Yield the entries of a part, some thousand rows at once."""
        for rows in pieces(np.atleast_1d(part)):
            yield "".join(f"{entry}\n" for entry in _entries(rows))


class JsonList(Encoder[str]):
    """An array as one JSON list, nested as the array is."""

    def __init__(self) -> None:
        self._mark = "["

    def part(self, part: Array) -> Iterator[str]:
        """Yield the entries of a part, some thousand rows at once."""
        for rows in pieces(np.atleast_1d(part)):
            yield self._mark + ",".join(_entries(rows))
            self._mark = ","

    def tail(self) -> Iterator[str]:
        """Yield the bracket."""
        yield "]" if self._mark == "," else "[]"


def _entries(values: Array) -> list[str]:
    """Return each entry of the first axis as JSON, nested as the array is."""
    *outer, width = values.shape if values.ndim > 1 else (*values.shape, 1)
    texts = number_rows(values.reshape(math.prod(outer), width), ",", cell).split("\n")[:-1]
    for size in (1, *reversed(outer[1:])) if values.ndim > 1 else ():
        groups = range(0, len(texts), max(size, 1))
        texts = [f"[{','.join(texts[at : at + size])}]" for at in groups]
    return texts


class Npy(Encoder[bytes | memoryview | Placed]):
    """An array as an NPY file in C order; its parts follow one another along one axis."""

    def __init__(self, dtype: np.dtype[Any], shape: tuple[int, ...], axis: int = 0) -> None:
        self.dtype = dtype
        self.shape = shape
        self.axis = axis
        self._waiting: list[Array] = []
        self._offset = 0

    def head(self) -> Iterator[bytes]:
        """Yield the header."""
        header = io.BytesIO()
        facts = {"descr": self.dtype.str, "fortran_order": False, "shape": self.shape}
        np.lib.format.write_array_header_1_0(header, facts)
        self._offset = header.tell()
        yield header.getvalue()

    def part(self, part: Array) -> Iterator[memoryview | Placed]:
        """Yield the bytes of a part; along another axis than the first, some parts at once."""
        if not self.axis:
            yield np.ascontiguousarray(part).data.cast("B")
            return
        self._waiting.append(part)
        if sum(waiting.nbytes for waiting in self._waiting) > GATHERED:
            yield from self.tail()

    def tail(self) -> Iterator[Placed]:
        """Yield the parts that wait: a piece for each place on the axes before."""
        if not self._waiting:
            return
        whole = np.ascontiguousarray(np.concatenate(self._waiting, axis=self.axis))
        self._waiting.clear()
        pieces = whole.reshape(math.prod(self.shape[: self.axis]), -1)
        stride = math.prod(self.shape[self.axis :]) * self.dtype.itemsize
        for at, piece in enumerate(pieces):
            yield Placed(self._offset + at * stride, piece.data.cast("B"))
        self._offset += pieces[0].nbytes


def indices(axes: tuple[int, ...], start: int, stop: int) -> Column:
    """Return the names of the flat indices start to stop: `i`, or `i,j` with several axes."""
    if len(axes) == 1:
        return range(start, stop)
    if not axes:
        return [""]
    places = np.unravel_index(np.arange(start, stop), axes)
    return [",".join(at) for at in zip(*(map(str, axis.tolist()) for axis in places), strict=True)]


def pieces(rows: Array) -> Iterator[Array]:
    """Yield some thousand rows of an array at once, fewer where they are long."""
    step = max(1, min(ROWS, NUMBERS // max(1, rows[:1].size)))
    for start in range(0, len(rows), step):
        yield rows[start : start + step]


def _pieces_of_columns(columns: Sequence[Column]) -> Iterator[list[Column]]:
    """Yield the cells of some thousand rows at once, columns of the same length."""
    for start in range(0, len(columns[0]), ROWS):
        yield [column[start : start + ROWS] for column in columns]


def _plain_text(cell: Any) -> str:
    if isinstance(cell, list):
        return " ".join(map(str, cell))
    return "" if cell is None else str(cell)


def _as_rows(values: Array) -> Array:
    return values if values.ndim > 1 else values[:, np.newaxis]


def extension(path: str, known: Iterable[str], name: str) -> str:
    """Return the extension of the output path of an option, or refuse an unknown one."""
    scheme, colon, _ = path.partition("://")
    if colon and scheme.isalnum():
        # The rest may hold a password.
        raise UsageError(f"{option(name)} {scheme}://...: outputs are written to local files only")
    dot = "." + path.rpartition(".")[2].lower()
    if dot not in known:
        where = f"{option(name)} {short_name(path)}"
        raise UsageError(f"{where}: the extension must be one of {', '.join(known)}")
    return dot
