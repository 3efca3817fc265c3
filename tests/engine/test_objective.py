"""objective = cost + penalty."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT, Loss

SAMPLE = ROOT / "samples" / "log-softmax"
CALL = ("ce", "-i", SAMPLE / "logits.npy", "-t", SAMPLE / "labels.npy")
WEIGHTS = np.array([[1.0, 2.0], [-3.0, 0.0]])
BIAS = np.array([0.5, -0.25, 4.0])


@pytest.fixture
def params(tmp_path: Path) -> list[str | Path]:
    np.save(tmp_path / "w.npy", WEIGHTS)
    np.savetxt(tmp_path / "b.csv", BIAS)
    return ["--params", tmp_path / "w.npy", "--params", tmp_path / "b.csv"]


def test_penalty_and_its_gradient(loss: Loss, params: list[str | Path]) -> None:
    ran = loss(*CALL, *params, "--l2", "0.1", "--l1", "0.01", "-f", "json", "--grad")
    printed = json.loads(ran.out)
    every = np.concatenate([WEIGHTS.ravel(), BIAS])
    expected = 0.1 / 2 * sum(w * w for w in every) + 0.01 * sum(abs(w) for w in every)
    objective = printed["objective"]
    assert objective["penalty"] == pytest.approx(expected, rel=1e-15)
    assert objective["value"] == printed["value"] + objective["penalty"]
    first, second = objective["grad"].values()
    assert first == (0.1 * WEIGHTS + 0.01 * np.sign(WEIGHTS)).tolist()
    assert second == (0.1 * BIAS + 0.01 * np.sign(BIAS)).tolist()
    assert list(objective["grad"]) == [str(params[1]), str(params[3])]


def test_value_and_max_stay_the_cost(loss: Loss, params: list[str | Path]) -> None:
    assert loss(*CALL, *params, "--l2", "9", "-q") == loss(*CALL, "-q")
    assert loss(*CALL, *params, "--l2", "9", "-q", "--max", "1").status == 0


@pytest.mark.parametrize("form", ["csv", "jsonl", "junit"])
def test_formats_without_the_sum_take_parameters_for_a_condition_only(
    loss: Loss, params: list[str | Path], form: str
) -> None:
    call = (*CALL, *params, "--l2", "9", "-f", form)
    ran = loss(*call)
    assert (ran.status, ran.err) == (
        2,
        f"loss: --params has no place in -f {form}; use -f json\n",
    )
    assert loss(*call, "--check", "objective > 0").status == 0


def test_table_shows_the_sum(loss: Loss, params: list[str | Path]) -> None:
    printed = loss(*CALL, *params, "--l1", "1").out
    (line,) = [line for line in printed.splitlines() if line.startswith("objective")]
    cost, penalty, both = (float(word) for word in line.replace("+", "=").split(": ")[2].split("="))
    assert (penalty, both) == (10.75, cost + penalty)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--l2", "1"], "--params"),
        (["--params", "w.csv"], "--l2"),
        (["--params", "w.csv", "--l2", "-1"], "non-negative"),
        (["--params", "w.csv", "--params", "w.csv", "--l2", "1"], "twice"),
        (["--params", "w.csv", "--l2", "1", "-r", "none"], "--reduction none"),
    ],
)
def test_refusals(loss: Loss, options: list[str], words: str) -> None:
    ran = loss(*CALL, *options)
    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err


def test_parameters_that_are_not_finite_are_refused(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("1,2\n3,nan\n")
    ran = loss(*CALL, "--params", tmp_path / "w.csv", "--l2", "1")
    assert ran.status == 3
    assert "w.csv line 2 column 2: the parameter is nan" in ran.err


def test_a_penalty_that_was_not_asked_for_is_0(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", [1e200])
    call = (*CALL, "--params", tmp_path / "w.npy", "-f", "json", "--no-per-sample")
    ran = loss(*call, "--l1", "0.5")
    assert (ran.status, json.loads(ran.out)["objective"]["penalty"]) == (0, 0.5e200)
    ran = loss(*call, "--l2", "0.5")
    assert (ran.status, json.loads(ran.out)["objective"]["penalty"]) == (4, "inf")


def test_a_file_counts_once_and_its_columns_are_files(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    call = (*CALL, "--l1", "1", "--params", path)
    assert "twice" in loss(*call, "--params", f"csv:{path}").err
    assert "takes files" in loss(*CALL, "--l1", "1", "--params", "-").err
    columns = ("--params", f"{path}::a", "--params", f"{path}::b")
    printed = json.loads(loss(*CALL, "--l1", "1", *columns, "-f", "json", "--grad").out)
    assert list(printed["objective"]["grad"]) == [f"{path}::a", f"{path}::b"]
