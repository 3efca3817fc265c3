"""`loss formats`: formats, the compressions around them, remote files, and what is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Annotated, NamedTuple

from losscli.commands.options import format_option
from losscli.errors import ExitStatus
from losscli.output.encoders import Separated
from losscli.output.page import Block, Column, Heading, Kind, Page, Style, Table
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped
from losscli.readers.compression.table import COMPRESSIONS
from losscli.readers.formats import FORMATS
from losscli.readers.urls import PLACES

HELP = """Formats by the names that `--input NAME:PATH` takes, their extensions, what follows `::`.

Some need a package, which pip installs as an extra of losscli. A file of any format may be
compressed.
"""
SEPARATORS = {"csv": ",", "tsv": "\t"}


class Row(NamedTuple):
    """A format, a compression, or where a file may be."""

    name: str
    kind: str
    """`format`, `compression` or `place`."""
    extensions: list[str]
    """Of a place, how its URLs begin."""
    selector: str
    """What a selector names; empty if there is nothing to select."""
    read: str
    """How a file is read."""
    extra: str | None
    """The extra that it needs, if any."""
    installed: bool


def formats_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss formats`."""

    def list_formats(
        format: Annotated[str, format_option(("table", "json", *SEPARATORS, "markdown"))] = "table",
    ) -> int:
        found = list(rows())
        if format == "json":
            streams.write([dumped([row._asdict() for row in found]), "\n"])
        elif format in SEPARATORS:
            columns = [list(column) for column in zip(*map(_cells, found), strict=True)]
            streams.write(Separated(SEPARATORS[format], Row._fields).whole([columns]))
        else:
            streams.write(rendered(_page(found), streams, format))
        return ExitStatus.OK

    list_formats.__doc__ = HELP
    return list_formats


def rows() -> Iterator[Row]:
    """Yield the formats in the order of their table, then the compressions and the places."""
    for one in FORMATS:
        there = not one.needs or _is_installed(one.needs)
        yield Row(
            one.name,
            "format",
            [f".{extension}" for extension in one.extensions],
            one.selector,
            one.blocks,
            one.extra,
            there,
        )
    for around in COMPRESSIONS:
        there = not around.needs or any(map(_is_installed, around.needs))
        extensions = [f".{extension}" for extension in around.extensions]
        yield Row(around.name, "compression", extensions, "", "", around.extra, there)
    for place in PLACES:
        there = not place.needs or _is_installed(place.needs)
        schemes = [f"{scheme}://".replace("...://", "...") for scheme in place.schemes]
        yield Row(place.name, "place", schemes, "", place.read, place.extra, there)


def _is_installed(module: str) -> bool:
    """Tell whether a module can be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        # The package that would hold it is not there.
        return False


def _cells(row: Row) -> list[str]:
    return [
        row.name,
        row.kind,
        " ".join(row.extensions),
        row.selector,
        row.read,
        row.extra or "",
        "yes" if row.installed else "no",
    ]


def _page(found: list[Row]) -> Page:
    formats = [row for row in found if row.kind == "format"]
    around = [row for row in found if row.kind == "compression"]
    places = [row for row in found if row.kind == "place"]
    selectors = Column("::", [row.selector or "-" for row in formats], Kind.TEXT)
    return Page(
        [
            *_part("formats", formats, _extensions(formats), selectors, _reads(formats)),
            *_part("compressed", around, _extensions(around)),
            *_part("remote", places, _extensions(places, "URLs"), _reads(places)),
        ]
    )


def _part(title: str, found: list[Row], *more: Column) -> list[Block]:
    """Return the rows below a title."""
    names = Column("name", [row.name for row in found], Kind.NAME, style=Style.NAME)
    extras = Column("package", [_package(row) for row in found], Kind.TEXT)
    return [Heading(title, is_part=True), Table([names, *more, extras])]


def _extensions(found: list[Row], title: str = "extensions") -> Column:
    return Column(title, [" ".join(row.extensions) for row in found], Kind.TEXT)


def _reads(found: list[Row]) -> Column:
    return Column("read", [row.read for row in found], Kind.TEXT)


def _package(row: Row) -> str:
    """Return what a row needs: what is there, or what to type."""
    if row.extra is None:
        return "-"
    return "installed" if row.installed else f"pip install 'losscli[{row.extra}]'"
