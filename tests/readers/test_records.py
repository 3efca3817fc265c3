"""Records in JSON, JSON Lines and YAML are tables, whatever their size and their orient."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from losscli.readers import ReadOptions, open_sources
from losscli.readers.nested import json_lines
from losscli.readers.nested.line_form import LineForm
from tests.readers.opening import LABELS, ROLES, load, refusal, same, whole, write

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[dict[str, Any]] = [
    {"id": 7, "cat": 0.1, "dog": 0.5, "labels": "dog"},
    {"labels": "cat", "id": 3, "cat": 0.25, "dog": -9},
]


@pytest.fixture(params=["whole", "pages"])
def _size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read JSON Lines as small files and as large ones are read."""
    if request.param == "pages":
        monkeypatch.setattr(json_lines, "WHOLE", 0)


def lines(path: Path, *rows: Any) -> Path:
    """Write JSON Lines."""
    return write(path, "".join(json.dumps(row) + "\n" for row in rows))


def every_form(folder: Path) -> list[Path]:
    """Write the same rows as CSV, and in each form of records."""
    flat = [{key: row[key] for key in ("id", "cat", "dog", "labels")} for row in ROWS]
    rows = [list(row.values()) for row in flat]
    schema = {"fields": [{"name": "index"}], "primaryKey": ["index"], "pandas_version": "1.4.0"}
    orients = {
        "columns": {key: {str(at): row[key] for at, row in enumerate(flat)} for key in flat[0]},
        "index": {str(at): row for at, row in enumerate(flat)},
        "split": {"columns": list(flat[0]), "index": [0, 1], "data": rows},
        "table": {"schema": schema, "data": [{"index": at, **r} for at, r in enumerate(flat)]},
    }
    texts = {f"{name}.json": json.dumps(value) for name, value in orients.items()}
    texts["x.json"] = json.dumps(ROWS, indent=1)
    texts["x.yaml"] = "".join(f"- {json.dumps(row)}\n" for row in ROWS)
    texts = {"x.csv": "id,cat,dog,labels\n7,0.1,0.5,dog\n3,0.25,-9,cat\n", **texts}
    paths = [write(folder / name, text) for name, text in texts.items()]
    return [*paths, *(lines(folder / name, *ROWS) for name in ("x.jsonl", "x.txt", "lines.json"))]


@pytest.mark.usefixtures("_size")
class TestColumns:
    def test_all_forms_are_read_alike(self, tmp_path: Path) -> None:
        first, *paths = every_form(tmp_path)
        ids = write(tmp_path / "ids.csv", "id,labels\n3,cat\n7,dog\n")
        for path in (first, *paths):
            for selector in ("cat-dog", "dog,cat", "!id,!labels", "1,2", "[cd]*", ""):
                end = f"::{selector}" if selector else ""
                assert same(load(f"{path}{end}", ROLES), load(f"{first}{end}", ROLES)), (path, end)
            assert load(f"{path}::dog").tolist() == [0.5, -9]
            given = {"input": f"{path}::cat-dog", "target": "::labels"}
            sources, _ = open_sources(given, ROLES)
            assert whole(sources["target"]).tolist() == [1, 0]
            assert sources["input"].names == ("cat", "dog")
            apart = {"input": f"{path}::cat-dog", "target": f"{ids}::labels"}
            sources, _ = open_sources(apart, ROLES, ReadOptions(by_id="id"))
            assert whole(sources["target"]).tolist() == [1, 0]

    def test_lists_and_paths(self, tmp_path: Path) -> None:
        row = {"id": "a", "val": {"logits": [1, 2], "labels": 1}, "out": [{"logits": [3, 4]}]}
        other = {"id": "b", "out": [{"logits": [7, 8]}, {}], "val": {"labels": 0, "logits": [5, 6]}}
        path = lines(tmp_path / "x.jsonl", row, other)
        sources, _ = open_sources({"input": f"{path}::val.logits"}, ROLES)
        assert whole(sources["input"]).tolist() == [[1, 2], [5, 6]]
        assert whole(sources["target"]).tolist() == [1, 0]
        assert load(f"{path}::out.0.logits").tolist() == [[3, 4], [7, 8]]
        assert load(f"{path}::1.val.logits").tolist() == [5, 6]
        assert "no column 'out.1.logits'" in refusal(f"{path}::out.1.logits")
        assert "under 'id'; choose numbers" in refusal(f"{path}::id,val.labels")

    def test_scores_by_class(self, tmp_path: Path) -> None:
        rows = [{"y": "dog", "scores": {"cat": 1, "dog": 2}}] * 2
        path = lines(tmp_path / "x.jsonl", *rows)
        given = {"input": f"{path}::scores", "target": "::y"}
        sources, _ = open_sources(given, ROLES)
        assert sources["input"].names == ("cat", "dog")
        assert whole(sources["target"]).tolist() == [1, 1]

    def test_numbers_that_json_lacks(self, tmp_path: Path) -> None:
        names = ["inf", "-inf", "nan", "Infinity", "-Infinity", "NaN"]
        path = lines(tmp_path / "x.jsonl", *[[1, name] for name in names])
        assert repr(load(path)[:, 1].tolist()) == "[inf, -inf, nan, inf, -inf, nan]"
        for bad in ("1.5", "Inf", "+inf", " inf"):
            assert "is a string, not a number" in refusal(lines(path, [1, bad]))

    def test_refusals(self, tmp_path: Path) -> None:
        path = tmp_path / "x.jsonl"
        for row, says in (
            ({"input": 1}, "line 2 row 2: found the keys 'input', expected 'b', 'input'"),
            ({"b": 1}, "line 2 row 2: found the keys 'b', expected 'input', 'b'"),
            ({"b": 1, "input": 1, "z": 1}, "line 2 row 2: found the keys 'z', 'b', 'input'"),
            ({"b": 1, "input": None}, "line 2 row 2: 'null' is a missing value"),
            ({"b": 1, "input": True}, "line 2 row 2: 'true' is a bool, not a number; write 1 or 0"),
            ({"b": 1, "input": "1.5"}, "line 2 row 2: '1.5' is a string, not a number"),
            ([1], "expected a number or a list, found a mapping"),
        ):
            assert says in refusal(lines(path, {"input": 1, "b": 2}, row)), row
        for row, says in (
            ({"cat": 1, "dog": [1]}, "expected a number, found a list"),
            ({"cat": 1, "dog": None}, "x.jsonl::dog line 2 row 2: 'null' is a missing value"),
        ):
            assert says in refusal(f"{lines(path, {'cat': 1, 'dog': 2}, row)}::cat-dog"), row

    def test_big_labels_stay_exact(self, tmp_path: Path) -> None:
        rows = [{"target": 2**53 + 1, "other": 1, "id": 2**60}, {"target": 3, "other": 2, "id": 1}]
        path = lines(tmp_path / "x.jsonl", *rows)
        assert load(f"{path}::target", LABELS).tolist() == [2**53 + 1, 3]
        assert load(f"{path}::target,other", LABELS).tolist() == [[2**53 + 1, 1], [3, 2]]


