"""A page as a file of its own: what it allows, and colors that everyone can read."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from losscli.output.chart import Axis, Bars, Cells, Chart, Scale
from losscli.output.document import LOOK, document
from losscli.output.page import Column, Fact, Facts, Figure, Heading, Kind, Page, Table
from losscli.output.svg import LETTER
from tests.output.fragment import Read

PAGE = Page([Heading("a <b>"), Facts([Fact("loss", 0.5)], is_framed=True)])


def test_only_its_own_style_sheet_is_allowed() -> None:
    text = document(PAGE, "a <b>")
    (sheet,) = re.findall("(?s)<style>(.*?)</style>", text)
    digest = b64encode(sha256(sheet.encode()).digest()).decode()
    assert f"content=\"default-src 'none'; style-src 'sha256-{digest}'\"" in text
    assert not any(word in text for word in ("://", "url(", "@import", "unsafe"))
    assert "<title>a &lt;b&gt;</title>" in text
    assert Read(text).open == []


def test_tables_scroll_by_themselves_and_name_their_rows_and_columns() -> None:
    table = Table([Column("class", ["cat"], Kind.NAME), Column("share", [0.5]), Column("", [0.5])])
    read = Read(document(Page([table]), ""))
    regions = [attrs for tag, attrs in read.elements if attrs.get("role") == "region"]
    assert [(one["tabindex"], one["aria-label"]) for one in regions] == [
        ("0", "table: class, share")
    ]
    scopes = [attrs.get("scope") for tag, attrs in read.elements if tag == "th"]
    assert scopes == ["col", "col", "row"]


def schemes() -> list[dict[str, str]]:
    """Return the colors of light and of dark, by name."""
    found = re.findall(r":root \{([^}]*)\}", LOOK)
    assert len(found) == 2
    return [dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in found]


def brightness(color: str) -> float:
    """Return the relative luminance of a color, as WCAG 2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return float(sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_has_a_contrast_of_at_least_4_5(dark: bool) -> None:
    colors = schemes()[dark]
    behind = [colors.pop("paper"), colors.pop("card")]
    del colors["rule"]
    assert {"ink", "soft", "warn", "t0", "t1"} <= set(colors)
    for name, color in colors.items():
        for one in behind:
            low, high = sorted((brightness(color), brightness(one)))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (name, color, one)


def test_a_chart_has_a_caption_a_name_and_its_numbers() -> None:
    edges = (0.0, 1.0, 2.0)
    across = Axis("loss", scale=Scale.EDGES, edges=edges)
    chart = Chart("few are <large>", across, Axis("samples", 0, 30), [Bars([30, 7])], "A key.")
    read = Read(document(Page([Figure(chart)]), ""))
    (drawing,) = [attrs for tag, attrs in read.elements if tag == "svg"]
    assert (drawing["role"], drawing["aria-label"]) == ("img", "few are <large>")
    tags = [tag for tag, _ in read.elements]
    assert tags.index("figcaption") < tags.index("svg") < tags.index("details")
    assert "title" not in tags[tags.index("svg") :]
    assert read.text.count("few are <large>") == 1
    words = read.words[read.words.index("numbers") + 1 :]
    assert words == ["from", "to", "samples", "0", "1", "30", "1", "2", "7"]


def test_a_chart_of_long_numbers_is_wide_and_scrolls() -> None:
    names = [f"class {at}" for at in range(12)]
    texts = [["1234567"] * 12] * 12
    grid = Cells([[0.5] * 12] * 12, texts)
    axis = Axis("class", scale=Scale.NAMES, names=names)
    read = Read(document(Page([Figure(Chart("title", axis, axis, [grid]))]), ""))
    (drawing,) = [attrs for tag, attrs in read.elements if tag == "svg"]
    assert int(drawing["width"] or 0) > 12 * 7 * LETTER
    regions = [attrs["aria-label"] for _, attrs in read.elements if attrs.get("role") == "region"]
    assert regions[0] == "title"
