"""CONTRIBUTING is true: its rooms, its files, its example of a loss."""

from __future__ import annotations

import re
from textwrap import dedent

from tests.conftest import ROOT
from tests.test_rooms import ROOMS

PUBLIC = {"__init__", "__main__", "errors", "stub", "version"}
"""Not rooms: the package's front, and what all may import."""
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_the_table_of_rooms_is_the_one_that_is_enforced() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` +\| (.*?) +\|$", TEXT, re.MULTILINE))
    assert set(rows) == {room for room in ROOMS if "/" not in room and room not in PUBLIC}
    for room, may in rows.items():
        named = set(re.findall(r"`([\w/]+)`", may))
        assert room == "cli" or named == set(ROOMS[room].split())


def test_the_files_that_it_names_exist() -> None:
    named = re.findall(r"`((?:tests|losscli|samples)/[\w/.-]+)`", TEXT)
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_example_of_a_loss_is_that_loss() -> None:
    block = re.search(r"```python\n( +@loss.*?)```", TEXT, re.DOTALL)
    assert block is not None
    declared, _, _ = dedent(block[1]).partition('    """')
    assert declared in (ROOT / "losscli/losses/regression.py").read_text("utf-8")
