"""The values that a pickle describes, and that only other code could make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from losscli.readers.binary.values import Refused


@dataclass(frozen=True)
class Name:
    """The name of a class or a function, which is never looked up."""

    text: str


class Unordered(Refused):
    """A set, whose values are dropped."""

    def extend(self, values: object) -> None:
        """Drop values."""


SET = Unordered("a set, which has no order; save a list")


class Buildable:
    """A value that the opcode BUILD completes."""

    state: Any = None


Calls = Mapping[str, Callable[..., Any]]
"""The calls that are answered: the name, and a function of the arguments that makes a value."""
