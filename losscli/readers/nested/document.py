"""Arrays out of a tree of YAML or JSON values: keys, dotted paths, shapes, faults with places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import numpy as np

from losscli.errors import DataError, UsageError, short_name, show
from losscli.readers.class_names import ClassNames, LabelRangeError, exact_labels, name_list
from losscli.readers.document import Document
from losscli.readers.nested.tree import Mapping, Number, Records, Run, Scalar, Sequence
from losscli.readers.numerals import (
    decimals,
    how_to_write,
    is_word,
    parse_integer,
    parse_number,
    why_not,
)
from losscli.readers.source import ArraySource

if TYPE_CHECKING:
    from collections.abc import Sequence as Index

    from losscli.readers.nested.tree import Node
    from losscli.readers.source import Array


_LIST = "; write [1.0, 2.0], or '- 1.0' on a line each"


class Nested(Document):
    """A YAML or JSON text that has been read, or a mapping within it."""

    kind = "a mapping"

    def __init__(self, root: Node | None, label: str, path: str = "") -> None:
        if root is None:
            raise DataError(f"{label}: the file is empty: it has no value; save it again")
        self.label = label
        self._root = root
        self.path = path
        """Where the mapping is within the text: empty, or keys with a dot after each."""
        members = _members(root)
        if members is not None and not members:
            raise DataError(f"{label}: the mapping is empty, it has no key; save it again")
        self.keys = None if members is None else tuple(members)
        lists = (key for key, node in (members or {}).items() if isinstance(node, Sequence))
        self.arrays = tuple(lists)

    def source(self, selector: str | None, classes: ClassNames | None) -> ArraySource:
        """Return the array at a dotted path, or the whole text as one."""
        node = self._root if selector is None else self._find(selector)[1]
        label = f"{self.label}::{short_name(self.path + selector)}" if selector else self.label
        return _ArrayMaker(node, label, classes).source()

    def beside(self, selector: str | None) -> Nested:
        """Return the mapping in which a path ends: other roles are looked for there."""
        if selector is None:
            return self
        parent, _, path = self._find(selector)
        return Nested(parent, self.label, path)

    def _find(self, selector: str) -> tuple[Node, Node, str]:
        """Return the node at a path, the node that holds it, and the path to that one."""
        node, parent = self._root, self._root
        steps = selector.split(".")
        done = path = ""
        while steps:
            parent, path = node, done
            members = _members(node)
            # A key may hold dots itself: the longest one that fits wins.
            for size in range(len(steps), 0, -1):
                key = ".".join(steps[:size])
                if members is not None and key in members:
                    node = members[key]
                    break
                if isinstance(node, Sequence) and size == 1 and _is_index(key, node.length):
                    node = node.item(int(key))
                    break
            else:
                _refuse_odd_record(node, self.label)
                raise UsageError(f"{self.label}: no {show(done + '.'.join(steps))}; {_offer(node)}")
            done += key + "."
            steps = steps[size:]
        return parent, node, path


def _members(node: Node) -> dict[str, Node] | None:
    """Return what a node holds by key: of a list of like mappings, one list a key."""
    if isinstance(node, Mapping):
        return node.items
    if isinstance(node, Sequence) and len(node.parts) == 1 and isinstance(node.parts[0], Records):
        return dict(node.parts[0].columns)
    return None


def _refuse_odd_record(node: Node, label: str) -> None:
    """Refuse a list of mappings with different keys, in which no key is a whole column."""
    if not isinstance(node, Sequence) or len(node.parts) < 2:
        return
    first, other = node.parts[:2]
    if isinstance(first, Records) and isinstance(other, Records):
        raise DataError(
            f"{label} line {other.line} row {first.length + 1}: the keys are "
            f"{name_list(tuple(other.columns))}, those of row 1 are "
            f"{name_list(tuple(first.columns))}; give every row the same"
        )


def _is_index(text: str, length: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10 and int(text) < length


def _offer(node: Node) -> str:
    """Say what a path can go on with."""
    members = _members(node)
    if members:
        return f"the keys are {name_list(tuple(members))}"
    if isinstance(node, Sequence):
        return f"the list has the indices 0 to {node.length - 1}"
    return "there is a single value"


class _ArrayMaker:
    """Turns one node into an array, or says which place of it is at fault."""

    def __init__(self, node: Node, label: str, classes: ClassNames | None) -> None:
        self.node = node
        self.label = label
        self.classes = classes
        self.shape: tuple[int, ...] = ()
        self.values: list[float] = []
        self.lines: list[int] = []
        self.written: dict[int, int] = {}

    def source(self) -> ArraySource:
        """Return the array; DataError that names line, row and column of the first fault."""
        node = self.node
        if not isinstance(node, Sequence):
            self._refuse_root(node)
        only = node.parts[0] if len(node.parts) == 1 else None
        if isinstance(only, Run):
            array = np.array(only.values, np.float64).reshape(node.length, *only.shape)
            lines = np.array(only.lines, np.int64)
        else:
            self.shape = _expected_shape(node)
            if 0 in self.shape:
                raise DataError(
                    f"{self.label} line {node.line}: the list is empty; write its numbers"
                )
            self._walk(node, ())
            lines = np.array(self.lines, np.int64)
            array = self._labels(np.array(self.values, np.float64), lines).reshape(self.shape)
        shape = array.shape
        return ArraySource(
            array,
            self.label,
            decimals=decimals(array),
            place=lambda index: entry(int(lines[_flat(index, shape)]), index, len(shape)),
        )

    def _labels(self, values: Array, lines: Array) -> Array:
        """Return labels beyond 2**53 as the integers that the text writes."""
        if self.classes is None:
            return values
        try:
            return exact_labels(values, self.written)
        except LabelRangeError as error:
            index = tuple(int(i) for i in np.unravel_index(error.index, self.shape))
            self._fail(int(lines[error.index]), index, str(error))

    def _walk(self, node: Sequence, index: tuple[int, ...]) -> None:
        """Collect the numbers of a list, whose nesting is limited, in order."""
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
                _refuse_odd_record(node, self.label)
                self._fail(
                    part.line, here, "a mapping where a number or a list belongs; write [1.0, 2.0]"
                )
            elif isinstance(part, Sequence):
                if not rest:
                    self._fail(part.line, here, "a list where a number belongs; write one number")
                self._walk(part, here)
            elif isinstance(part, Scalar):
                self._scalar(part, here, rest)
            at += 1

    def _take(self, run: Run, index: tuple[int, ...], rest: tuple[int, ...]) -> None:
        """Collect a run of numbers that has the expected shape."""
        if run.shape != rest:
            if not run.shape:
                self._fail(run.lines[0], index, f"a number where a list belongs: ragged{_LIST}")
            if not rest:
                self._fail(
                    run.lines[0], index, "a list where a number belongs: ragged; write one number"
                )
            self._fail(run.lines[0], index, _ragged(run.shape[0], rest[0]))
        self.values.extend(run.values)
        self.lines.extend(run.lines)

    def _scalar(self, scalar: Scalar, index: tuple[int, ...], rest: tuple[int, ...]) -> None:
        """Collect a big integer or a class name; anything else is a fault."""
        text, value = scalar.text, None
        if not scalar.quoted:
            integer = None if leading_zero(text) else parse_integer(text)
            if integer is not None:
                value = float(integer)
                self.written[len(self.values)] = integer
        if value is None and self.classes is not None:
            value = self.classes.index(text)
        if value is None:
            self._fail(scalar.line, index, self._why_not(scalar))
        if rest:
            self._fail(scalar.line, index, f"a number where a list belongs: ragged{_LIST}")
        self.values.append(value)
        self.lines.append(scalar.line)

    def _why_not(self, scalar: Scalar) -> str:
        text = scalar.text
        if self.classes is not None and is_word(text) and why_not(text).endswith("is not a number"):
            return self.classes.refusal(text)
        if scalar.quoted:
            plain = parse_number(text) is not None
            cure = "remove the quotes" if plain else how_to_write(text)
            return f"{show(text)} is a string, not a number; {cure}"
        problem = leading_zero(text) or why_not(text)
        if not problem.endswith("is not a number"):
            return problem
        return problem + (_list_advice(text) or f"; {how_to_write(text)}")

    def _refuse_root(self, node: Node) -> NoReturn:
        """Refuse what is no list."""
        if isinstance(node, Mapping):
            raise DataError(
                f"{self.label} line {node.line}: a mapping with the keys "
                f"{name_list(tuple(node.items))}, where a list of numbers belongs; "
                "choose one with ::KEY"
            )
        text = node.text if isinstance(node, Scalar) else ""
        if not text or text in ("null", "~"):
            what = "empty (null)"
        else:
            what = "one number" if isinstance(node, Number) else show(text)
        raise DataError(
            f"{self.label} line {node.line}: {what}, where a list of numbers belongs{_LIST}"
        )

    def _fail(self, line: int, index: tuple[int, ...], problem: str) -> NoReturn:
        raise DataError(f"{self.label} {entry(line, index, len(index))}: {problem}")


def _list_advice(text: str) -> str:
    """Tell a row of numbers that lacks its punctuation how a list is written."""
    pieces = text.replace(",", " ").split()
    numbers = len(pieces) > 1 and all(parse_number(piece) is not None for piece in pieces)
    return _LIST if numbers else ""


def leading_zero(text: str) -> str | None:
    """Say what is wrong with an integer such as 010."""
    if parse_integer(text) is None or not text.lstrip("+-").startswith("0"):
        return None
    return f"{show(text)} has a leading zero, octal in YAML 1.1, decimal in 1.2; write it without"


def _expected_shape(node: Sequence) -> tuple[int, ...]:
    """Return the shape that the first item of each list suggests."""
    shape: tuple[int, ...] = ()
    item: object = node
    while isinstance(item, Sequence):
        shape = (*shape, item.length)
        item = item.parts[0] if item.parts else None
    return shape + item.shape if isinstance(item, Run) else shape


def _ragged(found: int, expected: int) -> str:
    """Say that a list is not as long as the first of its kind."""
    count = f"{found} value{'s' * (found != 1)}"
    return f"{count}, but the first has {expected}: ragged; give every list the same"


def _flat(index: Index[int], shape: tuple[int, ...]) -> int:
    """Return the position of the first entry at an index, which may lack axes at the end."""
    full = tuple(index) + (0,) * (len(shape) - len(index))
    return int(np.ravel_multi_index(full, shape))


def entry(line: int, index: Index[int], axes: int) -> str:
    """Name an entry: its line, and its row and column, since a line may hold several rows."""
    if axes > 2:
        return f"line {line} (index {list(index)})"
    row = f" row {index[0] + 1}" if index else ""
    column = f" column {index[1] + 1}" if len(index) > 1 else ""
    return f"line {line}{row}{column}"
