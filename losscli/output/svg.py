"""A chart as SVG: it scales, follows light and dark, and loads nothing from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from losscli.errors import printable
from losscli.output import chart as model
from losscli.output.chart import Axis, Chart, Scale

WIDTH, HEIGHT = 640, 400
LETTER = 6.6
"""The width of a letter of the labels, about."""
LINE = 15
TOP = 34
RIGHT = 18
ROW = 20
"""The height of a row of names or cells."""
GAP = 1.0
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
    return filled + drawn


STYLE = f"""\
.losscli-chart {{ font: 12px system-ui, "DejaVu Sans", sans-serif }}
.losscli-chart .title {{ font-size: 14px; font-weight: 600 }}
.losscli-chart .guide {{ stroke-dasharray: 5 4; fill: none }}
.losscli-chart .line {{ fill: none; stroke-width: 2 }}
.losscli-chart .range {{ stroke-width: 2 }}
{_rules(LIGHT)}@media screen and (prefers-color-scheme: dark) {{
{_rules(DARK)}}}
"""


def svg_file(chart: Chart) -> str:
    """Return the chart as the text of a file."""
    return svg_of(chart, style=STYLE) + "\n"


def svg_of(chart: Chart, style: str = "") -> str:
    """Return the chart as an element; a page that holds several has the style itself."""
    drawing = _Drawing(chart)
    body = "\n".join(drawing.parts())
    own = f"<style>\n{style}</style>\n" if style else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="losscli-chart" role="img" '
        f'viewBox="0 0 {WIDTH} {drawing.height}" aria-label="{_text(chart.title)}">\n'
        f"{own}{body}\n</svg>"
    )


class _Drawing:
    """The places of one chart on its sheet, and its parts."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        rows = len(chart.y.names) if chart.y.scale is Scale.NAMES else 0
        names = [tick.label for tick in chart.y.ticks(_most(chart.y))]
        longest = min(max(map(len, names), default=0), 24)
        self.left = 12 + LINE * bool(chart.y.title) + LETTER * longest + 8
        self.slanted = self._is_crowded()
        below: float = 8 + LINE * (1 + bool(chart.x.title) + bool(chart.note))
        if self.slanted:
            below += 0.7 * LETTER * min(max(map(len, chart.x.names), default=0), 24)
        inside = ROW * rows or HEIGHT - TOP - below
        self.top, self.bottom = float(TOP), TOP + inside
        self.right = WIDTH - RIGHT - self._room_for_names()
        self.height = math.ceil(self.bottom + below)

    def _is_crowded(self) -> bool:
        names = self.chart.x.names
        room = (WIDTH - 80) / max(1, len(names))
        return any(LETTER * len(name) > room for name in names)

    def _room_for_names(self) -> float:
        lines = [mark for mark in self.chart.marks if isinstance(mark, model.Line)]
        return LETTER * max((len(line.name) for line in lines), default=0)

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * self.chart.x.place(value)

    def y(self, value: float) -> float:
        place = self.chart.y.place(value)
        if self.chart.y.scale is Scale.NAMES:
            # Names are read from the top.
            return self.top + (self.bottom - self.top) * place
        return self.bottom - (self.bottom - self.top) * place

    def parts(self) -> Iterator[str]:
        chart = self.chart
        yield f'<rect class="paper" width="{WIDTH}" height="{self.height}"/>'
        yield _label(12, 20, chart.title, "ink title")
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
        if chart.note:
            yield _label(self.left, self.height - 8, chart.note, "soft")

    def _axes(self) -> Iterator[str]:
        chart = self.chart
        for tick in chart.y.ticks(_most(chart.y)):
            at = self._at(tick.place)
            if chart.y.scale is not Scale.NAMES:
                yield _segment(self.left, at, self.right, at, "s-rule")
            yield _label(self.left - 6, at + 4, _short(tick.label), "soft", "end")
        most = _most(chart.x) if chart.x.scale is not Scale.NAMES else len(chart.x.names)
        for tick in chart.x.ticks(most):
            at = self.left + (self.right - self.left) * tick.place
            if self.slanted:
                turn = f' transform="rotate(45 {at:.1f} {self.bottom + 12:.1f})"'
                yield _label(at, self.bottom + 12, _short(tick.label), "soft", turn=turn)
            else:
                yield _label(at, self.bottom + 15, tick.label, "soft", "middle")
        yield _segment(self.left, self.bottom, self.right, self.bottom, "s-soft")
        middle = (self.left + self.right) / 2
        if chart.x.title:
            at = self.height - 8 - LINE * bool(chart.note)
            yield _label(middle, at, chart.x.title, "ink", "middle")
        if chart.y.title:
            across = (self.top + self.bottom) / 2
            turn = f' transform="rotate(-90 16 {across:.1f})"'
            yield _label(16, across, chart.y.title, "ink", "middle", turn)

    def _at(self, place: float) -> float:
        height = self.bottom - self.top
        is_named = self.chart.y.scale is Scale.NAMES
        return self.top + height * place if is_named else self.bottom - height * place

    def _bars(self, bars: model.Bars) -> Iterator[str]:
        for at, value in enumerate(bars.values):
            tip = bars.tips[at] if bars.tips else ""
            label = bars.labels[at] if bars.labels else ""
            part = bars.parts[at] if bars.parts else 0.0
            if self.chart.y.scale is Scale.NAMES:
                top, end = self.y(at) - ROW / 2 + 2 * GAP, self.x(value)
                yield _box(self.left, top, end - self.left, ROW - 4 * GAP, 0, tip)
                if part:
                    yield _box(self.left, top, self.x(part) - self.left, ROW - 4 * GAP, 1, tip)
                yield _label(end + 5, top + 12, label, "soft") if label else ""
            else:
                start, end = self.x(at) + GAP, self.x(at + 1) - GAP
                top = self.y(value)
                yield _box(start, top, end - start, self.bottom - top, 0, tip)
                if part:
                    low = self.y(part)
                    yield _box(start, low, end - start, self.bottom - low, 1, tip)
                if label:
                    yield _label((start + end) / 2, top - 4, label, "soft", "middle")

    def _line(self, line: model.Line) -> Iterator[str]:
        places = [(self.x(x), self.y(y)) for x, y in zip(line.xs, line.ys, strict=True)]
        path, pen = [], "M"
        for (x, y), value in zip(places, line.ys, strict=True):
            if not math.isfinite(value):
                pen = "M"
                continue
            path.append(f"{pen}{x:.1f} {y:.1f}")
            pen = "L"
        name = "guide s-soft" if line.is_guide else f"line s-t{line.tint}"
        yield f'<path class="{name}" d="{" ".join(path)}"/>'
        if line.name and places:
            x, y = places[-1]
            yield _label(x + 6, y + 4, line.name, f"t{line.tint}")

    def _points(self, points: model.Points) -> Iterator[str]:
        for at, (x, y) in enumerate(zip(points.xs, points.ys, strict=True)):
            if points.intervals:
                low, high = points.intervals[at]
                name = f"range s-t{points.tint}"
                yield _segment(self.x(x), self.y(low), self.x(x), self.y(high), name)
            radius = 2 + 7 * math.sqrt(points.sizes[at]) if points.sizes else 3
            tip = _tip(points.tips[at] if points.tips else "")
            yield (
                f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius:.1f}" '
                f'class="t{points.tint}">{tip}</circle>'
            )

    def _cells(self, cells: model.Cells) -> Iterator[str]:
        rows = len(cells.shares)
        columns = len(cells.shares[0]) if rows else 0
        width, height = (self.right - self.left) / columns, (self.bottom - self.top) / rows
        gap = GAP if columns <= 40 else 0.0
        for i, row in enumerate(cells.shares):
            top = self.top + i * height
            for j, share in enumerate(row):
                if not share:
                    continue
                tint = int(cells.diagonal_is_good and i != j)
                shade = 0.12 + 0.88 * math.sqrt(min(share, 1.0))
                tip = cells.tips[i][j] if cells.tips else ""
                start = self.left + j * width
                yield _box(start, top, width - gap, height - gap, tint, tip, f"{shade:.2f}")
                if cells.texts and cells.texts[i][j]:
                    across, down = start + width / 2, top + height / 2 + 4
                    name = "paper" if shade > 0.6 else "ink"
                    yield _label(across, down, cells.texts[i][j], name, "middle")


def _most(axis: Axis) -> int:
    return len(axis.names) if axis.scale is Scale.NAMES else 12 if axis.scale is Scale.EDGES else 6


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:23]}…"


def _text(text: str) -> str:
    return escape(printable(text))


def _tip(text: str) -> str:
    return f"<title>{_text(text)}</title>" if text else ""


def _box(
    x: float, y: float, width: float, height: float, tint: int, tip: str, opacity: str = ""
) -> str:
    shade = f' opacity="{opacity}"' if opacity else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" '
        f'class="t{tint}"{shade}>{_tip(tip)}</rect>'
    )


def _segment(x: float, y: float, to_x: float, to_y: float, name: str) -> str:
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line class="{name}" {ends}/>'


def _label(x: float, y: float, text: str, name: str, anchor: str = "start", turn: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{name}" {place}{turn}>{_text(text)}</text>'
