"""A page for a terminal of 60 columns or more, drawn with rich."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

from losscli.errors import printable
from losscli.output import colors
from losscli.output import page as model
from losscli.output.digits import rounded, written
from losscli.output.fitting import BETWEEN, COLORS, Fitted, color_of, fitted
from losscli.output.steps import drawn_steps
from losscli.output.wrapping import TIED, tied

INDENT = 2
GAP = "⋮"
LONGEST_TIED = 24
"""Columns of a command or a bracket in a sentence that is not broken."""
FILLED = re.compile(r" +((?:\x1b\[[\d;]*m)*)(?=\n)")
BLANK_LINES = re.compile(r"\n{3,}")
CALL = re.compile(r"(?P<name>[\w.]+)\(\S*")
PANEL = 4
"""Columns of a frame and the blanks inside it."""
PICTURE_WIDTH = 100
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""A terminal as rich draws it; its own form of it loads fonts from the web."""
MARKS = {model.Mark.GOOD: "✓", model.Mark.BAD: "✗", model.Mark.WARNING: "!", model.Mark.INFO: "i"}
"""Signs with the meaning of the colors, for terminals without color."""


def terminal_text(page: model.Page) -> str:
    """Return the page as the terminal shows it."""
    console = Console(highlight=False)
    with console.capture() as captured:
        draw(console, page.blocks, page.decimals)
    # Rich fills lines up with blanks, and a table and the heading below it both bring a blank line.
    text = FILLED.sub(r"\1", captured.get().replace(TIED, " "))
    return BLANK_LINES.sub("\n\n", text).rstrip("\n") + "\n"


def svg_of_terminal(page: model.Page, title: str) -> str:
    """Return the page as it is on a terminal, as the text of an SVG file without any address."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(
            record=True,
            width=PICTURE_WIDTH,
            file=nowhere,
            force_terminal=True,
            color_system="truecolor",
            highlight=False,
            no_color=False,
        )
        draw(console, page.blocks, page.decimals)
    # Rich's own background for it is a gray that the colors are too faint on.
    text = console.export_svg(title=title, theme=DEFAULT_TERMINAL_THEME, code_format=SVG)
    return text.replace(TIED, "\u00a0")


def draw(console: Console, blocks: Sequence[model.Block], digits: int, indent: int = 0) -> None:
    """Print blocks, indented to a column."""
    for at, block in enumerate(blocks):
        if isinstance(block, model.Indented):
            draw(console, block.blocks, digits, indent + INDENT)
        elif isinstance(block, model.Command):
            # Left to the terminal to wrap, so that a copy of it is one line.
            console.print(_command(block, indent, console.width), soft_wrap=True)
        elif isinstance(block, model.Lines):
            for each in block.lines:
                line = Text(" " * indent) + text_of(each, digits, COLORS[block.style])
                console.print(line, soft_wrap=True)
        elif isinstance(block, model.Figure):
            from losscli.output.chart_text import text_blocks

            draw(console, text_blocks(block.chart, console.width - indent), digits, indent)
        elif isinstance(block, model.Blank):
            console.print()
        else:
            if isinstance(block, model.Heading) and block.is_part and at:
                console.print()
            for drawn in _renderables(block, digits, console.width - indent):
                padded = Padding(drawn, (0, 0, 0, indent), expand=False) if indent else drawn
                console.print(padded)


def _command(command: model.Command, indent: int, width: int) -> Text:
    """Return a command after its label, or below it if it fits only there."""
    text = printable(command.text)
    line = Text(" " * indent)
    if command.label:
        line.append(command.label, style=COLORS[model.Style.DIM])
        label, alone = cell_len(line.plain) + BETWEEN, indent + INDENT
        fits_below = alone + cell_len(text) <= width < label + cell_len(text)
        line.append("\n" + " " * alone if fits_below else " " * BETWEEN)
    return line.append(text, style=COLORS[model.Style.ACCENT])


def _renderables(block: model.Block, digits: int, width: int) -> Iterator[RenderableType]:
    if isinstance(block, model.Heading):
        yield _heading(block, digits)
    elif isinstance(block, model.Paragraph):
        yield _verdict(block.holds) + _sentence(block.phrase, digits, COLORS[block.style])
    elif isinstance(block, model.Facts):
        facts = _facts(block, digits, width - PANEL * block.is_framed)
        yield Panel(facts, expand=False, border_style=colors.DIM) if block.is_framed else facts
    elif isinstance(block, model.Steps):
        yield from drawn_steps(
            block,
            digits,
            width,
            lambda phrase: text_of(phrase, digits),
            lambda blocks, room: [
                part for each in blocks for part in _renderables(each, digits, room)
            ],
        )
    elif isinstance(block, model.Table):
        if block.size:
            yield from _table(block, digits, width)
    elif isinstance(block, model.Signature):
        yield Text(_broken_at_bars(printable(block.text), width), style=colors.DIM, overflow="fold")


def _broken_at_bars(signature: str, width: int) -> str:
    lines = [""]
    for part in re.findall(r"[^|]+\|?", signature):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def text_of(phrase: model.Phrase, digits: int, style: str = "") -> Text:
    """Return a phrase as text with the page's decimals."""
    text = Text(style=style)
    for part in model.parts_of(phrase):
        color = color_of(part.style) if isinstance(part, model.Styled) else ""
        text.append(_words(part, digits), style=color)
    return text


