"""The small tables of a breakdown, for a pipe and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losscli.output.breakdown import Section

if TYPE_CHECKING:
    from rich.console import RenderableType

LONGEST_BAR = 40
SHORTEST_BAR = 8
EIGHTHS = " ▏▎▍▌▋▊▉█"


def plain(section: Section) -> Iterator[str]:
    """Yield a table as aligned text, the bars in plain characters."""
    columns = [[header.replace(" ", "_"), *cells] for header, cells in section.columns.items()]
    if section.bars:
        columns.append(["", *("#" * round(bar * LONGEST_BAR) for bar in section.bars)])
    widths = [max(map(len, column)) for column in columns]
    yield section.title + "\n"
    for row in zip(*columns, strict=True):
        *cells, bar = row if section.bars else (*row, "")
        aligned = (cell.rjust(width) for cell, width in zip(cells, widths, strict=False))
        yield "  ".join((*aligned, bar)).rstrip() + "\n"


def drawn(section: Section, width: int) -> RenderableType:
    """Return a table without its title; bars take what a terminal of that width has left."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="dim",
    )
    rows = [[Text(cell) for cell in cells] for cells in section.columns.values()]
    taken = 0
    for at, (header, cells) in enumerate(section.columns.items()):
        left = section.named and at == 0
        longest = max(len(header), *(cell.cell_len for cell in rows[at])) if cells else len(header)
        taken += longest + 2
        table.add_column(Text(header), justify="left" if left else "right", no_wrap=True)
    room = min(LONGEST_BAR, width - taken - 2)
    if section.bars and room >= SHORTEST_BAR:
        table.add_column("", no_wrap=True, style="cyan")
        rows.append([Text(_bar(bar, room)) for bar in section.bars])
    for row in zip(*rows, strict=True):
        table.add_row(*row)
    return table


def _bar(length: float, room: int) -> str:
    """Return a bar to an eighth of a column; what is not 0 shows."""
    eighths = round(length * room * 8)
    if length > 0:
        eighths = max(eighths, 1)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
