"""A YAML or JSON text as a document with keys and dotted paths."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import suppress

from losscli.errors import DataError, UsageError, short_name, show
from losscli.readers.class_names import ClassNames, name_list
from losscli.readers.columns import select
from losscli.readers.document import Document
from losscli.readers.nested.tree import (
    Mapping,
    Node,
    Number,
    Records,
    Run,
    Sequence,
    cells,
    plain_text,
)
from losscli.readers.nested.tree_array import read_array, read_columns, refuse_odd_record
from losscli.readers.numerals import parse_index
from losscli.readers.source import ArraySource

_TRANSFORMED = {"schema", "transform", "output"}
"""Keys of what `loss TRANSFORM -f json` writes."""


class Nested(Document):
    """A YAML or JSON text, or a mapping within it."""

    kind = "a mapping"

    def __init__(self, root: Node | None, label: str, path: str = "") -> None:
        if root is None:
            raise DataError(f"{label}: the file is empty (it has no value); save it again")
        self.label = label
        self.root = root
        self.path = path
        """Where the mapping is within the text: empty, or keys that each end with a dot."""
        members = _members(root)
        if members is not None and not members:
            raise DataError(f"{label}: the mapping is empty (it has no key); save it again")
        self.keys = None if members is None else tuple(members)
        lists = [key for key, node in (members or {}).items() if isinstance(node, Sequence)]
        # Lists of words come last: the first one is the example of what to choose.
        lists.sort(key=lambda key: not _begins_with_number((members or {})[key]))
        own = members is not None and members.keys() >= _TRANSFORMED
        self.arrays = ("output",) if own else tuple(lists)

    def paths(self) -> Iterator[str]:
        """Yield the paths to numbers, texts and lists."""
        waiting = [("", self.root)]
        while waiting:
            path, node = waiting.pop()
            members = _members(node)
            if members is None:
                yield path.removesuffix(".")
            waiting += [
                (f"{path}{key}.", inner) for key, inner in reversed((members or {}).items())
            ]

    def source(self, selector: str | None, classes: ClassNames | None) -> ArraySource:
        """Return the array at a dotted path, or the whole text as an array.

        Where all values are lists of one length, a selector may also choose several, as columns.
        """
        if selector is not None and not self.leads(selector):
            lists = _flat_lists(self.root)
            with suppress(UsageError):
                chosen = select(selector, tuple(lists), len(lists), self.label)
                columns = {name: lists[name] for name in (tuple(lists)[at] for at in chosen)}
                source = read_columns(columns, self.label, exact=classes is not None)
                source.names = tuple(columns)
                return source
        node = self.root if selector is None else self._find(selector)[1]
        label = f"{self.label}::{short_name(self.path + selector)}" if selector else self.label
        return read_array(node, label, classes)

    def beside(self, selector: str | None) -> Nested:
        """Return the mapping that contains the end of a path, and its neighbors."""
        if selector is None or (_flat_lists(self.root) and not self.leads(selector)):
            return self
        parent, _, path = self._find(selector)
        return Nested(parent, self.label, path)

    def series(self, selector: str | None) -> Iterator[str]:
        """Return the numbers of a list as text, or those under a key in a list of mappings.

        The mappings may have different keys: a log has lines of several kinds.
        """
        node, steps = self.root, selector.split(".") if selector else []
        while isinstance(node, Mapping) and (key := next_key(steps, node.items)) is not None:
            node, steps = node.items[key], steps[key.count(".") + 1 :]
        if isinstance(node, Number) and not steps:
            return iter([plain_text(node)])
        keys = _keys_of(node)
        if isinstance(node, Sequence) and not steps and not keys:
            return map(plain_text, cells(node))
        if isinstance(node, Sequence) and next_key(steps, keys) is not None:
            return _under(node, steps)
        if keys:
            offer = name_list(tuple(keys))
            what = f"no key {show('.'.join(steps))}" if steps else "no key is chosen"
            raise UsageError(f"{self.label}: {what}; choose one of {offer}")
        return super().series(selector)

    def part(self, selector: str) -> Nested:
        """Return the value at a path as a document."""
        return Nested(self._find(selector)[1], self.label, f"{self.path}{selector}.")

    def leads(self, selector: str) -> bool:
        """Tell whether there is a value at a path."""
        try:
            self._find(selector)
        except (UsageError, DataError):
            return False
        return True

    def _find(self, selector: str) -> tuple[Node, Node, str]:
        """Return the node at a path, its parent, and the path to the parent."""
        node, parent = self.root, self.root
        steps = selector.split(".")
        done = path = ""
        in_records = False
        while steps:
            parent, path = node, done
            members = _members(node) or {}
            key = next_key(steps, members)
            if key is not None:
                in_records = in_records or isinstance(node, Sequence)
                node = members[key]
            elif in_records and isinstance(node, Sequence) and _holds_lists_of_mappings(node):
                key = steps[0]
                node = self._across(node, key, done)
            elif (
                isinstance(node, Sequence)
                and (index := parse_index(steps[0], node.length)) is not None
            ):
                key = steps[0]
                node = node.item(index)
            else:
                refuse_odd_record(node, self.label)
                raise UsageError(
                    f"{self.label}: no value at {show(done + '.'.join(steps))}; {_offer(node)}"
                )
            done += key + "."
            steps = steps[key.count(".") + 1 :]
        return parent, node, path

    def _across(self, column: Sequence, step: str, done: str) -> Sequence:
        """Return the item at one index of the list in each record."""
        found = Sequence(column.line)
        for row, cell in enumerate(cells(column), 1):
            index = parse_index(step, cell.length) if isinstance(cell, Sequence) else None
            if index is None or not isinstance(cell, Sequence):
                raise UsageError(
                    f"{self.label} line {cell.line} row {row}: no value at {show(done + step)}; "
                    "choose an index that the list in every record has"
                )
            found.add(cell.item(index))
        return found


def _keys_of(node: Node) -> dict[str, None]:
    """Return the keys of the mappings in a list."""
    parts = node.parts if isinstance(node, Sequence) else ()
    return dict.fromkeys(key for part in parts if isinstance(part, Records) for key in part.columns)


def _under(node: Sequence, steps: list[str]) -> Iterator[str]:
    """Yield the values at a path in each item of a list as text; empty where one has none."""
    for part in node.parts:
        key = next_key(steps, part.columns) if isinstance(part, Records) else None
        if not isinstance(part, Records) or key is None:
            yield from [""] * (part.length if isinstance(part, Records | Run) else 1)
            continue
        column, rest = part.columns[key], steps[key.count(".") + 1 :]
        yield from _under(column, rest) if rest else map(plain_text, cells(column))


def _flat_lists(root: Node) -> dict[str, Sequence]:
    """Return the values of a mapping that holds only flat lists of one length."""
    items = root.items if isinstance(root, Mapping) else {}
    lists = {key: node for key, node in items.items() if isinstance(node, Sequence)}
    flat = all(
        not isinstance(next(cells(node), node), Sequence | Mapping) for node in lists.values()
    )
    same = len({node.length for node in lists.values()}) == 1
    return lists if flat and same and len(lists) == len(items) else {}


def _begins_with_number(node: Node | None) -> bool:
    """Tell whether a list, or the first list in it, begins with a number."""
    while isinstance(node, Sequence) and node.length:
        node = node.item(0)
    return isinstance(node, Number)


def _holds_lists_of_mappings(column: Sequence) -> bool:
    """Tell whether the first cell of a column is a list of mappings."""
    first = column.parts[0] if column.parts else None
    return isinstance(first, Sequence) and bool(first.parts) and isinstance(first.parts[0], Records)


def next_key(steps: list[str], keys: Container[str]) -> str | None:
    """Return the next key of a path; of keys that contain dots the longest wins."""
    joined = (".".join(steps[:size]) for size in range(len(steps), 0, -1))
    return next((key for key in joined if key in keys), None)


def _members(node: Node) -> dict[str, Node] | None:
    """Return the nodes within a node by key; for a list of similar mappings, one list per key."""
    if isinstance(node, Mapping):
        return node.items
    if isinstance(node, Sequence) and isinstance(node.only, Records):
        return dict(node.only.columns)
    return None


def _offer(node: Node) -> str:
    """Return how a path can continue."""
    members = _members(node)
    if members:
        return f"choose one of {name_list(tuple(members))}"
    if isinstance(node, Sequence):
        return f"choose an index from 0 to {node.length - 1}"
    return "the path leads to a single value; shorten it"
