"""`loss list` and `loss info`: what the declarations say, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import typer

from losscli.commands.completion import losses
from losscli.commands.listing.described import described
from losscli.commands.listing.manual import manual
from losscli.commands.listing.overview import (
    families_page,
    found_page,
    long_page,
    tab_separated,
)
from losscli.commands.options import format_option, output
from losscli.errors import ExitStatus, UsageError, show
from losscli.losses.declare.equivalent import NAMES_OF_LIBRARIES
from losscli.losses.declare.installed import entries, problems
from losscli.losses.declare.names import about
from losscli.losses.declare.registry import find
from losscli.losses.index import Entry
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped

Format = Annotated[str, format_option(("table", "json", "markdown"))]
Word = Annotated[
    list[str] | None,
    typer.Argument(
        help="A family, or words to look for in names, summaries and names of libraries.",
        metavar="[WORD]...",
    ),
]
HELP = "In a pipe, there is one line per loss, with tabs between its columns."


def _of(library: str) -> object:
    return output(f"Those that {NAMES_OF_LIBRARIES[library]} has, and their names there.")


def list_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss list`."""

    def list_losses(
        words: Word = None,
        torch: Annotated[bool, _of("torch")] = False,
        keras: Annotated[bool, _of("keras")] = False,
        optax: Annotated[bool, _of("optax")] = False,
        sklearn: Annotated[bool, _of("sklearn")] = False,
        long: Annotated[bool, output("Each with its roles and names in libraries.")] = False,
        format: Format = "table",
    ) -> int:
        asked = dict(zip(NAMES_OF_LIBRARIES, (torch, keras, optax, sklearn), strict=True))
        libraries = [library for library, is_asked in asked.items() if is_asked]
        found = _found(words or (), libraries)
        if format == "json":
            streams.write([dumped([described(find(name)) for name in found]), "\n"])
        elif not streams.is_terminal and format != "markdown":
            streams.write(tab_separated([find(name) for name in found]))
        elif long:
            streams.write(rendered(long_page([find(name) for name in found]), streams, format))
        else:
            is_all = not words and not libraries
            page = families_page(found) if is_all else found_page(found, libraries)
            streams.write(rendered(page, streams, format))
        for problem in problems():
            streams.note(f"note: {problem}")
        return ExitStatus.OK

    list_losses.__doc__ = HELP
    return list_losses


def _found(words: Sequence[str], libraries: Sequence[str]) -> Mapping[str, Entry]:
    """Return the losses about words that the libraries have; UsageError if there are none."""
    every = entries()
    found = {name: every[name] for name in (about(words) if words else every)}
    if libraries:
        found = {n: e for n, e in found.items() if any(getattr(e, one) for one in libraries)}
    if not found:
        there = " or ".join(NAMES_OF_LIBRARIES[library] for library in libraries)
        of = f" of {there}" if there else ""
        raise UsageError(f"no loss{of} is about {show(' '.join(words))}; loss list shows all")
    return found


def info_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss info NAME`."""

    def info(
        name: Annotated[
            str,
            typer.Argument(
                help="A loss, an alias, or its name in a library.",
                metavar="NAME",
                autocompletion=losses,
            ),
        ],
        format: Format = "table",
    ) -> int:
        loss = find(name)
        if format == "json":
            streams.write([dumped(described(loss)), "\n"])
        else:
            streams.write(rendered(manual(loss), streams, format))
        return ExitStatus.OK

    return info
