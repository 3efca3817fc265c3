"""`loss compare`: files, names, refusals, statuses."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT, Loss, is_silent_or_an_error
from tests.examples import Session, output
from tests.forked import forked

DIGITS = ROOT / "samples" / "digits"
CALL = ("compare", "-i", DIGITS / "logits_int4.npy", "--reference", DIGITS / "logits.npy")
TARGETS = ("-t", DIGITS / "labels.npy")


def test_gates(loss: Loss) -> None:
    assert loss(*CALL, "-q", "--tolerance", "0.007").status == 0
    closed = loss(*CALL, "-q", "--tolerance", "0.006")
    assert (closed.status, float(closed.out) > 0.0066) == (1, True)
    assert "the mean KL is 0.00667" in closed.err
    assert loss(*CALL, *TARGETS, "-q", "--max-delta", "0.011").status == 0
    closed = loss(*CALL, *TARGETS, "-q", "--max-delta", "0.01")
    assert closed.status == 1
    assert "the rise of the loss is 0.0107" in closed.err
    better = ("compare", "-i", DIGITS / "logits.npy", "--reference", DIGITS / "logits_int4.npy")
    assert loss(*better, *TARGETS, "-q", "--max-delta", "0").status == 0


def test_every_sample_as_rows(loss: Loss, tmp_path: Path) -> None:
    printed = loss(*CALL, *TARGETS, "-f", "tsv").out
    for name, delimiter in (("csv", ","), ("tsv", "\t")):
        path = tmp_path / f"rows.{name}"
        assert loss(*CALL, *TARGETS, "-q", "-o", path).status == 0
        assert path.read_text().replace(delimiter, "\t") == printed
        rows = list(csv.DictReader(io.StringIO(printed), delimiter="\t"))
        assert len(rows) == 450
    whole = json.loads(loss(*CALL, *TARGETS, "-f", "json", "--top", "3").out)
    assert [rows[row["index"]] for row in whole["worst"]] == [
        {key: str(value) for key, value in row.items()} for row in whole["worst"]
    ]
    assert math.fsum(float(row["kl"]) for row in rows) / 450 == pytest.approx(whole["kl"]["mean"])
    lines = [json.loads(line) for line in loss(*CALL, "-f", "jsonl").out.splitlines()]
    assert list(lines[0]) == ["index", "reference", "input", "kl"]
    loss(*CALL, "-q", "-o", tmp_path / "kl.npy")
    assert np.load(tmp_path / "kl.npy").tolist() == [line["kl"] for line in lines]


def test_rows_of_ignored_samples_hold_their_label_alone(loss: Loss, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", input=np.eye(3), reference=np.eye(3), target=[2, -100, 0])
    ran = loss("compare", "-i", tmp_path / "a.npz", "-t", f"{tmp_path}/a.npz::target", "-f", "tsv")
    assert ran.out.splitlines()[2].split("\t") == ["1", "-100", *[""] * 7]
    assert "reference is read from" in ran.err


def test_names_of_classes(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("cat,dog\n1,2\n3,1\n")
    (tmp_path / "r.csv").write_text("cat,dog\n2,1\n3,1\n")
    (tmp_path / "y.csv").write_text("label\ndog\ncat\n")
    call = ("compare", "-i", tmp_path / "x.csv", "--reference", tmp_path / "r.csv")
    ran = loss(*call, "-t", tmp_path / "y.csv", "-f", "json")
    row = json.loads(ran.out)["worst"][0]
    assert (row["target"], row["reference"], row["input"]) == ("dog", "cat", "dog")
    (tmp_path / "r.csv").write_text("dog,cat\n1,2\n1,3\n")
    moved = loss(*call, "-t", tmp_path / "y.csv", "-f", "json")
    assert json.loads(moved.out)["worst"] == json.loads(ran.out)["worst"]


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("-i", "a.npy"), 2, "--reference is missing"),
        (("--reference", "a.npy"), 2, "--input is missing"),
        (("-i", "a.npy", "--reference", "b.npy"), 3, "reference has shape (4, 2), expected (4, 3)"),
        (("-i", "a.npy", "--reference", "c.npy"), 3, "reference has shape (3, 3), expected (4, 3)"),
        (("-i", "a.npy", "--reference", "a.npy", "-t", "b.npy"), 3, "expected (4,)"),
        (("-i", "a.npy", "--reference", "a.npy", "-t", "y.npy"), 3, "label 3 is not in 0..2"),
        (("-i", "a.npy", "--reference", "a.npy", "--max-delta", "1"), 2, "needs --target"),
        (("-i", "a.npy", "--reference", "a.npy", "--moved", "1"), 2, "needs --target"),
        (("-i", "a.npy", "--reference", "a.npy", "--shift"), 2, "needs --target"),
        (("-i", "a.npy", "--reference", "a.npy", "--from", "softmax"), 2, "is not one of logits"),
        (("-i", "a.npy", "--reference", "a.npy", "--from", "probs"), 3, "not in [0, 1]"),
        (("-i", "a.npy", "--reference", "a.npy", "-q", "-f", "json"), 2, "remove -q"),
        (("-i", "a.npy", "--reference", "a.npy", "-f", "xml"), 2, "is not one of table"),
        (("-i", "a.npy", "--reference", "a.npy", "--tolerance", "nan"), 2, "not a finite number"),
        (("-i", "a.npy", "--reference", "a.npy", "-o", "a.npy"), 2, "is an input as well"),
        (("-i", "a.npy", "--reference", "a.npy", "-o", "x.pdf"), 2, "the extension must be"),
    ],
)
def test_refusals(
    loss: Loss,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: Any,
    status: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.arange(12.0).reshape(4, 3) - 5)
    np.save("b.npy", np.zeros((4, 2)))
    np.save("c.npy", np.zeros((3, 3)))
    np.save("y.npy", [0, 1, 2, 3])
    ran = loss("compare", *options)
    assert (ran.status, ran.err.count("\n")) == (status, 1), ran
    assert is_silent_or_an_error(ran)
    assert words in ran.err


@pytest.mark.parametrize(
    ("x", "r", "words"),
    [
        (
            [[0, np.nan], [0, 1]],
            [[0, 1], [0, 1]],
            "row 1 column 2 (index [0, 1]): the input is nan",
        ),
        (
            [[0, 1], [0, 1]],
            [[0, 1], [np.inf, 1]],
            "row 2 column 1 (index [1, 0]): the reference is",
        ),
        ([[0, 1], [-np.inf, -np.inf]], [[0, 1], [0, 1]], "holds -inf for every class"),
        ([[0, 1], [0, -np.inf]], [[0, 1], [0, 1]], "the input gives probability 0 to a class"),
    ],
)
def test_what_is_not_finite_is_named(
    loss: Loss, tmp_path: Path, x: Any, r: Any, words: str
) -> None:
    np.save(tmp_path / "x.npy", np.array(x, float))
    np.save(tmp_path / "r.npy", np.array(r, float))
    call = ("compare", "-i", tmp_path / "x.npy", "--reference", tmp_path / "r.npy")
    for form in ("json", "table", "value"):
        ran = loss(*call, "-f", form)
        assert ran.status == 4
        assert words in ran.err
    json.loads(loss(*call, "-f", "json").out, parse_constant=lambda word: pytest.fail(word))


def test_all_ignored_is_nothing_to_compare(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.eye(3))
    np.save(tmp_path / "y.npy", [-100, -100, -100])
    call = ("compare", "-i", tmp_path / "x.npy", "--reference", tmp_path / "x.npy")
    ran = loss(*call, "-t", tmp_path / "y.npy")
    assert ran.status == 4
    assert "all 3 targets are ignored" in ran.err


def test_a_target_without_probability(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[0, -np.inf], [0, 1]]))
    np.save(tmp_path / "y.npy", [1, 1])
    call = ("compare", "-i", tmp_path / "x.npy", "--reference", tmp_path / "x.npy")
    ran = loss(*call, "-t", tmp_path / "y.npy")
    assert ran.status == 4
    assert "the input gives the target probability 0" in ran.err
    assert loss(*call).status == 0


def test_warnings_are_those_of_the_losses(loss: Loss, tmp_path: Path) -> None:
    p = np.full((20, 4), 0.25)
    np.save(tmp_path / "p.npy", p)
    call = ("compare", "-i", tmp_path / "p.npy", "--reference", tmp_path / "p.npy")
    assert "softmax is applied twice" in loss(*call).err
    assert loss(*call, "--from", "probs").err == ""
    np.save(tmp_path / "p.npy", p / 2)
    assert "not to 1" in loss(*call, "--from", "probs").err


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_table_fits(width: int) -> None:
    names = "samples/digits/logits"
    call = f"loss compare -i {names}_int4.npy --reference {names}.npy"
    lines = output(Session(f"{call} -t samples/digits/labels.npy", "", width)).splitlines()
    assert max(map(len, lines)) <= width
    assert any(line.split()[:4] == ["mean", "KL", "0.006679", "±"] for line in lines)
    assert any(line.split()[:1] == ["54"] for line in lines)
    assert ("change of p" in " ".join(lines)) == (width == 140)


def test_in_a_pipe_every_digit_is_kept() -> None:
    arguments = ["compare", "-i", "samples/digits/logits_int4.npy"]
    ran = forked([*arguments, "--reference", "samples/digits/logits.npy"])
    text = ran.out.decode()
    assert "mean KL: 0.006679181214502722 +- 0.0005590290402832581 nats" in text
    assert text.isascii()
    assert "\x1b" not in text
