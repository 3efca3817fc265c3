"""The reference pages: their files, found by looking into the folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from losscli.errors import UsageError, show

FOLDER = Path(__file__).parent / "topics"
MARK = re.compile(r"<!-- .* -->\n")
"""Tells the tests how an example is run, or is ALSO; no reader needs it."""
ALSO = re.compile(r"<!-- also: (.*) -->\n")
"""The first line of a page may be other words that it is looked up by."""


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
    """Return a page by its name or another of its words; UsageError where there is none."""
    if not (found := topic_of(name)):
        raise UsageError(f"there is no page {show(name)}; loss help lists them")
    return Topic(found, MARK.sub("", _text(found)))


def topic_of(word: str) -> str:
    """Return the name of the page that a word leads to; nothing if there is none."""
    names = topic_names()
    if word in names:
        return word
    return next((name for name in names if word.lower() in other_words(name)), "")


def other_words(name: str) -> list[str]:
    """Return the words besides its name that a page is looked up by."""
    found = ALSO.match(_text(name))
    return found[1].split() if found else []


def _text(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text("utf-8")
