"""Tables on terminals of any width from 60 columns on: nothing is cut that tells rows apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.text import Text

from losscli.output.fitting import fitted
from losscli.output.page import Column, Kind, Table
from tests.conftest import Loss
from tests.examples import Session, output

WIDTHS = (60, 80, 100, 140, 200)
NAMES = [f"a_rather_long_class_name_number_{i}_with_suffix" for i in range(12)]


def _screen(command: str, columns: int) -> list[str]:
    return output(Session(command, "", columns)).splitlines()


@pytest.fixture
def long_names(tmp_path: Path) -> str:
    rows = "\n".join(",".join(str((i * j) % 5) for j in range(12)) for i in range(1, 13))
    (tmp_path / "x.csv").write_text(",".join(NAMES) + f"\n{rows}\n")
    (tmp_path / "y.csv").write_text("label\n" + "\n".join(NAMES) + "\n")
    return f"loss ce -i {tmp_path}/x.csv -t {tmp_path}/y.csv --all"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("options", ["", "--digits 0", "--digits 17", "--no-grad"])
def test_long_names_fit(long_names: str, width: int, options: str) -> None:
    lines = _screen(f"{long_names} {options}", width)
    assert max(map(len, lines)) <= width
    rows = lines[4:16]
    assert [int(row.split()[0]) for row in rows] == list(range(12))
    targets = [row.split()[1] for row in rows]
    assert targets in (NAMES, [str(i) for i in range(12)])
    assert lines[2].split()[:3][0] == "index"


@pytest.mark.parametrize("width", WIDTHS)
def test_digits_fit(width: int) -> None:
    table = "samples/digits/predictions.csv"
    lines = _screen(f"loss ce -i {table}::zero-nine -t {table}::label --top 3", width)
    assert max(map(len, lines)) <= width
    assert lines[4].split()[:4] == ["443", "nine", "five", "✗"]
    assert any(line.split() == ["loss", "64.3288", "/", "450", "=", "0.1430"] for line in lines)


def test_wider_terminals_show_more() -> None:
    call = "loss ce -i samples/step-by-step/logits.csv -t samples/step-by-step/labels.csv"
    assert "d/d cat" not in _screen(call, 60)[2]
    assert "d/d target" in _screen(call, 80)[2]
    assert "d/d ship" in _screen(call, 140)[2]


def test_list_and_info_wrap_at_words() -> None:
    for command in ("loss list", "loss list --long", "loss info ce", "loss info bce-logits"):
        for width in WIDTHS:
            lines = _screen(command, width)
            # A command to copy is one line.
            assert all(len(line) <= width or line.startswith("  loss ") for line in lines)
            assert not any(line.endswith((" o", " cl")) for line in lines)


def test_a_call_that_is_longer_than_a_line_is_broken_before_its_bracket() -> None:
    lines = [line.strip() for line in _screen("loss info ce", 60)]
    at = lines.index("(from_logits=True),")
    assert lines[at - 1] == "SparseCategoricalCrossentropy"
    assert "CategoricalCrossentropy(from_logits=True):" in lines


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("options", ["", "--digits 0", "--digits 17", "-n 3"])
def test_transforms_fit(long_names: str, width: int, options: str) -> None:
    table = long_names.split()[3]
    lines = _screen(f"loss softmax -i {table} {options}", width)
    assert max(map(len, lines)) <= width
    assert lines[0] == "softmax: 12 samples, 12 classes"
    header = lines[2].split()
    assert header[0] == "index"
    assert header[1].startswith("a_rather")
    # Omitted columns are announced, and the last class stays visible.
    assert ("⋯" in header) == (len(header) < 13)
    assert "⋯" not in header or header[-2] == "⋯"
    rows = [line.split() for line in lines[4:] if line.strip() and "⋮" not in line]
    assert {len(row) for row in rows} == {len(header)}
    assert rows[0][0] == "0"
    assert rows[-1][0] == "11"


def test_wide_terminals_show_every_class() -> None:
    call = "loss softmax -i samples/digits/predictions.csv::zero-nine -n 2"
    assert "⋯" in _screen(call, 60)[2]
    assert _screen(call, 140)[2].split() == [
        "index",
        *(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]),
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_entropy_fits(width: int) -> None:
    lines = _screen("loss entropy -i samples/entropy/p.csv -t samples/entropy/q.csv -q", width)
    assert lines[0] == "0.35667494393873245"
    lines = _screen("loss entropy -i samples/entropy/q.csv -t samples/entropy/q.csv", width)
    assert max(map(len, lines)) <= width
    assert lines[2].split() == ["outcome", "p", "-log(p)", "q", "-log(q)"]
    assert lines[4].split() == ["sun", "0.7000", "0.3567", "0.7000", "0.3567"]
    assert any(line.split()[:2] == ["KL(P||Q)", "0.0000"] for line in lines)


def test_a_terminal_without_columns_has_the_usual_number(
    loss: Loss, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    call = ("ce", "-i", "samples/log-softmax/logits.csv", "-t", "samples/log-softmax/labels.csv")
    shown = {}
    for columns in ("80", "0"):
        monkeypatch.setenv("COLUMNS", columns)
        shown[columns] = loss(*call).out
    assert shown["0"] == shown["80"]


def test_a_wide_table_is_laid_out_as_far_as_it_fits() -> None:
    laid_out: list[str] = []

    def cells(column: Column) -> list[Text]:
        laid_out.append(column.header)
        return [Text("1.5")]

    columns = [Column(f"c{i}", [1.5]) for i in range(1_000)]
    found = fitted(Table(columns, elides=True), cells, 80)
    headers = [column.header for column in found]
    assert headers == [*(f"c{i}" for i in range(len(headers) - 2)), "⋯", "c999"]
    assert 10 < len(headers) <= len(laid_out) < 50


def _texts(column: Column) -> list[Text]:
    return [Text(str(cell)) for cell in column.cells]


def test_names_of_files_keep_their_ends() -> None:
    names = [f"checkpoints/a_rather_long_name/of_a_run/epoch_{i}.npy" for i in range(3)]
    table = Table([Column("model", names, Kind.NAME), Column("loss", [0.5] * 3)])
    model, loss = fitted(table, _texts, 40)
    assert [cell.plain for cell in model.cells] == [
        f"checkpoints/a_r…_run/epoch_{i}.npy" for i in range(3)
    ]
    assert model.width + loss.width <= 40


def test_numbers_are_never_cut() -> None:
    columns = [Column(f"c{i}", ["-1.2345678e-100"] * 2) for i in range(5)]
    headers = [column.header for column in fitted(Table(columns), _texts, 60)]
    assert headers == ["c0", "c1", "⋯", "c4"]


def test_columns_of_sentences_share_the_room_and_break_no_word() -> None:
    columns = [
        Column("name", ["safetensors"], Kind.NAME),
        Column("a", ["four little words and some_long_word"], Kind.TEXT),
        Column("b", ["many words " * 20], Kind.TEXT),
    ]
    for width in (40, 60, 80, 200):
        name, short, long = fitted(Table(columns), _texts, width)
        assert (name.width, name.room) == (len("safetensors"), None)
        assert short.room
        assert long.room
        assert name.width + short.room + long.room + 2 * 2 < width
        assert len("some_long_word") <= short.room <= len("four little words and some_long_word")
        assert long.room >= len("words")
