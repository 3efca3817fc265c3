"""Matches and conventions drawn for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from losscli.commands.reconcile.report import SAME, Answer, Libraries, difference
from losscli.errors import printable
from losscli.output.digits import shown

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


def drawn_conventions(told: Libraries) -> str:
    """Return the libraries' numbers as the terminal shows them."""
    console = Console(highlight=False)
    widest = max((len(row.library) for row in told.rows), default=0)
    with console.capture() as captured:
        console.print(Text(told.heading, style="bold"))
        console.print(Text(told.legend, style="dim"))
        for row in told.rows:
            gap = difference(row.value, told.plain)
            line = Text(f"\n{row.library:<{widest}}  ")
            line.append(shown(row.value, DIGITS), style="bold")
            line.append(f"  {gap}", style="dim" if gap == SAME else "yellow")
            console.print(line)
            call = Text(printable(row.call), style="cyan")
            console.print(Padding(call, (0, 0, 0, INDENT)))
            console.print(Padding(Text(row.note, style="dim"), (0, 0, 0, INDENT)))
    return captured.get()
