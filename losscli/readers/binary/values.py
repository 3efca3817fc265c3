"""The values of files that hold arrays in mappings and lists."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard, Union

from losscli.errors import DataError, show
from losscli.readers.binary.stored import ReadAt, StoredArray, StoredSource
from losscli.readers.source import Source


class Leaf(ABC):
    """A value in a file that is not a plain number, text or list."""

    is_array = True

    @abstractmethod
    def source(self, label: str) -> Source:
        """Return the array; DataError where it is not an array of numbers."""


@dataclass(frozen=True)
class Stored(Leaf):
    """An array, and where its bytes are read."""

    array: StoredArray
    read_at: ReadAt

    def source(self, label: str) -> StoredSource:
        """Return the array."""
        return StoredSource(label, self.array, self.read_at)


@dataclass(frozen=True)
class Refused(Leaf):
    """A value that is never an array of numbers."""

    why: str
    """What it is, and the fix."""

    is_array = False

    def source(self, label: str) -> Source:
        """Refuse it."""
        raise DataError(f"{label}: {self.why}")


Node: TypeAlias = Union["Mapping[str, Node]", "Sequence[Node]", Leaf, float, str, bytes, None]


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Tell whether a value of a file is a list."""
    return isinstance(value, (list, tuple))


def kind_of(value: object) -> str:
    """Name a value that is not where it belongs."""
    if value is None:
        return "None (a missing value)"
    if isinstance(value, (int, float, str, bytes)):
        return show(value)
    if is_list(value):
        return "a list"
    if isinstance(value, Mapping):
        return "a mapping"
    return "an array" if isinstance(value, Leaf) else "a value of another kind"
