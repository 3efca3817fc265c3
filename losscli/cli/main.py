"""The one place that handles errors: from a command line to an exit status."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from losscli.errors import ExitStatus, LossError, PipeClosedError, UsageError
from losscli.output.ending import at_a_signal
from losscli.output.streams import Streams, silence_stdout
from losscli.version import __version__

_NOT_A_NUMBER = re.compile(
    r"Invalid value for '(--[\w-]+)'[^:]*: (.*) is not a valid (float|int).*"
)
"""What Typer says of an option's value, where it has no more to say."""


def main(argv: Sequence[str]) -> int:
    """Run one command line and return its exit status; never raises for bad input."""
    with at_a_signal():
        return _answered(argv, Streams())


def _answered(argv: Sequence[str], streams: Streams) -> int:
    """Run one command line; what it refuses becomes a line and a status."""
    try:
        return _run(list(argv), streams)
    except PipeClosedError as closed:
        return closed.status
    except LossError as error:
        streams.note(f"loss: {error.message}")
        return error.status
    except OSError as error:
        # Help and tables are printed by libraries; what refuses here is their output.
        silence_stdout()
        streams.note(f"loss: standard output: {error.strerror or error}")
        return ExitStatus.DATA
    except MemoryError:
        streams.note(
            "loss: not enough memory for this; split the file, or ask for fewer outputs at once"
        )
        return ExitStatus.DATA


def _run(argv: list[str], streams: Streams) -> int:
    streams.require_stdout()
    argv = argv or ["--help"]
    if argv == ["--version"]:
        streams.write([f"losscli {__version__}\n"])
        return ExitStatus.OK
    import typer

    from losscli.cli.app import build_app, command_of, loss_of, require_known, without_help

    # Typer's own errors share a base that it does not export: BadParameter's grandparent.
    typer_error: type[Any] = typer.BadParameter.__mro__[2]
    try:
        argv = without_help(argv)
        command, loss = command_of(argv), loss_of(argv)
        if command and "_LOSS_COMPLETE" not in os.environ:
            require_known(command)
            if loss:
                require_known(loss, command)
        app = build_app(command, streams, loss)
        try:
            status = app(argv, prog_name="loss", standalone_mode=False)
        except typer.Exit as left:
            status = left.exit_code
        streams.write(())
        return int(status or 0)
    except SystemExit as left:
        # Typer leaves with 1 for one reason only: it was printing help, and the reader went away.
        if left.code == 1:
            silence_stdout()
            raise PipeClosedError from None
        raise
    except typer_error as error:
        raise UsageError(_usage(error, argv)) from None


def _usage(error: Any, argv: list[str]) -> str:
    from losscli.cli.app import command_of, loss_of

    message = " ".join(error.format_message().split()) or "no command was given"
    if found := _NOT_A_NUMBER.fullmatch(message):
        kind = "a number" if found[3] == "float" else "a whole number"
        return f"{found[1]}: {found[2]} is not {kind}; write one"
    command = " ".join(filter(None, (command_of(argv), loss_of(argv))))
    return f"{message} (loss {command + ' ' if command else ''}--help shows what there is)"
