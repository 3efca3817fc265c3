"""Arrays in nested mappings and lists, by dotted path: safetensors, PyTorch files, pickles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard, Union

from losscli.errors import DataError, UsageError, short_name, show
from losscli.readers.binary.stored import ReadAt, StoredArray, StoredSource
from losscli.readers.class_names import ClassNames, name_list
from losscli.readers.document import Document
from losscli.readers.nested.document import next_key
from losscli.readers.numerals import parse_index
from losscli.readers.source import Source


@dataclass(frozen=True)
class Stored:
    """An array, and where its bytes are read."""

    array: StoredArray
    read_at: ReadAt


@dataclass(frozen=True)
class Refused:
    """A value that is not an array of numbers."""

    why: str
    """What it is, and the fix."""


Node: TypeAlias = Union[
    "Mapping[str, Node]", "Sequence[Node]", Stored, Refused, float, str, bytes, None
]


class Tree(Document):
    """Arrays in nested mappings and lists."""

    def __init__(self, label: str, root: Node, kind: str = "a mapping", path: str = "") -> None:
        self.label = label
        self.kind = kind
        self._root = root
        self.path = path
        """Where the root is within the file: empty, or keys that each end with a dot."""
        if isinstance(root, Mapping):
            if not root:
                raise DataError(f"{label}: {kind} without any key; save it again")
            self.keys = tuple(root)
            self.arrays = tuple(key for key in root if _may_be_array(root[key]))
        elif _is_list(root) and not _may_be_array(root):
            self.keys = tuple(map(str, range(len(root))))
            self.arrays = tuple(str(i) for i, node in enumerate(root) if _may_be_array(node))

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:  # noqa: ARG002
        """Return the array at a dotted path, or the only one of the file."""
        node = self._root if selector is None else self._find(selector)[1]
        label = f"{self.label}::{short_name(self.path + selector)}" if selector else self.label
        if isinstance(node, Stored):
            return StoredSource(label, node.array, node.read_at)
        if isinstance(node, Refused):
            raise DataError(f"{label}: {node.why}")
        if isinstance(node, Mapping):
            keys = name_list(tuple(node))
            raise DataError(
                f"{label}: expected an array, found a mapping with the keys {keys}; choose one "
                "with ::KEY"
            )
        raise DataError(f"{label}: expected an array, found {show(node)}; choose another key")

    def beside(self, selector: str | None) -> Tree:
        """Return the mapping that contains the end of a path, and its neighbors."""
        if selector is None:
            return self
        parent, _, path = self._find(selector)
        return Tree(self.label, parent, self.kind, path)

    def _find(self, selector: str) -> tuple[Node, Node, str]:
        """Return the node at a path, its parent, and the path to the parent."""
        node, parent = self._root, self._root
        steps = selector.split(".")
        done = path = ""
        while steps:
            parent, path = node, done
            key = next_key(steps, node) if isinstance(node, Mapping) else steps[0]
            index = parse_index(steps[0], len(node)) if _is_list(node) else None
            if isinstance(node, Mapping) and key is not None:
                node = node[key]
            elif _is_list(node) and index is not None:
                node = node[index]
            else:
                raise UsageError(
                    f"{self.label}: no value at {show(done + '.'.join(steps))}; {_offer(node)}"
                )
            done += f"{key}."
            steps = steps[str(key).count(".") + 1 :]
        return parent, node, path


def _is_list(node: Node) -> TypeGuard[Sequence[Node]]:
    return isinstance(node, (list, tuple))


def _may_be_array(node: Node) -> bool:
    """Tell whether a node is an array, or a list that begins like one."""
    while _is_list(node) and node:
        node = node[0]
    return not isinstance(node, (Mapping, Refused, str))


def _offer(node: Node) -> str:
    """Return how a path can continue."""
    if isinstance(node, Mapping):
        return f"choose one of {name_list(tuple(node))}"
    if _is_list(node):
        return f"choose an index from 0 to {len(node) - 1}"
    return "the path leads to a single value; shorten it"
