"""The command line: what it accepts, what it refuses, and its exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from losscli.losses import declaration, names
from tests.conftest import ROOT, Loss, is_silent_or_an_error

SAMPLE = ROOT / "samples" / "log-softmax"
CALL = ("ce", "-i", SAMPLE / "logits.csv", "-t", SAMPLE / "labels.csv")
REGRESSION = ROOT / "samples" / "regression"


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (
            ["--label-smoothing", "2"],
            2,
            "--label-smoothing: 2.0 is not allowed; give a number from 0 to 1",
        ),
        (["--label-smoothing", "nan"], 2, "--label-smoothing"),
        (["--label-smoothing", "10%"], 2, "10%"),
        (["--ignore-index", "1.5"], 2, "1.5"),
        (["--reduction", "avg"], 2, "'avg' is not one of mean, sum, none"),
        (["--from", "logit"], 2, "'logit' is not one of logits, probs, log-probs"),
        (["--format", "xml"], 2, "'xml' is not one of table"),
        (["--dtype", "float16"], 2, "'float16' is not one of float64, float32"),
        (["--label-base", "2"], 2, "2 is not 0 or 1"),
        (["--class-axis", "2"], 2, "2 is not an axis of the input, shape (3, 3)"),
        (["--map-binary"], 2, "ce has no targets -1/+1"),
        (["--weight", "1,2"], 3, "(2,), expected (3,)"),
        (["--weight", "1,x,3"], 2, "'x' is not a number"),
        (["--weight", "1,2,3,"], 2, "empty item"),
        (["--weight", "1,-2,3"], 3, "negative"),
        (["--max", "nan"], 2, "--max"),
        (["--max", "1", "-r", "none"], 2, "'loss' is not one of the figures"),
        (["-q", "-f", "json"], 2, "remove -q"),
        (["--top", "3", "-q"], 2, "--top has no place in -f value"),
        (["--top", "3", "--all"], 2, "exclude each other"),
        (["--top", "0"], 2, "--top"),
        (["--threads", "0"], 2, "--threads"),
        (["--nonsense"], 2, "--nonsense"),
        (["extra"], 2, "extra"),
        (["--from", "probs"], 3, "line 1 column 2: input -0.8006 is not in [0, 1]"),
        (["--label-base", "1"], 3, "line 1: label 0 is not in 1..3"),
    ],
)
def test_refusals(loss: Loss, options: list[str], status: int, words: str) -> None:
    ran = loss(*CALL, *options)
    assert ran.status == status, ran
    assert is_silent_or_an_error(ran)
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_missing_roles_are_asked_for(loss: Loss) -> None:
    assert "--input is missing" in loss("ce").err
    ran = loss("ce", "-i", SAMPLE / "logits.csv")
    assert ran.status == 2
    assert "--target" in ran.err


def test_elementwise_losses_refuse_what_they_do_not_have(loss: Loss) -> None:
    call = ("mse", "-i", REGRESSION / "predicted.csv", "-t", REGRESSION / "measured.csv")
    for option in (["--label-base", "1"], ["--class-axis", "0"], ["--weight", "1"]):
        assert loss(*call, *option).status == 2


def test_unknown_commands_get_the_nearest_as_suggestion(loss: Loss) -> None:
    assert "did you mean ce?" in loss("crossentropy").err
    assert loss("frobnicate").status == 2


@pytest.mark.parametrize("alias", ["cross-entropy", "cross_entropy", "softmax-ce"])
def test_aliases(loss: Loss, alias: str) -> None:
    assert loss(alias, *CALL[1:], "-q") == loss(*CALL, "-q")


def test_max_is_a_gate(loss: Loss) -> None:
    assert loss(*CALL, "-q", "--max", "0.97").status == 0
    closed = loss(*CALL, "-q", "--max", "0.96")
    assert closed.status == 1
    assert float(closed.out) == pytest.approx(0.9618, abs=1e-4)
    assert ", above --max 0.96" in closed.err


def test_not_finite_is_printed_and_explained(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1,2\n3,nan\n")
    (tmp_path / "y.csv").write_text("0\n0\n")
    ran = loss("ce", "-q", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv", "--max", "5")
    assert (ran.status, ran.out) == (4, "nan\n")
    assert "x.csv line 2 column 2: input is nan" in ran.err
    ran = loss(
        "ce", "-q", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv", "--ignore-index", "0"
    )
    assert (ran.status, ran.out) == (4, "nan\n")
    assert "all 2 targets are ignored" in ran.err


def test_a_gradient_that_is_not_finite_is_status_4(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", [[1e-310, 1.0], [0.5, 0.5]])
    np.save(tmp_path / "y.npy", [0, 1])
    call = (
        "ce",
        "--from",
        "probs",
        "-i",
        tmp_path / "p.npy",
        "-t",
        tmp_path / "y.npy",
        "-r",
        "sum",
    )
    assert loss(*call, "-q").status == 0
    assert loss(*call, "-f", "json", "--grad").status == 4
    assert loss(*call).status == 0
    assert loss(*call, "--grad").status == 4
    assert loss(*call, "--no-grad").status == 0


def test_notes_say_where_a_role_was_found(loss: Loss) -> None:
    ran = loss("ce", "-i", SAMPLE / "all.npz", "-f", "json")
    assert "target is read from" in ran.err
    assert "labels" in ran.err


def test_list_and_info(loss: Loss) -> None:
    listed = json.loads(loss("list", "-f", "json").out)
    assert [entry["name"] for entry in listed] == names()
    keys = {
        "aliases",
        "family",
        "summary",
        "roles",
        "options",
        "torch",
        "keras",
        "optax",
        "sklearn",
    }
    assert all(keys <= set(entry) for entry in listed)
    assert listed[0]["torch"] == "CrossEntropyLoss"
    assert [role["name"] for role in listed[0]["roles"]] == ["input", "target"]
    header, *lines = (line.split("\t") for line in loss("list").out.splitlines())
    assert header[:4] == ["name", "aliases", "family", "roles"]
    assert [line[0] for line in lines] == names()
    for name in names():
        assert declaration(name).facts["formula"] in loss("info", name).out
        assert json.loads(loss("info", name, "-f", "json").out)["name"] == name
    assert loss("info", "crossentropy").status == 2
    assert loss("info", "mae").out.startswith("l1 (also mae)")
