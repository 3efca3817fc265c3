"""What a page looks like, and how it is used without a mouse or without eyes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.commands.explain.live.browser import Browser
from tests.commands.explain.live.opening import opened, saved
from tests.conftest import Loss

LEAST_CONTRAST = 4.5
"""Of text, as WCAG AA asks for."""


@pytest.mark.parametrize("name", ["ce", "ctc", "multilabel-soft-margin", "triplet-margin", "bce"])
def test_looks(name: str, page: Browser, tmp_path: Path, loss: Loss) -> None:
    path = saved(tmp_path, loss, name)
    for width in (400, 1200):
        opened(page, path, width)
        assert page.run("document.documentElement.scrollWidth") <= width
        assert page.run("tooWide()") == []
        for scheme in ("light", "dark"):
            page.look(width, scheme)
            assert page.run(f"faint({LEAST_CONTRAST})") == []
            page.run("change({0: 0.7})")
            assert page.run(f"faint({LEAST_CONTRAST})") == []
    paper = page.run("getComputedStyle(document.body).backgroundColor")
    page.look(700, "dark", "print")
    assert page.run("getComputedStyle(document.body).backgroundColor") != paper
    assert (
        page.run("getComputedStyle(document.querySelector('input[type=range]')).display") == "none"
    )


def test_long_names_on_a_telephone(page: Browser, tmp_path: Path, loss: Loss) -> None:
    names = ["international shipping", "nameless" * 15, "[ship]"]
    (tmp_path / "names.txt").write_text("\n".join(names))
    np.save(tmp_path / "x.npy", np.array([[0.123456, -4.123456, 2.123456]] * 300))
    np.save(tmp_path / "y.npy", np.zeros(300, int))
    files = ("-i", f"{tmp_path}/x.npy", "-t", f"{tmp_path}/y.npy")
    opened(page, saved(tmp_path, loss, "ce", *files, "--classes", f"{tmp_path}/names.txt"), 400)
    assert page.run("document.documentElement.scrollWidth") <= 400
    radios = "[...document.querySelectorAll('input[type=radio]')].map(radio => radio.offsetWidth)"
    assert min(page.run(radios)) > 12


def test_keyboard_alone(page: Browser, tmp_path: Path, loss: Loss) -> None:
    opened(page, saved(tmp_path, loss, "ce", "--sample", "0"))
    reached = []
    for _ in range(7):
        page.press("Tab", 9)
        reached.append(page.run("document.activeElement.ariaLabel || document.activeElement.id"))
        assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    inputs = [
        f"input, {label}{what}" for label in ("cat", "dog", "ship") for what in (", slider", "")
    ]
    assert reached == ["target: cat", *inputs]
    before = page.run("readPage()")["loss"]
    page.run("document.querySelector('.targets input:checked').focus()")
    page.press("ArrowRight", 39)
    assert page.run("document.activeElement.ariaLabel") == "target: dog"
    assert page.run("readPage()")["loss"] != before
    page.press("Tab", 9)
    before = page.run("readPage()")["loss"]
    page.press("ArrowRight", 39)
    assert page.run("readPage()")["loss"] != before
    for _ in inputs:
        page.press("Tab", 9)
    assert page.run("document.activeElement.id") == "reset"
    page.press("Enter", 13)


def test_a_screen_reader_has_a_name_for_everything(
    page: Browser, tmp_path: Path, loss: Loss
) -> None:
    opened(page, saved(tmp_path, loss, "multilabel-soft-margin"))
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    named: dict[str, list[str]] = {}
    for node in tree:
        if not node.get("ignored"):
            named.setdefault(node["role"]["value"], []).append(node["name"]["value"])
    for role in ("slider", "spinbutton", "radio", "radiogroup", "group", "form", "button", "main"):
        assert named[role], role
        assert all(named[role]), (role, named[role])
    assert page.run("document.getElementById('loss').ariaLive") == "polite"
    assert named["main"] == ["Every step"]
    assert "target, cat: 1" in named["radio"]
