"""Tables as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from losscli.errors import printable
from losscli.output import page as model
from losscli.output.digits import written
from losscli.output.page import parts_of

RIGHT = (model.Kind.NUMBER, model.Kind.INDEX)


def markdown_table(table: model.Table, digits: int) -> Iterator[str]:
    """Yield a table line by line, its columns aligned in the text too."""
    columns = [
        [
            escaped(printable(column.header)),
            *cells_of(column, digits, str if column.kind in RIGHT else escaped),
        ]
        for column in table.columns
    ]
    right = [column.kind in RIGHT for column in table.columns]
    widths = [max(3, *map(len, column)) for column in columns]
    rows = [list(row) for row in zip(*columns, strict=True)]
    ruler = [
        "-" * (width - 1) + ":" if is_right else "-" * width
        for width, is_right in zip(widths, right, strict=True)
    ]
    for row in (rows[0], ruler, *rows[1:]):
        cells = zip(row, widths, right, strict=True)
        texts = [
            cell.rjust(width) if is_right else cell.ljust(width) for cell, width, is_right in cells
        ]
        yield f"| {' | '.join(texts)} |\n"


def cells_of(
    column: model.Column, digits: int, write: Callable[[str], str], nothing: str = "-"
) -> list[str]:
    """Return the cells of a column; `write` makes them of plain text."""
    return [
        nothing
        if cell is None
        else write("".join(_part(part, column.form, digits) for part in parts_of(cell)))
        for cell in column.cells
    ]


def _part(part: model.Part, form: model.Form, digits: int) -> str:
    if isinstance(part, model.Styled):
        return _part(part.part, form, digits)
    if isinstance(part, str):
        return printable(part)
    return written(part if isinstance(part, model.Number) else model.Number(part, form), digits)


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in text)
