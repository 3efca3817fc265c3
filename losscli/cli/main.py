"""The one place that handles errors: turns a command line into an exit status."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from signal import SIGINT
from typing import Any

from losscli.errors import ExitStatus, LossError, PipeClosedError, UsageError, short_name
from losscli.output.checks import REPORTS
from losscli.output.ending import SIGNALS, at_a_signal, last_words
from losscli.output.streams import (
    COLOR,
    Streams,
    refusal_of_stdout,
    set_color,
    silence_stdout,
)
from losscli.version import __version__

_NOT_A_NUMBER = r"Invalid value for '(--[\w-]+)'[^:]*: (.*) is not a valid (float|int).*"
"""Typer's message about the value of an option."""
_EXTRA = r"(?s)Got unexpected extra arguments?(?:\(s\))? \((\S+?)[ )].*"
"""Words without an option: what a shell makes of a pattern that is not quoted, or of `2, 1`."""
_MISSING = r"Missing argument '(\w+)'\."
_NO_SUCH_COMMAND = r"No such command '(.*?)'\..*"
_NO_SUCH_OPTION = r"No such option: (--?[\w-]+)(.*)"


def main(argv: Sequence[str]) -> int:
    """Run one command line and return its exit status; never raises for bad input."""
    streams = Streams()
    notes: Sequence[str] = ()
    with at_a_signal():
        try:
            streams.require_stdout()
            for number in SIGNALS:
                why = "interrupted" if number == SIGINT else f"ended by {number.name}"
                words = "".join(_for_programs(argv, 128 + number, why))
                last_words[number] = words.encode(errors="backslashreplace")
            return _run(_without_color(list(argv)), streams)
        except PipeClosedError as closed:
            return closed.status
        except LossError as error:
            status, why = error.status, error.message
            notes = getattr(error, "__notes__", ())
        except OSError as error:
            # Libraries print help and tables; only their output can fail here.
            silence_stdout()
            status, why = ExitStatus.DATA, refusal_of_stdout(error)
        except MemoryError:
            status = ExitStatus.DATA
            why = "not enough memory; split the file, or ask for fewer outputs"
        streams.note(f"loss: {why}")
        for note in notes:
            streams.note(f"note: {note}")
        with suppress(LossError, OSError):
            streams.write(_for_programs(argv, status, why))
        return status


def _for_programs(argv: Sequence[str], status: int, why: str) -> Iterable[str]:
    """Return an error as standard output has it, where a program reads it."""
    form = ""
    for word, after in zip(argv, (*argv[1:], ""), strict=False):
        if word in ("-f", "--format"):
            form = after
        elif found := re.fullmatch(r"(?:-f|--format=)(\w+)", word):
            form = found[1]
    if form == "json":
        from losscli.output.strict_json import dumped, error_as_json

        return [dumped({"schema": 1, **error_as_json(status, why)}), "\n"]
    if form in REPORTS:
        from losscli.output.ci_reports import Outcome, report

        words = takewhile(lambda word: not word.startswith("-"), argv)
        return report(form, Outcome(" ".join(["loss", *words]), error=why))
    return ()


def _without_color(argv: list[str]) -> list[str]:
    """Return the command line without `--color WHEN`, which is heeded here, for all of it."""
    kept: list[str] = []
    given: list[str] = []
    words = iter(argv)
    for word in words:
        flag, equals, when = word.partition("=")
        if flag == COLOR:
            given.append(when if equals else next(words, ""))
        else:
            kept.append(word)
    if len(given) > 1:
        from losscli.cli.once import refusal

        raise UsageError(refusal({COLOR: len(given)}))
    for when in given:
        set_color(when)
    return kept


