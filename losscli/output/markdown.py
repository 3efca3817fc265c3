"""A page as Markdown, for a pull request or the summary of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from losscli.errors import printable
from losscli.output import page as model
from losscli.output.digits import rounded, written
from losscli.output.page import parts_of
from losscli.output.words import counted

RIGHT = (model.Kind.NUMBER, model.Kind.INDEX)
SIGNS = {model.Mark.GOOD: "✅", model.Mark.BAD: "❌", model.Mark.WARNING: "⚠️", model.Mark.INFO: "ℹ️"}
FIGURE_WIDTH = 80
HOLDS = {True: "✅ ", False: "❌ ", None: ""}


def markdown_text(page: model.Page) -> Iterator[str]:
    """Yield the page as Markdown, with as many decimals as on a terminal."""
    return _blocks(page.blocks, page.decimals, "##")


def _blocks(blocks: Sequence[model.Block], digits: int, level: str) -> Iterator[str]:
    for at, block in enumerate(blocks):
        if at and not isinstance(block, model.Blank):
            yield "\n"
        if isinstance(block, model.Heading):
            mark = f"{SIGNS[block.mark]} " if block.mark else ""
            label = f"{block.label}: " if block.label else ""
            hashes = level + "#" * block.is_part
            yield f"{hashes} {mark}{label}{text_of(block.phrase, digits)}\n"
        elif isinstance(block, model.Paragraph):
            stars = "**" if block.style is model.Style.STRONG else ""
            yield f"{HOLDS[block.holds]}{stars}{text_of(block.phrase, digits)}{stars}\n"
        elif isinstance(block, model.Command):
            yield f"{escaped(block.label)}:\n\n" if block.label else ""
            yield f"```sh\n{printable(block.text)}\n```\n"
        elif isinstance(block, model.Lines):
            lines = ("".join(_part(p, digits) for p in parts_of(line)) for line in block.lines)
            yield "\n".join(["```", *lines, "```"]) + "\n"
        elif isinstance(block, model.Facts):
            for fact in block.facts:
                what = f"{fact.of} {fact.what}" if fact.of else fact.what
                named = f"**{escaped(what)}**" if fact.strong else escaped(what)
                yield f"- {HOLDS[fact.holds]}{named}: {text_of(fact.phrase, digits)}\n"
        elif isinstance(block, model.Table):
            yield from markdown_table(block, digits)
        elif isinstance(block, model.Figure):
            from losscli.output.chart_text import text_blocks

            yield from _blocks(text_blocks(block.chart, FIGURE_WIDTH), digits, level)
        elif isinstance(block, model.Indented):
            yield from _blocks(block.blocks, digits, level + "#")
        elif isinstance(block, model.Steps):
            for step in block.steps:
                yield from _step(step, digits, level)
        elif isinstance(block, model.Signature):
            yield f"`{printable(block.text)}`\n"


def _step(step: model.Step, digits: int, level: str) -> Iterator[str]:
    yield f"{level}# {step.label}. {escaped(step.name)}\n\n"
    if step.formula:
        yield f"{text_of(step.formula, digits)}\n\n"
    for row in step.rows:
        target = " (target)" if row.is_target else ""
        parts = [text_of(part, digits) for part in (row.name, row.how, row.value)]
        yield f"- {parts[0]}{target} = {' = '.join(filter(None, parts[1:]))}\n"
    yield from _blocks([*step.blocks, model.Paragraph(step.why)], digits, level + "#")


def text_of(phrase: model.Phrase, digits: int) -> str:
    """Return a phrase that Markdown shows as it is."""
    return escaped("".join(_part(part, digits) for part in parts_of(phrase)))


def _part(part: model.Part, digits: int) -> str:
    if isinstance(part, model.Styled):
        return _part(part.part, digits)
    if isinstance(part, str):
        return printable(part.replace("\n", " ").replace("\u00a0", " "))
    return written(part if isinstance(part, model.Number) else model.Number(part), digits)


def markdown_table(table: model.Table, digits: int) -> Iterator[str]:
    """Yield a table line by line, its columns aligned in the text too."""
    kept, rest = table.in_text()
    shown = [column for column in kept if column.kind is not model.Kind.BAR]
    columns = [
        [
            escaped(printable(column.header)),
            *cells_of(column, digits, str if column.kind in RIGHT else escaped),
        ]
        for column in shown
    ]
    right = [column.kind in RIGHT for column in shown]
    widths = [max(3, *map(len, column)) for column in columns]
    rows = [list(row) for row in zip(*columns, strict=True)]
    if table.gap_after is not None:
        rows.insert(table.gap_after + 1, ["..."] * len(columns))
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
    abouts = [each for each in shown if each.about]
    if abouts:
        yield "\n"
    for each in abouts:
        yield f"- {escaped(printable(each.header))}: {escaped(each.about)}\n"
    if rest:
        yield f"\n{counted(rest, 'more column')}; `-f csv` has every column\n"


def cells_of(
    column: model.Column, digits: int, write: Callable[[str], str], nothing: str = "-"
) -> list[str]:
    """Return the cells of a column; `write` makes them of plain text."""
    return [
        nothing if cell is None else write("".join(_part(part, digits) for part in parts_of(cell)))
        for cell in rounded(column, digits)
    ]


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in text)
