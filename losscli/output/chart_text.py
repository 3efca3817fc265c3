"""A chart as text: bars and counts as tables, curves and many points as a canvas of characters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from losscli.output import chart as model
from losscli.output.chart import Axis, Chart, Scale
from losscli.output.page import (
    Block,
    Column,
    Form,
    Kind,
    Lines,
    Paragraph,
    Part,
    Style,
    Styled,
    Table,
)

ROWS = 16
"""The height of a canvas in lines."""
NARROWEST, WIDEST = 20, 72
"""The width of a canvas in characters."""
BRAILLE = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a braille character's dots by line and column."""
SHADES, ASCII_SHADES = " ░▒▓█", " .:+#"
MARKS = "*o+x#@"
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
    blocks: list[Block] = list(tables) or [Lines(list(_canvas(chart, width, ascii=ascii)))]
    return [*blocks, Paragraph(chart.note, Style.DIM)] if chart.note else blocks


def _bars(chart: Chart, bars: model.Bars) -> Table:
    horizontal = chart.y.scale is Scale.NAMES
    across, along = (chart.y, chart.x) if horizontal else (chart.x, chart.y)
    if across.scale is Scale.EDGES:
        ends = [f"{edge:.6g}" for edge in across.edges]
        columns = [Column("from", ends[:-1]), Column("to", ends[1:])]
    else:
        columns = [Column(across.title, list(across.names), Kind.NAME)]
    columns.append(Column(along.title, list(bars.values), form=Form.GENERAL))
    if any(bars.parts):
        columns.append(Column(bars.part_name, list(bars.parts), form=Form.GENERAL))
    if any(bars.labels) and not horizontal:
        columns.append(Column(bars.label_name, list(bars.labels)))
    top = max((value for value in bars.values if math.isfinite(value)), default=0.0)
    shares = [value / top if top > 0 and math.isfinite(value) else 0.0 for value in bars.values]
    return Table([*columns, Column("", shares, Kind.BAR)])


def _points(chart: Chart, points: model.Points) -> Table:
    low, high = zip(*points.intervals, strict=True) if points.intervals else ((), ())
    columns = [Column(chart.x.title, list(points.xs)), Column(chart.y.title, list(points.ys))]
    columns += [Column("low", list(low), rank=1), Column("high", list(high), rank=1)]
    columns += [Column("share", list(points.sizes), rank=2)] if points.sizes else []
    bar = Column(f"█ {chart.y.title}, ┃ {chart.x.title}", points.ys, Kind.BAR, ticks=points.xs)
    return Table([*columns, bar])


def _counts(chart: Chart, cells: model.Cells) -> Table:
    names = [Column(chart.y.title, list(chart.y.names), Kind.NAME)]
    for at, name in enumerate(chart.x.names):
        names.append(Column(name, [row[at] or "·" for row in cells.texts]))
    return Table(names, elides=True)


def _canvas(chart: Chart, width: int, *, ascii: bool) -> Iterator[list[Part]]:
    """Yield the lines of a canvas with its axes."""
    labels = {_row(tick.place): tick.label for tick in chart.y.ticks(5)}
    left = max(map(len, labels.values()), default=0)
    columns = min(max(width - left - 4, NARROWEST), WIDEST)
    drawing = _Drawing(chart, columns, ascii=ascii)
    upright, corner, level = ("|", "+", "-") if ascii else ("│", "└", "─")
    yield [f"{'':{left}} {chart.y.title}"]
    for row, line in enumerate(drawing.lines()):
        yield [f"{labels.get(row, ''):>{left}} {upright}", *line]
    yield [f"{'':{left}} {corner}{level * columns}"]
    yield [" " * (left + 2) + _below(chart.x, columns)]
    yield [" " * (left + 2) + chart.x.title.center(columns).rstrip()]
    lines = [mark for mark in chart.marks if isinstance(mark, model.Line) and mark.name]
    if lines:
        yield [" " * (left + 2), *_legend(lines, ascii=ascii)]


