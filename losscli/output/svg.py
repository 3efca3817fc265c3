"""A chart as SVG: it scales, follows light and dark, and loads nothing from elsewhere."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator

from losscli.output import chart as model
from losscli.output.chart import Axis, Chart, Scale
from losscli.output.svg_shapes import box, escaped, label, segment, sign, stripes
from losscli.output.words import shortened, width_of

WIDTH, HEIGHT = 640, 400
SQUARE = 520
"""The width of a square chart."""
PAGE_WIDTH, PAGE_HEIGHT = 420, 320
"""Of a chart in a page, which a narrow screen shows almost in full size."""
LETTER = 7.3
"""The width of a letter of the labels, about."""
BOLD = 8.9
"""That of a letter of the title."""
LINE = 15
RIGHT = 18
ROW = 24
"""The height of a row of names or cells."""
GAP = 1.0
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2 1 2", "12 4")
"""Of lines, by their tints: they differ in print as well."""
PALEST, DARKEST = 0.12, 0.38
"""The shade of a cell, and what the largest share adds to it where the cell has a text."""
LIGHT = {
    "paper": "#ffffff",
    "ink": "#1d2330",
    "soft": "#5b6577",
    "rule": "#d9dee7",
    "t0": "#3b6fb6",
    "t1": "#b8501f",
    "t2": "#00795a",
    "t3": "#a8408a",
    "t4": "#6a51a3",
    "t5": "#5b6577",
}
DARK = {
    "paper": "#12161e",
    "ink": "#e8ebf2",
    "soft": "#a3adbd",
    "rule": "#333c4b",
    "t0": "#7fabe8",
    "t1": "#f0916a",
    "t2": "#4cc39d",
    "t3": "#e08cc4",
    "t4": "#b39ddb",
    "t5": "#a3adbd",
}
"""Colors by what they are for; t0 to t5 tell things apart, for color-blind readers as well."""


def _rules(colors: dict[str, str]) -> str:
    """Return the style of each color: classes, as programs that draw SVG may know no variables."""
    filled = "".join(f".losscli-chart .{name} {{ fill: {it} }}\n" for name, it in colors.items())
    drawn = "".join(f".losscli-chart .s-{name} {{ stroke: {it} }}\n" for name, it in colors.items())
    return f"{filled}{drawn}.losscli-chart .tag {{ stroke: {colors['paper']} }}\n"


STYLE = f"""\
.losscli-chart {{ font: 12px system-ui, "DejaVu Sans", sans-serif }}
.losscli-chart .title {{ font-size: 14px; font-weight: 600 }}
.losscli-chart .guide {{ stroke-dasharray: 5 4; fill: none }}
.losscli-chart .line {{ fill: none; stroke-width: 2 }}
.losscli-chart .range {{ stroke-width: 2; stroke-opacity: .55 }}
.losscli-chart .dot {{ fill-opacity: .75 }}
.losscli-chart .tag {{ paint-order: stroke; stroke-width: 3 }}
.losscli-chart .cross {{ stroke-width: 1.6; fill: none }}
{_rules(LIGHT)}@media screen and (prefers-color-scheme: dark) {{
{_rules(DARK)}}}
"""


def svg_file(chart: Chart) -> str:
    """Return the chart as the text of a file."""
    style = f"<style>\n{STYLE}</style>\n"
    return _element(_Drawing(chart), ' xmlns="http://www.w3.org/2000/svg"', style) + "\n"


def svg_of(chart: Chart) -> str:
    """Return the chart as an element of HTML; the page has the style, the title and the note."""
    drawing = _Drawing(chart, in_page=True)
    return _element(drawing, f' width="{drawing.width}" height="{drawing.height}"', "")


def _element(drawing: _Drawing, attributes: str, style: str) -> str:
    body = "\n".join(drawing.parts())
    size, title = f"0 0 {drawing.width} {drawing.height}", escaped(drawing.chart.title)
    return (
        f'<svg{attributes} class="losscli-chart" role="img" '
        f'viewBox="{size}" aria-label="{title}">\n{style}{body}\n</svg>'
    )


class _Drawing:
    """The places of one chart on its sheet, and its parts."""

    def __init__(self, chart: Chart, *, in_page: bool = False) -> None:
        self.chart = chart
        self.width = PAGE_WIDTH if in_page else SQUARE if chart.is_square else WIDTH
        self.title = [] if in_page else _wrapped(chart.title, (self.width - 24) / BOLD)
        self.legend = [mark for mark in chart.marks if _is_in_legend(mark)]
        rows = len(chart.y.names) if chart.y.scale is Scale.NAMES else 0
        names = [shortened(tick.label) for tick in chart.y.ticks(_most(chart.y))]
        longest = max(map(width_of, names), default=0)
        self.left = 12 + LINE * bool(chart.y.title) + LETTER * longest + 8
        if in_page:
            self.width = max(self.width, math.ceil(self.left + RIGHT + self._room_for_texts()))
        self.right = self.width - RIGHT - self._room_for_names()
        said = "" if in_page else f"{chart.key} {chart.note}".strip()
        self.note = _wrapped(said, (self.width - 24) / LETTER)
        self.slanted = self._is_crowded()
        if self.slanted:
            # Names hang to the left: the first one must not leave the sheet.
            room = 0.72 * LETTER * width_of(shortened(chart.x.names[0])) + 8
            self.left = max(self.left, room - (self.right - room) / 2 / len(chart.x.names))
        below: float = 14 + LINE * (1 + bool(chart.x.title) + len(self.note))
        self.hanging = 0.0
        if self.slanted:
            self.hanging = 0.75 * LETTER * max(width_of(shortened(name)) for name in chart.x.names)
        top = 10 + LINE * (len(self.title) + bool(self.legend)) + 14
        has_labels = any(isinstance(mark, model.Bars) and any(mark.labels) for mark in chart.marks)
        self.top = float(top + 8 * (has_labels and not rows))
        inside = ROW * rows or (PAGE_HEIGHT if in_page else HEIGHT) - self.top - below
        if chart.is_square and not rows:
            if in_page:
                self.right = self.left + inside
                self.width = math.ceil(max(self.right + RIGHT, 12 + self._room_for_legend()))
            inside = self.right - self.left
        self.bottom = self.top + inside
        self.height = math.ceil(self.bottom + below + self.hanging)

    def _is_crowded(self) -> bool:
        names = [shortened(name) for name in self.chart.x.names]
        room = (self.right - self.left) / max(1, len(names))
        return any(LETTER * (width_of(name) + 1) > room for name in names)

    def _most_across(self) -> int:
        """Return how many labels there are below at the most."""
        x = self.chart.x
        most = len(x.names) if x.scale is Scale.NAMES else _most(x)
        if x.scale is not Scale.EDGES:
            return most
        longest = max((len(tick.label) for tick in x.ticks(len(x.edges))), default=1)
        return min(most, int((self.right - self.left) / (LETTER * (longest + 1))))

    def _room_for_texts(self) -> float:
        """Return the width that keeps the texts of cells apart."""
        cells = [mark.texts for mark in self.chart.marks if isinstance(mark, model.Cells)]
        longest = max((len(text) for rows in cells for row in rows for text in row), default=0)
        return (LETTER * longest + 8) * len(self.chart.x.names) if longest else 0.0

    def _room_for_legend(self) -> float:
        names = (_legend_name(mark) for mark in self.legend)
        return sum(20 + LETTER * width_of(name) + 18 for name in names)

    def _room_for_names(self) -> float:
        lines = [mark for mark in self.chart.marks if isinstance(mark, model.Line)]
        return LETTER * max((len(line.name) for line in lines), default=0)

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * self.chart.x.place(value)

    def y(self, value: float) -> float:
        return self._at(self.chart.y.place(value))

    def _at(self, place: float) -> float:
        """Return where a place of the y axis is; names are read from the top."""
        height = self.bottom - self.top
        is_named = self.chart.y.scale is Scale.NAMES
        return self.top + height * place if is_named else self.bottom - height * place

    def parts(self) -> Iterator[str]:
        chart = self.chart
        yield f'<rect class="paper" width="{self.width}" height="{self.height}"/>'
        for at, line in enumerate(self.title):
            yield label(12, 22 + LINE * at, line, "ink title")
        if self.legend:
            yield from self._legend(12 + LINE * len(self.title) + 12)
        yield from self._axes()
        for mark in chart.marks:
            if isinstance(mark, model.Bars):
                yield from self._bars(mark)
            elif isinstance(mark, model.Line):
                yield from self._line(mark)
            elif isinstance(mark, model.Points):
                yield from self._points(mark)
            else:
                yield from self._cells(mark)
        yield from self._names()
        for at, line in enumerate(reversed(self.note)):
            yield label(12, self.height - 8 - LINE * at, line, "soft")

    def _legend(self, y: float) -> Iterator[str]:
        """Yield what marks are, each after a sample of it."""
        x = 12.0
        for mark in self.legend:
            if isinstance(mark, model.Bars):
                yield box(x, y - 10, 14, 10, 1, "")
                yield stripes(x, y - 10, 14, 10)
            elif isinstance(mark, model.Cells):
                yield box(x, y - 10, 14, 10, 1, "")
                yield f'<path class="s-paper" d="M{x:.1f} {y - 5:.1f}h14"/>'
            elif isinstance(mark, model.Points):
                yield sign(mark.shape, x + 7, y - 4, 3.5, mark.tint, "")
            name = _legend_name(mark)
            yield label(x + 20, y, name, "ink")
            x += 20 + LETTER * width_of(name) + 18

    def _axes(self) -> Iterator[str]:
        chart = self.chart
        for tick in chart.y.ticks(_most(chart.y)):
            at = self._at(tick.place)
            if chart.y.scale is not Scale.NAMES:
                yield segment(self.left, at, self.right, at, "s-rule")
            yield label(self.left - 6, at + 4, shortened(tick.label), "soft", "end")
        most = self._most_across()
        for tick in chart.x.ticks(most):
            at = self.left + (self.right - self.left) * tick.place
            if self.slanted:
                turn = f' transform="rotate(-45 {at + 3:.1f} {self.bottom + 13:.1f})"'
                yield label(at + 3, self.bottom + 13, shortened(tick.label), "soft", "end", turn)
            else:
                yield segment(at, self.bottom, at, self.bottom + 3, "s-soft")
                text = shortened(tick.label)
                at = min(at, self.width - LETTER * width_of(text) / 2 - 2)
                yield label(at, self.bottom + 16, text, "soft", "middle")
        yield segment(self.left, self.bottom, self.right, self.bottom, "s-soft")
        middle = (self.left + self.right) / 2
        if chart.x.title:
            at = self.height - 10 - LINE * len(self.note)
            yield label(middle, at, chart.x.title, "ink", "middle")
        if chart.y.title:
            across = (self.top + self.bottom) / 2
            turn = f' transform="rotate(-90 18 {across:.1f})"'
            yield label(18, across, chart.y.title, "ink", "middle", turn)

    def _bars(self, bars: model.Bars) -> Iterator[str]:
        for at, value in enumerate(bars.values):
            tip = bars.tips[at] if bars.tips else ""
            above = bars.labels[at] if bars.labels else ""
            part = bars.parts[at] if bars.parts else 0.0
            start, end = self.x(at) + GAP, self.x(at + 1) - GAP
            top = self.y(value)
            yield box(start, top, end - start, self.bottom - top, 0, tip)
            if part:
                low = self.y(part)
                yield box(start, low, end - start, self.bottom - low, 1, tip)
                yield stripes(start, low, end - start, self.bottom - low)
            if above:
                yield label((start + end) / 2, top - 4, above, "soft tag", "middle")

    def _line(self, line: model.Line) -> Iterator[str]:
        path, pen = [], "M"
        for x, y in zip(line.xs, line.ys, strict=True):
            if not (math.isfinite(x) and math.isfinite(y)):
                pen = "M"
                continue
            path.append(f"{pen}{self.x(x):.1f} {self.y(y):.1f}")
            pen = "L"
        dashes = "" if line.tint is None else DASHES[line.tint % len(DASHES)]
        how = f' stroke-dasharray="{dashes}"' if dashes and not line.is_guide else ""
        tint = "ink" if line.tint is None else f"t{line.tint}"
        name = "guide s-soft" if line.is_guide else f"line s-{tint}"
        yield f'<path class="{name}"{how} d="{" ".join(path)}"/>'

    def _names(self) -> Iterator[str]:
        """Yield the names of lines at their ends, moved apart where they would overlap."""
        ends = []
        for mark in self.chart.marks:
            if isinstance(mark, model.Line) and mark.name:
                finite = [y for y in mark.ys if math.isfinite(y)]
                ends.append((self.y(finite[-1]) if finite else self.top, mark))
        ends.sort(key=lambda end: end[0])
        lowest = self.bottom - LINE * (len(ends) - 1)
        at = -math.inf
        for place, mark in ends:
            at = max(at + LINE, min(place, lowest))
            lowest += LINE
            yield label(self.right + 6, at + 4, mark.name, f"t{mark.tint}")

    def _points(self, points: model.Points) -> Iterator[str]:
        for at, (x, y) in enumerate(zip(points.xs, points.ys, strict=True)):
            if points.intervals:
                low, high = points.intervals[at]
                name = f"range s-t{points.tint}"
                yield segment(self.x(x), self.y(low), self.x(x), self.y(high), name)
            radius = 2.5 + 6.5 * math.sqrt(points.sizes[at]) if points.sizes else 2.5
            tip = points.tips[at] if points.tips else ""
            yield sign(points.shape, self.x(x), self.y(y), radius, points.tint, tip)

    def _cells(self, cells: model.Cells) -> Iterator[str]:
        rows = len(cells.shares)
        columns = len(cells.shares[0]) if rows else 0
        width, height = (self.right - self.left) / columns, (self.bottom - self.top) / rows
        gap = GAP if columns <= 40 else 0.0
        second = []
        for i, row in enumerate(cells.shares):
            top = self.top + i * height
            for j, share in enumerate(row):
                if not share:
                    continue
                tint = cells.tints[i][j] if cells.tints else 0
                shade = PALEST + (DARKEST if cells.texts else 1 - PALEST) * math.sqrt(share)
                tip = cells.tips[i][j] if cells.tips else ""
                start = self.left + j * width
                yield box(start, top, width - gap, height - gap, tint, tip, f"{shade:.2f}")
                if cells.texts and cells.texts[i][j]:
                    across, down = start + width / 2, top + height / 2 + 4
                    yield label(across, down, cells.texts[i][j], "ink", "middle")
                elif tint:
                    second.append(f"M{start:.1f} {top + height / 2:.1f}h{width:.1f}")
        if second:
            # Lines, which print without color.
            yield f'<path class="s-paper" d="{"".join(second)}"/>'


def _is_in_legend(mark: model.Mark) -> bool:
    return not isinstance(mark, model.Line) and bool(_legend_name(mark))


def _legend_name(mark: model.Mark) -> str:
    if isinstance(mark, model.Bars):
        return mark.part_name if any(mark.parts) else ""
    return mark.name


def _wrapped(text: str, letters: float) -> list[str]:
    lines = textwrap.wrap(text.replace(" %", "\u00a0%"), max(20, int(letters)))
    return [line.replace("\u00a0", " ") for line in lines]


def _most(axis: Axis) -> int:
    return len(axis.names) if axis.scale is Scale.NAMES else 12 if axis.scale is Scale.EDGES else 6
