"""A page of help: usage, an example, sentences, and rows in sections, without frames.

A pipe gets the same page without color. A name that is too long for its column has a line of its
own: no name is broken or cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from losscli.output import colors
from losscli.output.wrapping import FLAG, wrapped

INDENT = 2
MARGIN = 2
"""Blanks between a name and its text."""
NAMES = 2 / 5
"""The share of the width that names take at most, with the blanks beside them."""
METAVAR = re.compile(r"(?<=\w )[^\s-]\S*$")
DEFAULT = re.compile(r"\[default: .*\]$")


def drawn(
    usage: str,
    example: str,
    paragraphs: Sequence[str],
    sections: Mapping[str, Mapping[str, str]],
    epilog: str = "",
) -> str:
    """Return the page; a section has a title, and what its rows are about by their names."""
    console = Console(highlight=False)
    names = [name for rows in sections.values() for name in rows]
    most = int(console.width * NAMES) - INDENT - MARGIN
    column = max((len(name) for name in names if len(name) <= most), default=most)
    lines = [Text.assemble(("Usage:", "bold"), f" {usage}")]
    # Left to the terminal to wrap, so that a copy of it is one line.
    lines += [Text(), Text("Example:", "bold"), Text(" " * INDENT + example, colors.ACCENT)]
    for paragraph in paragraphs:
        lines += [Text(), *map(_with_flags, wrapped(paragraph, console.width))]
    for title, rows in sections.items():
        lines += [Text(), Text(f"{title}:", "bold")]
        for name, text in rows.items():
            lines += _row(name, text, column, console.width)
    if epilog:
        lines += [Text(), *map(_with_flags, wrapped(epilog, console.width))]
    with console.capture() as captured:
        for line in lines:
            console.print(line, soft_wrap=True)
    return captured.get()


def _row(name: str, text: str, column: int, width: int) -> list[Text]:
    shown = Text(" " * INDENT).append(Text(name, colors.NAME))
    shown.highlight_regex(METAVAR, f"not bold {colors.DIM}")
    start = INDENT + column + MARGIN
    others = [_with_flags(" " * start + line) for line in wrapped(text, width - start)]
    if len(name) > column:
        return [shown, *others]
    shown.pad_right(start - shown.cell_len)
    return [shown.append_text(others[0][start:]), *others[1:]]


def _with_flags(line: str) -> Text:
    text = Text(line)
    text.highlight_regex(re.compile(FLAG), colors.ACCENT)
    text.highlight_regex(DEFAULT, colors.DIM)
    return text