def _run(argv: list[str], streams: Streams) -> int:
    if not os.environ.get("COLUMNS", "1").strip("0"):
        # A terminal that claims to have no columns has the usual number.
        del os.environ["COLUMNS"]
    if "_LOSS_COMPLETE" in os.environ:
        from losscli.cli.shells import answer

        answer(os.environ, streams)
        return ExitStatus.OK
    if not argv:
        from losscli.cli.first_page import first_page

        streams.write([first_page()])
        return ExitStatus.OK
    if argv[0] == "version":
        argv = ["--version", *argv[1:]]
    if argv in (["--version"], ["-V"]):
        streams.write([f"losscli {__version__}\n"])
        return ExitStatus.OK
    if argv in (["--help"], ["-h"]):
        from losscli.cli.front_page import front_page
        from losscli.losses.declare.installed import problems

        streams.write([front_page()])
        for problem in problems():
            streams.note(f"note: {problem}")
        return ExitStatus.OK
    import typer

    from losscli.cli.app import (
        build_app,
        require_known,
        require_order,
        typed_words,
        without_help,
    )
    from losscli.cli.library_names import in_our_words

    # Typer's own errors share a base that it does not export: BadParameter's grandparent.
    typer_error: type[Any] = typer.BadParameter.__mro__[2]
    require_order(argv)
    argv = in_our_words(without_help(argv), streams)
    tool, loss = typed_words(argv)
    require_known(tool, loss)
    try:
        app = build_app(tool, loss, streams, alone=not argv[0].startswith("-"))
        try:
            status = app(argv, prog_name="loss", standalone_mode=False)
        except typer.Exit as left:
            status = left.exit_code
        streams.write(())
        return int(status or 0)
    except SystemExit as left:
        # Typer exits with 1 for one reason only: the reader went away while it was printing help.
        if left.code == 1:
            silence_stdout()
            raise PipeClosedError from None
        raise
    except typer_error as error:
        message = " ".join(error.format_message().split())
        params = error.ctx.command.params if error.ctx else ()
        offered = {
            word: getattr(param, "multiple", False) for param in params for word in param.opts
        }
        raise UsageError(_in_our_words(message, tool, loss, offered)) from None


def _in_our_words(message: str, tool: str, loss: str, offered: Mapping[str, bool]) -> str:
    """Return Typer's message about a command line in this program's words.

    `offered` has the command's options, and whether each may be repeated.
    """
    if found := re.fullmatch(_NOT_A_NUMBER, message):
        kind = "a number" if found[3] == "float" else "a whole number"
        return f"{found[1]}: {found[2]} is not {kind}; write one"
    if found := re.fullmatch(_EXTRA, message):
        message = f"{short_name(found[1])} is one word too many"
        if re.fullmatch(r"[-+\d.,;]+", found[1]):
            return f"{message}; give numbers an option, with no blanks: -i 2,1,0.1 -t 0"
        if re.fullmatch(r".+\.\w+", found[1]):
            if offered.get("-i"):
                message += "; give each file an option, -i once per model to rank several; quote a "
                return f"{message}pattern only if its files are one array: '*.npy'"
            return f"{message}; give each file an option, and quote a pattern: '*.npy'"
    if (found := re.fullmatch(_NO_SUCH_COMMAND, message)) and tool:
        from losscli.cli.app import no_such_kind

        return no_such_kind(tool, found[1])
    message = re.sub(_MISSING, r"\1 is missing", message)
    if found := re.fullmatch(_NO_SUCH_OPTION, message):
        from losscli.cli.unknown_option import likely, refusal

        near = likely(found[1], tool, loss, offered)
        if not near and loss and (why := refusal(found[1], tool, loss, offered)):
            return why
        near = near or _nearest(found[1], found[2])
        message = f"there is no option {found[1]}{f'; did you mean {near}?' if near else ''}"
    command = " ".join(filter(None, ("loss", tool, loss)))
    return f"{message or 'no command was given'} ({command} --help lists the options)"


def _nearest(flag: str, others: str) -> str:
    """Return the most similar of the options that Typer suggests."""
    import difflib

    near = difflib.get_close_matches(flag, re.findall(r"--[\w-]+", others), n=1)
    return near[0] if near else ""
