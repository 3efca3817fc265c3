"""A report in a browser: on a phone and a screen, light and dark, on paper, by keys alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.commands.explain.live.browser import PATIENCE, Browser
from tests.conftest import Loss

DIGITS = ("-i", "samples/digits/predictions.csv::zero-nine")
INPUTS = {"one": DIGITS, "two": (*DIGITS, "-i", "samples/digits/logits_int4.npy")}
LOOK = Path(__file__).with_name("look.js").read_text("utf-8")
FOCUSED = "document.activeElement.ariaLabel ?? document.activeElement.tagName"
LEAST_CONTRAST = 4.5
"""Of text, as WCAG AA asks for."""


def opened(page: Browser, loss: Loss, folder: Path, *inputs: str) -> None:
    """Write a report and open it."""
    path = folder / "report.html"
    targets = ("-t", "samples/digits/predictions.csv::label")
    ran = loss("report", "ce", *inputs, *targets, "-o", str(path))
    assert ran.status == 0, ran.err
    page.events.clear()
    page.call("Page.navigate", url=path.as_uri())
    end = monotonic() + PATIENCE
    while page.run("document.readyState === 'complete' && location.href") != path.as_uri():
        assert monotonic() < end, page.complaints()


@pytest.mark.parametrize("which", INPUTS)
def test_looks(which: str, page: Browser, loss: Loss, tmp_path: Path) -> None:
    page.look(400)
    opened(page, loss, tmp_path, *INPUTS[which])
    page.run(LOOK)
    papers = []
    for width in (400, 1200):
        for scheme in ("light", "dark"):
            page.look(width, scheme)
            assert page.run("document.documentElement.scrollWidth") <= width
            assert page.run(f"faint({LEAST_CONTRAST})") == []
            papers.append(page.run("getComputedStyle(document.body).backgroundColor"))
    page.look(700, "dark", "print")
    paper = page.run("getComputedStyle(document.body).backgroundColor")
    assert papers == 2 * [paper, papers[1]] != 4 * [paper]
    # The style sheet is allowed, and nothing else was asked for.
    assert page.complaints() == []


def test_a_text_that_is_too_faint_would_be_noticed(
    page: Browser, loss: Loss, tmp_path: Path
) -> None:
    opened(page, loss, tmp_path, *DIGITS)
    page.look(1200)
    page.run(LOOK)
    page.run("document.querySelector('svg rect.t0').setAttribute('fill-opacity', '1')")
    page.run("document.querySelector('h1').style.color = '#999'")
    page.run("document.querySelectorAll('svg text').forEach(x => x.style.fill = '#3b6fb6')")
    assert {"H1", "text"} <= {tag for tag, *_ in page.run(f"faint({LEAST_CONTRAST})")}


def test_keys_reach_what_scrolls_and_what_unfolds(
    page: Browser, loss: Loss, tmp_path: Path
) -> None:
    opened(page, loss, tmp_path, *DIGITS)
    page.look(400)
    reached = []
    for _ in range(5):
        page.press("Tab", 9)
        reached.append(
            page.run("document.activeElement.ariaLabel ?? document.activeElement.tagName")
        )
        assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached[:2] == ["SUMMARY", "SUMMARY"]
    assert "table: target, count, mean loss, accuracy, share of loss" in reached


def test_a_screen_reader_has_a_name_for_everything(
    page: Browser, loss: Loss, tmp_path: Path
) -> None:
    opened(page, loss, tmp_path, *DIGITS)
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    named: dict[str, list[Any]] = {}
    for node in tree:
        if not node.get("ignored"):
            named.setdefault(node["role"]["value"], []).append(node["name"]["value"])
    for role in ("image", "heading", "columnheader", "rowheader", "region"):
        assert named[role], role
        assert all(named[role]), (role, named[role])
    assert len(named["main"]) == 1
    levels = page.run("[...document.querySelectorAll('h1, h2, h3, h4')].map(x => x.tagName)")
    assert levels.count("H1") == 1
    assert all(int(b[1]) - int(a[1]) <= 1 for a, b in pairwise(levels))
