"""A node of a YAML or JSON tree as an array, or the place of the first fault in it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping as Columns
from collections.abc import Sequence as Index
from typing import NoReturn

import numpy as np

from losscli.errors import DataError, short_name, show
from losscli.readers.class_names import ClassNames, LabelRangeError, exact_labels, name_list
from losscli.readers.nested.tree import Mapping, Node, Number, Records, Run, Scalar, Sequence
from losscli.readers.numerals import (
    how_to_write,
    is_word,
    parse_integer,
    parse_number,
    why_not,
)
from losscli.readers.source import Array, ArraySource

NON_FINITE = {name: float(name) for name in ("inf", "-inf", "nan", "Infinity", "-Infinity", "NaN")}
"""Numbers that JSON lacks, as programs write them in its strings: this one, protobuf, pandas."""
_LIST = "; write [1.0, 2.0], or one '- 1.0' per line"
_NUMBER_FOR_LIST = f"expected a list, found a number (ragged){_LIST}"
_LIST_FOR_NUMBER = "expected a number, found a list"


def read_array(node: Node, label: str, classes: ClassNames | None) -> ArraySource:
    """Return a node as an array; DataError that names line, row and column of the first fault."""
    return _ArrayReader(node, label, classes).source()


def read_columns(
    columns: Columns[str, Sequence], label: str, *, exact: bool, path: str = ""
) -> ArraySource:
    """Return columns of numbers as shape (n, c); DataError for the first fault.

    With `exact`, integers beyond 2**53 stay what they are; `path` is the key that they are in.
    """
    read = [
        _ArrayReader(node, f"{label}::{short_name(path + name)}", None)
        for name, node in columns.items()
    ]
    values = np.stack([reader.flat() for reader in read], axis=1)
    written = {
        row * len(read) + column: integer
        for column, reader in enumerate(read)
        for row, integer in reader.written.items()
    }
    if exact:
        try:
            values = exact_labels(values, written)
        except LabelRangeError as error:
            row, column = divmod(error.index, len(read))
            read[column].refuse(row, str(error))
    names = tuple(columns)

    def place(index: Index[int]) -> str:
        column = index[1] if len(index) > 1 else 0
        return entry_of_key(read[column].lines[index[0]] if index else 1, index, names)

    return ArraySource(values, label, text=True, place=place)


def refuse_odd_record(node: Node, label: str) -> None:
    """Refuse a list of mappings with different keys, in which no key is a complete column."""
    if not isinstance(node, Sequence) or len(node.parts) < 2:
        return
    first, other = node.parts[:2]
    if isinstance(first, Records) and isinstance(other, Records):
        # The keys that make the difference come first: a long list is cut.
        found = sorted(other.columns, key=first.columns.__contains__)
        expected = sorted(first.columns, key=other.columns.__contains__)
        raise DataError(
            f"{label} line {other.line} row {first.length + 1}: found the keys "
            f"{name_list(tuple(found))}, expected {name_list(tuple(expected))} as in row 1; give "
            "every row the same keys"
        )


class _ArrayReader:
    """Collects the numbers of one node in order."""

    def __init__(self, node: Node, label: str, classes: ClassNames | None) -> None:
        self.node = node
        self.label = label
        self.classes = classes
        self.shape: tuple[int, ...] = ()
        self.values = array("d")
        self.lines = array("L")
        self.written: dict[int, int] = {}

    def source(self) -> ArraySource:
        """Return the array; DataError for the first fault."""
        values, lines, shape = self._numbers(), self.lines, self.shape
        if self.classes is not None:
            try:
                values = exact_labels(values, self.written)
            except LabelRangeError as error:
                self.refuse(error.index, str(error))
        return ArraySource(
            values,
            self.label,
            text=True,
            place=lambda index: entry(lines[_flat(index, shape)], index, len(shape)),
        )

    def flat(self) -> Array:
        """Return one number per item; DataError for the first fault."""
        values = self._numbers()
        if values.ndim > 1:
            self._fail(
                self.lines[0], (0,), f"{_LIST_FOR_NUMBER}; choose its key alone: {self.label}"
            )
        return values

    def refuse(self, at: int, problem: str) -> NoReturn:
        """Refuse the number at a flat index."""
        index = tuple(int(i) for i in np.unravel_index(at, self.shape))
        self._fail(self.lines[at], index, problem)

    def _numbers(self) -> Array:
        """Return the numbers as float64; DataError for the first fault."""
        node = self.node
        if not isinstance(node, Sequence):
            self._refuse_root(node)
        self.shape = shape = _expected_shape(node)
        if 0 in shape:
            raise DataError(
                f"{self.label} line {node.line}: the list is empty; write numbers into it"
            )
        self._walk(node, ())
        return np.array(self.values).reshape(shape)

    def _walk(self, node: Sequence, index: tuple[int, ...]) -> None:
        """Collect the numbers of a list in order; its nesting is limited."""
        if node.length != self.shape[len(index)]:
            self._fail(node.line, index, _ragged(node.length, self.shape[len(index)]))
        at = 0
        for part in node.parts:
            here = (*index, at)
            rest = self.shape[len(here) :]
            if isinstance(part, Run):
                self._take(part, here, rest)
                at += part.length
                continue
            if isinstance(part, Records):
                refuse_odd_record(node, self.label)
                problem = f"expected a number or a list, found a mapping{_LIST}"
                self._fail(part.line, here, problem)
            elif isinstance(part, Sequence):
                if not rest:
                    self._fail(part.line, here, f"{_LIST_FOR_NUMBER}; write one number")
                self._walk(part, here)
            elif isinstance(part, Scalar):
                self._scalar(part, here, rest)
            at += 1

    def _take(self, run: Run, index: tuple[int, ...], rest: tuple[int, ...]) -> None:
        """Collect a run of numbers, if it has the expected shape."""
        if run.shape != rest:
            lengths = next((p for p in zip(run.shape, rest, strict=False) if p[0] != p[1]), None)
            problem = _NUMBER_FOR_LIST
            if lengths is not None:
                problem = _ragged(*lengths)
            elif len(run.shape) > len(rest):
                problem = f"{_LIST_FOR_NUMBER} (ragged); write one number"
            self._fail(run.lines[0], index, problem)
        self.values.extend(run.values)
        self.lines.extend(run.lines)

    def _scalar(self, scalar: Scalar, index: tuple[int, ...], rest: tuple[int, ...]) -> None:
        """Collect a big integer or a class name; refuse anything else."""
        text, value = scalar.text, None
        if not scalar.quoted:
            integer = None if _leading_zero(text) else parse_integer(text)
            if integer is not None:
                value = float(integer)
                self.written[len(self.values)] = integer
        if value is None and self.classes is not None:
            value = self.classes.index(text)
        if value is None and scalar.quoted:
            value = NON_FINITE.get(text)
        if value is None:
            self._fail(scalar.line, index, self._why_not(scalar))
        if rest:
            self._fail(scalar.line, index, _NUMBER_FOR_LIST)
        self.values.append(value)
        self.lines.append(scalar.line)

    def _why_not(self, scalar: Scalar) -> str:
        text = scalar.text
        if self.classes is not None and is_word(text) and why_not(text).endswith("is not a number"):
            return self.classes.refusal(text)
        if scalar.quoted:
            plain = parse_number(text) is not None
            fix = "remove the quotes" if plain else how_to_write(text)
            return f"{show(text)} is a string, not a number; {fix}"
        problem = _leading_zero(text) or why_not(text)
        if not problem.endswith("is not a number"):
            return problem
        pieces = text.replace(",", " ").split()
        if len(pieces) > 1 and all(parse_number(piece) is not None for piece in pieces):
            return problem + _LIST
        return f"{problem}; {how_to_write(text)}"

    def _refuse_root(self, node: Node) -> NoReturn:
        """Refuse a node that is not a list."""
        if isinstance(node, Mapping):
            fix = "choose one with ::KEY"
            if all(isinstance(item, Scalar) for item in node.items.values()):
                fix = 'write lists, with pandas to_json(orient="records")'
            raise DataError(
                f"{self.label} line {node.line}: expected a list of numbers, found a mapping with "
                f"the keys {name_list(tuple(node.items))}; {fix}"
            )
        text = node.text if isinstance(node, Scalar) else ""
        if not text or text in ("null", "~"):
            what = "an empty value (null)"
        else:
            what = "one number" if isinstance(node, Number) else show(text)
        raise DataError(
            f"{self.label} line {node.line}: expected a list of numbers, found {what}{_LIST}"
        )

    def _fail(self, line: int, index: tuple[int, ...], problem: str) -> NoReturn:
        raise DataError(f"{self.label} {entry(line, index, len(index))}: {problem}")


def _leading_zero(text: str) -> str | None:
    """Return what is wrong with an integer such as 010; None for any other text."""
    if parse_integer(text) is None or not text.lstrip("+-").startswith("0"):
        return None
    return f"{show(text)} is octal in YAML 1.1, but decimal in 1.2; remove the leading zero"


def _expected_shape(node: Sequence) -> tuple[int, ...]:
    """Return the shape by the first item of each list."""
    shape: tuple[int, ...] = ()
    item: object = node
    while isinstance(item, Sequence):
        shape = (*shape, item.length)
        item = item.parts[0] if item.parts else None
    return shape + item.shape if isinstance(item, Run) else shape


def _ragged(found: int, expected: int) -> str:
    """Say that a list is not as long as the first one."""
    count = f"{found} value{'s' * (found != 1)}"
    return (
        f"{count}, expected {expected} as in the first list (ragged); give every list the same "
        "length"
    )


def _flat(index: Index[int], shape: tuple[int, ...]) -> int:
    """Return the position of an index, or of its first entry if the last axes are missing."""
    full = tuple(index) + (0,) * (len(shape) - len(index))
    return int(np.ravel_multi_index(full, shape))


def entry(line: int, index: Index[int], axes: int) -> str:
    """Name an entry by its line, and by row and column, since a line may hold several rows."""
    if axes > 2:
        return f"line {line} (index {list(index)})"
    row = f" row {index[0] + 1}" if index else ""
    column = f" column {index[1] + 1}" if len(index) > 1 else ""
    return f"line {line}{row}{column}"


def entry_of_key(line: int, index: Index[int], names: Index[str]) -> str:
    """Name an entry of a table by its line and row, and by its key."""
    return entry(line, index[:1], 1) + (f" key {show(names[index[1]])}" if len(index) > 1 else "")
