"""The Typer app: the typed command in full, the others only as rows of `loss --help`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import cleandoc
from typing import Annotated, Any

import typer

from losscli.cli.catalogue import LOSS, TOOLS, Tool
from losscli.cli.front_page import (
    EXAMPLE,
    OPTIONS,
    SUMMARY,
    TOOL_PANEL,
    in_a_row,
    panel_titles,
    topics,
)
from losscli.cli.help_pages import Group
from losscli.cli.once import OnceEach
from losscli.cli.scripts import install_script, show_script
from losscli.errors import UsageError, show
from losscli.losses.declare.installed import entries
from losscli.losses.index import INDEX, Entry, built_in
from losscli.output.streams import Streams
from losscli.version import __version__

SIMILAR = 0.8
"""How similar to a tool's name a word must be to mean it, of 1."""


def typed_words(argv: Sequence[str]) -> tuple[str, str]:
    """Return the tool and the loss that are typed, "" for each that is missing.

    They are the words before the first option.
    """
    at = place_of_loss(argv)
    first = next((word for word in argv if not word.startswith("-")), "")
    return first if first in TOOLS else "", "" if at is None else argv[at]


def place_of_loss(words: Sequence[str]) -> int | None:
    """Return which word is the loss: the first besides options, or the one after a tool."""
    first = next((at for at, word in enumerate(words) if not word.startswith("-")), len(words))
    tool = TOOLS.get(words[first]) if first < len(words) else None
    at = first + 1 if tool else first
    takes = tool is None or tool.on_loss or tool.describes
    return at if takes and at < len(words) and not words[at].startswith("-") else None


def without_help(argv: list[str]) -> list[str]:
    """Return `loss help ce` as `loss ce --help`; a page of `loss help` stays as it is typed."""
    words = argv[1:]
    if argv[0] != "help" or not words or words[0].startswith("-"):
        return argv
    from losscli.commands.help.topics import topic_names

    if words[0] not in topic_names():
        require_known(*typed_words(words), also=topic_names())
    elif len(words) == 1:
        return argv
    return [*words, "--help"]


def require_known(tool: str, loss: str, also: Sequence[str] = ()) -> None:
    """Refuse an unknown command, or an unknown loss after a tool, and say what it may mean.

    Names in libraries pass: `library_names` answers them.
    """
    known = [*INDEX, *(alias for entry in INDEX.values() for alias in entry.aliases), *also]
    if not loss or loss.replace("_", "-") in known:
        return
    from losscli.losses.declare import plugins

    if plugins.find(loss):
        return
    import difflib

    from losscli.losses.declare.names import hint, senses

    if senses(loss):
        return
    near = [] if tool else difflib.get_close_matches(loss, [*TOOLS, *also], n=1, cutoff=SIMILAR)
    what = "loss" if tool else "topic or command" if also else "command"
    lists = "loss help lists the topics" if also and not tool else "loss list shows the losses"
    likely = f"did you mean {near[0]}?" if near else hint(loss) or lists
    raise plugins.with_problems(UsageError(f"there is no {what} {show(loss)}; {likely}"))


def build_app(tool: str, loss: str, streams: Streams, *, alone: bool) -> typer.Typer:
    """Return the app: the typed command in full, the others only as rows of `loss --help`.

    With `alone` the others are omitted: adding fifty commands takes longer than a short run.
    """
    app = typer.Typer(
        cls=Group,
        context_settings={"help_option_names": ["--help", "-h"]},
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    epilog = None if tool or loss else topics()
    app.callback(help=opening(EXAMPLE, SUMMARY), epilog=epilog)(_stub if alone else _top)
    if not tool or not alone:
        _add_losses(app, "" if tool else loss, "", LOSS, streams, alone=alone)
    for name, row in TOOLS.items():
        if alone and name != tool:
            continue
        how: dict[str, Any] = {"short_help": _escape(row.summary), "rich_help_panel": TOOL_PANEL}
        if name == tool and row.on_loss and (loss or row.needs_loss):
            group = typer.Typer(cls=Group, rich_markup_mode="rich", no_args_is_help=True)
            _add_losses(group, loss, name, row, streams, alone=alone and bool(loss))
            app.add_typer(group, name=name, help=opening(row.example, row.summary), **how)
        else:
            subject = None if row.on_loss else name
            function = row.make(subject, streams) if name == tool else _stub
            text = f"{row.summary}\n\n{function.__doc__ or ''}"
            app.command(name, cls=OnceEach, help=opening(row.example, text), **how)(function)
    return app


def opening(example: str, text: str) -> str:
    """Return a help text whose first paragraph is an example; `[n, c]` is not markup for rich."""
    paragraphs = (" ".join(part.split()) for part in cleandoc(text).split("\n\n"))
    return _escape("\n\n".join([f"Example: {example}", *paragraphs]))


def _escape(text: str) -> str:
    return text.replace("[", "\\[")


def _show_version(asked: bool) -> None:
    if asked:
        Streams().write([f"losscli {__version__}\n"])
        raise typer.Exit


def _top(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            help="Show the version and exit.",
            is_eager=True,
            callback=_show_version,
        ),
    ] = False,
    install: Annotated[
        bool,
        typer.Option(
            "--install-completion", help=OPTIONS["--install-completion"], callback=install_script
        ),
    ] = False,
    show: Annotated[
        bool,
        typer.Option("--show-completion", help=OPTIONS["--show-completion"], callback=show_script),
    ] = False,
) -> None:
    pass


def _add_losses(
    app: typer.Typer, typed: str, tool: str, row: Tool, streams: Streams, *, alone: bool
) -> None:
    """Add a tool's command, or the loss's own, for every loss; only the typed one is made."""
    meant, panels = typed.replace("_", "-"), panel_titles()
    for name, entry in _entries(typed, alone=alone).items():
        function: Callable[..., Any] = _stub
        text, shown = "", name
        is_typed = meant == name or meant in entry.aliases
        if alone and not is_typed:
            continue
        if is_typed:
            from losscli.losses.declare.registry import find

            loss, shown = find(name), typed
            function = row.make(loss, streams)
            if tool:
                example = row.example_on(tool, loss)
                text = opening(example, f"{row.summary}\n\n{function.__doc__ or ''}")
            else:
                text = opening(loss.facts["example"], f"{loss.summary}\n\n{loss.doc}")
        app.command(
            shown,
            cls=OnceEach,
            help=text,
            short_help=_escape(in_a_row(entry)),
            rich_help_panel=panels[entry.family],
        )(function)


def _entries(typed: str, *, alone: bool) -> Mapping[str, Entry]:
    """Return the index, with the losses of other packages where one is typed or all are listed."""
    if alone and built_in(typed):
        return INDEX
    if not alone:
        return entries()
    from losscli.losses.declare import plugins

    return plugins.entries()


def _stub() -> Any:
    """Stand for a command that was not typed."""
