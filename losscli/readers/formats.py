"""The table of formats: how each is called, recognized and opened.

A new format is a module that opens it as a Document, and a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from losscli.errors import DataError
from losscli.readers.content import BINARY, Content, text_content
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File


class Format(NamedTuple):
    """One row of the table."""

    name: str
    """The prefix of a source, as in `npy:PATH`."""
    title: str
    """As messages name it, with its article."""
    extensions: tuple[str, ...]
    opener: str
    """`MODULE:FUNCTION`, imported when the first file of this format is opened."""
    first_bytes: tuple[bytes, ...] = ()
    """A file of this format begins with one of these."""
    text: tuple[str, ...] = ()
    """For a format without first bytes of its own: the names of what it can be made of."""
    extra: str | None = None
    """The extra of the package that installs what this format needs."""

    @property
    def content(self) -> Content:
        """What a file with these first bytes holds."""
        fix = f"rename it or type {self.name}:PATH"
        return Content(self.name, self.title, fix, self.first_bytes)

    def open(self, file: File, options: ReadOptions) -> Document:
        """Open a file; DataError where its first bytes are those of another format."""
        head = file.head()
        found = recognize(head)
        if not head.startswith(self.first_bytes) and found.name not in self.text:
            raise mismatch(file, self.title, found)
        module, function = self.opener.split(":")
        try:
            opener: Callable[[File, ReadOptions], Document] = getattr(
                import_module(module), function
            )
        except ModuleNotFoundError as error:
            if self.extra is None:
                raise
            raise DataError(
                f"{file.label}: {self.title} needs {error.name}; "
                f"run pip install 'losscli[{self.extra}]'"
            ) from None
        return opener(file, options)


_TABLE = "losscli.readers.tables.table"
_BINARY = "losscli.readers.binary"
_NESTED = "losscli.readers.nested"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")

FORMATS = (
    Format("csv", "CSV", ("csv", "txt", "dat"), f"{_TABLE}:open_csv", text=("text",)),
    Format("tsv", "TSV", ("tsv", "tab"), f"{_TABLE}:open_tsv", text=("text",)),
    Format("npy", "an NPY file", ("npy",), f"{_BINARY}.npy:NpyFile", (b"\x93NUMPY",)),
    Format("npz", "an NPZ (ZIP) archive", ("npz",), f"{_BINARY}.npz:NpzArchive", _ZIP),
    Format(
        "yaml",
        "YAML",
        ("yaml", "yml"),
        f"{_NESTED}.yaml_events:open_yaml",
        text=("text", "json", "utf-16", "html", "binary"),
    ),
    Format("json", "JSON", ("json",), f"{_NESTED}.json_text:open_json", text=("json", "text")),
    Format(
        "jsonl",
        "JSON Lines",
        ("jsonl", "ndjson"),
        f"{_NESTED}.json_lines:open_json_lines",
        text=("json", "text"),
    ),
)

BY_NAME = {row.name: row for row in FORMATS}
BY_EXTENSION = {extension: row for row in FORMATS for extension in row.extensions}
_BY_CONTENT = {**BY_NAME, "text": BY_NAME["csv"]}
_KNOWN = (*(row.content for row in FORMATS if row.first_bytes), *BINARY)


def recognize(head: bytes) -> Content:
    """Tell what a file holds by its first bytes."""
    known = (content for content in _KNOWN if head.startswith(content.first_bytes))
    return next(known, None) or text_content(head)


def detect(file: File) -> Format:
    """Return the format of a file whose name says nothing; DataError where none reads it."""
    found = recognize(file.head())
    row = _BY_CONTENT.get(found.name)
    if row is None:
        raise mismatch(file, "a table of numbers", found)
    return row


def mismatch(file: File, expected: str, found: Content) -> DataError:
    """Return an error for a file that does not hold what its name promises."""
    return DataError(f"{file.label}: expected {expected}, found {found.title}; {found.fix}")
