"""What a source on the command line says: `[FORMAT:]PATH[::SELECTOR]`."""

from __future__ import annotations

from dataclasses import dataclass

from losscli.errors import DataError, UsageError, short_name, show
from losscli.readers.content import COMPRESSIONS
from losscli.readers.formats import BY_EXTENSION, BY_NAME, Format


@dataclass(frozen=True)
class Spec:
    """The text of a source, taken apart; an empty path stands for the file of the first role."""

    format: Format | None
    path: str
    selector: str | None

    @property
    def label(self) -> str:
        """The path as messages show it: printable, and only its end where it is long."""
        return "standard input" if self.path == "-" else short_name(self.path)

    def named_format(self) -> Format | None:
        """Return the format that the prefix names, or else the extension; None without either."""
        if self.format is not None or self.path == "-":
            return self.format
        _, dot, extension = self.path.rpartition("/")[2].lower().rpartition(".")
        if not dot:
            return None
        for compression in COMPRESSIONS:
            if extension == compression.extension:
                raise DataError(
                    f"{self.label}: compressed files are not read; decompress it first, "
                    f"e.g. {compression.command} FILE | loss ... --input csv:-"
                )
        return BY_EXTENSION.get(extension)


def parse_spec(text: str) -> Spec:
    """Take the text of a source apart.

    The selector follows the last `::`, so a path that contains `::` itself is written with
    `::` after it; a path that starts like a format is written `./csv:odd`.
    """
    rest, colons, selector = text.rpartition("::")
    if not colons:
        rest, selector = text, ""
    prefix, colon, path = rest.partition(":")
    format = BY_NAME.get(prefix) if colon else None
    if format is None:
        path = rest
    if "\0" in text or (not path and (format or not selector)):
        raise UsageError(f"{show(text)} names no file; a source is [FORMAT:]PATH[::SELECTOR]")
    return Spec(format, path, selector or None)
