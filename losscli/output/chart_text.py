"""A chart as text: bars and counts as tables, curves and many points as a canvas of characters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from losscli.output import chart as model
from losscli.output.chart import Axis, Chart, Shape, labels
from losscli.output.page import (
    Blank,
    Block,
    Column,
    Form,
    Kind,
    Lines,
    Paragraph,
    Part,
    Signs,
    Style,
    Styled,
    Table,
)
from losscli.output.words import shortened, width_of

ROWS = 16
"""The height of a canvas in lines."""
NARROWEST, WIDEST = 20, 72
"""The width of a canvas in characters."""
BRAILLE = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a braille character's dots by line and column."""
SHADES, ASCII_SHADES = " ░▒▓█", " .:+#"
MARKS = "*o+#@%"
"""What draws curves where there is no braille, by their tints."""


def text_blocks(chart: Chart, width: int, *, ascii: bool = False) -> list[Block]:
    """Return a chart as blocks of a page for so many columns; `ascii` for any locale."""
    tables = [
        _bars(chart, mark)
        if isinstance(mark, model.Bars)
        else _counts(chart, mark)
        if isinstance(mark, model.Cells)
        else _points(chart, mark)
        for mark in chart.marks
        if isinstance(mark, model.Bars)
        or (isinstance(mark, model.Cells) and mark.texts)
        or (isinstance(mark, model.Points) and mark.intervals)
    ]
    shown: list[Block] = list(tables) or [Lines(list(_canvas(chart, width, ascii=ascii)))]
    has_ticks = any(isinstance(mark, model.Points) for mark in chart.marks)
    if tables and has_ticks and not ascii:
        shown.append(Paragraph(f"█ {chart.y.title}   ┃ {chart.x.title}", Style.DIM))
    said = chart.note if tables else f"{chart.key} {chart.note}".strip()
    below = [Paragraph(said, Style.DIM)] if said else []
    end = [] if tables or ascii else [Blank()]
    return [Paragraph(chart.title, Style.STRONG), *shown, *below, *end]


def _bars(chart: Chart, bars: model.Bars) -> Table:
    ends = labels(chart.x.edges)
    columns = [Column("from", ends[:-1]), Column("to", ends[1:])]
    columns.append(Column(chart.y.title, list(bars.values), form=Form.GENERAL))
    if any(bars.parts):
        columns.append(Column(bars.part_name, list(bars.parts), form=Form.GENERAL))
    if any(bars.labels):
        columns.append(
            Column(bars.label_name, list(bars.labels), plain_header=_word(bars.label_name))
        )
    top = max(bars.values, default=0.0)
    return Table([*columns, Column("", [value / (top or 1.0) for value in bars.values], Kind.BAR)])


def _points(chart: Chart, points: model.Points) -> Table:
    low, high = zip(*points.intervals, strict=True)
    columns = [
        Column(title, [f"{value:.4f}" for value in values], rank=rank, plain_header=_word(title))
        for title, values, rank in (
            (chart.x.title, points.xs, 0),
            (chart.y.title, points.ys, 0),
            ("low", low, 1),
            ("high", high, 1),
        )
    ]
    return Table([*columns, Column("", points.ys, Kind.BAR, ticks=points.xs)])


def _word(text: str) -> str:
    """Return a header as pipes have it."""
    return text.replace(" ", "_")


def _counts(chart: Chart, cells: model.Cells) -> Table:
    names = [Column(chart.y.title, list(chart.y.names), Kind.NAME)]
    for at, name in enumerate(chart.x.names):
        names.append(Column(name, [row[at] or Signs("·") for row in cells.texts]))
    return Table(names, elides=True)


def _canvas(chart: Chart, width: int, *, ascii: bool) -> Iterator[list[Part]]:
    """Yield the lines of a canvas with its axes."""
    labels = {_row(tick.place): tick.label for tick in chart.y.ticks(5)}
    left = max(map(len, labels.values()), default=0)
    names = _names(chart)
    right = max((len(line.name) + 1 for line in names.values()), default=0)
    columns = min(max(width - left - right - 4, NARROWEST), WIDEST - right)
    drawing = _Drawing(chart, columns, ascii=ascii)
    upright, corner, level = ("|", "+", "-") if ascii else ("│", "└", "─")
    yield [f"{'':{left}} {chart.y.title}"]
    for row, line in enumerate(drawing.lines()):
        named = [_named(names[row])] if row in names else []
        yield [f"{labels.get(row, ''):>{left}} {upright}", *line, *named]
    yield [f"{'':{left}} {corner}{level * columns}"]
    yield [" " * (left + 2) + _below(chart.x, columns)]
    yield [" " * (left + 2) + chart.x.title.center(columns).rstrip()]
    legend = list(_legend(chart, ascii=ascii))
    if legend:
        yield [" " * (left + 2), *legend]


def _names(chart: Chart) -> dict[int, model.Line]:
    """Return the lines with a name by the rows of their ends, each in a row of its own.

    They are in the order of their ends.
    """
    found: dict[int, model.Line] = {}
    lines = [mark for mark in chart.marks if isinstance(mark, model.Line) and mark.name]
    ends = [(next((y for y in reversed(line.ys) if math.isfinite(y)), 0.0), line) for line in lines]
    row, lowest = -1, ROWS - len(ends)
    for end, line in sorted(ends, key=lambda pair: -pair[0]):
        row = max(row + 1, min(_row(chart.y.place(end)), lowest))
        lowest += 1
        found[row] = line
    return found


