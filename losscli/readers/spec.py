"""What a source on the command line says: `[FORMAT:]PATH[::SELECTOR]`."""

from __future__ import annotations

from dataclasses import dataclass

from losscli.errors import DataError, UsageError, short_name, show

FORMATS = ("csv", "tsv", "npy", "npz", "yaml", "json", "jsonl")

_ENDINGS = {
    **{name: name for name in FORMATS},
    "txt": "csv",
    "dat": "csv",
    "tab": "tsv",
    "yml": "yaml",
    "ndjson": "jsonl",
}
_PACKED = {"gz": "gzip -dc", "bz2": "bzip2 -dc", "xz": "xz -dc", "zst": "zstd -dc"}


@dataclass(frozen=True)
class Spec:
    """A source's text, taken apart; an empty path stands for the first role's file."""

    format: str | None
    path: str
    selector: str | None

    @property
    def label(self) -> str:
        """The path as messages show it: printable, and the end of it where it is long."""
        return "standard input" if self.path == "-" else short_name(self.path)


def parse_spec(text: str) -> Spec:
    """Take a source's text apart.

    The selector follows the last `::`, so a path that holds `::` itself is written with
    `::` behind it; a path that starts like a format is written `./csv:odd`.
    """
    rest, colons, selector = text.rpartition("::")
    if not colons:
        rest, selector = text, ""
    prefix, colon, path = rest.partition(":")
    name = prefix if colon and prefix in FORMATS else None
    if name is None:
        path = rest
    if "\0" in text or (not path and (name or not selector)):
        raise UsageError(f"{show(text)} names no file; a source is [FORMAT:]PATH[::SELECTOR]")
    return Spec(name, path, selector or None)


def format_of_ending(spec: Spec) -> str | None:
    """Return the format that the path's ending stands for, None where it stands for none."""
    _, dot, ending = spec.path.rpartition("/")[2].lower().rpartition(".")
    if not dot:
        return None
    if ending in _PACKED:
        raise DataError(
            f"{spec.label}: packed files are not read; unpack it first, "
            f"e.g. {_PACKED[ending]} FILE | loss ... --input csv:-"
        )
    return _ENDINGS.get(ending)