def _legend(lines: Sequence[model.Line], *, ascii: bool) -> Iterator[Part]:
    """Yield the names of lines with what draws them."""
    for at, line in enumerate(lines):
        mark = MARKS[line.tint % len(MARKS)] if ascii else "━━"
        yield Styled(f"{'   ' if at else ''}{mark} {line.name}", line.tint)


def _row(place: float) -> int:
    return min(ROWS - 1, max(0, round((1 - place) * (ROWS - 1))))


def _below(axis: Axis, columns: int) -> str:
    """Return the labels below a canvas."""
    line = ""
    for tick in axis.ticks(max(2, columns // 12)):
        at = round(tick.place * (columns - 1)) - len(tick.label) // 2
        if at > len(line) or not line:
            line = line.ljust(max(at, 0)) + tick.label
    return line


class _Drawing:
    """The characters of a canvas, each with the tint of what drew it last."""

    def __init__(self, chart: Chart, columns: int, *, ascii: bool) -> None:
        self._chart = chart
        self._columns = columns
        self._ascii = ascii
        self._bits = [[0] * columns for _ in range(ROWS)]
        self._tints: list[list[int | None]] = [[None] * columns for _ in range(ROWS)]
        self._shades = [[0.0] * columns for _ in range(ROWS)]
        for mark in chart.marks:
            if isinstance(mark, model.Line):
                self._line(mark)
            elif isinstance(mark, model.Points):
                for x, y in zip(mark.xs, mark.ys, strict=True):
                    self._dot(chart.x.place(x), chart.y.place(y), mark.tint)
            elif isinstance(mark, model.Cells):
                self._density(mark)

    def _dot(self, x: float, y: float, tint: int | None) -> None:
        """Set a dot at a place of the axes."""
        if not (0 <= x <= 1 and 0 <= y <= 1):
            return
        across, down = round(x * (2 * self._columns - 1)), round((1 - y) * (4 * ROWS - 1))
        row, column = down // 4, across // 2
        self._bits[row][column] |= DOTS[down % 4][across % 2]
        self._tints[row][column] = tint

    def _line(self, line: model.Line) -> None:
        """Set dots along a line, close enough to touch."""
        places = [
            (self._chart.x.place(x), self._chart.y.place(y))
            for x, y in zip(line.xs, line.ys, strict=True)
            if math.isfinite(x) and math.isfinite(y)
        ]
        tint = None if line.is_guide else line.tint
        for (x, y), (to_x, to_y) in pairwise(places):
            across, along = abs(to_x - x) * 2 * self._columns, abs(to_y - y) * 4 * ROWS
            steps = max(1, min(4 * self._columns, math.ceil(max(across, along))))
            for step in range(0, steps + 1, 3 if line.is_guide else 1):
                share = step / steps
                self._dot(x + share * (to_x - x), y + share * (to_y - y), tint)

    def _density(self, cells: model.Cells) -> None:
        """Shade the canvas; a character shows the darkest of the cells that it covers."""
        rows = len(cells.shares)
        for i, row in enumerate(cells.shares):
            down = i * ROWS // rows
            for j, share in enumerate(row):
                across = j * self._columns // len(row)
                self._shades[down][across] = max(self._shades[down][across], share)

    def lines(self) -> Iterator[list[Part]]:
        """Yield each line in parts of one tint."""
        for bits, tints, shades in zip(self._bits, self._tints, self._shades, strict=True):
            parts: list[Part] = []
            for mask, tint, shade in zip(bits, tints, shades, strict=True):
                char = self._char(mask, tint, shade)
                parts.append(char if tint is None else Styled(char, tint))
            yield parts

    def _char(self, mask: int, tint: int | None, shade: float) -> str:
        if not mask:
            shades = ASCII_SHADES if self._ascii else SHADES
            return shades[math.ceil(math.sqrt(min(shade, 1.0)) * (len(shades) - 1))]
        if self._ascii:
            return "." if tint is None else MARKS[tint % len(MARKS)]
        return chr(BRAILLE + mask)
