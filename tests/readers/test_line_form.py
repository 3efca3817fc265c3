"""Lines of one form give the numbers that a JSON parser finds, or are left to it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.readers.nested import line_form
from losscli.readers.nested.line_form import LineForm
from losscli.readers.nested.page import parsed
from tests.readers.opening import same

ROWS: dict[str, list[Any]] = {
    "lists": [[0.25, -1, 2], [3, 10.5, -0.0], [0, -0.125, 1e3]],
    "one number": [1.5, -2, 0],
    "nested": [[[1, 2], [3.5, -4]], [[5, 6.25], [-7, 8]], [[0, 0], [1, 1]]],
    "mappings": [
        {"logits": [0.1, -2.5], "target1e5": 1},
        {"logits": [1.25, 0.3333333333333333], "target1e5": 0},
        {"logits": [-17.0, 12345.678], "target1e5": 2},
    ],
    "a key per class": [{"a.b": {"c0": k, "c1": -k}, "y": 1} for k in range(3)],
    "texts": [
        {"id": "row 1, [2]", "logits": [1, 2.5], "text": "ä"},
        {"id": "", "logits": [-1, 0], "text": "}"},
        {"id": "3", "logits": [7, 8], "text": "\U0001f600"},
    ],
}
ENDS = ("\n", "\r\n", " \n")


def written(rows: list[Any], end: str = "\n", **how: Any) -> bytes:
    """Return JSON Lines without the last line end."""
    return end.join(json.dumps(row, ensure_ascii=False, **how) for row in rows).encode()


def form_of(data: bytes) -> LineForm:
    """Return the form of the first line."""
    return LineForm(data[: data.find(b"\n") + 1])


def flat(value: Any) -> list[Any]:
    """Return the numbers of a line in order, and its keys and brackets between them."""
    if isinstance(value, dict):
        return ["{", *(part for key in value for part in (key, *flat(value[key]))), "}"]
    if isinstance(value, list):
        return ["[", *(part for item in value for part in flat(item)), "]"]
    return [None if isinstance(value, str) else value]


def numbers(parts: list[Any]) -> list[float]:
    """Return the numbers among the parts of a line."""
    return [part for part in parts if isinstance(part, float)]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("separators", [None, (",", ":")])
@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_every_form_is_read(rows: list[Any], separators: Any, end: str) -> None:
    data = written(rows * 40, end, separators=separators)
    found = form_of(data).read(data, len(rows) * 40)
    expected = [numbers(flat(parsed(json.dumps(row)))) for row in rows * 40]
    assert found is not None
    assert same(found, np.array(expected))


def test_many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_form, "_PIECE", 5000)
    values = np.random.default_rng(0).normal(0, 10, (500, 7))
    values[7, 3], values[9, 0] = 2.5e-7, 1e-5
    data = written([{"logits": row} for row in values.tolist()])
    found = form_of(data).read(data, 500)
    assert found is not None
    assert same(found, values)
    assert form_of(data).read(data, 499) is None


@pytest.mark.parametrize(
    "line", ["[null, 1]", "[true, 1]", "[NaN, 1]", '{"a\\n": 1}', '{"a": 1, "a": 2}', '"a"', "[]"]
)
def test_lines_of_no_form(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        LineForm(f"{line}\n".encode())


@pytest.mark.parametrize(
    "number",
    [".5", "1.", "01", "-01", "+1", "-", "", "1e", "1.e5", "-.5", "1_0", "1 ", "0x1", "1e5.", "--1",
     "Infinity", "1e999", "9007199254740992", "1,2", "1, ", "5 2", "\x01", "1\x022", "1\n", "\t1"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["lists", "mappings", "texts"])
def test_other_numbers_are_left_to_the_parser(name: str, number: str) -> None:
    """No parser would accept them, or not as a number of this form."""
    rows = ROWS[name] * 20
    data = written(rows)
    odd = data.replace(
        data[data.rfind(b"[") : data.rfind(b"]")].split(b", ")[0], f"[{number}".encode()
    )
    assert odd != data
    assert form_of(data).read(odd, len(rows)) is None


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_change_is_noticed(data: st.DataObject) -> None:
    rows = ROWS[data.draw(st.sampled_from(sorted(ROWS)))] * 8
    whole = written(rows)
    at = data.draw(st.integers(whole.find(b"\n") + 1, len(whole)))
    stop = at + data.draw(st.integers(0, 3))
    pieces = st.sampled_from(list(b'0123456789+-.eE,:[]{}" \n\t\r\x01\x02a\xff\\')).map(
        lambda b: bytes([b])
    )
    put = b"".join(data.draw(st.lists(pieces, max_size=3)))
    form, changed = form_of(whole), whole[:at] + put + whole[stop:]
    found = form.read(changed, len(rows))
    if found is None:
        return
    lines = changed.split(b"\n")
    shape = flat(form.ordinals)
    assert len(lines) == len(found) == len(rows)
    for line, row in zip(lines, found, strict=True):
        parts = flat(parsed(line.decode()))
        assert len(parts) == len(shape)
        assert all(
            isinstance(a, float) if isinstance(b, float) else a == b
            for a, b in zip(parts, shape, strict=True)
        )
        assert same(row, np.array(numbers(parts)))
