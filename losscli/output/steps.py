"""The steps of a computation on a terminal: numbers aligned, reasons beside them if it is wide."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from losscli.errors import printable
from losscli.output import colors
from losscli.output.digits import bracketed, decimals_of, scaled, shown, written
from losscli.output.fitting import BETWEEN, LONGEST_BAR, bar, color_of
from losscli.output.page import Block, Form, Number, Part, Phrase, Row, Step, Steps, parts_of

TARGET = "◆"
ANSWER = " → "
WIDE = 120
"""From this width on the reasons are beside the numbers."""
REASONS, LONGEST_REASON = 46, 72
"""Columns for reasons beside numbers: at least, at most."""
Draw = Callable[[Sequence[Block], int], Sequence[RenderableType]]


def drawn_steps(
    steps: Steps, digits: int, width: int, write: Callable[[Phrase], Text], draw: Draw
) -> Iterator[RenderableType]:
    """Yield the steps; `write` makes text of a phrase, and `draw` draws blocks in a width."""
    names = max(len(step.name) for step in steps.steps) + 2
    labels = max(len(step.label) for step in steps.steps)
    wide = width >= WIDE
    # The numbers begin below the step's name.
    indent = labels + 3
    room = width - REASONS - indent - BETWEEN if wide else width - indent
    bodies: list[list[RenderableType]] = [
        [*_rows(step, digits, room), *draw(step.blocks, room)] for step in steps.steps
    ]
    numbers = indent + _widest(bodies, room)
    for step, body in zip(steps.steps, bodies, strict=True):
        head = Text().append(f" {step.label.rjust(labels)} ", style="bold reverse")
        head.append(f" {printable(step.name).ljust(names)} ", style="bold")
        why = Text(step.why, style=f"italic {colors.DIM}")
        yield Text()
        yield head.append_text(Text(style=colors.ACCENT).append_text(write(step.formula)))
        if wide:
            grid = Table.grid(padding=(0, BETWEEN))
            grid.add_column(width=numbers)
            grid.add_column(width=min(LONGEST_REASON, width - numbers - 2 * BETWEEN))
            grid.add_row(Padding(Group(*body), (0, 0, 0, indent)), why)
            yield grid
        else:
            yield Padding(Group(*body, why), (0, 0, 0, indent))


def _widest(bodies: Sequence[Sequence[RenderableType]], room: int) -> int:
    """Return the width of what is widest."""
    console = Console(width=room)
    return max(
        Measurement.get(console, console.options, part).maximum for body in bodies for part in body
    )


def _rows(step: Step, digits: int, room: int) -> Iterator[Text]:
    names, hows, values = (
        _aligned([getattr(row, column) for row in step.rows], digits)
        for column in ("name", "how", "value")
    )
    marked = any(row.tint is not None or row.is_target for row in step.rows)
    widths = [max(map(len, texts), default=0) for texts in (names, hows, values)]
    for row, *texts in zip(step.rows, names, hows, values, strict=True):
        yield _row(row, texts, widths, room, marked=marked)


def _row(row: Row, texts: Sequence[str], widths: Sequence[int], room: int, *, marked: bool) -> Text:
    (name, how, value), (names, hows, values) = texts, widths
    color = "" if row.tint is None else color_of(row.tint)
    line = Text()
    if marked:
        line.append(f"{TARGET} " if row.is_target else "  ", style=f"bold {color}")
    if names:
        style = f"{'bold ' if row.is_target else ''}{color}"
        line.append(name.ljust(names), style=style).append("  ")
    left = line.cell_len
    if how and left + hows + values + 3 > room:
        folded = textwrap.wrap(how, max(20, room - left), break_long_words=False)
        line.append(("\n" + " " * left).join(folded))
        line.append("\n" + " " * left + "= ", style=colors.DIM)
        return line.append(value, style=f"bold {color}")
    if hows:
        line.append(how.ljust(hows))
        sign = ANSWER if row.is_answer else " = "
        line.append(sign if how and value else "   ", style=colors.DIM)
    line.append(value.rjust(values), style=f"bold {color}")
    if row.share is not None and 0 <= row.share <= 1:
        line.append("  ").append(bar(row.share, min(LONGEST_BAR, room - line.cell_len - 4)), color)
    return line


def _aligned(phrases: Sequence[Phrase], digits: int) -> list[str]:
    """Write phrases; numbers at the same place of phrases of one shape get the same decimals."""
    rows = [list(parts_of(phrase)) for phrase in phrases]
    shapes = {tuple("" if _number(part) else part for part in row) for row in rows if row != [""]}
    if len(shapes) > 1:
        return ["".join(_text(part, digits) for part in row) for row in rows]
    filled = [row for row in rows if row != [""]]
    columns = [_column(column, digits) for column in zip(*filled, strict=True)]
    texts = iter(map("".join, zip(*columns, strict=True)))
    return ["" if row == [""] else next(texts) for row in rows]


def _column(parts: Sequence[Part], digits: int) -> Sequence[str]:
    numbers = [number for part in parts if (number := _number(part))]
    if not numbers:
        return [_text(part, digits) for part in parts]
    values = [number.value for number in numbers]
    if numbers[0].form is Form.SCALED:
        texts = scaled(values, digits)
    else:
        decimals = decimals_of(numbers, digits)
        texts = [shown(value, decimals) for value in values]
    texts = [bracketed(number, text) for number, text in zip(numbers, texts, strict=True)]
    width = max(map(len, texts))
    return [text.rjust(width) for text in texts]


def _number(part: Part) -> Number | None:
    return part if isinstance(part, Number) else None


def _text(part: Part, digits: int) -> str:
    return written(part, digits) if isinstance(part, Number) else printable(str(part))
