"""The values of a YAML or JSON text as a compact tree, in which each scalar knows its line.

A list of a million rows is not a million objects: neighbors of one shape are merged into one Run
of numbers, and neighboring mappings with the same keys into the columns of one Records.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from losscli.errors import DataError, show

DEEPEST = 64
TOO_DEEP = f"nested deeper than {DEEPEST} levels; write a list of rows"
_FREE_NODES = 100_000


@dataclass(slots=True)
class Scalar:
    """A value outside a Run: a word, a missing value, a big integer."""

    text: str
    line: int
    quoted: bool = False

    size = 1


@dataclass(slots=True)
class Number(Scalar):
    """A number by itself, not yet part of a list."""

    value: float = 0.0


class Run:
    """Numbers in order: `length` neighbors of one shape."""

    __slots__ = ("lines", "shape", "values")

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.values = array("d")
        self.lines = array("L")

    @property
    def length(self) -> int:
        """The number of neighbors."""
        return len(self.values) // math.prod(self.shape)

    def item(self, index: int) -> Node:
        """Return one of the neighbors."""
        if not self.shape:
            value = self.values[index]
            return Number(repr(value), self.lines[index], value=value)
        size = math.prod(self.shape)
        run = Run(self.shape[1:])
        run.values = self.values[index * size : (index + 1) * size]
        run.lines = self.lines[index * size : (index + 1) * size]
        return Sequence(run.lines[0], [run], self.shape[0])


@dataclass(slots=True)
class Records:
    """Neighboring mappings with the same keys, as one list per key."""

    line: int
    columns: dict[str, Sequence]
    length: int = 0

    def item(self, index: int) -> Node:
        """Return one of the neighbors."""
        items = {key: column.item(index) for key, column in self.columns.items()}
        return Mapping(self.line, items)


@dataclass(slots=True)
class Mapping:
    """Keys in the order of the text."""

    line: int
    items: dict[str, Node] = field(default_factory=dict)
    size: int = 1


@dataclass(slots=True)
class Sequence:
    """A list; each part is a Run or Records of several items, or one item itself."""

    line: int
    parts: list[Node | Run | Records] = field(default_factory=list)
    length: int = 0
    size: int = 1

    def add_numbers(self, values: Collection[float], lines: Collection[int]) -> None:
        """Append numbers with their lines."""
        run = self._run(())
        run.values.extend(values)
        run.lines.extend(lines)
        self.length += len(values)
        self.size += len(values)

    @property
    def only(self) -> Node | Run | Records | None:
        """The only part of the list; None if there are several."""
        return self.parts[0] if len(self.parts) == 1 else None

    def add(self, node: Node) -> None:
        """Append a complete item."""
        if isinstance(node, Number):
            self.add_numbers((node.value,), (node.line,))
            return
        self.length += 1
        self.size += node.size
        if isinstance(node, Mapping):
            self._add_record(node)
        elif isinstance(node, Sequence) and isinstance(only := node.only, Run):
            run = self._run((node.length, *only.shape))
            run.values.extend(only.values)
            run.lines.extend(only.lines)
        else:
            self.parts.append(node)

    def _run(self, shape: tuple[int, ...]) -> Run:
        """Return the last part if it is a Run of this shape, else a new Run."""
        last = self.parts[-1] if self.parts else None
        if not isinstance(last, Run) or last.shape != shape:
            last = Run(shape)
            self.parts.append(last)
        return last

    def _add_record(self, node: Mapping) -> None:
        last = self.parts[-1] if self.parts else None
        if not isinstance(last, Records) or last.columns.keys() != node.items.keys():
            last = Records(node.line, {key: Sequence(node.line) for key in node.items})
            self.parts.append(last)
        last.length += 1
        for key, item in node.items.items():
            last.columns[key].add(item)

    def item(self, index: int) -> Node:
        """Return one item; the index is in range."""
        for part in self.parts:
            length = part.length if isinstance(part, Run | Records) else 1
            if index < length:
                return part.item(index) if isinstance(part, Run | Records) else part
            index -= length
        raise IndexError(index)


Node: TypeAlias = Scalar | Mapping | Sequence


def cells(sequence: Sequence) -> Iterator[Node]:
    """Return the items of a list one by one."""
    for part in sequence.parts:
        if isinstance(part, Run | Records):
            yield from map(part.item, range(part.length))
        else:
            yield part


def plain_text(cell: Node) -> str:
    """Return a value as ids are compared; empty for one that is missing, a list or a mapping."""
    if isinstance(cell, Number):
        return cell.text.removesuffix(".0")
    if not isinstance(cell, Scalar) or (not cell.quoted and cell.text in ("null", "~")):
        return ""
    return cell.text


class Builder:
    """Builds the tree from a parser's events, in order, without recursion.

    DataError for a duplicate key, for nesting beyond 64 levels, and for more nodes than a text
    of `size` bytes can hold unless its aliases multiply.
    """

    def __init__(self, label: str, size: int) -> None:
        self.label = label
        self.root: Node | None = None
        self._stack: list[tuple[Mapping | Sequence, str | None]] = []
        self._top: Mapping | Sequence | None = None
        self._key: str | None = None
        self._room = size + _FREE_NODES

    @property
    def wants_key(self) -> bool:
        """Whether the next scalar is a key."""
        return self._key is None and isinstance(self._top, Mapping)

    @property
    def in_list(self) -> bool:
        """Whether the next value is an item of a list."""
        return isinstance(self._top, Sequence)

    @property
    def depth(self) -> int:
        """How many lists and mappings are open."""
        return len(self._stack)

    def fail(self, line: int, problem: str) -> DataError:
        """Return an error that names the line, and row and column by the open lists."""
        counts = [top.length for top, _ in self._stack if isinstance(top, Sequence)]
        words = zip((" row", " column"), counts, strict=False)
        place = "".join(f"{word} {count + 1}" for word, count in words)
        return DataError(f"{self.label} line {line}{place}: {problem}")

    def open(self, node: Mapping | Sequence) -> None:
        """Begin a list or a mapping."""
        if self.wants_key:
            raise self.fail(node.line, "expected a key, found a list or a mapping; write a word")
        if len(self._stack) == DEEPEST:
            raise self.fail(node.line, TOO_DEEP)
        self._stack.append((node, self._key))
        self._top, self._key = node, None

    def close(self) -> Mapping | Sequence:
        """End the innermost list or mapping and return it."""
        node, self._key = self._stack.pop()
        self._top = self._stack[-1][0] if self._stack else None
        self.add(node)
        return node

    def key(self, text: str, line: int) -> None:
        """Name the next value of the mapping."""
        assert isinstance(self._top, Mapping)
        if text in self._top.items:
            raise self.fail(line, f"duplicate key: {show(text)} appears twice; rename one")
        self._key = text

    def add(self, node: Node) -> None:
        """Put a complete value where it belongs."""
        top = self._top
        if isinstance(top, Sequence):
            top.add(node)
        elif top is not None and self._key is not None:
            top.items[self._key] = node
            top.size += node.size
            self._key = None
        else:
            self.root = node

    def numbers(self, values: Collection[float], lines: Collection[int]) -> None:
        """Append numbers to the open list."""
        assert isinstance(self._top, Sequence)
        self._top.add_numbers(values, lines)

    def repeat(self, node: Node, line: int) -> None:
        """Put a copy of an earlier value (an alias) where it belongs."""
        self._room -= node.size
        if self._room < 0:
            raise self.fail(line, "the aliases multiply into too large a document; write it out")
        if self.wants_key:
            raise self.fail(line, "expected a key, found an alias; write the key")
        self.add(node)
