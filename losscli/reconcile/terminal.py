"""Matches and conventions drawn for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from losscli.errors import printable
from losscli.reconcile.report import Answer, Row, difference
from losscli.reports import shown

INDENT = 3
DIGITS = 8
"""Decimals of a value: an eps of 1e-7 shows."""


def drawn_answer(told: Answer) -> str:
    """Return an answer as the terminal shows it."""
    console = Console(highlight=False)
    with console.capture() as captured:
        console.print(Text(told.heading, style="bold"))
        good = bool(told.lines)
        console.print(Text(told.verdict, style="green" if good else "yellow"))
        for number, line in enumerate(told.lines, 1):
            console.print()
            words = Text("\n+ ".join(line.deviations) or "no deviation", style="bold")
            console.print(Text(f"{number}. ").append(words) if len(told.lines) > 1 else words)
            off = f"{line.value!r}, off by {line.error:+.1e}"
            console.print(Padding(Text(off), (0, 0, 0, INDENT)))
            console.print(Padding(Text(printable(line.command), style="cyan"), (0, 0, 0, INDENT)))
        if told.more:
            more = f"{told.more} more: --rows {len(told.lines) + told.more}"
            console.print(Text(more, style="dim"))
        if told.tried:
            console.print()
            console.print(Text(told.tried, style="dim"))
        if not told.lines:
            console.print(Text(told.names, style="dim"))
    return captured.get()


def drawn_conventions(heading: str, plain: float, rows: Sequence[Row]) -> str:
    """Return the libraries' numbers as the terminal shows them."""
    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("library", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("differs", justify="right", no_wrap=True)
    table.add_column("call, and why", overflow="fold")
    for row in rows:
        gap = difference(row.value, plain)
        call = Text(printable(row.call), style="cyan")
        table.add_row(
            Text(row.library),
            Text(shown(row.value, DIGITS), style="bold"),
            Text("" if gap == "the same" else gap, style="yellow"),
            call.append(Text(f"\n{row.note}", style="not bold default")),
        )
    with console.capture() as captured:
        console.print(Text(heading, style="bold"))
        console.print(table)
    return captured.get()
