"""A comparison drawn for a terminal; columns that do not fit are left out."""

from __future__ import annotations

from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from losscli.commands.compare.report import HEADERS, NAMED, Report, cells, lines

BETWEEN = 2
"""Blanks between columns."""
DROPPED = ("delta_p", "loss_reference", "loss_input", "delta_loss", "target", "input", "reference")
"""What is left out first where the terminal is narrow."""


def terminal_table(report: Report) -> str:
    """Return the report as the terminal shows it."""
    console = Console(highlight=False)
    totals = Table(box=None, show_header=False, padding=(0, BETWEEN, 0, 0), pad_edge=False)
    totals.add_column(style="dim", no_wrap=True)
    totals.add_column(overflow="fold")
    for i, (what, figures) in enumerate(lines(report, full=False)):
        totals.add_row(Text(what), Text(figures, style="bold" if i == 0 else ""))
    worst = _fitting(cells(report, full=False), console.width - 1)
    with console.capture() as captured:
        console.print(Text(report.heading, style="bold"))
        console.print()
        console.print(totals)
        if worst:
            console.print()
            count = len(next(iter(worst.values())))
            title = f"{count} samples furthest apart" if count > 1 else "sample furthest apart"
            console.print(Text(f"the {title}", style="bold"))
            console.print(_drawn(worst))
        console.print(Text(report.signature, style="dim", overflow="fold"))
    return captured.get()


def _fitting(columns: dict[str, list[str]], width: int) -> dict[str, list[str]]:
    """Return the columns that fit, by their headers."""
    kept = {HEADERS.get(name, name): column for name, column in columns.items()}
    for name in DROPPED:
        widths = [max(map(cell_len, (header, *column))) for header, column in kept.items()]
        if sum(widths) + BETWEEN * len(widths) <= width:
            break
        kept.pop(HEADERS.get(name, name), None)
    return kept


def _drawn(columns: dict[str, list[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    named = {HEADERS.get(name, name) for name in NAMED}
    for header in columns:
        justify: Literal["left", "right"] = "left" if header in named else "right"
        table.add_column(Text(header), justify=justify, no_wrap=True)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, row))
    return table
