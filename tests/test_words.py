"""Messages, help, comments and names say things in the project's own words (`tests/words.py`)."""

from __future__ import annotations

from tests.words import files, find


def test_no_word_of_the_list_is_used() -> None:
    assert [str(found) for path in files() for found in find(path)] == []
