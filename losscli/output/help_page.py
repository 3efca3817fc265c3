"""A page of help: usage, an example, sentences, and rows in sections, without frames.

A pipe gets the same page without color. A name that is too long for its column has a line of its
own: no name is broken or cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain

from rich.console import Console
from rich.text import Text

from losscli.output import colors
from losscli.output.wrapping import FLAG, wrapped

INDENT = 2
MARGIN = 2
"""Blanks between a name and its text."""
NAMES = 2 / 5
"""The share of the width that names take at most, with the blanks beside them."""
METAVAR = re.compile(r"(?<=\w )([A-Z]+|\[.*\])$")
DEFAULT = re.compile(r"\[default: .*\]$")


def drawn(
    usage: str,
    example: str,
    paragraphs: Sequence[str],
    sections: Mapping[str, Mapping[str, str]],
    epilog: str = "",
) -> str:
    """Return the page; a section has a title, and what its rows are about by their names."""
    # An example is left to the terminal to wrap, so that a copy of it is one line.
    head = [
        [Text.assemble(("Usage:", "bold"), f" {usage}")],
        [Text("Example:", "bold"), Text(" " * INDENT + example, colors.ACCENT)],
    ]
    return _printed(head, paragraphs, sections, epilog)


def opening(text: str, sections: Mapping[str, Mapping[str, str]]) -> str:
    """Return a page that begins with sentences; its rows are commands and what they are for."""
    return _printed([], [text], sections, "")


def _printed(
    head: Sequence[Sequence[Text]],
    paragraphs: Sequence[str],
    sections: Mapping[str, Mapping[str, str]],
    epilog: str,
) -> str:
    console = Console(highlight=False)
    names = [name for rows in sections.values() for name in rows]
    most = int(console.width * NAMES) - INDENT - MARGIN
    column = max((len(name) for name in names if len(name) <= most), default=most)
    blocks = [*head, *(_sentences(paragraph, console.width) for paragraph in paragraphs)]
    for title, rows in sections.items():
        own = [_row(name, text, column, console.width) for name, text in rows.items()]
        blocks.append([Text(f"{title}:", "bold"), *chain.from_iterable(own)])
    if epilog:
        blocks.append(_sentences(epilog, console.width))
    with console.capture() as captured:
        for at, block in enumerate(blocks):
            for line in [Text(), *block] if at else block:
                console.print(line, soft_wrap=True)
    return captured.get()


def _sentences(text: str, width: int) -> list[Text]:
    return [*map(_with_flags, wrapped(text, width))]


def _row(name: str, text: str, column: int, width: int) -> list[Text]:
    shown = Text(" " * INDENT).append(Text(name, colors.NAME))
    shown.highlight_regex(METAVAR, f"not bold {colors.DIM}")
    start = INDENT + column + MARGIN
    others = [_with_flags(" " * start + line) for line in wrapped(text, width - start)]
    if not text:
        return [shown]
    if len(name) > column:
        return [shown, *others]
    shown.pad_right(start - shown.cell_len)
    return [shown.append_text(others[0][start:]), *others[1:]]


def _with_flags(line: str) -> Text:
    text = Text(line)
    text.highlight_regex(re.compile(FLAG), colors.ACCENT)
    text.highlight_regex(DEFAULT, colors.DIM)
    return text
