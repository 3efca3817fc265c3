"""The Typer app: the typed command in full, the others as far as `loss --help` shows them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from losscli.errors import UsageError, show
from losscli.losses.index import FAMILIES, INDEX
from losscli.streams import Streams
from losscli.version import __version__

TOOLS = {
    "list": "All losses by family, with their names in other libraries.",
    "info": "One loss: formula, range, options, equivalences, pitfalls, source.",
}
DIGITS = "samples/digits/predictions.csv"
EXAMPLE = f"loss ce -i {DIGITS}::zero-nine -t {DIGITS}::label --top 5"


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


def _add_losses(app: typer.Typer, command: str | None, streams: Streams) -> None:
    meant = (command or "").replace("_", "-")
    for name, entry in INDEX.items():
        also = f" Also: {', '.join(entry.aliases)}." if entry.aliases else ""
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
            short_help=_escape(entry.summary + also),
            rich_help_panel=FAMILIES[entry.family],
        )(function)


def _add_tools(app: typer.Typer, command: str | None, streams: Streams) -> None:
    for name, text in TOOLS.items():
        function: Callable[..., Any] = _stub
        if command == name:
            from losscli.listing import info_command, list_command

            make = {"list": list_command, "info": info_command}[name]
            function = make(streams)
        example = {"list": "loss list -f json", "info": "loss info ce"}[name]
        app.command(name, help=opening(example, text), short_help=text, rich_help_panel="Tools")(
            function
        )


def _stub() -> Any:
    """Stand for a command that was not typed."""
