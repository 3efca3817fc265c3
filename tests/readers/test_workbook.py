"""Spreadsheets: one sheet is a table, and only cells with numbers are numbers."""

from __future__ import annotations

import sys
import zipfile
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from losscli.errors import LossError
from losscli.readers import open_sources
from losscli.readers.columnar import workbook as module
from tests.readers.columnar import DATE, ERROR, workbook
from tests.readers.opening import LABELS, ONE, ROLES, checked, load, refusal, whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HEAD = ["cat", "dog", "label"]
ROWS = [HEAD, [1.5, 2, "dog"], [-0.1, 1e-7, "cat"]]


def write(folder: Path, sheets: Mapping[str, Sequence[Any]], hidden: Sequence[str] = ()) -> Path:
    path = folder / "x.xlsx"
    path.write_bytes(workbook(sheets, hidden))
    return path


def test_columns_and_class_names(tmp_path: Path) -> None:
    path = write(tmp_path, {"Sheet1": ROWS, "Empty": []})
    for sheet in ("", "Sheet1/"):
        given = {"input": f"{path}::{sheet}cat-dog", "target": f"{path}::{sheet}label"}
        sources, _ = open_sources(given, ROLES)
        assert whole(sources["input"]).tolist() == [[1.5, 2], [-0.1, 1e-7]]
        assert whole(sources["target"]).tolist() == [1, 0]
        assert sources["input"].place((1, 1)) == "Sheet1 cell B3"
        assert sources["input"].place((1,)) == "Sheet1 row 3"
    assert load(f"{path}::Sheet1/dog").tolist() == [2, 1e-7]


def test_a_sheet_is_chosen_by_its_name(tmp_path: Path) -> None:
    path = write(tmp_path, {"A": ROWS, "B c": [["x"], [3]], "H": [[7]]}, hidden=["H"])
    assert "has several sheets with cells: 'A', 'B c'; choose one: " in refusal(path)
    assert load(f"{path}::B c/").tolist() == [3]
    assert load(f"{path}::H/0").tolist() == [7]
    assert "has several sheets" in refusal(f"{path}::Nope/x")
    assert "the sheet 'E' has no cell" in refusal(f"{write(tmp_path, {'A': ROWS, 'E': []})}::E/")
    assert "the workbook has no cell" in refusal(write(tmp_path, {"A": []}))
    assert load(write(tmp_path, {"A": [[5]], "H": ROWS}, hidden=["H"])).tolist() == [5]
    sheets = {"P": ROWS, "Q": [["label"], [1], [0]]}
    given = {"input": f"{write(tmp_path, sheets)}::P/cat-dog", "target": "::Q/label"}
    assert whole(open_sources(given, ROLES)[0]["target"]).tolist() == [1, 0]


def test_headers(tmp_path: Path) -> None:
    def read(*rows: Sequence[object], header: bool | None = None) -> object:
        return load(write(tmp_path, {"S": rows}), header=header).tolist()

    assert read([1, 2], [3, 4]) == [[1, 2], [3, 4]]
    assert read(["1", "2"], [3, 4]) == [[3, 4]]
    assert read(["", 0, 1], [0, 0.5, 1.5], [1, 2.5, 3.5]) == [[0.5, 1.5], [2.5, 3.5]]
    assert read([0, 1], [0.5, 1.5]) == [[0.5, 1.5]]
    assert read([0, 1], [0.5, 1.5], header=False) == [[0, 1], [0.5, 1.5]]
    assert read([], [None, None], [None, "a", "b"], [None, 1, 2]) == [[1, 2]]
    assert read([5], [6], header=True) == [6]
    assert "no data, only the header in S cell A1" in refusal(write(tmp_path, {"S": [["a", "b"]]}))


def test_ids_above_numbers_are_not_a_header(tmp_path: Path) -> None:
    rows = [[f"img_{i:03}", i + 0.5] for i in range(3, 7)]
    assert load(f"{write(tmp_path, {'A': rows})}::1").tolist() == [3.5, 4.5, 5.5, 6.5]
    doubtful = write(tmp_path, {"A": [[0], [12.5], [3.75]]})
    assert "use --header or --no-header" in refusal(doubtful)
    assert load(doubtful, header=True).tolist() == [12.5, 3.75]


def test_what_is_not_a_number_is_refused_by_its_cell(tmp_path: Path) -> None:
    cells: dict[object, str] = {
        "1.5": "'1.5' is text, not a number; convert the column to numbers",
        "50%": "'50%' is text, not a number",
        "word": "'word' is text, not a number; correct it",
        True: "TRUE is a bool, not a number; write 1 or 0",
        DATE: "'2020-01-01' is a date or a time, not a number",
        ERROR: "empty, an error such as #DIV/0!, or a formula without a saved value",
        None: "empty, an error such as #DIV/0!",
    }
    for cell, expected in cells.items():
        path = write(tmp_path, {"Sheet1": [["a", "b"], [1, 2], [3, cell], [5, 6]]})
        assert f"x.xlsx Sheet1 cell B3: {expected}" in refusal(path)
    path = write(tmp_path, {"S": ROWS})
    assert f"S cell C2: 'dog' is text; choose the columns of numbers: {path}::cat-dog" in (
        refusal(path)
    )
    assert "S cell C2: 'dog' is a word, but" in refusal(f"{path}::label", LABELS)
    large = write(tmp_path, {"S": [["label"], [2**60]]})
    assert "S cell A2: 1152921504606846976 may be rounded" in refusal(large, LABELS)
    assert load(large).tolist() == [2**60]


def test_damaged_and_foreign_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = workbook({"S": ROWS})
    path = tmp_path / "x.xlsx"
    random = Random(0)
    for size in (5, 100, len(good) - 30):
        path.write_bytes(good[:size])
        assert "x.xlsx" in refusal(path)
    for _ in range(12):
        changed = bytearray(good)
        changed[random.randrange(4, len(good))] ^= 1 << random.randrange(8)
        path.write_bytes(changed)
        try:
            load(f"{path}::cat-dog")
        except LossError as error:
            checked(str(error))
    for name, expected in {
        "EncryptedPackage": "is encrypted; save it without a password",
        "WordDocument": "found a Word document",
        "Nothing": "the workbook is damaged",
    }.items():
        path.write_bytes(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + name.encode("utf-16-le")
        )
        assert expected in refusal(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<x/>")
    assert "expected a spreadsheet, found 'application/vnd.oasis" in refusal(path)
    path.write_bytes(good)
    monkeypatch.setattr(module, "_LARGEST", 1000)
    assert "when it is decompressed, more than 1000; save the sheet as CSV" in refusal(path)


def test_a_few_cells_far_apart_are_refused(tmp_path: Path) -> None:
    text = workbook({"S": [[1]]})
    path = tmp_path / "x.xlsx"
    path.write_bytes(text)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    far = b'<c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part.replace(b'<c r="A1"><v>1</v></c>', far))
    assert "far too large for its file" in refusal(path)


def test_without_calamine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, {"S": [[1]]})
    for name in [name for name in sys.modules if name.startswith("losscli.readers.columnar")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    assert "needs python_calamine; run pip install 'losscli[excel]'" in refusal(path)


def test_one_role_alone(tmp_path: Path) -> None:
    path = write(tmp_path, {"S": [["logits"], [1]]})
    assert whole(open_sources({"input": str(path)}, ONE)[0]["input"]).tolist() == [1]
