"""The worked examples of introductory texts, from every kind of file, with the texts' numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT, Loss

FIRST = ROOT / "samples" / "log-softmax"
STEPS = ROOT / "samples" / "step-by-step"
LOG_SOFTMAX = [
    [-0.5620, -1.5347, -1.5399],
    [-1.0824, -1.8098, -0.6981],
    [-0.5155, -1.6253, -1.5801],
]
PRINTED = 1e-4
"""The texts print four decimals, some with a slip in the last."""


@pytest.fixture
def kinds(tmp_path: Path) -> dict[str, list[str]]:
    """The first example's sources, by the kind of file."""
    logits, labels = np.load(FIRST / "logits.npy"), np.load(FIRST / "labels.npy")
    both = {"logits": logits.tolist(), "labels": labels.tolist()}
    (tmp_path / "all.json").write_text(json.dumps(both))
    lines = (json.dumps({"input": x, "target": y}) for x, y in zip(*both.values(), strict=True))
    (tmp_path / "all.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "all.yaml").write_text(
        "logits:\n"
        + "".join(f"  - {row}\n" for row in both["logits"])
        + f"labels: {labels.tolist()}\n"
    )
    text = (FIRST / "logits.csv").read_text()
    (tmp_path / "logits.tsv").write_text(text.replace(",", "\t"))
    target = ["-t", str(FIRST / "labels.csv")]
    return {
        "csv": ["-i", str(FIRST / "logits.csv"), *target],
        "tsv": ["-i", str(tmp_path / "logits.tsv"), *target],
        "npy": ["-i", str(FIRST / "logits.npy"), "-t", str(FIRST / "labels.npy")],
        "npz": ["-i", str(FIRST / "all.npz")],
        "yaml": ["-i", str(tmp_path / "all.yaml")],
        "json": ["-i", str(tmp_path / "all.json")],
        "jsonl": ["-i", str(tmp_path / "all.jsonl")],
        "stdin": ["-i", "-", *target],
    }


KINDS = ("csv", "tsv", "npy", "npz", "yaml", "json", "jsonl", "stdin")


def test_cross_entropy_is_the_same_number_from_every_file(
    loss: Loss, kinds: dict[str, list[str]]
) -> None:
    stdin = (FIRST / "logits.csv").read_bytes()
    runs = {kind: loss("ce", "-q", *kinds[kind], stdin=stdin) for kind in KINDS}
    assert {ran.out for ran in runs.values()} == {runs["csv"].out}
    assert float(runs["csv"].out) == pytest.approx(0.9618, abs=PRINTED)


def test_nll_of_log_softmax_is_cross_entropy(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "log_softmax.npy"
    np.save(path, np.array(LOG_SOFTMAX))
    ran = loss("nll", "-q", "-i", path, "-t", FIRST / "labels.npy")
    assert float(ran.out) == pytest.approx(0.9618, abs=PRINTED)
    terms = loss("ce", "-q", "-r", "none", "-i", FIRST / "logits.csv", "-t", FIRST / "labels.csv")
    picked = [-row[y] for row, y in zip(LOG_SOFTMAX, (0, 2, 1), strict=True)]
    assert [float(line) for line in terms.out.split()] == pytest.approx(picked, abs=PRINTED)


def test_nll_takes_the_input_as_it_is_and_says_so(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1,2,3\n")
    (tmp_path / "y.csv").write_text("2\n")
    ran = loss("nll", "-q", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv")
    assert (ran.status, float(ran.out)) == (0, -3.0)
    assert "L104" in ran.err


@pytest.mark.parametrize(
    "call",
    [
        ["-i", STEPS / "logits.csv", "-t", STEPS / "labels.csv"],
        ["-i", STEPS / "all.yaml"],
        ["-i", f"{STEPS}/all.yaml::logits", "-t", f"{STEPS}/all.yaml::labels"],
    ],
)
def test_softmax_then_log_then_nll(loss: Loss, call: list[str | Path]) -> None:
    ran = loss("ce", "-q", *call)
    assert float(ran.out) == pytest.approx(1.0646, abs=PRINTED)
    terms = loss("ce", "-q", "-r", "none", *call)
    expected = [0.9632, 1.2794, 0.9512]
    assert [float(line) for line in terms.out.split()] == pytest.approx(expected, abs=PRINTED)


def test_p_of_target_is_the_softmax(loss: Loss) -> None:
    ran = loss("ce", "-i", STEPS / "logits.csv", "-t", STEPS / "labels.csv")
    rows = [line.split() for line in ran.out.splitlines()[2:5]]
    expected = [0.3817, 0.2782, 0.3863]
    assert [float(row[3]) for row in rows] == pytest.approx(expected, abs=PRINTED)


def test_binary_cross_entropy_summed_over_classes(loss: Loss) -> None:
    expected = [3.0000150000863473e-05, 0.43386458262986227, 0.9571127263944101, 1.62964061975162]
    probs, targets = (ROOT / "samples" / "binary" / f"{name}.csv" for name in ("probs", "targets"))
    ran = loss("bce", "-q", "-r", "none", "-i", probs, "-t", targets)
    sums = np.array([float(line) for line in ran.out.split()]).reshape(4, 3).sum(axis=1)
    assert sums == pytest.approx(expected, rel=1e-9)


def test_cross_entropy_of_sequences(loss: Loss, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(32, 10, 5)), rng.integers(0, 10, (32, 5))
    np.savez(tmp_path / "all.npz", input=logits, target=labels)
    ran = loss("ce", "-f", "json", "-i", tmp_path / "all.npz")
    shifted = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -np.take_along_axis(shifted, labels[:, None], axis=1).squeeze(1)
    printed = json.loads(ran.out)
    assert printed["value"] == pytest.approx(expected.mean(), rel=1e-12)
    assert np.array(printed["per_sample"]) == pytest.approx(expected, rel=1e-12)


def test_sum_of_squared_errors_is_a_reduction(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("0.5\n2\n-1\n")
    (tmp_path / "y.csv").write_text("1\n2\n2\n")
    call = ["mse", "-q", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv"]
    assert float(loss(*call, "-r", "sum").out) == 9.25
    assert float(loss(*call).out) == pytest.approx(9.25 / 3, rel=1e-15)


def test_the_digits(loss: Loss) -> None:
    table = "samples/digits/predictions.csv"
    ran = loss("ce", "-q", "-i", f"{table}::zero-nine", "-t", f"{table}::label")
    assert round(float(ran.out), 6) == 0.142953
    top = loss("ce", "--top", "5", "-i", f"{table}::zero-nine", "-t", f"{table}::label").out
    rows = [line.split()[:3] for line in top.splitlines()[2:7]]
    assert rows == [
        ["443", "nine", "five"],
        ["242", "six", "one"],
        ["261", "five", "nine"],
        ["275", "eight", "five"],
        ["199", "one", "six"],
    ]
