"""The Typer app: the typed command in full, the others as far as `loss --help` shows them."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from losscli.cli.catalogue import TOOLS, Tool
from losscli.errors import UsageError, show
from losscli.losses.index import FAMILIES, INDEX, Entry
from losscli.output.streams import Streams
from losscli.version import __version__

if TYPE_CHECKING:
    from losscli.losses.declare.registry import Loss

ROW = 70
"""Characters beside the longest name in a row of help, on a screen of 100 columns."""
SMALL_FAMILIES = "Distributions, ranking, embeddings, sequences"
"""One panel of help for families of few losses."""
EXAMPLE = "loss ce -i samples/digits/logits.npy -t samples/digits/labels.npy --top 5"


def command_of(argv: Sequence[str]) -> str | None:
    """Return the command that is typed, also while a shell completes it."""
    return next(iter(_words(argv)), None)


def loss_of(argv: Sequence[str]) -> str | None:
    """Return the loss that a tool on a loss is typed for, if it is one and has one."""
    words = _words(argv)
    is_one = len(words) > 1 and words[0] in TOOLS and TOOLS[words[0]].make_for
    return words[1] if is_one else None


def _words(argv: Sequence[str]) -> list[str]:
    """Return the words before the first option: commands, not their options' values."""
    words = list(argv)
    if "_LOSS_COMPLETE" in os.environ:
        typed = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
        words = typed.split()[1:]
    while words and words[0].startswith("-"):
        del words[0]
    return list(takewhile(lambda word: not word.startswith("-"), words))


def without_help(argv: list[str]) -> list[str]:
    """Return `loss help ce` as `loss ce --help`; a page of `loss help` stays as it is typed."""
    words = argv[1:]
    if argv[0] != "help" or not words or words[0].startswith("-"):
        return argv
    from losscli.commands.help.topics import topic_names

    if words[0] not in topic_names():
        require_known(words[0], also=topic_names())
    elif len(words) == 1:
        return argv
    return [*words, "--help"]


def require_known(command: str, tool: str | None = None, also: Sequence[str] = ()) -> None:
    """Refuse a command that is not there, or a tool's loss, with the nearest that is."""
    known = [*INDEX, *(alias for entry in INDEX.values() for alias in entry.aliases), *also]
    known += [] if tool else TOOLS
    if command.replace("_", "-") in known:
        return
    import difflib

    near = difflib.get_close_matches(command, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "loss list shows the losses"
    what = "loss" if tool else "command"
    raise UsageError(f"there is no {what} {show(command)}; {hint}")


def build_app(command: str | None, streams: Streams, loss: str | None = None) -> typer.Typer:
    """Return the app: the typed command in full, of the others what `loss --help` shows.

    `loss` is the loss that follows a tool on a loss.
    """
    app = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False)
    text = opening(EXAMPLE, "Losses of files: value, per-sample losses, gradients.")
    app.callback(help=text, epilog=None if command else _topics())(_top)
    _add_losses(app, command, _loss_command(streams))
    _add_tools(app, command, streams, loss)
    return app


def opening(example: str, text: str) -> str:
    """Return a help text that opens with an example; rich must not take `[n, c]` for markup."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return f"Example: [bold]{example}[/bold]\n\n" + _escape("\n\n".join(paragraphs))


def _escape(text: str) -> str:
    return text.replace("[", "\\[")


def _topics() -> str:
    """Return what `loss --help` says of the reference pages."""
    from losscli.commands.help.topics import topic_names

    return f"Reference: loss help TOPIC, where TOPIC is {', '.join(topic_names())}."


def _show_version(asked: bool) -> None:
    if asked:
        Streams().write([f"losscli {__version__}\n"])
        raise typer.Exit


def _top(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    pass


def _in_a_row(entry: Entry) -> str:
    """Return what `loss --help` says of a loss: one row of a screen, its other names if they fit.

    A summary that is too long for that loses what follows its colon.
    """
    summary = entry.summary
    if len(summary) > ROW:
        summary = summary.partition(":")[0].removesuffix(".") + "."
    also = f" Also: {', '.join(entry.aliases)}." if entry.aliases else ""
    return summary + also if len(summary + also) <= ROW else summary


def _panel(family: str) -> str:
    return (
        SMALL_FAMILIES if family in ("distribution", "embedding", "sequence") else FAMILIES[family]
    )


class Made(NamedTuple):
    """A command in full."""

    function: Callable[..., Any]
    help: str


def _loss_command(streams: Streams) -> Callable[[Loss], Made]:
    def make(loss: Loss) -> Made:
        from losscli.commands.loss.command import loss_command

        text = opening(loss.facts["example"], f"{loss.summary}\n\n{loss.doc}")
        return Made(loss_command(loss, streams), text)

    return make


def _add_losses(app: typer.Typer, typed: str | None, make: Callable[[Loss], Made]) -> None:
    """Add a command for every loss; only the typed one is made."""
    meant = (typed or "").replace("_", "-")
    for name, entry in INDEX.items():
        made = Made(_stub, "")
        if meant == name or meant in entry.aliases:
            from losscli.losses.declare.registry import find

            made = make(find(name))
        app.command(
            typed if made.help else name,
            help=made.help,
            short_help=_escape(_in_a_row(entry)),
            rich_help_panel=_panel(entry.family),
        )(made.function)


def _add_tools(app: typer.Typer, command: str | None, streams: Streams, loss: str | None) -> None:
    for name, tool in TOOLS.items():
        how: dict[str, Any] = {
            "short_help": _escape(tool.summary),
            "rich_help_panel": "Tools",
        }
        if command == name and tool.make_for:
            group = typer.Typer(rich_markup_mode="rich", no_args_is_help=True)
            _add_losses(group, loss, _tool_for(name, tool, streams))
            app.add_typer(group, name=name, help=opening(tool.example, tool.summary), **how)
            continue
        function: Callable[..., Any] = _stub
        text = tool.summary
        if command == name and tool.make:
            function = tool.make(name, streams)
            text += f"\n\n{function.__doc__ or ''}"
        app.command(name, help=opening(tool.example, text), **how)(function)


def _tool_for(name: str, tool: Tool, streams: Streams) -> Callable[[Loss], Made]:
    """Return what makes a tool's command for a loss."""

    def make(loss: Loss) -> Made:
        function = tool.make_for(loss, streams) if tool.make_for else _stub
        example = f"loss {name} {loss.facts['example'].removeprefix('loss ')}"
        text = inspect.cleandoc(f"{tool.summary}\n\n{function.__doc__ or ''}")
        return Made(function, opening(example, text))

    return make


def _stub() -> Any:
    """Stand for a command that was not typed."""
