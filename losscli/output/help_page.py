"""A page of help with rows in panels, drawn as Typer draws the others."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

FLAG, SWITCH = r"(?<![\w-])--[\w-]+", r"(?<![\w-])-\w(?!\w)"

EMPTY_COLUMNS = 8
"""The width of Typer's columns for short names, switches and types, which this page has not."""


def drawn(
    usage: str,
    example: str,
    summary: str,
    options: Mapping[str, str],
    panels: Mapping[str, Mapping[str, str]],
    epilog: str,
) -> str:
    """Return the page; a panel has a title, and what its rows are about by their names."""
    console = Console(highlight=False)
    with console.capture() as captured:
        console.print(Padding(Text.assemble(("Usage: ", "yellow"), usage), 1), style="bold")
        shown = _highlighted(Text.assemble("Example: ", (example, "bold")))
        console.print(Padding(shown, (0, 1)))
        console.print(Padding(Text(summary, "dim"), (1, 1, 1, 1)))
        console.print(_panel("Options", options, max(map(len, options)) + EMPTY_COLUMNS))
        width = max(len(name) for rows in panels.values() for name in rows)
        for title, rows in panels.items():
            console.print(_panel(title, rows, width))
        console.print(Padding(Text(epilog), 1))
    return captured.get() + "\n"


def _panel(title: str, rows: Mapping[str, str], width: int) -> Panel:
    table = Table(show_header=False, expand=True, box=None, pad_edge=False, padding=(0, 1))
    table.add_column(style="bold cyan", no_wrap=True, width=width)
    table.add_column(ratio=1)
    for name, text in rows.items():
        table.add_row(Text(name), _highlighted(Text(text)))
    return Panel(table, border_style="dim", title=title, title_align="left")


def _highlighted(text: Text) -> Text:
    text.highlight_regex(FLAG, "bold cyan")
    text.highlight_regex(SWITCH, "bold green")
    return text
