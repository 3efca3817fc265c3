"""The one place that handles errors: from a command line to an exit status."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Any

from losscli.errors import ExitStatus, LossError, UsageError
from losscli.streams import Streams, silence_stdout
from losscli.version import __version__


def main(argv: Sequence[str]) -> int:
    """Run one command line and return its exit status; never raises for bad input."""
    streams = Streams()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    try:
        return _run(list(argv), streams)
    except LossError as error:
        streams.note(f"loss: {error}")
        return error.status
    except BrokenPipeError:
        silence_stdout()
        return ExitStatus.PIPE_CLOSED
    except MemoryError:
        streams.note(
            "loss: not enough memory for this; cut the file, or give fewer outputs at once"
        )
        return ExitStatus.DATA
    except KeyboardInterrupt:
        streams.note("loss: interrupted")
        return ExitStatus.INTERRUPTED


def _run(argv: list[str], streams: Streams) -> int:
    argv = argv or ["--help"]
    if argv == ["--version"]:
        streams.write([f"losscli {__version__}\n"])
        return ExitStatus.OK
    import typer

    from losscli.app import build_app, command_of

    # Typer's own errors share a base that it does not export; it follows Exception in the tree.
    typer_error: type[Any] = typer.BadParameter.__mro__[2]
    try:
        app = build_app(command_of(argv), streams)
        status = app(argv, prog_name="loss", standalone_mode=False)
        sys.stdout.flush()
        return int(status or 0)
    except typer.Abort:
        return ExitStatus.INTERRUPTED
    except typer.Exit as left:
        return left.exit_code
    except typer_error as error:
        raise UsageError(_usage(error, argv)) from None


def _usage(error: Any, argv: list[str]) -> str:
    from losscli.app import command_of

    message = " ".join(error.format_message().split()) or "no command was given"
    command = command_of(argv)
    return f"{message} (loss {command + ' ' if command else ''}--help shows what there is)"
