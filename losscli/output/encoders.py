"""Rows and arrays that arrive in parts, as CSV, TSV, JSON Lines, JSON or NPY, with every digit."""

from __future__ import annotations

import csv
import io
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np

from losscli.errors import UsageError, option, short_name
from losscli.numerics.arrays import Array
from losscli.output.strict_json import SEPARATORS, dumped, listed, numbers

ROWS = 4096
"""Rows that are turned into text at a time."""
Column = Sequence[Any]
C = TypeVar("C", str, bytes | memoryview)


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
            yield from Separated.part(self, [[name] for name in self.names])

    def part(self, part: Sequence[Column]) -> Iterator[str]:
        """Yield some thousand rows at a time; a cell that is a list becomes words."""
        columns = [
            [" ".join(map(str, cell)) for cell in column]
            if isinstance(next(iter(column), None), list)
            else column
            for column in part
        ]
        rows = zip(*columns, strict=True)
        while some := list(islice(rows, ROWS)):
            buffer = io.StringIO()
            csv.writer(buffer, delimiter=self.delimiter, lineterminator="\n").writerows(some)
            yield buffer.getvalue()


class NumberRows(Separated):
    """Rows of numbers as CSV or TSV: no cell needs quotes, which is faster; a part is an array."""

    def part(self, part: Any) -> Iterator[str]:
        """Yield rows, or one number per line."""
        for rows in pieces(part):
            cells = numbers(rows)
            lines = (self.delimiter.join(map(repr, row)) for row in cells)
            yield "\n".join(map(repr, cells) if rows.ndim == 1 else lines) + "\n"


class JsonObjects(Encoder[str]):
    """Rows as JSON objects, one per line; a part is its columns."""

    def __init__(self, names: Sequence[str]) -> None:
        members = (dumped(name).replace("%", "%%") + ":%s" for name in names)
        self.template = f"{{{','.join(members)}}}\n"

    def part(self, part: Sequence[Column]) -> Iterator[str]:
        """Yield some thousand rows at a time."""
        rows = zip(*(map(_json, column) for column in part), strict=True)
        while text := "".join([self.template % row for row in islice(rows, ROWS)]):
            yield text


class JsonEntries(Encoder[str]):
    """An array as JSON Lines, one line per entry of its first axis, nested as the array is."""

    def part(self, part: Array) -> Iterator[str]:
        """Yield the entries of a part."""
        yield "".join(json.dumps(row, separators=SEPARATORS) + "\n" for row in listed(part))


class JsonList(Encoder[str]):
    """An array as one JSON list, nested as the array is."""

    def __init__(self) -> None:
        self._mark = "["

    def part(self, part: Array) -> Iterator[str]:
        """Yield the entries of a part, some thousand rows at once."""
        for rows in pieces(np.atleast_1d(part)):
            text = json.dumps(listed(rows), separators=SEPARATORS)
            yield self._mark + text[1:-1]
            self._mark = ","

    def tail(self) -> Iterator[str]:
        """Yield the bracket."""
        yield "]" if self._mark == "," else "[]"


class Npy(Encoder[bytes | memoryview]):
    """An array as an NPY file in C order."""

    def __init__(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        self.dtype = dtype
        self.shape = shape

    def head(self) -> Iterator[bytes | memoryview]:
        """Yield the header."""
        header = io.BytesIO()
        facts = {"descr": self.dtype.str, "fortran_order": False, "shape": self.shape}
        np.lib.format.write_array_header_1_0(header, facts)
        yield header.getvalue()

    def part(self, part: Array) -> Iterator[bytes | memoryview]:
        """Yield the bytes of a part."""
        yield np.ascontiguousarray(part).data.cast("B")


def _json(cell: Any) -> str:
    # Most cells are plain numbers, which JSON writes as Python does.
    kind = type(cell)
    plain = kind is int or (kind is float and math.isfinite(cell))
    return repr(cell) if plain else dumped(cell)


def indices(axes: tuple[int, ...], start: int, stop: int) -> Column:
    """Return the names of the flat indices start to stop: `i`, or `i,j` with several axes."""
    if len(axes) == 1:
        return range(start, stop)
    if not axes:
        return [""]
    places = np.unravel_index(np.arange(start, stop), axes)
    return [",".join(at) for at in zip(*(map(str, axis.tolist()) for axis in places), strict=True)]


def pieces(rows: Array) -> Iterator[Array]:
    """Yield some thousand rows of an array at once."""
    for start in range(0, len(rows), ROWS):
        yield rows[start : start + ROWS]


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
