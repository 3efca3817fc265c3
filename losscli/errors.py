"""Errors, exit statuses and the words of messages.

An error is one line for its reader, never a traceback. Options in it are spelled for that reader:
as keyword arguments in Python, as flags on the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum

LONGEST_LINE = 300
LONGEST_CELL = 40
LONGEST_NAME = 100
STANDARD_INPUT = "standard input"
CORRECT = "correct the number or remove the row"
"""What to do about a number that spoils a result."""


class ExitStatus(IntEnum):
    """What the process returns to the shell."""

    OK = 0
    CHECK_FAILED = 1
    USAGE = 2
    DATA = 3
    NOT_FINITE = 4
    INTERRUPTED = 130
    PIPE_CLOSED = 141


class LossError(Exception):
    """Anything that losscli refuses; the message is one line that says what to do."""

    status = ExitStatus.DATA

    def __init__(self, message: str = "") -> None:
        """Keep a message; `str` of the error spells its options for Python callers."""
        super().__init__(one_line(for_python(message)))
        self.message = message


class UsageError(LossError):
    """The call itself is wrong: an option's value, a combination, a missing role."""

    status = ExitStatus.USAGE


class PipeClosedError(LossError):
    """The reader of standard output went away: nothing is wrong, and there is nothing to say."""

    status = ExitStatus.PIPE_CLOSED


class DataError(LossError):
    """A file or an array is not what the loss needs."""

    status = ExitStatus.DATA


class MisfitError(DataError):
    """Arrays are readable, but do not fit the loss or each other."""


class SwappedError(MisfitError):
    """The input and the target would fit if each were the other."""

    def __init__(self, found: str, first: str, fix: str = "swap them") -> None:
        """Say what was found; `first` is the name of the input."""
        names = f"{option(first)} and {option('target')}"
        super().__init__(f"{found}; are {names} swapped? {fix}")
        self.found, self.first = found, first


class LossWarning(UserWarning):
    """What Python callers are warned about: notes on how files were read, and doubtful input."""


def warn(messages: Iterable[str]) -> None:
    """Warn the caller of the function that calls this one, once for each message."""
    import warnings

    for message in dict.fromkeys(messages):
        warnings.warn(one_line(for_python(message)), LossWarning, stacklevel=3)


_SPELLINGS = re.compile("\ufdd0(.*?)\ufdd1(.*?)\ufdd2", re.DOTALL)
"""Marks two spellings in a message, Python's first, with code points that no text uses."""


def spelled(python: str, command_line: str) -> str:
    """Return a part of a message that Python callers and command-line users read differently."""
    return f"\ufdd0{python}\ufdd1{command_line}\ufdd2"


def option(name: str, value: object = None) -> str:
    """Name an option inside a message: `label_base=1` in Python, `--label-base 1` when typed.

    A value of True or False is a switch, `--shift` or `--no-shift`; text is quoted for a shell.
    """
    flag = "--" + name.rstrip("_").replace("_", "-")
    if value is None:
        return spelled(name, flag)
    if isinstance(value, bool):
        return spelled(f"{name}={value}", flag if value else flag.replace("--", "--no-", 1))
    if isinstance(value, str):
        return spelled(f'{name}="{value}"', f"{flag} {quoted(value)}")
    return spelled(f"{name}={value}", f"{flag} {value}")


def call(name: str, function: str = "compute") -> str:
    """Name the call of a loss inside a message: `compute("l1", ...)`, or `loss l1`."""
    return spelled(f'{function}("{name}", ...)', f"loss {name}")


def part(label: str, selector: str) -> str:
    """Return the text of a source that is a part of a file: `x.csv::a`, `-::a` of a pipe."""
    return f"{'-' if label == STANDARD_INPUT else label}::{selector}"


def part_of(label: str, selector: str) -> str:
    """Return how a part of a file is typed: `"x.csv::a"` in Python, in a shell as it takes it."""
    text = part(label, selector)
    return spelled(f'"{text}"', quoted(text))


def quoted(text: str) -> str:
    """Return a text as a shell takes it."""
    if text.replace("-", "").isalnum():
        return text
    import shlex

    return shlex.quote(text)


def called(label: str, name: str, shown: str = "") -> str:
    """Return how a message names an array: `FILE: target`, or `target` where it has no file."""
    return (shown or name) if label == name else f"{label}: {shown or name}"


def for_python(message: str) -> str:
    """Return a message with its options spelled as keyword arguments."""
    return _SPELLINGS.sub(r"\1", message)


def for_command_line(message: str) -> str:
    """Return a message with its options spelled as flags."""
    return _SPELLINGS.sub(r"\2", message)


def show(cell: object) -> str:
    """Return a file's content as quoted ASCII, shortened to a readable length."""
    text = ascii(cell if isinstance(cell, str) else str(cell))
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 3]}...{text[0]}"


def printable(text: str) -> str:
    """Return text with control characters escaped: file content must not control a terminal."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def one_line(message: str) -> str:
    """Return a message as one printable line of at most 300 characters."""
    text = printable(message)
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 3] + "..."


def short_name(name: str) -> str:
    """Return the name of a file, or of a part of it, for messages; a long one by its end."""
    text = one_line(name)
    return text if len(text) <= LONGEST_NAME else f"...{text[-LONGEST_NAME:]}"


def no_room(error: OSError) -> DataError:
    """Return the message for a temporary folder that is full or missing."""
    import tempfile

    try:
        folder = tempfile.gettempdir()
    except FileNotFoundError:
        # tempfile found no folder that accepts even a test byte.
        folder = "temporary files"
    return DataError(
        f"{folder}: no room for the output: {error.strerror}; set TMPDIR to a folder with room"
    )
