"""Rows and arrays that come in parts, as CSV, TSV, JSON Lines, JSON or NPY; no digit is lost."""

from __future__ import annotations

import io
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from losscli.errors import UsageError, option, short_name
from losscli.numerics.arrays import Array
from losscli.output.lines import ROWS, Column, json_lines, separated
from losscli.output.strict_json import SEPARATORS, dumped_each, numbers, plain

C = TypeVar("C", str, bytes | memoryview)


class Encoder(ABC, Generic[C]):
    """Writes parts one after another, whoever pushes or pulls them."""

    def head(self) -> Iterable[C]:
        """Return what comes before the first part."""
        return ()

    @abstractmethod
    def part(self, part: Any) -> Iterable[C]:
        """Return a part."""

    def tail(self) -> Iterable[C]:
        """Return what comes after the last part."""
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
            yield from separated([[name] for name in self.names], self.delimiter)

    def part(self, part: Sequence[Column]) -> Iterator[str]:
        """Yield rows."""
        return separated(part, self.delimiter)


class JsonObjects(Encoder[str]):
    """Rows as JSON objects, one per line; a part is its columns."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def part(self, part: Sequence[Column]) -> Iterator[str]:
        """Yield rows."""
        return json_lines(self.names, part)


class JsonEntries(Encoder[str]):
    """An array as JSON Lines, one line per entry of its first axis, nested as the array is."""

    def part(self, part: Array) -> Iterator[str]:
        """Yield the entries of a part."""
        yield "".join(f"{row}\n" for row in dumped_each(part))


class JsonList(Encoder[str]):
    """An array as one JSON list, nested as the array is."""

    def __init__(self) -> None:
        self._mark = "["

    def part(self, part: Array) -> Iterator[str]:
        """Yield the entries of a part, some thousand rows at once."""
        for rows in pieces(np.atleast_1d(part)):
            listed = numbers(rows)
            finite = bool(np.isfinite(rows).all())
            text = json.dumps(listed if finite else plain(listed), separators=SEPARATORS)
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


def pieces(rows: Array) -> Iterator[Array]:
    """Yield some thousand rows of an array at once."""
    for start in range(0, len(rows), ROWS):
        yield rows[start : start + ROWS]


def extension(path: str, known: Iterable[str], name: str) -> str:
    """Return the extension of the output path of an option, or refuse an unknown one."""
    dot = "." + path.rpartition(".")[2].lower()
    if dot not in known:
        where = f"{option(name)} {short_name(path)}"
        raise UsageError(f"{where}: the extension must be one of {', '.join(known)}")
    return dot