def _sentence(phrase: model.Phrase, digits: int, style: str) -> Text:
    text = text_of(phrase, digits, style)
    text.plain = tied(text.plain, LONGEST_TIED)
    return text


def _words(part: model.Part, digits: int) -> str:
    if isinstance(part, model.Styled):
        return _words(part.part, digits)
    if isinstance(part, str):
        # File content is escaped, except a no-break space between a name and its number.
        return part if part == "\n" else TIED.join(map(printable, part.split("\u00a0")))
    return written(part if isinstance(part, model.Number) else model.Number(part), digits)


def _heading(heading: model.Heading, digits: int) -> RenderableType:
    text = _sentence(heading.phrase, digits, "bold")
    label = Text(heading.label, style="bold")
    if heading.mark:
        label = Text(f"{MARKS[heading.mark]} {heading.label}".rstrip())
        label.stylize(f"bold {COLORS[heading.mark.value]}")
    if not label:
        return text
    table = RichTable.grid(padding=(0, BETWEEN if heading.label else 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(label, text)
    return table


def _verdict(holds: bool | None) -> Text:
    if holds is None:
        return Text()
    mark = model.Mark.GOOD if holds else model.Mark.BAD
    return Text.assemble((f"{MARKS[mark]} ", f"bold {COLORS[mark.value]}"))


def _facts(facts: model.Facts, digits: int, width: int) -> RichTable:
    table = RichTable(box=None, show_header=False, padding=(0, BETWEEN, 0, 0), pad_edge=False)
    table.add_column(style=colors.DIM, no_wrap=True)
    table.add_column(overflow="fold")
    checked = any(fact.holds is not None for fact in facts.facts)
    room = width - BETWEEN - max((cell_len(fact.what) for fact in facts.facts), default=0)
    for fact, above in zip(facts.facts, (None, *facts.facts), strict=False):
        what, style = Text(printable(fact.what)), "bold" if fact.strong else ""
        if fact.holds is not None:
            what = _verdict(fact.holds) + what
        elif above and (above.what, above.of) == (fact.what, fact.of):
            what = Text()
        elif fact.of or checked:
            what.pad_left(INDENT)
        table.add_row(what, _broken_at_brackets(_sentence(fact.phrase, digits, style), room))
    return table


def _broken_at_brackets(text: Text, width: int) -> Text:
    """Return text in which a call that is longer than a line is broken before its bracket."""
    calls = [call for call in CALL.finditer(text.plain) if cell_len(call[0]) > width]
    return Text("\n").join(text.divide(call.end("name") for call in calls)) if calls else text


def _table(table: model.Table, digits: int, width: int) -> Iterator[RenderableType]:
    framed = table.has_header
    columns = fitted(table, lambda column: cells_of(column, digits), width - 1)
    drawn = RichTable(
        box=box.SIMPLE_HEAD if framed else None,
        show_header=framed,
        pad_edge=False,
        padding=(0, 1 if framed else BETWEEN, 0, 0),
        header_style=colors.DIM,
    )
    for column in columns:
        left = column.kind in (model.Kind.NAME, model.Kind.TEXT, model.Kind.BAR)
        drawn.add_column(
            Text(column.header),
            justify="left" if left else "right",
            no_wrap=column.room is None,
            width=column.room,
            overflow="ellipsis" if column.room is None else "fold",
            style=column.style,
        )
    for at, row in enumerate(zip(*(column.cells for column in columns), strict=True)):
        if at == table.gap_after:
            _add_gap(drawn, columns)
        drawn.add_row(*row, style=colors.DIM if at in table.dim else "")
    if table.gap_after == table.size:
        _add_gap(drawn, columns)
    yield drawn
    if abouts := [model.Fact(column.header, column.about) for column in columns if column.about]:
        yield Text()
        yield _facts(model.Facts(abouts), digits, width)


def _add_gap(table: RichTable, columns: Sequence[Fitted]) -> None:
    signs = (Text(GAP if column.header else "", justify="center") for column in columns)
    table.add_row(*signs, style=colors.DIM)


def cells_of(column: model.Column, digits: int) -> list[Text]:
    """Return a column's cells as text; bars are drawn later."""
    if column.kind is model.Kind.BAR:
        return []
    cells = rounded(column, digits)
    return [text_of("" if cell is None else cell, digits) for cell in cells]
