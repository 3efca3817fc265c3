"""A page for a pipe: aligned plain text with every digit, whatever the width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from losscli.errors import printable
from losscli.output.digits import exact
from losscli.output.page import (
    Blank,
    Block,
    Column,
    Command,
    Facts,
    Heading,
    Indented,
    Kind,
    Lines,
    Number,
    Page,
    Paragraph,
    Part,
    Phrase,
    Signature,
    Styled,
    Table,
    parts_of,
    share_of,
)
from losscli.output.strict_json import dumped

GAP = "..."
INDENT = "  "
LONGEST_BAR = 40
ASCII = str.maketrans({"\u00a0": " ", "±": "+-", "→": "->", "−": "-", "≤": "<=", "≥": ">="})
"""Signs that any locale can print."""


def plain_text(page: Page) -> Iterator[str]:
    """Yield the page line by line."""
    for line in _lines(page.blocks):
        yield line.rstrip() + "\n"


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    for at, block in enumerate(blocks):
        if isinstance(block, Heading):
            if block.is_part and at:
                yield ""
            label = f"{block.label}: " if block.label else ""
            yield label + text_of(block.phrase)
        elif isinstance(block, Paragraph):
            yield text_of(block.phrase)
        elif isinstance(block, Command):
            yield (
                f"{block.label}: {printable(block.text)}" if block.label else printable(block.text)
            )
        elif isinstance(block, Signature):
            yield printable(block.text)
        elif isinstance(block, Lines):
            yield from map(printable, block.lines)
        elif isinstance(block, Facts):
            for fact in block.facts:
                what = f"{fact.of} {fact.what}" if fact.of else fact.what
                yield f"{printable(what)}: {text_of(fact.phrase)}"
        elif isinstance(block, Table):
            yield from _table(block)
        elif isinstance(block, Indented):
            yield from (f"{INDENT}{line}" if line else "" for line in _lines(block.blocks))
        elif isinstance(block, Blank):
            yield ""


def text_of(phrase: Phrase) -> str:
    """Return a phrase with every digit."""
    return "".join(map(_part, parts_of(phrase)))


def _part(part: Part) -> str:
    if isinstance(part, Styled):
        return _part(part.part)
    if isinstance(part, str):
        return printable(part.translate(ASCII))
    return exact(part.value if isinstance(part, Number) else part)


def _table(table: Table) -> Iterator[str]:
    if not table.size:
        return
    columns = [column for column in table.columns if column.kind is not Kind.MARK]
    if table.choices:
        columns += table.choices[0].columns()
    texts = [_column(column, table) for column in columns]
    left = [column.kind in (Kind.NAME, Kind.TEXT, Kind.BAR) for column in columns]
    widths = [max(map(len, column)) for column in texts]
    for row in zip(*texts, strict=True):
        cells = zip(row, widths, left, strict=True)
        yield INDENT.join(
            c.ljust(width) if is_left else c.rjust(width) for c, width, is_left in cells
        )


def _column(column: Column, table: Table) -> list[str]:
    header = printable(column.plain_header or column.header)
    texts = [_word(header) if header else ""] if table.has_header else []
    texts += [_cell(column, cell) for cell in column.cells]
    if table.gap_after is not None:
        texts.insert(table.gap_after + table.has_header, GAP)
    return texts


def _cell(column: Column, cell: Phrase | None) -> str:
    if column.kind is Kind.BAR:
        return "#" * round(LONGEST_BAR * share_of(cell))
    if cell is None:
        return "-"
    if column.kind is Kind.TEXT:
        lines = text_of(cell).split(_part("\n"))
        return "; ".join(line.strip() for line in lines)
    return _word(text_of(cell))


def _word(text: str) -> str:
    """Return a text that stays one word in a line of words, or quoted."""
    return dumped(text) if not text or " " in text else text
