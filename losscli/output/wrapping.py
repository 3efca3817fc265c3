"""Text broken into lines at blanks, never inside a word or a path."""

from __future__ import annotations

import re

from rich.cells import cell_len

FLAG = r"(?<![\w-])--?[a-z][\w-]*"
_TOGETHER = re.compile(
    rf"\bloss [a-z][\w-]*(?: {FLAG}(?: [^\s-]\S*)?)*|{FLAG} \S+|\([^()]{{,12}}\)|\[[^[\]]{{,20}}\]"
)
"""What stays on one line if it fits: a command, so that a copy of it runs; an option and its value;
a short bracket such as `(n, c)`."""
TIED = "\u00a0"


def wrapped(text: str, width: int) -> list[str]:
    """Return text as lines of at most `width` columns.

    A word that is longer than a line is a line: it stays whole, and the terminal folds it.
    """
    lines: list[str] = []
    for word in _TOGETHER.sub(lambda match: _tied(match[0], width), text).split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [line.replace(TIED, " ") for line in lines]


def _tied(words: str, width: int) -> str:
    return words.replace(" ", TIED) if cell_len(words) <= width else words
