"""What a format makes of an open file: a document, which holds one array or several."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from losscli.readers.class_names import ClassNames
from losscli.readers.source import Source


class ReadOptions(NamedTuple):
    """What the command line says of every file."""

    header: bool | None = None
    """Whether tables have a header; None to find out."""
    delimiter: str | None = None
    """As it was typed; None for that of the format."""


class Document(Protocol):
    """An open file as its format sees it: one array, or arrays by name or by path."""

    label: str
    """The file as messages name it."""
    kind: str = "a file"
    """What holds the arrays, with its article: `a mapping`, `an archive`."""
    keys: tuple[str, ...] | None = None
    """The names to choose from; None where the file holds one array, which needs no name."""
    arrays: tuple[str, ...] = ()
    """Those of the names that stand for arrays."""

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return the array that a selector names; all of the file without one.

        `classes` is given for a role that may hold labels: their names become numbers.
        UsageError where the selector names nothing, DataError where the file is at fault.
        """
        ...

    def beside(self, selector: str | None) -> Document:  # noqa: ARG002
        """Return the part of the document in which a selector ends: its neighbors are there."""
        return self
