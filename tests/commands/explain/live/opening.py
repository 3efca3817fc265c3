"""Writing a page and opening it in a browser, with what tests do in it."""

from __future__ import annotations

from pathlib import Path

from tests.commands.explain.live.browser import Browser
from tests.conftest import Loss

READ = Path(__file__).with_name("read_page.js").read_text()


def saved(folder: Path, loss: Loss, *arguments: str) -> Path:
    path = folder / "page.html"
    ran = loss("explain", *arguments, "--save", path, "--live")
    assert ran.status == 0, ran.err
    return path


def opened(page: Browser, path: Path, width: int = 1200) -> None:
    page.look(width)
    page.open(path)
    page.run(READ)
