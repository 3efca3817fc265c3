"""Columns as lines: what the csv and json modules of Python would write row by row."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

import numpy as np
import pytest

from losscli.output.encoders import (
    ROWS,
    Column,
    JsonEntries,
    JsonList,
    JsonObjects,
    Separated,
    indices,
)

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


def test_numbers_of_several_columns_and_missing_cells() -> None:
    """Numbers (n, k) are k columns; an ignored row has no number."""
    grid = np.array([[0.5, math.inf], [-0.0, 2.0]])
    columns: list[Column] = [["a b", 'a"b'], grid, [None, 1.5], np.array([3, 4])]
    assert "".join(Separated(",").part(columns)) == 'a b,0.5,inf,,3\n"a""b",-0.0,2.0,1.5,4\n'
    lines = "".join(JsonObjects(["n", "x", "y", "z", "i"]).part(columns)).splitlines()
    assert lines[0] == '{"n":"a b","x":0.5,"y":"inf","z":null,"i":3}'


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 1, 4), (2, 3, 2, 2), (2, 0), (0, 3)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_arrays_are_nested_as_they_are(shape: tuple[int, ...], dtype: Any) -> None:
    """Lines and list are what the json module writes, a non-finite number as a string."""
    values = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    assert "".join(JsonList().whole([values])) == json.dumps(values.tolist(), separators=(",", ":"))
    lines = "".join(JsonEntries().whole([values])).splitlines()
    assert [json.loads(line) for line in lines] == values.tolist()
