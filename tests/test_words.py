"""Messages, help, comments and names say things in the project's own words (`tests/words.py`)."""

from __future__ import annotations

from tests.words import ROOT, files, find

UNCLEAN: tuple[str, ...] = ()
"""Rooms that still say it otherwise."""


def test_no_word_of_the_list_is_used() -> None:
    clean = [path for path in files() if not str(path.relative_to(ROOT)).startswith(UNCLEAN)]
    assert [str(found) for path in clean for found in find(path)] == []
