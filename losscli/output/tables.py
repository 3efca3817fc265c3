"""A table of any command: a heading, rows of cells, figures below; as text for a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from losscli.errors import printable
from losscli.output.page import GAP
from losscli.output.strict_json import dumped


@dataclass(frozen=True)
class Table:
    """Cells as text, ready to be shown."""

    heading: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    gap_after: int | None = None
    """After how many rows some are left out; None where none are."""
    figures: Sequence[tuple[str, str]] = ()
    """What stands below, as (what, figures)."""
    names: Sequence[str] = ()
    """The headers of columns that hold names, not numbers. The first column is never left out."""


def head_and_tail(size: int, rows: int) -> tuple[list[int], int | None]:
    """Return which of `size` rows a table of `rows` shows, and after how many some are left out."""
    if size <= rows:
        return list(range(size)), None
    head = (rows + 1) // 2
    return [*range(head), *range(size - rows // 2, size)], head if rows else None


def plain_text(table: Table) -> Iterator[str]:
    """Yield a table as aligned text, whatever the width."""
    yield table.heading + "\n"
    lines = [[_word(cell) for cell in line] for line in (table.header, *table.rows)]
    if table.gap_after is not None:
        lines.insert(table.gap_after + 1, [GAP] * len(table.header))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines if table.rows else []:
        cells = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(cells) + "\n"
    for what, figures in table.figures:
        yield f"{what}: {figures}\n"


def _word(cell: str) -> str:
    """Return a cell that stays one word in a line of words, or quoted."""
    text = printable(cell)
    return dumped(text) if " " in text or not text else text