def _named(line: model.Line) -> Part:
    return f" {line.name}" if line.tint is None else Styled(f" {line.name}", line.tint)


def _legend(chart: Chart, *, ascii: bool) -> Iterator[Part]:
    """Yield the names of marks after what draws them."""
    gap = ""
    for mark in chart.marks:
        if isinstance(mark, model.Points) and mark.name:
            sign = _letter(mark, ascii=ascii) or "⠶"
            yield Styled(f"{gap}{sign} {mark.name}", mark.tint)
            gap = "   "


def _letter(mark: model.Line | model.Points, *, ascii: bool) -> str:
    """Return the character that draws a mark; empty where braille does."""
    if isinstance(mark, model.Points) and mark.shape is Shape.CROSS:
        return "x"
    if mark.tint is None:
        return "=" if ascii else "━"
    return MARKS[mark.tint % len(MARKS)] if ascii else ""


def _row(place: float) -> int:
    return min(ROWS - 1, max(0, round((1 - place) * (ROWS - 1))))


def _below(axis: Axis, columns: int) -> str:
    """Return the labels below a canvas."""
    line = ""
    fewest, most = max(2, columns // 12), max(2, columns // 6)
    # One label says nothing about the scale.
    several = (axis.ticks(count) for count in range(fewest, most + 1))
    ticks = next((some for some in several if len(some) > 1), axis.ticks(fewest))
    for tick in ticks:
        label = shortened(tick.label, max(2, columns // len(ticks) - 1))
        at = round(tick.place * (columns - 1)) - width_of(label) // 2
        if at > width_of(line) or not line:
            line += " " * (at - width_of(line)) + label
    return line


class _Drawing:
    """The characters of a canvas, each with the tint of what drew it last."""

    def __init__(self, chart: Chart, columns: int, *, ascii: bool) -> None:
        self._chart = chart
        self._columns = columns
        self._ascii = ascii
        self._bits = [[0] * columns for _ in range(ROWS)]
        self._letters = [[""] * columns for _ in range(ROWS)]
        self._tints: list[list[int | None]] = [[None] * columns for _ in range(ROWS)]
        self._shades = [[0.0] * columns for _ in range(ROWS)]
        for mark in chart.marks:
            if isinstance(mark, model.Line):
                self._line(mark)
            elif isinstance(mark, model.Points):
                letter = _letter(mark, ascii=ascii)
                for x, y in zip(mark.xs, mark.ys, strict=True):
                    self._dot(chart.x.place(x), chart.y.place(y), mark.tint, letter)
            elif isinstance(mark, model.Cells):
                self._density(mark)

    def _dot(self, x: float, y: float, tint: int | None, letter: str) -> None:
        """Set a dot at a place of the axes, or a letter there."""
        if not (0 <= x <= 1 and 0 <= y <= 1):
            return
        across, down = round(x * (2 * self._columns - 1)), round((1 - y) * (4 * ROWS - 1))
        row, column = down // 4, across // 2
        self._bits[row][column] |= DOTS[down % 4][across % 2]
        self._tints[row][column] = tint
        self._letters[row][column] = letter or self._letters[row][column]

    def _line(self, line: model.Line) -> None:
        """Set dots along a line, close enough to touch."""
        places = [
            (self._chart.x.place(x), self._chart.y.place(y))
            if math.isfinite(x) and math.isfinite(y)
            else None
            for x, y in zip(line.xs, line.ys, strict=True)
        ]
        tint = None if line.is_guide else line.tint
        letter = "." if line.is_guide and self._ascii else _letter(line, ascii=self._ascii)
        for one, other in pairwise(places):
            if one is None or other is None:
                continue
            (x, y), (to_x, to_y) = one, other
            across, along = abs(to_x - x) * 2 * self._columns, abs(to_y - y) * 4 * ROWS
            steps = max(1, min(4 * self._columns, math.ceil(max(across, along))))
            for step in range(0, steps + 1, 3 if line.is_guide else 1):
                share = step / steps
                self._dot(x + share * (to_x - x), y + share * (to_y - y), tint, letter)

    def _density(self, cells: model.Cells) -> None:
        """Shade the canvas; a character shows the darkest of the cells that it covers."""
        rows = len(cells.shares)
        for down in range(ROWS):
            some = cells.shares[down * rows // ROWS : max(1, -(-(down + 1) * rows // ROWS))]
            tints = cells.tints[down * rows // ROWS : max(1, -(-(down + 1) * rows // ROWS))]
            size = len(some[0])
            for across in range(self._columns):
                first, last = (
                    across * size // self._columns,
                    -(-(across + 1) * size // self._columns),
                )
                self._shades[down][across] = max(max(row[first:last]) for row in some)
                if tints and any(any(row[first:last]) for row in tints):
                    self._tints[down][across] = 1

    def lines(self) -> Iterator[list[Part]]:
        """Yield each line in parts of one tint."""
        rows = zip(self._bits, self._letters, self._tints, self._shades, strict=True)
        for row in rows:
            parts: list[Part] = []
            for mask, letter, tint, shade in zip(*row, strict=True):
                char = letter or self._char(mask, shade)
                parts.append(char if tint is None else Styled(char, tint))
            yield parts

    def _char(self, mask: int, shade: float) -> str:
        if mask:
            return "." if self._ascii else chr(BRAILLE + mask)
        shades = ASCII_SHADES if self._ascii else SHADES
        return shades[math.ceil(math.sqrt(min(shade, 1.0)) * (len(shades) - 1))]
