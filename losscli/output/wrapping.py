"""Text broken into lines at blanks, never inside a word or a path."""

from __future__ import annotations

import re

from rich.cells import cell_len

FLAG = r"(?<![\w-])--?[a-z][\w-]*"
_TOGETHER = re.compile(
    rf"\bloss [a-z][\w-]*(?: {FLAG}(?: [^\s-]\S*)?)+|{FLAG} \S+"
    r"|\([^()]{,20}\)|\[[^[\]]{,20}\]|\d %"
)
"""What stays on one line if it fits: a command, so that a copy of it runs; an option and its value;
a short bracket such as `(n, c)`; a percentage."""
TIED = "\ue000"
"""Stands for a blank that no line is broken at: rich breaks lines at every Unicode space."""


def wrapped(text: str, width: int) -> list[str]:
    """Return text as lines of at most `width` columns.

    A word that is longer than a line is a line: it stays whole, and the terminal folds it.
    """
    lines: list[str] = []
    for word in tied(text, width).split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [line.replace(TIED, " ") for line in lines]


def tied(text: str, longest: int) -> str:
    """Return text with the blanks tied within what belongs together, up to a length."""

    def keep(match: re.Match[str]) -> str:
        return match[0].replace(" ", TIED) if cell_len(match[0]) <= longest else match[0]

    return _TOGETHER.sub(keep, text)
