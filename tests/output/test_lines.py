"""Columns as lines: what the csv and json modules of Python would write row by row."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest

from losscli.output.encoders import ROWS, JsonObjects, Separated, indices

COLUMNS = [
    range(ROWS + 3),
    [["cat", 'a"b', "5% off", "x,y", -100][i % 5] for i in range(ROWS + 3)],
    [[0.1, math.inf, -0.0, 1e300, math.nan, 5e-324][i % 6] for i in range(ROWS + 3)],
]


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_separated(delimiter: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerows(zip(*COLUMNS, strict=True))
    assert "".join(Separated(delimiter).part(COLUMNS)) == buffer.getvalue()


def test_lists_become_words() -> None:
    assert list(Separated(",").part([[0, 1], [[2, "b"], []]])) == ["0,2 b\n1,\n"]


def test_json_lines() -> None:
    names = ["index", "100% of %s", "loss"]
    lines = "".join(JsonObjects(names).part(COLUMNS)).splitlines()
    assert len(lines) == ROWS + 3
    rows = [json.loads(line) for line in lines]
    assert list(rows[0]) == names
    assert rows[0] == {"index": 0, "100% of %s": "cat", "loss": 0.1}
    assert [rows[i]["loss"] for i in (1, 4)] == ["inf", "nan"]
    assert [row["100% of %s"] for row in rows] == COLUMNS[1]
    assert lines[2] == '{"index":2,"100% of %s":"5% off","loss":-0.0}'


def test_indices_have_one_part_per_axis() -> None:
    assert list(indices((9,), 3, 6)) == [3, 4, 5]
    assert list(indices((2, 3, 2), 5, 8)) == ["0,2,1", "1,0,0", "1,0,1"]
    assert list(indices((), 0, 1)) == [""]
