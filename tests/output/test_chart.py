"""Charts: axes with round ticks whatever the range, and SVG that any reader can see."""

from __future__ import annotations

import math
import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from losscli.output.chart import (
    Axis,
    Bars,
    Cells,
    Chart,
    Line,
    Points,
    Scale,
    Shape,
    axis_of,
    round_values,
)
from losscli.output.chart_text import text_blocks
from losscli.output.page import Page
from losscli.output.plain import plain_text
from losscli.output.svg import DARK, LIGHT, svg_file, svg_of

FINITE = st.floats(allow_nan=False, allow_infinity=False)
RANGES = [
    (0, 1),
    (0, 98),
    (-4, 4),
    (5e-324, 1e-310),
    (-1.7e308, 1.7e308),
    (1e9, 1e9 + 1e-6),
    (3, 3),
]
HOSTILE = "<script>&\"'\x1b[31m"


@pytest.mark.parametrize(("low", "high"), RANGES)
@pytest.mark.parametrize("scale", [Scale.LINEAR, Scale.LOG])
def test_ticks_of_extreme_ranges(low: float, high: float, scale: Scale) -> None:
    ticks = Axis("x", low, high, scale).ticks(6)
    assert 1 <= len(ticks) <= 6
    assert all(-1e-9 <= tick.place <= 1 + 1e-9 for tick in ticks)
    assert len({tick.label for tick in ticks}) == len(ticks)


@example(1.0, 4.0, 2)
@example(0.5, 4.502, 3)
@given(FINITE, FINITE, st.integers(2, 12))
def test_round_values_are_inside_sorted_few_and_round(low: float, high: float, most: int) -> None:
    low, high = sorted((low, high))
    values = round_values(low, high, most)
    assert 1 <= len(values) <= most
    assert all(low <= value <= high for value in values)
    assert all(one < other for one, other in pairwise(values))
    if len(values) > 2 and high - low > 1e-6 * max(abs(low), abs(high)):
        step = values[1] - values[0]
        assert f"{step:.3e}"[0] in "125"


@pytest.mark.parametrize("ends", [(0, math.inf), (-math.inf, 0), (math.nan, 1)])
def test_an_axis_that_is_not_finite_has_no_ticks(ends: tuple[float, float]) -> None:
    assert round_values(*ends, 6) == []


@given(FINITE, FINITE)
def test_an_axis_spans_its_values(low: float, high: float) -> None:
    low, high = sorted((low, high))
    axis = axis_of("x", low, high)
    assert axis.low <= low <= high <= axis.high
    assert 0 <= axis.place(low) <= axis.place(high) <= 1


def charts(text: str) -> list[Chart]:
    """Return charts of all kinds of marks, with a text wherever text can be."""
    edges = Axis(text, scale=Scale.EDGES, edges=[0, 0.5, 1])
    names = Axis(text, scale=Scale.NAMES, names=[text, "b"])
    line = Line([0, 1, 2], [0, math.inf, 1], text, 1)
    points = Points([0.5], [0.5], text, Shape.CROSS, tips=[text], tint=1)
    ranged = Points([0.5], [0.5], sizes=[1.0], intervals=[(0.1, 0.9)], tips=[text])
    counts = Cells([[1, 0], [0.5, 0.5]], [["3", ""], [text, "2"]], [[text] * 2] * 2, text)
    density = Cells([[1, 0], [0.5, 0.5]], name=text, tints=[[0, 0], [1, 1]])
    bars = Bars([3, 1], [1, 0], text, ["75%", ""], text, [text, text])
    return [
        Chart(text, edges, Axis(text, 0, 3), [bars], text, text),
        Chart(text, Axis(text), Axis(text), [line, points, Line([0, 1], [0, 1], is_guide=True)]),
        Chart(text, Axis(text), Axis(text), [ranged], text, text, is_square=True),
        Chart(text, names, names, [counts], text, text),
        Chart(text, Axis(text), Axis(text, 0.1, 1, Scale.LOG), [density], text, text),
    ]


