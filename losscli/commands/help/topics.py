"""The reference pages: their files, found by looking into the folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from losscli.errors import UsageError, show

FOLDER = Path(__file__).parent / "topics"
MARK = re.compile(r"<!-- .* -->\n")
"""Tells the tests how an example is run; no reader needs it."""


class Topic(NamedTuple):
    """One page: the file begins with its title and a sentence that says what it is about."""

    name: str
    text: str

    @property
    def summary(self) -> str:
        """The paragraph below the title."""
        return self.text.split("\n\n")[1].replace("\n", " ")


def topic_names() -> list[str]:
    """Return the names of all pages, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.md"))


def find_topic(name: str) -> Topic:
    """Return a page; UsageError where there is none of that name."""
    if name not in topic_names():
        raise UsageError(f"there is no page {show(name)}; loss help lists them")
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    return Topic(name, MARK.sub("", text))
