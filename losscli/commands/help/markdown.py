"""A reference page as blocks: the part of Markdown that these pages use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from losscli.output.page import (
    Blank,
    Block,
    Column,
    Command,
    Heading,
    Indented,
    Kind,
    Lines,
    Page,
    Paragraph,
    Part,
    Style,
    Styled,
    Table,
)

INLINE = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\*(?P<term>[^*\s][^*]*)\*")
FENCE = "```"
ITEM = "- "


def page_of(text: str) -> Page:
    """Return Markdown of headings, paragraphs, lists, tables and fenced blocks as a page."""
    blocks: list[Block] = []
    lines = iter(text.splitlines())
    for part in _parts(lines):
        # A table with a header has its own empty lines.
        above = blocks[-1] if blocks else None
        at_table = part[0].startswith("|") or (isinstance(above, Table) and above.has_header)
        blocks += [Blank()] if blocks and not at_table else []
        blocks += _blocks(part)
    return Page(blocks)


def _parts(lines: Iterator[str]) -> Iterator[list[str]]:
    """Yield the lines of each part; empty lines separate parts, except within a fenced block."""
    part: list[str] = []
    for line in lines:
        if line.startswith(FENCE):
            part = [line]
            part += iter(lines.__next__, FENCE)
        elif line:
            part.append(line)
            continue
        if part:
            yield part
        part = []
    if part:
        yield part


def _blocks(part: list[str]) -> Iterator[Block]:
    first = part[0]
    if first.startswith(FENCE):
        yield Indented([*_fenced(part[1:], is_session=first.endswith("console"))])
    elif first.startswith("#"):
        yield Heading(first.lstrip("# "))
    elif first.startswith("|"):
        yield _table(part)
    elif first.startswith(ITEM):
        yield _list(part)
    else:
        yield Paragraph(_phrase(" ".join(part)))


def _fenced(lines: list[str], is_session: bool) -> Iterator[Block]:
    for line in lines:
        if is_session and line.startswith("$ "):
            yield Command(line)
        else:
            yield Lines([line], Style.DIM if is_session else Style.PLAIN)


def _table(lines: list[str]) -> Table:
    """Return a table: its header, the line below it, and one line per row."""
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    columns = zip(rows[0], *rows[2:], strict=True)
    return Table([Column(head, [*map(_phrase, cells)], Kind.TEXT) for head, *cells in columns])


def _list(lines: list[str]) -> Table:
    """Return a list; a line that does not begin an item continues it."""
    items = "\n".join(lines).removeprefix(ITEM).split(f"\n{ITEM}")
    texts = [_phrase(" ".join(item.split())) for item in items]
    dashes = Column("", [ITEM.strip()] * len(texts), Kind.NAME)
    return Table([dashes, Column("", texts, Kind.TEXT)], has_header=False)


def _phrase(text: str) -> list[Part]:
    """Return text with its code, terms and strong words in their styles."""
    parts: list[Part] = []
    at = 0
    for match in INLINE.finditer(text):
        parts.append(text[at : match.start()])
        style = Style.ACCENT if match["code"] else Style.STRONG
        parts.append(Styled(match["code"] or match["strong"] or match["term"], style))
        at = match.end()
    return [*parts, text[at:]]
