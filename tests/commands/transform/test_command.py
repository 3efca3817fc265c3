"""The commands of the transforms: files that read back, refusals."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import losscli
from losscli.losses.transforms import TRANSFORMS
from tests.conftest import ROOT, Loss
from tests.losses.transformed import DOCUMENT, transformed

BY_CLASS = ("softmax", "log-softmax")
SINGLE = ("sigmoid", "log-sigmoid")
LOGITS = ROOT / "samples" / "step-by-step" / "logits.csv"


def test_the_pipes_table_keeps_names_and_digits(loss: Loss) -> None:
    lines = loss("softmax", "-i", LOGITS).out.splitlines()
    assert lines[0] == "softmax: 3 samples, 3 classes"
    assert lines[1].split() == ["index", "cat", "dog", "ship"]
    printed = [[float(cell) for cell in line.split()[1:]] for line in lines[2:]]
    assert printed == transformed("softmax", DOCUMENT).tolist()
    some = loss("softmax", "-i", LOGITS, "-n", "2").out.splitlines()
    assert [line.split()[0] for line in some[2:]] == ["0", "...", "2"]
    assert len(loss("softmax", "-i", ROOT / "samples/digits/logits.npy", "--all").out) > 50_000


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_separated_rows_read_back(loss: Loss, name: str, form: str, tmp_path: Path) -> None:
    printed = loss(name, "-i", LOGITS, "-f", form).out
    rows = list(csv.reader(io.StringIO(printed), delimiter="\t" if form == "tsv" else ","))
    assert rows[0] == ["cat", "dog", "ship"]
    assert [list(map(float, row)) for row in rows[1:]] == transformed(name, DOCUMENT).tolist()
    path = tmp_path / f"out.{form}"
    assert loss(name, "-i", LOGITS, "-o", path).status == 0
    assert path.read_text() == printed


def test_json_and_json_lines(loss: Loss, tmp_path: Path) -> None:
    printed = json.loads(loss("log-softmax", "-i", LOGITS, "-f", "json").out)
    assert (printed["schema"], printed["transform"], printed["shape"]) == (1, "log-softmax", [3, 3])
    assert printed["names"] == ["cat", "dog", "ship"]
    assert printed["output"] == transformed("log-softmax", DOCUMENT).tolist()
    x = np.random.default_rng(4).normal(size=(2, 3, 2))
    np.save(tmp_path / "x.npy", x)
    lines = loss("softmax", "-i", tmp_path / "x.npy", "-f", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == transformed("softmax", x).tolist()
    x[0, 0, 0] = -math.inf
    np.save(tmp_path / "x.npy", x)
    ran = loss("log-softmax", "-i", tmp_path / "x.npy", "-f", "json")
    assert json.loads(ran.out, parse_constant=pytest.fail)["output"][0][0][0] == "-inf"
    np.save(tmp_path / "scalar.npy", 0.0)
    assert json.loads(loss("sigmoid", "-i", tmp_path / "scalar.npy", "-f", "json").out) == {
        "schema": 1,
        "transform": "sigmoid",
        "names": [],
        "shape": [],
        "dtype": "float64",
        "output": 0.5,
    }


@pytest.mark.parametrize("shape", [(5,), (4, 3), (4, 3, 2), (2, 3, 2, 2)])
@pytest.mark.parametrize("name", SINGLE)
def test_single_numbers_keep_their_shape(name: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(5).normal(size=shape)
    out = transformed(name, x)
    assert out.shape == shape
    assert np.array_equal(out.reshape(-1), transformed(name, x.reshape(-1)))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_npy_files_read_back(loss: Loss, axis: int, tmp_path: Path) -> None:
    x = np.random.default_rng(6).normal(size=(4, 3, 2))
    np.save(tmp_path / "x.npy", x)
    call = ("-i", tmp_path / "x.npy", "--class-axis", str(axis), "-o", tmp_path / "y.npy")
    assert loss("softmax", *call).status == 0
    assert np.array_equal(np.load(tmp_path / "y.npy"), transformed("softmax", x, axis))
    assert loss("softmax", *call, "--dtype", "float32").status == 0
    assert np.load(tmp_path / "y.npy").dtype == np.float32


def test_more_axes_have_an_index_column(loss: Loss, tmp_path: Path) -> None:
    x = np.random.default_rng(7).normal(size=(2, 3, 2))
    np.save(tmp_path / "x.npy", x)
    rows = list(csv.reader(io.StringIO(loss("softmax", "-i", tmp_path / "x.npy", "-f", "csv").out)))
    assert rows[0] == ["index", "0", "1", "2"]
    assert [row[0] for row in rows[1:]] == ["0,0", "0,1", "1,0", "1,1"]
    assert [float(cell) for cell in rows[2][1:]] == transformed("softmax", x)[0, :, 1].tolist()
    table = loss("softmax", "-i", tmp_path / "x.npy").out.splitlines()
    assert table[0] == "softmax: 4 rows, 3 classes"
    assert [line.split()[0] for line in table[2:]] == ["0,0", "0,1", "1,0", "1,1"]


@pytest.mark.parametrize("ending", ["csv", "tsv", "npy", "jsonl"])
def test_outputs_are_inputs_of_the_losses(loss: Loss, ending: str, tmp_path: Path) -> None:
    labels = ROOT / "samples/step-by-step/labels.csv"
    whole = float(loss("ce", "-q", "-i", LOGITS, "-t", labels).out)
    if ending in ("npy", "jsonl"):
        labels = tmp_path / "labels.npy"
        np.save(labels, [0, 1, 1])
    for name, form in (("softmax", "probs"), ("log-softmax", "log-probs")):
        out = tmp_path / f"out.{ending}"
        loss(name, "-i", LOGITS, "-o", out)
        ran = loss("ce", "-q", "--from", form, "-i", out, "-t", labels)
        assert (ran.status, ran.err) == (0, "")
        assert float(ran.out) == pytest.approx(whole, rel=1e-15)
    binary, targets = (ROOT / "samples/binary" / f"{name}.csv" for name in ("logits", "targets"))
    loss("sigmoid", "-i", binary, "-o", tmp_path / f"p.{ending}")
    ran = loss("bce", "-q", "-i", tmp_path / f"p.{ending}", "-t", targets)
    assert (ran.status, ran.err) == (0, "")
    direct = float(loss("bce-logits", "-q", "-i", binary, "-t", targets).out)
    assert float(ran.out) == pytest.approx(direct, rel=1e-14)


def test_a_column_keeps_its_name(loss: Loss) -> None:
    assert loss("sigmoid", "-i", "-", "-f", "csv", stdin=b"score\n0\n2\n").out.split()[:2] == [
        "score",
        "0.5",
    ]
    turned = loss("softmax", "-i", LOGITS, "--class-axis", "0", "-f", "csv").out.splitlines()
    assert turned[0] == "cat,dog,ship"
    columns = np.array([[float(x) for x in line.split(",")] for line in turned[1:]])
    assert np.allclose(columns.sum(axis=0), 1)
    table = loss("softmax", "-i", LOGITS, "--class-axis", "0").out.splitlines()
    assert table[1].split() == ["index", "0", "1", "2"]


@pytest.mark.parametrize(
    ("rows", "status", "words"),
    [
        ("1,2\n3,nan\n", 4, "line 2 column 2: input is nan, so the output of row 1"),
        ("1,2\n-inf,-inf\n", 4, "line 2 column 1: input holds -inf for every class of the row"),
        ("1,2\n-inf,inf\n", 4, "line 2 column 2: input is inf"),
        ("1,2\n-inf,0\n", 0, ""),
        ("1e308,-1e308\n", 4, "line 1 column 2: input -1e+308 less the row"),
    ],
)
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_what_is_not_finite_is_named(
    loss: Loss, rows: str, status: int, words: str, form: str
) -> None:
    ran = loss("log-softmax", "-i", "-", "-f", form, stdin=rows.encode())
    assert ran.status == status
    assert ran.out
    assert words in ran.err
    assert ran.err.count("\n") == (status == 4)


def test_float32_reports_overflow(loss: Loss) -> None:
    ran = loss("softmax", "-i", "-", "--dtype", "float32", stdin=b"1e39,0\n")
    assert ran.status == 4
    assert "input 1e+39 overflows float32" in ran.err
    ran = loss("log-sigmoid", "-i", "-", "--dtype", "float32", stdin=b"-1e39\n")
    assert ran.status == 4
    assert "input -1e+39 overflows float32" in ran.err
    assert loss("log-sigmoid", "-i", "-", stdin=b"-inf\n").status == 0
    assert "row 1 (counted from 0)" in loss("sigmoid", "-i", "-", stdin=b"1\nnan\n").err


def test_a_file_is_looked_at_as_a_whole(loss: Loss, tmp_path: Path) -> None:
    x = np.zeros((100, 2))
    x[50, 1] = math.nan
    np.save(tmp_path / "x.npy", x)
    assert loss("softmax", "-i", tmp_path / "x.npy").status == 0
    ran = loss("softmax", "-i", tmp_path / "x.npy", "-o", tmp_path / "y.npy")
    assert ran.status == 4
    assert "row 51 column 2" in ran.err
    assert np.load(tmp_path / "y.npy").shape == (100, 2)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["softmax"], 2, "--input is missing"),
        (["softmax", "-i", LOGITS, "--class-axis", "2"], 2, "2 is not an axis of the input"),
        (["softmax", "-i", LOGITS, "-f", "value"], 2, "'value' is not one of table, json"),
        (["softmax", "-i", LOGITS, "--dtype", "half"], 2, "'half' is not one of float64"),
        (["softmax", "-i", LOGITS, "-o", "x.txt"], 2, "the extension must be one of .npy"),
        (["softmax", "-i", LOGITS, "-o", LOGITS], 2, "is an input as well"),
        (["sigmoid", "-i", LOGITS, "--class-axis", "0"], 2, "--class-axis"),
        (["softmax", "-i", "nowhere.csv"], 3, "nowhere.csv"),
    ],
)
def test_refusals(loss: Loss, arguments: list[str], status: int, words: str) -> None:
    ran = loss(*arguments)
    assert (ran.status, ran.out) == (status, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_shapes_that_are_refused(loss: Loss, tmp_path: Path) -> None:
    ran = loss("softmax", "-i", "-", stdin=b"1\n2\n3\n")
    assert ran.status == 3
    assert "--class-axis 0" in ran.err
    assert "loss sigmoid" in ran.err
    assert loss("softmax", "-i", "-", "--class-axis", "0", stdin=b"1\n1\n").out.split()[-1] == "0.5"
    for shape in ((0, 3), (3, 0), ()):
        np.save(tmp_path / "x.npy", np.zeros(shape))
        assert loss("softmax", "-i", tmp_path / "x.npy").status == 3


def test_one_class_is_warned_about(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((3, 1)))
    ran = loss("softmax", "-i", tmp_path / "x.npy")
    assert ran.status == 0
    assert "one column is one class" in ran.err
    assert loss("softmax", "-i", tmp_path / "x.npy", "--no-warn").err == ""


def test_an_error_leaves_the_old_file(loss: Loss, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    output.write_text("old")
    (tmp_path / "x.csv").write_text("1,2\n3,x\n")
    assert loss("softmax", "-i", tmp_path / "x.csv", "-o", output).status == 3
    assert output.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


def test_the_input_is_not_standard_output(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("1,2\n")
    call = [sys.executable, "-m", "losscli", "softmax", "-i", str(path)]
    with path.open("a") as out:
        ran = subprocess.run(call, stdout=out, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert ran.returncode == 2
    assert path.read_text() == "1,2\n"


def test_softmax_then_ce_from_probs_is_ce() -> None:
    p = transformed("softmax", DOCUMENT)
    whole = losscli.compute("ce", input=DOCUMENT, target=[0, 1, 1]).value
    assert losscli.compute("ce", input=p, target=[0, 1, 1], from_="probs").value == pytest.approx(
        whole, rel=1e-15
    )
