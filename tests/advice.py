"""What a refusal advises: options that its command has, and not what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import typer

from losscli.cli.app import build_app, typed_words
from losscli.output.streams import Streams

OPTION = re.compile(r"(?<![\w-])(--[a-z][\w-]*|-[a-z]\b)(?: ([^\s;,)]+))?")
TAKES_BACK = re.compile(r"(?:remove|there is no option|leave out|instead of) $")


def unfit(arguments: Sequence[str], message: str) -> Iterator[str]:
    """Yield the advised options that the command does not have, or that were typed as advised."""
    tool, loss = typed_words(arguments)
    # An option before a colon is the place; the words after a command are for that command.
    advice = re.sub(
        r"^--?[\w-]+(?: [^:]*)?: |^--[\w-]+ is given", "", message.partition("loss: ")[2]
    )
    advice = re.split(r"\bloss [a-z][\w-]* |\bpython -m ", advice)[0]
    known = options(tool, loss)
    pairs = set(pairwise(arguments))
    for found in OPTION.finditer(advice):
        flag, value = found.groups()
        before = advice[: found.start()]
        if TAKES_BACK.search(before) or not known:
            continue
        if flag not in known:
            yield f"{flag} is not an option of {tool or loss}"
        elif re.search(r"[;?] [^;?]*\b(?:use|give|with) $", before) and (flag, value) in pairs:
            yield f"{flag} {value} is what was typed"


@cache
def options(tool: str, loss: str) -> frozenset[str]:
    """Return the options of a command; empty if there is no such command."""
    try:
        command: Any = typer.main.get_command(build_app(tool, loss, Streams(), alone=True))
        for word in filter(None, (tool, loss)):
            # A tool that describes a loss has no commands of its own.
            command = getattr(command, "commands", {word: command})[word]
    except (KeyError, RuntimeError):
        return frozenset()
    names = (name for one in command.params for name in (*one.opts, *one.secondary_opts))
    return frozenset(names) | {"--help"}
