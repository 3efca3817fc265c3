"""The Typer app: the typed command in full, the others as far as `loss --help` shows them."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from losscli.errors import UsageError, show
from losscli.losses.index import FAMILIES, INDEX, Entry
from losscli.streams import Streams
from losscli.tools import TOOLS
from losscli.version import __version__

ROW = 70
"""Characters beside the longest name in a row of help, on a screen of 100 columns."""
SMALL_FAMILIES = "Distributions, ranking, embeddings, sequences"
"""One panel of help for families of few losses."""
EXAMPLE = "loss ce -i samples/digits/logits.npy -t samples/digits/labels.npy --top 5"


def command_of(argv: Sequence[str]) -> str | None:
    """Return the command that is typed, also while a shell completes it."""
    words = list(argv)
    if "_LOSS_COMPLETE" in os.environ:
        typed = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
        words = typed.split()[1:]
    return next((word for word in words if not word.startswith("-")), None)


def require_known(command: str) -> None:
    """Refuse a command that is not there, with the nearest that is."""
    known = [*TOOLS, *INDEX, *(alias for entry in INDEX.values() for alias in entry.aliases)]
    if command.replace("_", "-") in known:
        return
    import difflib

    near = difflib.get_close_matches(command, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "loss list shows the losses"
    raise UsageError(f"there is no command {show(command)}; {hint}")


def build_app(command: str | None, streams: Streams) -> typer.Typer:
    """Return the app: the typed command in full, of the others what `loss --help` shows."""
    app = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False)
    app.callback(help=opening(EXAMPLE, "Losses of files: value, per-sample losses, gradients."))(
        _top
    )
    _add_losses(app, command, streams)
    _add_tools(app, command, streams)
    return app


def opening(example: str, text: str) -> str:
    """Return a help text that opens with an example; rich must not take `[n, c]` for markup."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return f"Example: [bold]{example}[/bold]\n\n" + _escape("\n\n".join(paragraphs))


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
            "--version", help="Show the version and exit.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    pass


def _in_a_row(entry: Entry) -> str:
    """Return what `loss --help` says of a loss: one row of a screen, its other names if they fit.

    A summary too long for that loses what stands behind its colon, or its end.
    """
    summary = entry.summary
    if len(summary) > ROW:
        start, colon, _ = summary.partition(":")
        summary = textwrap.shorten(f"{start}." if colon else start, ROW, placeholder=" ...")
    also = f" Also: {', '.join(entry.aliases)}." if entry.aliases else ""
    return summary + also if len(summary + also) <= ROW else summary


def _panel(family: str) -> str:
    return (
        SMALL_FAMILIES if family in ("distribution", "embedding", "sequence") else FAMILIES[family]
    )


def _add_losses(app: typer.Typer, command: str | None, streams: Streams) -> None:
    meant = (command or "").replace("_", "-")
    for name, entry in INDEX.items():
        function: Callable[..., Any] = _stub
        help_text = ""
        if meant == name or meant in entry.aliases:
            from losscli.command import loss_command
            from losscli.registry import find

            loss = find(name)
            function = loss_command(loss, streams)
            help_text = opening(loss.facts["example"], f"{loss.summary}\n\n{loss.doc}")
        app.command(
            command if help_text else name,
            help=help_text,
            short_help=_escape(_in_a_row(entry)),
            rich_help_panel=_panel(entry.family),
        )(function)


def _add_tools(app: typer.Typer, command: str | None, streams: Streams) -> None:
    for name, tool in TOOLS.items():
        function: Callable[..., Any] = _stub
        text = tool.summary
        if command == name:
            function = tool.make(name, streams)
            text += f"\n\n{function.__doc__ or ''}"
        app.command(
            name,
            help=opening(tool.example, text),
            short_help=_escape(tool.summary),
            rich_help_panel="Tools",
        )(function)


def _stub() -> Any:
    """Stand for a command that was not typed."""