@pytest.mark.parametrize("size", [0, 1 << 23])
def test_large_records_are_parsed_once(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "WHOLE", size)
    scores = [{"cat": k / 8, "dog": -k} for k in range(4000)]
    rows = [
        {"id": f"a{k}", "y": ("cat", "dog")[k % 2], "s": pair, "t": k % 2}
        for k, pair in enumerate(scores)
    ]
    path = lines(tmp_path / "x.jsonl", *rows)
    read: list[int] = []

    def counted(form: LineForm, data: bytes, count: int) -> Any:
        read.append(count)
        return LineForm.read(form, data, count)

    monkeypatch.setattr(json_lines, "LineForm", type("Counted", (LineForm,), {"read": counted}))
    for target in ("y", "t"):
        sources, _ = open_sources({"input": f"{path}::s", "target": f"::{target}"}, ROLES)
        expected = np.array([list(pair.values()) for pair in scores])
        assert same(whole(sources["input"]), expected)
        assert whole(sources["target"]).tolist() == [k % 2 for k in range(4000)]
        assert sum(read) == 4000
        read.clear()


def test_place(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", '[{"a": 1,\n "b": 2},\n{"b": 3,\n "a": 4}]')
    source = open_sources({"input": f"{path}::a-b"}, ROLES[:1])[0]["input"]
    assert source.place((1, 0)) == "line 4 row 2 key 'a'"


def test_columns_of_a_mapping(tmp_path: Path) -> None:
    text = json.dumps({"cat": [1, 2], "dog": [3, 4], "labels": ["dog", "cat"]})
    path = write(tmp_path / "x.json", text)
    for selector in ("cat-dog", "!labels", "cat,dog", "[cd]*"):
        sources, _ = open_sources({"input": f"{path}::{selector}"}, ROLES)
        assert whole(sources["input"]).tolist() == [[1, 3], [2, 4]]
        assert whole(sources["target"]).tolist() == [1, 0]
    assert load(f"{path}::cat").tolist() == [1, 2]
    assert "no value at 'fox-cat'" in refusal(f"{path}::fox-cat")
    ragged = write(tmp_path / "x.json", '{"cat": [1, 2], "dog": [3]}')
    assert "no value at 'cat-dog'" in refusal(f"{ragged}::cat-dog")
    by_row = write(tmp_path / "x.json", '{"a": {"x": 1}, "b": {"x": 2}}')
    assert 'to_json(orient="records")' in refusal(f"{by_row}::a")


def test_tables_that_are_open_to_doubt(tmp_path: Path) -> None:
    for text in (
        {"a": {"x": 1}, "b": {"x": 2}},
        {"0": {"1": 1}, "1": {"1": 2}},
        {"0": {"input": [1]}, "1": {"input": [2]}},
        {"columns": ["a"], "data": [[1, 2]]},
    ):
        path = write(tmp_path / "x.json", json.dumps(text))
        assert "choose one" in refusal(path), text


def test_json_lines_are_recognized(tmp_path: Path) -> None:
    for text, rows in (
        ("[1, 2]\n[3, 4]\n", [[1, 2], [3, 4]]),
        ("[1, 2]\r\n[3, 4]", [[1, 2], [3, 4]]),
        ("[0.5, 1]\n", [0.5, 1]),
        ("[[1, 2],\n[3, 4]]", [[1, 2], [3, 4]]),
        ("[[1, 2]\n,[3, 4]]", [[1, 2], [3, 4]]),
        ('{"input": [1]}\n{"input": [2]}\n', [[1], [2]]),
    ):
        for name in ("x", "x.txt", "x.json"):
            assert load(write(tmp_path / name, text)).tolist() == rows, (name, text)