def test_svg_is_well_formed_loads_nothing_and_escapes() -> None:
    for chart in charts(HOSTILE):
        text = svg_file(chart)
        root = ElementTree.fromstring(text)
        assert text.count("://") == 1
        assert not re.search(r"url\(|@import|href|<script", text)
        assert "\x1b" not in text
        assert "nan" not in text
        assert "inf" not in text
        width, height = map(float, root.attrib["viewBox"].split()[2:])
        for element in root.iter():
            x, y = (float(element.attrib.get(name, 0)) for name in ("x", "y"))
            assert 0 <= x <= width
            assert 0 <= y <= height
        assert "://" not in svg_of(chart)


@pytest.mark.parametrize("ascii", [True, False])
def test_characters_fit_their_width(ascii: bool) -> None:
    for chart in charts("accuracy"):
        lines = list(plain_text(Page(text_blocks(chart, 60, ascii=ascii), 3)))
        assert "accuracy" in lines[0]
        assert len(lines) > 3
        if ascii:
            assert all(line.isascii() for line in lines)


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK])
def test_text_has_contrast(colors: dict[str, str]) -> None:
    for name, color in colors.items():
        if name not in ("paper", "rule"):
            assert _contrast(color, colors["paper"]) >= 4.5, name


@pytest.mark.parametrize("colors", [LIGHT, DARK])
@pytest.mark.parametrize("tint", ["t0", "t1"])
def test_counts_on_cells_have_contrast(colors: dict[str, str], tint: str) -> None:
    for share in range(1, 101):
        chart = Chart(
            "",
            Axis("", scale=Scale.NAMES, names="a"),
            Axis("", scale=Scale.NAMES, names="a"),
            [Cells([[share / 100]], [["7"]], tints=[[int(tint[1])]])],
        )
        found = re.search(
            r'opacity="([\d.]+)".*?<text class="(\w+)"[^>]*>7<', svg_of(chart), re.DOTALL
        )
        assert found is not None
        shade = float(found[1])
        pairs = zip(
            *((colors[tint][at : at + 2], colors["paper"][at : at + 2]) for at in (1, 3, 5)),
            strict=True,
        )
        top, under = ([int(part, 16) for part in parts] for parts in pairs)
        mixed = "#" + "".join(
            f"{round(shade * a + (1 - shade) * b):02x}" for a, b in zip(top, under, strict=True)
        )
        assert _contrast(colors[found[2]], mixed) >= 4.5, shade


def test_lines_differ_without_color() -> None:
    lines = [Line([0, 1], [0, 1], str(tint), tint) for tint in range(6)]
    drawn = svg_of(Chart("", Axis(""), Axis(""), lines))
    dashes = re.findall(r'class="line s-t\d"( stroke-dasharray="[^"]*")?', drawn)
    assert len(set(dashes)) == 6


def test_names_at_the_ends_of_lines_do_not_overlap() -> None:
    lines = [Line([0, 1], [0, 1.0], f"line {tint}", tint) for tint in range(6)]
    drawn = svg_of(Chart("", Axis(""), Axis(""), lines))
    places = [float(y) for y in re.findall(r'y="([\d.]+)"[^>]*>line \d<', drawn)]
    assert min(abs(one - other) for one, other in combinations(places, 2)) >= 12


def test_names_of_lines_on_a_terminal_are_in_their_order() -> None:
    ends = [0.03, 0.02, 0.01, 1.0, 0.99, 0.98]
    lines = [Line([-4, 4], [0.5, end], f"to {end}", tint) for tint, end in enumerate(ends)]
    shown = "".join(
        plain_text(Page([*text_blocks(Chart("t", Axis("x", -4, 4), Axis("y"), lines), 60)]))
    )
    assert re.findall(r"to (\S+)", shown) == [str(end) for end in sorted(ends, reverse=True)]
    assert "-4" in shown


def test_a_legend_fits_a_square_chart_in_a_page() -> None:
    axis = Axis("x")
    marks = [Points([0.5], [0.5], "better or the same (12345)"), Points([1], [1], "worse (54321)")]
    drawn = svg_of(Chart("t", axis, axis, marks, is_square=True))
    width = float(re.search(r'width="(\d+)"', drawn)[1])  # type: ignore[index]
    start = float(re.search(r'x="([\d.]+)"[^>]*>worse', drawn)[1])  # type: ignore[index]
    # A letter is about 7 wide.
    assert start + 7 * len("worse (54321)") < width
