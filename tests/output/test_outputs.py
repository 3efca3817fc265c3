"""Printed and written output: formats that read back, complete files, untouched inputs."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from pathlib import Path

import numpy as np
import pytest

import losscli
from losscli.errors import DataError, UsageError
from losscli.output.output_files import destinations
from tests.conftest import ROOT, Loss

SAMPLE = ROOT / "samples" / "log-softmax"
CALL = ("ce", "-i", SAMPLE / "logits.npy", "-t", SAMPLE / "labels.npy")


@pytest.fixture
def result() -> losscli.Result:
    logits, labels = np.load(SAMPLE / "logits.npy"), np.load(SAMPLE / "labels.npy")
    return losscli.compute("ce", input=logits, target=labels, grad=True)


def test_json_reads_back_to_the_same_bits(loss: Loss, result: losscli.Result) -> None:
    printed = json.loads(loss(*CALL, "-f", "json", "--grad").out)
    assert printed["schema"] == 1
    assert printed["value"] == result.value
    assert printed["per_sample"] == result.per_sample.tolist()
    assert printed["grad"]["input"] == result.grad["input"].tolist()
    assert printed["summary"] == result.summary
    assert printed["signature"] == result.signature
    assert (printed["numerator"], printed["denominator"]) == (result.numerator, 3.0)
    assert list(printed)[-2:] == ["grad", "per_sample"]
    assert "per_sample" not in json.loads(loss(*CALL, "-f", "json", "--no-per-sample").out)
    assert "grad" not in json.loads(loss(*CALL, "-f", "json").out)


def test_json_is_strict_where_numbers_are_not_finite(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", [[0.0, np.inf], [np.nan, 1.0], [0.0, -np.inf]])
    np.save(tmp_path / "y.npy", [0, 1, 1])
    ran = loss("ce", "-f", "json", "--grad", "-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy")
    printed = json.loads(ran.out, parse_constant=lambda word: pytest.fail(word))
    assert ran.status == 4
    assert printed["value"] == "nan"
    assert printed["per_sample"] == ["nan", "nan", "inf"]
    assert "row 1 column 2" in ran.err


def test_reduction_none_lists_terms(loss: Loss, result: losscli.Result) -> None:
    printed = json.loads(loss(*CALL, "-f", "json", "-r", "none", "--no-per-sample").out)
    assert printed["value"] == result.per_sample.tolist()
    assert printed["numerator"] is None
    assert printed["denominator"] is None
    lines = loss(*CALL, "-q", "-r", "none").out.split()
    assert [float(line) for line in lines] == result.per_sample.tolist()


@pytest.mark.parametrize(("name", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_rows_read_back(
    loss: Loss, result: losscli.Result, name: str, delimiter: str, tmp_path: Path
) -> None:
    printed = loss(*CALL, "-f", name, "--grad").out
    rows = list(csv.reader(io.StringIO(printed), delimiter=delimiter))
    assert rows[0] == ["index", "target", "prediction", "loss"] + [
        f"grad_input_{cls}" for cls in range(3)
    ]
    assert [float(row[3]) for row in rows[1:]] == result.per_sample.tolist()
    assert [[float(x) for x in row[4:]] for row in rows[1:]] == result.grad["input"].tolist()
    path = tmp_path / f"terms.{name}"
    assert loss(*CALL, "-q", "--grad", "-o", path).status == 0
    assert path.read_text() == printed


def test_json_lines_read_back(loss: Loss, result: losscli.Result) -> None:
    rows = [json.loads(line) for line in loss(*CALL, "-f", "jsonl").out.splitlines()]
    assert [row["loss"] for row in rows] == result.per_sample.tolist()
    assert [row["index"] for row in rows] == [0, 1, 2]
    assert list(rows[0]) == ["index", "target", "prediction", "loss"]


def test_npy_files_read_back(loss: Loss, result: losscli.Result, tmp_path: Path) -> None:
    terms, gradient = tmp_path / "terms.npy", tmp_path / "gradient.npy"
    ran = loss(*CALL, "-q", "-o", terms, "--grad-output", gradient)
    assert float(ran.out) == result.value
    assert np.array_equal(np.load(terms), result.per_sample)
    assert np.array_equal(np.load(gradient), result.grad["input"])
    table = tmp_path / "gradient.csv"
    loss(*CALL, "-q", "--grad-output", table)
    assert np.array_equal(np.loadtxt(table, delimiter=",", skiprows=1), result.grad["input"])


def test_positions_of_sequences_are_named(loss: Loss, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    np.savez(tmp_path / "a.npz", input=rng.normal(size=(2, 3, 2)), target=[[0, 1], [2, -100]])
    rows = list(csv.reader(io.StringIO(loss("ce", "-f", "csv", "-i", tmp_path / "a.npz").out)))
    assert [row[0] for row in rows[1:]] == ["0,0", "0,1", "1,0", "1,1"]
    assert [row[1] for row in rows[1:]] == ["0", "1", "2", "-100"]
    assert float(rows[4][3]) == 0


def test_float32_prints_its_own_digits(loss: Loss) -> None:
    printed = loss(*CALL, "-f", "csv", "--dtype", "float32").out
    assert all(len(line.split(",")[3]) <= 11 for line in printed.splitlines()[1:])


def test_table_in_a_pipe_shows_first_and_last_rows(loss: Loss) -> None:
    digits = ROOT / "samples" / "digits"
    call = ("ce", "-i", digits / "logits.npy", "-t", digits / "labels.npy", "--no-grad")
    lines = loss(*call, "--rows", "5").out.splitlines()
    assert [line.split()[0] for line in lines[2:8]] == ["0", "1", "2", "...", "448", "449"]
    assert len(loss(*call, "--all").out.splitlines()) > 450
    assert loss(*call, "--rows", "0").out.splitlines()[1].startswith("loss: 64.3")
    assert "440 / 450" in loss(*call).out


# --- files ---------------------------------------------------------------------------------------


def test_an_input_is_never_an_output(loss: Loss, tmp_path: Path) -> None:
    logits = tmp_path / "logits.npy"
    logits.write_bytes((SAMPLE / "logits.npy").read_bytes())
    link, hard = tmp_path / "link.npy", tmp_path / "hard.npy"
    link.symlink_to(logits)
    os.link(logits, hard)
    before = logits.read_bytes()
    for output in (logits, link, hard, tmp_path / "." / "logits.npy"):
        for option in ("-o", "--grad-output"):
            ran = loss("ce", "-q", "-i", logits, "-t", SAMPLE / "labels.npy", option, output)
            assert (ran.status, ran.out) == (2, "")
    same = tmp_path / "same.npy"
    assert loss(*CALL, "-q", "-o", same, "--grad-output", same).status == 2
    assert logits.read_bytes() == before
    assert not same.exists()


def test_an_error_leaves_the_old_file(loss: Loss, tmp_path: Path) -> None:
    output = tmp_path / "terms.csv"
    output.write_text("old")
    (tmp_path / "y.csv").write_text("0\n1\n7\n")
    ran = loss("ce", "-i", SAMPLE / "logits.npy", "-t", tmp_path / "y.csv", "-o", output)
    assert ran.status == 3
    assert output.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["terms.csv", "y.csv"]


def test_unwritable_targets_are_refused_before_the_computation(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "x.csv", tmp_path / "none" / "x.csv"):
        ran = loss("ce", "-i", "nowhere.npy", "-t", "nowhere.npy", "-o", path)
        assert ran.status == 3
        assert str(path) in ran.err
    (tmp_path / "folder.csv").mkdir()
    assert "directory" in loss(*CALL, "-o", tmp_path / "folder.csv").err
    assert ".npy" in loss(*CALL, "-o", tmp_path / "x.docx").err


def test_mode_and_links_are_kept(loss: Loss, tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    assert loss(*CALL, "-q", "-o", link).status == 0
    assert link.is_symlink()
    assert real.read_text().startswith("index,")
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    new = tmp_path / "new.csv"
    before = os.umask(0o027)
    try:
        loss(*CALL, "-q", "-o", new)
    finally:
        os.umask(before)
    assert stat.S_IMODE(new.stat().st_mode) == 0o640


def test_devices_are_written_directly(loss: Loss) -> None:
    ran = loss(*CALL, "-q", "-o", "csv.csv" if not Path("/dev/full").exists() else "/dev/full")
    assert ran.status == 2
    with destinations(["/dev/null"], []) as (null,):
        null.write([b"x"])
    with destinations(["/dev/full"], []) as (full,), pytest.raises(DataError, match="no space"):
        full.write([b"x"])


def test_destinations_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UsageError), destinations([str(tmp_path / "a"), str(tmp_path / "a")], []):
        pass
    with pytest.raises(ValueError, match="stop"), destinations([str(tmp_path / "a")], []):
        raise ValueError("stop")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "call",
    [
        ("ce",),
        ("compare", "--reference", str(SAMPLE / "logits.npy")),
        ("softmax",),
        ("explain", "ce"),
    ],
)
def test_an_output_without_a_name_is_not_skipped(call: tuple[str, ...], loss: Loss) -> None:
    flag = "--save" if call[0] == "explain" else "--output"
    target = () if call[0] == "softmax" else CALL[3:]
    ran = loss(*call, *CALL[1:3], *target, flag, "")
    assert ran.status == 2
    assert f"{flag} : the extension must be one of" in ran.err


def test_a_long_name_leaves_room_for_the_reason(loss: Loss) -> None:
    ran = loss(*CALL, "-o", f"{'a' * 300}.csv")
    assert ran.status == 3
    assert "cannot be written: file name too long; write to another folder" in ran.err


@pytest.mark.parametrize("letter", ["a", "é", "字", "🙂"])
def test_the_longest_names_are_written(letter: str, loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / f"{letter * (251 // len(letter.encode()))}.csv"
    assert loss(*CALL, "-o", path).status == 0
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_columns_of_classes_with_one_name_are_numbered(loss: Loss, tmp_path: Path) -> None:
    """No number makes a name that is another class's own."""
    (tmp_path / "x.csv").write_text("a,a,a.1,a,b\n" + "1,2,3,4,5\n" * 5)
    np.save(tmp_path / "y.npy", range(5))
    ran = loss("ce", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.npy", "--grad", "-f", "csv")
    names = ran.out.partition("\n")[0].replace("grad_input_", "").split(",")
    assert names[4:] == ["a", "a.2", "a.1", "a.3", "b"]
