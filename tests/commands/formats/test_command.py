"""`loss formats` says what the tables of the readers say, and the page on sources says the same."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from losscli.commands.formats import command
from losscli.readers.compression.table import COMPRESSIONS
from losscli.readers.formats import FORMATS
from losscli.readers.urls import PLACES
from tests.conftest import Loss


def listed(loss: Loss) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(loss("formats", "-f", "json").out)
    return found


def test_every_format_and_compression(loss: Loss) -> None:
    rows = {row["name"]: row for row in listed(loss)}
    assert list(rows) == [row.name for row in (*FORMATS, *COMPRESSIONS, *PLACES)]
    for row in FORMATS:
        said = rows[row.name]
        assert said["extensions"] == [f".{extension}" for extension in row.extensions]
        assert (said["selector"], said["read"]) == (row.selector, row.blocks)
    table = loss("formats").out
    assert all(f"\n{row.name} " in table for row in (*FORMATS, *COMPRESSIONS))
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        text = loss("formats", "-f", form).out
        read = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
        assert [row["name"] for row in read] == list(rows)
        assert {row["installed"] for row in read} <= {"yes", "no"}


def test_what_is_not_installed(loss: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_is_installed", lambda _: False)
    missing = {row["name"]: row["extra"] for row in listed(loss) if not row["installed"]}
    assert missing["zstd"] == "zst"
    assert missing["s3"] == "url"
    every = (*FORMATS, *COMPRESSIONS, *PLACES)
    assert missing == {row.name: row.extra for row in every if row.extra}
    table = loss("formats").out
    assert all(f"pip install 'losscli[{extra}]'" in table for extra in missing.values())
