"""Arrays in nested mappings and lists, by dotted path: safetensors, PyTorch files, pickles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from losscli.errors import DataError, UsageError, short_name, show
from losscli.readers.binary.lists import read_list
from losscli.readers.binary.stored import MOST_AXES
from losscli.readers.binary.values import Leaf, Node, is_list, kind_of
from losscli.readers.class_names import ClassNames, name_list
from losscli.readers.document import Document
from losscli.readers.nested.document import next_key
from losscli.readers.numerals import parse_index
from losscli.readers.source import Source


class Tree(Document):
    """Arrays in nested mappings and lists."""

    def __init__(
        self, label: str, root: Node, *, kind: str = "a mapping", path: str = "", most: int = 0
    ) -> None:
        self.label = label
        self.kind = kind
        self._root = root
        self._most = most
        """How many numbers a list can have in a file of this size."""
        self.path = path
        """Where the root is within the file: empty, or keys that each end with a dot."""
        if isinstance(root, Mapping):
            if not root:
                raise DataError(f"{label}: {kind} without any key; save it again")
            self.keys = tuple(root)
            self.arrays = tuple(key for key in root if _may_be_array(root[key]))
        elif is_list(root) and not _may_be_array(root):
            self.kind = "a list"
            self.keys = tuple(map(str, range(len(root))))
            self.arrays = tuple(str(i) for i, node in enumerate(root) if _may_be_array(node))

    def paths(self) -> Iterator[str]:
        """Yield the paths to arrays."""
        waiting: list[tuple[str, Node]] = [("", self._root)]
        while waiting:
            path, node = waiting.pop()
            if _may_be_array(node):
                yield path.removesuffix(".")
            elif isinstance(node, Mapping):
                waiting += [(f"{path}{key}.", node[key]) for key in reversed([*node])]
            elif is_list(node):
                waiting += [(f"{path}{at}.", node[at]) for at in reversed(range(len(node)))]

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return the array at a dotted path, or the only one of the file."""
        node = self._root if selector is None else self._find(selector)[1]
        label = f"{self.label}::{short_name(self.path + selector)}" if selector else self.label
        if isinstance(node, Leaf):
            return node.source(label)
        if is_list(node):
            return read_list(node, label, classes, self._most)
        if isinstance(node, Mapping):
            keys = name_list(tuple(node))
            raise DataError(
                f"{label}: expected an array, found a mapping with the keys {keys}; choose one "
                "with ::KEY"
            )
        raise DataError(f"{label}: expected an array, found {kind_of(node)}; choose another key")

    def beside(self, selector: str | None) -> Tree:
        """Return the mapping that contains the end of a path, and its neighbors."""
        if selector is None:
            return self
        parent, _, path = self._find(selector)
        return Tree(self.label, parent, kind=self.kind, path=path, most=self._most)

    def _find(self, selector: str) -> tuple[Node, Node, str]:
        """Return the node at a path, its parent, and the path to the parent."""
        node, parent = self._root, self._root
        steps = selector.split(".")
        done = path = ""
        while steps:
            parent, path = node, done
            key = next_key(steps, node) if isinstance(node, Mapping) else steps[0]
            index = parse_index(steps[0], len(node)) if is_list(node) else None
            if isinstance(node, Mapping) and key is not None:
                node = node[key]
            elif is_list(node) and index is not None:
                node = node[index]
            else:
                raise UsageError(
                    f"{self.label}: no value at {show(done + '.'.join(steps))}; {_offer(node)}"
                )
            done += f"{key}."
            steps = steps[str(key).count(".") + 1 :]
        return parent, node, path


def _may_be_array(node: Node) -> bool:
    """Tell whether a node is an array, or a list that begins like one."""
    if isinstance(node, Leaf):
        return node.is_array
    first: Node = node
    for _ in range(MOST_AXES):
        if is_list(first) and first:
            first = first[0]
    return is_list(node) and not isinstance(first, (Leaf, Mapping))


def _offer(node: Node) -> str:
    """Return how a path can continue."""
    if isinstance(node, Mapping):
        return f"choose one of {name_list(tuple(node))}"
    if is_list(node):
        return f"choose an index from 0 to {len(node) - 1}"
    return "the path leads to a single value; shorten it"
