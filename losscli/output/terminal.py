"""A page for a terminal of 60 columns or more, drawn with rich."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from losscli.errors import printable
from losscli.output.digits import scaled, written
from losscli.output.fitting import BETWEEN, Fitted, fitted
from losscli.output.page import (
    Blank,
    Block,
    Column,
    Command,
    Facts,
    Form,
    Heading,
    Indented,
    Kind,
    Lines,
    Mark,
    Number,
    Page,
    Paragraph,
    Part,
    Phrase,
    Signature,
    Style,
    Styled,
    Table,
    parts_of,
)

INDENT = 2
GAP = "⋮"
MARKS = {Mark.GOOD: "✓", Mark.BAD: "✗", Mark.WARNING: "!", Mark.INFO: "i"}
"""Signs that say without color what the colors say."""
COLORS = {
    Style.PLAIN: "",
    Style.STRONG: "bold",
    Style.DIM: "dim",
    Style.ACCENT: "cyan",
    Style.NAME: "bold cyan",
    Style.GOOD: "green",
    Style.BAD: "red",
    Style.WARNING: "yellow",
    Style.INFO: "cyan",
}


def terminal_text(page: Page) -> str:
    """Return the page as the terminal shows it."""
    console = Console(highlight=False)
    with console.capture() as captured:
        draw(console, page.blocks, page.digits)
    return captured.get()


def draw(console: Console, blocks: Sequence[Block], digits: int, indent: int = 0) -> None:
    """Print blocks, indented to a column."""
    for at, block in enumerate(blocks):
        if isinstance(block, Indented):
            draw(console, block.blocks, digits, indent + INDENT)
        elif isinstance(block, Command):
            # The terminal wraps it, not this: copied, it is one line again.
            line = Text(" " * indent)
            line.append(f"{block.label}  " if block.label else "", style=COLORS[Style.DIM])
            line.append(printable(block.text), style=COLORS[Style.ACCENT])
            console.print(line, soft_wrap=True)
        elif isinstance(block, Lines):
            for each in block.lines:
                console.print(Text(" " * indent + printable(each), style=COLORS[block.style]))
        else:
            if isinstance(block, Heading) and block.is_part and at:
                console.print()
            for drawn in _drawn(block, digits, console.width - indent):
                padded = Padding(drawn, (0, 0, 0, indent), expand=False) if indent else drawn
                console.print(padded)


def _drawn(block: Block, digits: int, width: int) -> Iterator[RenderableType]:
    if isinstance(block, Heading):
        yield _heading(block, digits)
    elif isinstance(block, Paragraph):
        yield text_of(block.phrase, digits, COLORS[block.style])
    elif isinstance(block, Facts):
        yield _facts(block, digits)
    elif isinstance(block, Table):
        if block.size:
            yield _table(block, digits, width)
    elif isinstance(block, Signature):
        yield Text(printable(block.text), style="dim", overflow="fold")
    elif isinstance(block, Blank):
        yield Text()


def text_of(phrase: Phrase, digits: int, style: str = "") -> Text:
    """Return a phrase as text with the page's decimals."""
    text = Text(style=style)
    for part in parts_of(phrase):
        color = COLORS[part.style] if isinstance(part, Styled) else ""
        text.append(_words(part, digits), style=color)
    return text


def _words(part: Part, digits: int) -> str:
    if isinstance(part, Styled):
        return _words(part.part, digits)
    if isinstance(part, str):
        return part if part in ("\n", "\u00a0") else _printable(part)
    return written(part if isinstance(part, Number) else Number(part), digits)


def _printable(text: str) -> str:
    """Escape what a file holds; a blank that keeps a name and its number together may stay."""
    return "\u00a0".join(map(printable, text.split("\u00a0")))


def _heading(heading: Heading, digits: int) -> Text:
    text = Text()
    if heading.mark:
        style = f"bold {COLORS[heading.mark.value]}"
        text.append(f"{MARKS[heading.mark]} {heading.label}".rstrip(), style=style)
        text.append("  " if heading.label else " ")
    elif heading.label:
        text.append(f"{heading.label}  ", style="bold")
    return text.append_text(text_of(heading.phrase, digits, "bold"))


def _facts(facts: Facts, digits: int) -> RichTable:
    table = RichTable(box=None, show_header=False, padding=(0, BETWEEN, 0, 0), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for fact in facts.facts:
        what = f"  {fact.what}" if fact.of else fact.what
        style = "bold" if fact.strong else ""
        table.add_row(Text(printable(what)), text_of(fact.phrase, digits, style))
    return table


def _table(table: Table, digits: int, width: int) -> RichTable:
    framed = table.has_header
    columns = fitted(table, lambda column: cells_of(column, digits), width - 1)
    drawn = RichTable(
        box=box.SIMPLE_HEAD if framed else None,
        show_header=framed,
        pad_edge=False,
        padding=(0, 1 if framed else BETWEEN, 0, 0),
        header_style="dim",
    )
    for column in columns:
        left = column.kind in (Kind.NAME, Kind.TEXT, Kind.BAR)
        drawn.add_column(
            Text(column.header),
            justify="left" if left else "right",
            no_wrap=column.kind is not Kind.TEXT,
            style=column.style,
        )
    for at, row in enumerate(_rows(columns)):
        if at == table.gap_after:
            _add_gap(drawn, columns)
        drawn.add_row(*row, style="dim" if at in table.dim else "")
    if table.gap_after == table.size:
        _add_gap(drawn, columns)
    return drawn


def _rows(columns: Iterable[Fitted]) -> Iterator[tuple[Text, ...]]:
    return zip(*(column.cells for column in columns), strict=True)


def _add_gap(table: RichTable, columns: Sequence[Fitted]) -> None:
    table.add_row(*(Text(GAP, justify="center") for _ in columns), style="dim")


def cells_of(column: Column, digits: int) -> list[Text]:
    """Return a column's cells as text; of bars their lengths are drawn later."""
    if column.form is Form.SCALED:
        values = [_value(cell) for cell in column.cells]
        numbers = iter(scaled([value for value in values if value is not None], digits))
        return [
            Text("") if value is None else Text(next(numbers)).append_text(_rest(cell, digits))
            for value, cell in zip(values, column.cells, strict=True)
        ]
    if column.kind is Kind.BAR:
        return []
    return [
        Text("") if cell is None else text_of(_formed(cell, column.form), digits)
        for cell in column.cells
    ]


def _formed(cell: Phrase, form: Form) -> Phrase:
    return Number(cell, form) if isinstance(cell, float) else cell


def _value(cell: Phrase | None) -> float | None:
    """Return the number that a cell begins with."""
    first = None if cell is None else parts_of(cell)[0]
    return first if isinstance(first, float) else None


def _rest(cell: Phrase | None, digits: int) -> Text:
    return Text("") if cell is None else text_of(parts_of(cell)[1:], digits)
