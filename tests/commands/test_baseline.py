"""--baseline: a result is no worse than a former one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT, Loss

LABELS = ("-t", "samples/digits/labels.npy")
OLD = ("ce", "-i", "samples/digits/logits.npy", *LABELS)
NEW = ("ce", "-i", "samples/digits/logits_int4.npy", *LABELS)


def kept(loss: Loss, path: Path, *words: Any) -> Path:
    """Write a result to a file, as a shell does."""
    path.write_text(loss(*words, "-f", "json").out)
    return path


def test_the_same_result_passes(loss: Loss, tmp_path: Path) -> None:
    last = kept(loss, tmp_path / "last.json", *OLD)
    ran = loss(*OLD, "-q", "--baseline", last)
    assert (ran.status, ran.out, ran.err) == (0, "0.14295297347585287\n", "")


def test_each_figure_that_is_worse_is_a_line(loss: Loss, tmp_path: Path) -> None:
    last = kept(loss, tmp_path / "last.json", *OLD)
    ran = loss(*NEW, "-q", "--baseline", last)
    assert ran.status == 1
    assert ran.err.splitlines() == [
        f"loss: the loss is 0.15369713290995413, 0.01074 worse than 0.14295297347585287 in {last}",
        f"loss: accuracy is 0.9733333333333334, 0.004444 worse than 0.9777777777777777 in {last}",
    ]
    assert loss(*OLD, "-q", "--baseline", kept(loss, last, *NEW)).status == 0


def test_the_tolerance_is_absolute_and_for_each_figure(loss: Loss, tmp_path: Path) -> None:
    last = kept(loss, tmp_path / "last.json", *OLD)
    gate = ("-q", "--baseline", last, "--tolerance")
    assert loss(*NEW, *gate, "0.0108").status == 0
    ran = loss(*NEW, *gate, "0.0107")
    assert ran.status == 1
    assert ran.err.endswith(f"in {last}, above the tolerance 0.0107\n")
    # Perplexity is compared if a condition names it, and rises by 0.01246.
    assert loss(*NEW, *gate, "0.0108", "--check", "perplexity<2").status == 1
    assert loss(*NEW, *gate, "0.0108", "--check", "perplexity>1").status == 0
    assert loss(*NEW, *gate, "0.0108", "--check", "count==450").status == 0


def test_the_last_digits_of_another_processor_are_no_change(loss: Loss, tmp_path: Path) -> None:
    last = tmp_path / "last.json"
    found = json.loads(loss(*OLD, "-f", "json").out)
    for factor, status in ((1 - 1e-14, 0), (1 - 1e-9, 1)):
        last.write_text(json.dumps({**found, "value": found["value"] * factor}))
        assert loss(*OLD, "-q", "--baseline", last).status == status


def test_samples_that_are_worse_are_counted_and_listed(loss: Loss, tmp_path: Path) -> None:
    last = kept(loss, tmp_path / "last.json", *OLD)
    before = np.array(json.loads(last.read_text())["per_sample"])
    ran = loss(*NEW, "-f", "json", "--baseline", last, "--tolerance", "0.1")
    found = json.loads(ran.out)
    change = np.array(found["per_sample"]) - before
    samples = found["baseline"]["samples"]
    assert samples["worse"] == np.count_nonzero(change > 0.1)
    assert samples["better"] == np.count_nonzero(change < -0.1)
    worst = np.argsort(-change)[:5]
    assert [row["index"] for row in samples["worst"]] == worst.tolist()
    assert [row["change"] for row in samples["worst"]] == change[worst].tolist()
    page = loss(*NEW, "--baseline", last, "-n", "0").out
    assert f"248 of 450 losses are larger than in {last}, the largest changes\n" in page
    assert "WRONG: baseline loss: " in page
    short = kept(loss, tmp_path / "short.json", *OLD, "--no-per-sample")
    assert "losses are larger" not in loss(*NEW, "--baseline", short).out


def test_without_a_reduced_loss_no_sample_may_be_worse(loss: Loss, tmp_path: Path) -> None:
    call = ("mse", "-i", "1,2,3", "-t", "1,1,1", "-r", "none", "-q")
    last = tmp_path / "last.json"
    last.write_text(loss(*call[:-1], "-f", "json").out)
    assert loss(*call, "--baseline", last).status == 0
    ran = loss("mse", "-i", "1,2,4", *call[3:], "--baseline", last)
    assert (ran.status, ran.err) == (1, f"loss: 1 of 3 losses are larger than in {last}\n")


def test_several_inputs_are_each_compared_with_their_own(loss: Loss, tmp_path: Path) -> None:
    both = (*NEW, "-i", "samples/digits/logits.npy")
    last = kept(loss, tmp_path / "last.json", *both)
    assert loss(*both, "-q", "--baseline", last).status == 0
    assert loss(*NEW, "-q", "--baseline", last).status == 0
    other = loss("ce", "-i", "samples/digits/./logits.npy", *LABELS, "-q", "--baseline", last)
    assert other.status == 3
    assert "has no input samples/digits/./logits.npy, but" in other.err
    alone = kept(loss, tmp_path / "alone.json", *OLD)
    ran = loss(*both, "-q", "--baseline", alone)
    assert ran.status == 1
    assert all("logits_int4.npy: " in line for line in ran.err.splitlines())


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((*OLD, "-r", "sum"), "is another computation: reduction is mean there, sum here"),
        ((*OLD, "--label-smoothing", "0.1"), "label_smoothing is 0 there, 0.1 here"),
        (("ce", "-i", "1,2;3,4", "-t", "0,1"), "n is 450 there, 2 here"),
        (("nll", *OLD[1:]), "is a result of ce, not of nll"),
        ((*OLD, "--ignore-index", "3"), "ignore_index is -100 there, 3 here"),
    ],
)
def test_another_computation_is_refused(
    loss: Loss, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    last = kept(loss, tmp_path / "last.json", *OLD)
    ran = loss(*words, "-q", "--baseline", last)
    assert (ran.status, ran.out) == (3, "")
    assert why in ran.err
    assert f"; run the same command with -f json > {last} in place of --base" in ran.err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "no such file; run the same command with -f json > "),
        # What it holds may be worth more than a result: no advice writes over it.
        ("\x93NUMPY", "last.json is not the JSON of a result; give a file that -f json wrote\n"),
        ("[1]", "last.json is not a result of -f json; give a file that -f json wrote\n"),
        ('{"schema":1,"loss":"ce"}', "has no signature"),
        ('{"schema":1,"error":{"status":3,"message":"no"}}', "holds an error, no result: 'no'"),
    ],
)
def test_what_is_not_a_result_is_refused_before_a_file_is_read(
    loss: Loss, tmp_path: Path, text: str | None, why: str
) -> None:
    last = tmp_path / "last.json"
    if text is not None:
        last.write_text(text)
    ran = loss("ce", "-i", "missing.npy", "-t", "missing.npy", "--baseline", last)
    assert ran.status == 3
    assert why in ran.err


def test_a_former_result_of_other_targets_is_refused(loss: Loss, tmp_path: Path) -> None:
    last = kept(loss, tmp_path / "last.json", "ce", "-i", "1,2;3,4", "-t", "0,-100")
    ran = loss("ce", "-i", "1,2;3,4", "-t", "0,1", "-q", "--baseline", last)
    assert ran.status == 3
    assert "has 1 counted terms, here are 2" in ran.err


def test_the_baseline_is_not_overwritten(loss: Loss, tmp_path: Path) -> None:
    last = kept(loss, tmp_path / "last.csv", *OLD)
    before = last.read_text()
    ran = loss(*OLD, "-q", "--baseline", last, "-o", last)
    assert ran.status == 2
    assert last.read_text() == before
    command = [sys.executable, "-m", "losscli", *OLD, "-f", "json", "--baseline", str(last)]
    with last.open("a") as stdout:
        closed = subprocess.run(
            command, cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert closed.returncode == 2
    assert b"is both an input and standard output" in closed.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--tolerance", "1"), "--tolerance is for --baseline"),
        (("--baseline", "x.json", "--tolerance", "-1"), "is not a finite non-negative number"),
    ],
)
def test_a_tolerance_is_a_number_for_a_baseline(loss: Loss, words: Any, why: str) -> None:
    ran = loss(*OLD, *words)
    assert (ran.status, why in ran.err) == (2, True)
