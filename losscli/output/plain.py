"""A page for a pipe: aligned plain text of any width, with every digit or those asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import numpy as np

from losscli.errors import printable
from losscli.output import page as model
from losscli.output.digits import bracketed, exact, rounded, shortest, written
from losscli.output.number_rows import number_rows
from losscli.output.strict_json import dumped
from losscli.output.words import counted

GAP = "..."
INDENT = "  "
LONGEST_BAR = 40
FIGURE_WIDTH = 80
ASCII = str.maketrans(
    {
        "±": "+-",
        "→": "->",
        "≈": "~",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "·": "*",
        "Σ": "sum",
        "◆": "*",
        "✓": "(right)",
        "✗": "(wrong)",
    }
)
"""Signs as any locale can print them."""
HOLDS = {True: "ok: ", False: "WRONG: ", None: ""}


def plain_text(page: model.Page) -> Iterator[str]:
    """Yield the page line by line."""
    for line in _lines(page.blocks, page.digits):
        yield line.rstrip() + "\n"


def _lines(blocks: Sequence[model.Block], digits: int | None) -> Iterator[str]:
    for at, block in enumerate(blocks):
        if isinstance(block, model.Heading):
            if block.is_part and at:
                yield ""
            label = f"{block.label}: " if block.label else ""
            yield label + text_of(block.phrase, digits)
        elif isinstance(block, model.Paragraph):
            yield HOLDS[block.holds] + text_of(block.phrase, digits)
        elif isinstance(block, model.Command):
            yield (
                f"{block.label}: {printable(block.text)}" if block.label else printable(block.text)
            )
        elif isinstance(block, model.Signature):
            yield printable(block.text)
        elif isinstance(block, model.Lines):
            yield from (text_of(line, digits) for line in block.lines)
        elif isinstance(block, model.Facts):
            for fact in block.facts:
                what = f"{fact.of} {fact.what}" if fact.of else fact.what
                yield f"{HOLDS[fact.holds]}{printable(what)}: {text_of(fact.phrase, digits)}"
        elif isinstance(block, model.Table):
            yield from _table(block, digits)
        elif isinstance(block, model.Figure):
            from losscli.output.chart_text import text_blocks

            yield from _lines(text_blocks(block.chart, FIGURE_WIDTH, ascii=True), digits)
        elif isinstance(block, model.Indented):
            yield from (f"{INDENT}{line}" if line else "" for line in _lines(block.blocks, digits))
        elif isinstance(block, model.Steps):
            for step in block.steps:
                yield from _step(step, digits)
        elif isinstance(block, model.Blank):
            yield ""


def _step(step: model.Step, digits: int | None) -> Iterator[str]:
    formula = text_of(step.formula, digits)
    colon = "" if not formula or step.name.endswith("?") else ":"
    yield ""
    yield f"{step.label}. {printable(step.name)}{colon} {formula}"
    for row in step.rows:
        name = text_of(row.name, digits) + (" (target)" if row.is_target else "")
        how, value = text_of(row.how, digits), text_of(row.value, digits)
        shown = f"{how}: {value}" if row.is_answer else " = ".join(filter(None, (name, how, value)))
        yield f"{INDENT}{shown}"
    below = [*step.blocks, model.Paragraph(step.why)]
    yield from (f"{INDENT}{line}" for line in _lines(below, digits))


def text_of(phrase: model.Phrase, digits: int | None) -> str:
    """Return a phrase with every digit, or with so many decimals."""
    return "".join(_part(part, digits) for part in model.parts_of(phrase))


def _part(part: model.Part, digits: int | None) -> str:
    if isinstance(part, model.Styled):
        return _part(part.part, digits)
    if isinstance(part, str):
        spelled = part.translate(ASCII) if isinstance(part, model.Signs) else part
        return printable(spelled.replace("\u00a0", " "))
    if digits is not None:
        return written(part if isinstance(part, model.Number) else model.Number(part), digits)
    if isinstance(part, model.Number):
        write = shortest if part.form is model.Form.GIVEN else exact
        return bracketed(part, write(part.value))
    return exact(part)


def _table(table: model.Table, digits: int | None) -> Iterator[str]:
    if not table.size:
        return
    columns, rest = table.in_text()
    texts = [
        _column(column, cells, table)
        for column, cells in zip(columns, _cells(columns, digits), strict=True)
    ]
    left = [column.kind in (model.Kind.NAME, model.Kind.TEXT, model.Kind.BAR) for column in columns]
    widths = [max(map(len, column)) for column in texts]
    aligned = zip(widths, left, strict=True)
    line = INDENT.join(f"%{'-' * is_left}{width}s" for width, is_left in aligned)
    yield from map(line.__mod__, zip(*texts, strict=True))
    if rest:
        yield f"({counted(rest, 'more column')}; -f csv has every column)"
    abouts = [f"{printable(each.header)}: {each.about}" for each in columns if each.about]
    yield from ("", *abouts) if abouts else ()


def _column(column: model.Column, cells: Sequence[str], table: model.Table) -> list[str]:
    header = printable(column.plain_header or column.header)
    texts = [_word(header) if header else ""] if table.has_header else []
    texts += cells
    if table.gap_after is not None:
        texts.insert(table.gap_after + table.has_header, GAP)
    return texts


def _cells(columns: Sequence[model.Column], digits: int | None) -> Iterator[Sequence[str]]:
    """Yield the text of each column's cells; those of all columns of numbers are made at once."""
    if digits is not None:
        yield from ([_cell(c, text, digits) for text in rounded(c, digits)] for c in columns)
        return
    are_numbers = [
        column.kind is not model.Kind.BAR and set(map(type, column.cells)) == {float}
        for column in columns
    ]
    numbers = chain.from_iterable(
        c.cells for c, yes in zip(columns, are_numbers, strict=True) if yes
    )
    texts = iter(number_rows(np.fromiter(numbers, np.float64)[:, np.newaxis], " ").split("\n"))
    for column, yes in zip(columns, are_numbers, strict=True):
        if yes:
            yield list(islice(texts, len(column.cells)))
        else:
            yield [_cell(column, cell, digits) for cell in column.cells]


def _cell(column: model.Column, cell: model.Phrase | None, digits: int | None) -> str:
    if column.kind is model.Kind.BAR:
        return "#" * round(LONGEST_BAR * model.share_of(cell))
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return exact(cell)
    if column.kind is model.Kind.TEXT:
        lines = text_of(cell, digits).split(_part("\n", digits))
        return "; ".join(line.strip() for line in lines)
    if column.kind is model.Kind.NUMBER:
        # A sign before a number belongs to it.
        return text_of(cell, digits).replace(" ", "")
    return _word(text_of(cell, digits))


def _word(text: str) -> str:
    """Return a text as it is if it is one word, else quoted."""
    return dumped(text) if not text or " " in text else text
