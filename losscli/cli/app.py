"""The Typer app: the typed command in full, the others only as rows of `loss --help`."""

from __future__ import annotations

import shlex
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
from losscli.cli.scripts import POWERSHELLS, SCRIPTS, install_script, show_script
from losscli.errors import LONGEST_LINE, UsageError, for_command_line, show
from losscli.losses.declare.installed import entries
from losscli.losses.index import INDEX, Entry, built_in
from losscli.output.streams import Streams
from losscli.version import __version__

OWN = ("--help", "-h", "--version", "-V")
"""The options of `loss` itself, besides those that its first page lists."""
COMPLETION = ("--install-completion", "--show-completion")
SHELLS = (*SCRIPTS, *POWERSHELLS)
SIMILAR = 0.8
"""How similar to a tool's name a word must be to mean it, of 1."""


def typed_words(argv: Sequence[str]) -> tuple[str, str]:
    """Return the tool and the loss that are typed, "" for each that is missing.

    They are the words before the first option.
    """
    at = place_of_loss(argv)
    first = next((at for at, word in enumerate(argv) if not word.startswith("-")), len(argv))
    words = [argv[first]] if first < len(argv) and argv[first] in TOOLS else []
    words += argv[first + 1 : first + 2] if words and kind_at(argv, first + 1) else []
    return " ".join(words), "" if at is None else argv[at]


def place_of_loss(words: Sequence[str]) -> int | None:
    """Return which word is the loss: the first besides options, or the one after a tool."""
    first = next((at for at, word in enumerate(words) if not word.startswith("-")), len(words))
    tool = TOOLS.get(words[first]) if first < len(words) else None
    at = first + 1 if tool else first
    if kind := kind_at(words, at):
        tool, at = kind, at + 1
    takes = tool is None or tool.on_loss or tool.describes
    return at if takes and at < len(words) and not words[at].startswith("-") else None


def kind_at(words: Sequence[str], at: int) -> Tool | None:
    """Return the command of a tool that the word at a place names, if the tool has such ones."""
    tool = TOOLS.get(words[at - 1]) if 0 < at < len(words) else None
    return tool.kinds.get(words[at]) if tool else None


def no_such_kind(tool: str, word: str) -> str:
    """Return the message about a word that is none of a tool's commands."""
    import difflib

    kinds = list(TOOLS[tool.partition(" ")[0]].kinds)
    near = difflib.get_close_matches(word, kinds, n=1)
    likely = f"did you mean {near[0]}?" if near else f"give one of {', '.join(kinds)}"
    return f"loss {tool} has no {show(word)}; {likely}"


def without_help(argv: list[str]) -> list[str]:
    """Return `loss help ce` and `loss --help ce` as `loss ce --help`; pages as `loss help PAGE`."""
    words = argv[1:]
    if argv[0] not in ("help", "--help", "-h") or not words or words[0].startswith("-"):
        return argv
    from losscli.commands.help.topics import topic_names, topic_of

    if not topic_of(words[0]):
        require_known(*typed_words(words), also=topic_names())
    elif len(words) == 1:
        return ["help", *words]
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


def require_order(argv: Sequence[str]) -> None:
    """Refuse options before the name of the command, and `-i=FILE`, and say what to type."""
    for word in argv:
        if word[:1] == "-" and word[1:2].isalpha() and word[2:3] == "=":
            typed = f"{word[:2]} {shlex.quote(word[3:])}"
            raise UsageError(f"{show(word)}: a short option has no equals sign; type {typed}")
    if argv[0] in COMPLETION and argv[1:] and not argv[1].startswith("-"):
        shell = argv[1] if argv[1] in SHELLS else "the shell that is to complete"
        raise UsageError(f"{argv[0]} takes no name; type it alone, in {shell}")
    if not argv[0].startswith("-") or argv[0].partition("=")[0] in [*OWN, *OPTIONS]:
        return
    at = next((at for at, word in enumerate(argv) if word in TOOLS or built_in(word)), None)
    if at is not None:
        typed = shlex.join(["loss", *argv[at:], *argv[:at]])
        message = f"{argv[0]}: options come after the name of the command; type: {typed}"
        if len(for_command_line(message)) > LONGEST_LINE:
            message = message.replace(typed, f"loss {argv[at]} ...")
        raise UsageError(message)
    if len(argv) > 1:
        raise UsageError(
            f"{argv[0]}: the name of a command comes first; loss list shows the losses"
        )


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
        _add_tool(app, "", name, row, (tool, loss), streams, alone=alone)
    return app


def _add_tool(
    app: typer.Typer,
    group: str,
    name: str,
    row: Tool,
    typed: tuple[str, str],
    streams: Streams,
    *,
    alone: bool,
) -> None:
    """Add a tool, or one of the commands of the tool `group`; only the typed one is made."""
    tool, loss = typed
    full = f"{group} {name}".strip()
    is_typed = full == tool
    is_around = bool(row.kinds) and tool.partition(" ")[0] == full
    if alone and not (is_typed or is_around or (tool and tool == group)):
        return
    how: dict[str, Any] = {"short_help": _escape(row.summary), "rich_help_panel": TOOL_PANEL}
    if is_around:
        own = typer.Typer(cls=Group, rich_markup_mode="rich", no_args_is_help=True)
        for kind, one in row.kinds.items():
            _add_tool(own, full, kind, one, typed, streams, alone=alone)
    elif is_typed and row.on_loss and (loss or row.needs_loss):
        own = typer.Typer(cls=Group, rich_markup_mode="rich", no_args_is_help=True)
        _add_losses(own, loss, full, row, streams, alone=alone and bool(loss))
    else:
        function = row.make(None if row.on_loss else name, streams) if is_typed else _stub
        text = f"{row.summary}\n\n{function.__doc__ or ''}"
        app.command(name, cls=OnceEach, help=opening(row.example, text), **how)(function)
        return
    app.add_typer(own, name=name, help=opening(row.example, row.summary), **how)


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
