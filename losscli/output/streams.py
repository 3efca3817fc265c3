"""The one object that touches standard output and standard error."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable

from losscli.errors import DataError, PipeClosedError, UsageError, for_command_line, one_line
from losscli.output.ending import last_words

COLOR = "--color"
"""The option that decides about color."""
WHEN = ("auto", "always", "never")
COLOR_VARIABLES = ("NO_COLOR", "FORCE_COLOR")
"""What decides about it in the environment."""


class Streams:
    """Results go to standard output, everything else to standard error, one line each."""

    def __init__(self) -> None:
        if sys.stdout is not None:
            # A cell may contain characters that the locale cannot print: escape them instead of
            # failing.
            sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]

    def require_stdout(self) -> None:
        """Raise an error before a computation whose result could not be printed."""
        if sys.stdout is None:
            raise DataError(
                "standard output is closed: nothing can be printed; use -o FILE > /dev/null"
            )

    def write(self, chunks: Iterable[str]) -> None:
        """Write text to standard output as it arrives.

        Raises PipeClosedError where the reader has gone, DataError where the device refuses.
        """
        self.require_stdout()
        try:
            for chunk in chunks:
                last_words.clear()
                sys.stdout.write(chunk)
            sys.stdout.flush()
        except BrokenPipeError:
            silence_stdout()
            raise PipeClosedError from None
        except OSError as error:
            silence_stdout()
            raise DataError(refusal_of_stdout(error)) from None

    def note(self, line: str) -> None:
        """Write one line to standard error, if there is one; options in it are spelled as flags.

        A terminal shows it wrapped at words, with colors.
        """
        if sys.stderr is None:
            return
        text = f"{one_line(for_command_line(line))}\n"
        if sys.stderr.isatty() or os.environ.get("FORCE_COLOR"):
            from losscli.output.messages import drawn

            text = drawn(text.rstrip("\n"))
        try:
            print(text, end="", file=sys.stderr, flush=True)
        except OSError:
            return

    @property
    def is_terminal(self) -> bool:
        """Whether people read the output: it is a terminal, or colors are forced."""
        if sys.stdout is None:
            return False
        return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))

    @property
    def stdout_file(self) -> tuple[int, int] | None:
        """Device and inode of the regular file that standard output was sent to."""
        try:
            status = os.fstat(1)
        except OSError:
            return None
        return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def set_color(when: str) -> None:
    """Decide about color by the environment, where the terminal's library looks too."""
    if when not in WHEN:
        found = f"{when!r} is not one of" if when else "expected one of"
        raise UsageError(f"{COLOR}: {found} {', '.join(WHEN)}")
    if when != "auto":
        for name in COLOR_VARIABLES:
            os.environ.pop(name, None)
        os.environ["FORCE_COLOR" if when == "always" else "NO_COLOR"] = "1"


def refusal_of_stdout(error: OSError) -> str:
    """Return what to say where standard output cannot be written."""
    reason = (error.strerror or str(error)).lower()
    return f"standard output: cannot be written: {reason}; write to another place"


def silence_stdout() -> None:
    """Point standard output at nothing, so that the interpreter's last flush cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
