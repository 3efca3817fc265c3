"""The text of a source on the command line: `[FORMAT:]PATH[::SELECTOR]`, or numbers."""

from __future__ import annotations

from typing import NamedTuple

from losscli.errors import STANDARD_INPUT, UsageError, short_name, show
from losscli.readers.compression.table import name_inside
from losscli.readers.formats import BY_EXTENSION, BY_NAME, Format
from losscli.readers.typed_numbers import TypedNumbers, typed_numbers
from losscli.readers.urls import name_in_url, public_url, scheme_of, split_selector


class Spec(NamedTuple):
    """The parsed text of a source.

    An empty path means the file of the first role, or no file where there are numbers.
    """

    format: Format | None
    """The format that the prefix names."""
    path: str
    selector: str | None
    section: str = ""
    """The section of the document that the selector begins with: a sheet of a workbook."""
    numbers: TypedNumbers | None = None
    """The numbers that the text is made of."""

    @property
    def label(self) -> str:
        """The path as messages show it: printable, and only its end where it is long.

        A URL is shown without its password and its query.
        """
        if self.numbers is not None:
            return self.numbers.label
        return STANDARD_INPUT if self.path == "-" else short_name(public_url(self.path))

    @property
    def is_url(self) -> bool:
        """Whether the path is a URL."""
        return scheme_of(self.path) is not None

    @property
    def named_format(self) -> Format | None:
        """The format named by the prefix, or else by the extension; None if neither does.

        The extension of a compression, as in `x.csv.gz`, does not count, and `.txt` says nothing.
        """
        last = name_in_url(self.path) if self.is_url else self.path.rpartition("/")[2]
        name = name_inside(last.lower())
        _, dot, extension = name.rpartition(".")
        return self.format or (BY_EXTENSION.get(extension) if dot and extension != "txt" else None)


def parse_spec(text: str) -> Spec:
    """Parse the text of a source.

    Numbers are numbers even if a file has that name: it is written `./3`. UsageError for what can
    only be numbers, but is not. The selector follows the last `::`, so a path that contains `::`
    itself is written with `::` after it; a path that starts like a format is written `./csv:odd`.
    """
    rest, _, selector = split_selector(text)
    prefix, colon, path = rest.partition(":")
    format = BY_NAME.get(prefix) if colon else None
    if format is None:
        path = rest
    if "\0" in text or (not path and (format or not selector)):
        raise UsageError(f"{show(text)} names no file; a source is [FORMAT:]PATH[::SELECTOR]")
    spec = Spec(format, path, selector or None)
    if not (format or selector or spec.is_url) and (numbers := typed_numbers(text)) is not None:
        return Spec(None, "", None, numbers=numbers)
    return spec
