"""Text broken into lines at blanks, never inside a word or a path."""

from __future__ import annotations

import os
import re

from rich.cells import cell_len

FLAG = r"(?<![\w-])--?[a-z][\w-]*"
_COMMAND = re.compile(rf"\bloss [a-z][\w-]*(?: {FLAG}(?: [^\s-]\S*)?)+")
_BRACKETS = r"\w\([^()]{,20}\)|\([^()]{,12}\)|\[[^[\]]{,20}\]"
_TOGETHER = re.compile(rf"{_COMMAND.pattern}|{FLAG} \S+|{_BRACKETS}|\d %")
"""What stays on one line if it fits: a command, so that a copy of it runs; an option and its value;
a short bracket such as `(n, c)`, or one of a function; a percentage."""
CONTINUED = "  "
TIED = "\ue000"
"""Stands for a blank that no line is broken at: rich breaks lines at every Unicode space."""


def wrapped(text: str, width: int) -> list[str]:
    """Return text as lines of at most `width` columns.

    A word that is longer than a line is a line: it stays whole, and the terminal folds it. A longer
    command is continued as a shell takes it.
    """
    lines: list[str] = []
    text = _COMMAND.sub(lambda match: _continued(match[0], width), text)
    for word in tied(text, width).split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines).replace(TIED, " ").split("\n")


def _continued(command: str, width: int) -> str:
    """Return a command as one word, in several lines if it is longer than one."""
    if cell_len(command) <= width or os.name == "nt":
        return command.replace(" ", TIED)
    lines: list[str] = []
    for words in re.split(" (?=-)", command):
        if lines and cell_len(f"{lines[-1]} {words} \\") <= width:
            lines[-1] += f" {words}"
        else:
            lines.append(CONTINUED * bool(lines) + words)
    return " \\\n".join(lines).replace(" ", TIED)


def tied(text: str, longest: int) -> str:
    """Return text with the blanks tied within what belongs together, up to a length."""

    def keep(match: re.Match[str]) -> str:
        return match[0].replace(" ", TIED) if cell_len(match[0]) <= longest else match[0]

    return _TOGETHER.sub(keep, text)
