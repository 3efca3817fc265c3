"""The first row of a table: a header, data, or either; decimal commas; lists in cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from losscli.errors import LossError
from losscli.readers import ReadOptions, open_sources
from losscli.readers.lines import WHOLE
from tests.each import for_each
from tests.readers.opening import LABELS, ROLES, checked, load, refusal, same, whole, write

if TYPE_CHECKING:
    from pathlib import Path

SPOILED = (
    "O.5", "l.5", "1.2.3", "0x10", "True", "=5", '"1,5"', "5%", "$5", "--", "1 000", "nan()", "1e",
    "- 5", "\u22125", "\u0663", "2020-01-01", "\ufeff\ufeff0.5", '"\ufeff0.5"', "#DIV/0!", "#N/A",
    "Err:502", "1.#IND", "\\N", "<0.001", "***", "12:30",
)  # fmt: skip


def opened(tmp_path: Path, texts: dict[str, str], **options: Any) -> tuple[dict[str, Any], str]:
    given = {role: str(write(tmp_path / f"{role}.csv", text)) for role, text in texts.items()}
    sources, notes = open_sources(given, ROLES, ReadOptions(**options))
    notes += [note for source in sources.values() for note in source.notes]
    return {role: whole(one).tolist() for role, one in sources.items()}, "\n".join(
        map(checked, notes)
    )


@for_each("cell", SPOILED)
def test_a_spoiled_number_is_not_a_header(cell: str, tmp_path: Path) -> None:
    assert "line 1" in refusal(write(tmp_path / "x.csv", f"{cell}\n2\n3\n"))
    assert "line 1 column 2" in refusal(write(tmp_path / "x.csv", f"0.1,{cell},3\n1,2,3\n"))


def test_a_header_of_words_is_a_header(tmp_path: Path) -> None:
    for head in ("a,b,3", "O2,N2,CO2"):
        text = {"input": f"{head}\n1.5,2,3\n", "target": "0\n"}
        assert opened(tmp_path, text) == ({"input": [[1.5, 2, 3]], "target": [0]}, "")
    found, notes = opened(tmp_path, {"input": "False,True\n1,2\n", "target": "0\n"})
    assert found["input"] == [[1, 2]]
    assert "use --no-header if it is a row" in notes


def test_integers_above_decimals(tmp_path: Path) -> None:
    pandas = {"input": ",0,1\n0,2.0,-1.0\n1,0.5,1.5\n", "target": ",0\n0,0\n1,1\n"}
    found, notes = opened(tmp_path, pandas)
    assert found == {"input": [[2, -1], [0.5, 1.5]], "target": [0, 1]}
    assert "index" in notes
    found, notes = opened(tmp_path, {"input": "0,1\n0.1,0.9\n", "target": "0\n"})
    assert found["input"] == [[0.1, 0.9]]
    assert "a header of column numbers; use --no-header" in notes
    # The rows of the other file decide, without a word where nothing is left out.
    for text in ("3,5,8\n0.1,0.2,0.7\n0.3,0.3,0.4\n", "0\n0.1\n0.2\n"):
        assert len(opened(tmp_path, {"input": text, "target": "1\n2\n"})[0]["input"]) == 2
        found, notes = opened(tmp_path, {"input": text, "target": "1\n2\n0\n"})
        assert len(found["input"]) == 3
        assert not notes
        assert len(load(tmp_path / "input.csv", header=True)) == 2
        assert len(load(tmp_path / "input.csv", header=False)) == 3
        assert "use --header or --no-header" in refusal(tmp_path / "input.csv")
    # Rows of 0.0 and 1.0 may be labels throughout.
    zeros = {"input": "0.6,0.4\n0.4,0.6\n", "target": "0.0,1.0\n0.0,0.0\n"}
    assert opened(tmp_path, zeros)[0]["target"] == [[0, 1], [0, 0]]
    labels = {"input": "a,b\n1,2\n3,4\n5,6\n", "target": "0\n1\n0\n"}
    assert opened(tmp_path, labels) == (
        {"input": [[1, 2], [3, 4], [5, 6]], "target": [0, 1, 0]},
        "",
    )


def test_decimal_commas(tmp_path: Path) -> None:
    numbers = np.array([[1.1013, -0.3384], [0.25, 1e-3]])
    text = "a;b\n1,1013;-0,3384\n0,25;1,0e-3\n"
    path = write(tmp_path / "x.csv", text)
    assert same(load(path, delimiter=";", decimal=","), numbers)
    assert "use --decimal ," in refusal(path, delimiter=";")
    assert "use --decimal , with --delimiter ';'" in refusal(path)
    assert "--delimiter ';'" in refusal(path, decimal=",")
    assert "expected . or ," in refusal(path, decimal="x")
    write(path, text.replace(";", "\t"))
    assert same(load(path, delimiter="tab", decimal=","), numbers)
    write(path, text.replace(";", " "))
    assert same(load(path, delimiter="space", decimal=","), numbers)
    for cell in ("1.234,5", "1.5"):
        write(path, f"{cell};2\n")
        assert "has a decimal point" in refusal(path, delimiter=";", decimal=",")
    assert "use --decimal , with --delimiter ';'" in refusal(write(path, "1,5;2,5\n"))


LISTS = ('"[1.5, -2]"', "[1.5 -2.]", '"(1.5, -2)"', "\"tensor([1.5, -2.], device='cuda:0')\"",
         '"array([1.5, -2.], dtype=float32)"', '"[np.float64(1.5), np.float64(-2.0)]"')  # fmt: skip


@pytest.mark.parametrize("whole_file", [0, WHOLE])
def test_lists_in_cells(whole_file: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("losscli.readers.tables.table.WHOLE", whole_file)
    monkeypatch.setattr("losscli.readers.lines.PAGE", 30)
    for cell in LISTS:
        path = write(tmp_path / "x.csv", f"id,logits,label\n7,{cell},1\n8,{cell},0\n")
        found = load(f"{path}::logits")
        assert same(found, np.array([[1.5, -2.0]] * 2))
        assert "is a list; choose its column alone" in refusal(f"{path}::logits,label")
    path = write(tmp_path / "x.csv", 'x\n"[0, 2]"\n"[1, 3]"\n')
    assert load(path, LABELS).tolist() == [[0, 2], [1, 3]]
    for cell, why in (
        ('"[0.1]"', "has length 1, expected 2"),
        ("5", "is not a list"),
        ('"[[1, 2]]"', "a list in a list"),
        ("[1 ... 2]", "shortened"),
        ('"[1, x]"', "'x' in the list"),
        ('"[1\n 2]"', "a list continues on the next line"),
        ("[]", "an empty list"),
        ("{1}", "is not a list"),
    ):
        write(path, f'x\n"[1, 2]"\n{cell}\n')
        with pytest.raises(LossError) as caught:
            load(path)
        assert "line 3: " in checked(str(caught.value))
        assert why in str(caught.value)
