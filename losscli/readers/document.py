"""An open file as its format presents it: a document with one array or several."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from losscli.readers.class_names import ClassNames
from losscli.readers.source import Source


class ReadOptions(NamedTuple):
    """The options of the command line that apply to every file."""

    header: bool | None = None
    """Whether tables have a header; None to detect it."""
    delimiter: str | None = None
    """The delimiter as typed; None for that of the format."""


class Document(Protocol):
    """An open file as its format presents it: one array, or arrays by name or by path."""

    label: str
    """The file as messages name it."""
    kind: str = "a file"
    """The kind of container, with its article: `a mapping`, `an archive`."""
    keys: tuple[str, ...] | None = None
    """The names to choose from; None where the file holds one array, which needs no name."""
    arrays: tuple[str, ...] = ()
    """The names that refer to arrays."""

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return the array that a selector names; all of the file without one.

        `classes` is given for a role that may hold labels: their names become numbers.
        UsageError where the selector names nothing, DataError where the file is at fault.
        """
        ...

    def beside(self, selector: str | None) -> Document:  # noqa: ARG002
        """Return the part of the document that contains the selected array and its neighbors."""
        return self
