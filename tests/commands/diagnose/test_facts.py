"""The facts of one pass: the same from blocks, tiles, threads and pipes, and true to the files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from losscli import compute
from losscli.commands.diagnose.facts.tallies import SHOWN, Places, Span, distinct, places, span
from losscli.commands.options import DataOptions
from tests.commands.diagnose.healthy import diagnosed, drawn_labels
from tests.conftest import Loss


@pytest.fixture
def big(tmp_path: Path) -> tuple[Path, Path]:
    """Write logits of several blocks in which much is wrong."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 2, (300_000, 5)).astype(np.float32)
    y = drawn_labels(rng, x)
    x[[7, 250_000], 2] = np.nan
    x[200_000] = -np.inf
    x[100_000:100_040, 4] = np.inf
    y[[3, 299_999, 150_000]] = (-1, 5, 255)
    y[1000:1100] = -100
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    return tmp_path / "x.npy", tmp_path / "y.npy"


def test_threads_change_nothing(loss: Loss, big: tuple[Path, Path]) -> None:
    call = ("diagnose", "ce", "-i", big[0], "-t", big[1], "-f", "json", "-j")
    one, three = loss(*call, "1"), loss(*call, "3")
    assert one.out == three.out.replace("--threads 3", "--threads 1")
    assert one.status == 1


def test_rows_and_counts_are_those_of_the_whole_file(loss: Loss, big: tuple[Path, Path]) -> None:
    ran = loss("diagnose", "ce", "-i", big[0], "-t", big[1], "-f", "json")
    found = {finding["code"]: finding for finding in json.loads(ran.out)["findings"]}
    assert [row["index"] for row in found["L401"]["rows"]] == [[7], [250_000]]
    assert [row["index"] for row in found["L405"]["rows"]] == [[100_000 + i] for i in range(SHOWN)]
    assert found["L405"]["count"] == 41
    assert [row["value"] for row in found["L202"]["rows"]] == [-1, 255, 5]
    assert found["L203"]["evidence"]["marks"] == {"-1": 1, "255": 1}
    assert found["L204"]["evidence"] == {
        "ignored": 100,
        "counted": 299_900,
        "share": pytest.approx(100 / 300_000),
    }


def test_standard_input_is_read_as_often_as_needed(loss: Loss) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, (200, 3))
    y = drawn_labels(rng, x * 8)
    rows = zip(x, y, strict=True)
    text = "".join(f"{a:.6f},{b:.6f},{c:.6f},{label}\n" for (a, b, c), label in rows).encode()
    ran = loss("diagnose", "ce", "-i", "-::0-2", "-t", "::3", "-f", "json", stdin=text)
    (finding,) = json.loads(ran.out)["findings"]
    assert finding["code"] == "L801"
    assert finding["evidence"]["temperature"] < 0.3


def test_what_is_ignored_may_hold_anything() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(0, 2, (300, 4))
    y = drawn_labels(rng, x)
    y[:50] = -100
    x[:10] = np.nan
    x[10:20] = np.inf
    x[20:30] = -np.inf
    found = diagnosed("ce", {"input": x, "target": y})
    assert [finding.code for finding in found.findings] == ["L204"]


@pytest.mark.parametrize("axis", [0, 2, -1])
def test_facts_do_not_depend_on_where_the_classes_lie(axis: int) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(0, 2, (40, 5, 7)) * 3
    y = drawn_labels(rng, x / 3)
    plain = diagnosed("ce", {"input": x, "target": y})
    turned = diagnosed(
        "ce", {"input": np.moveaxis(x, 1, axis), "target": y}, DataOptions(class_axis=axis)
    )
    assert [finding.code for finding in turned.findings] == [f.code for f in plain.findings]
    left, right = turned.findings[0].evidence, plain.findings[0].evidence
    assert left["loss"] == pytest.approx(right["loss"], rel=1e-12)
    assert f"--class-axis {axis}" in turned.findings[0].next


def test_evidence_is_what_the_loss_command_computes() -> None:
    rng = np.random.default_rng(4)
    p = rng.dirichlet(np.ones(6), 50)
    y = rng.integers(0, 6, 50)
    finding = diagnosed("ce", {"input": p, "target": y}).findings[0]
    assert finding.code == "L101"
    assert finding.evidence["loss"] == compute("ce", input=p, target=y).value
    assert finding.evidence["loss_from_probs"] == (
        compute("ce", input=p, target=y, from_="probs").value
    )


def test_tallies_add_in_order() -> None:
    terms = np.arange(8)
    values = terms * 10.0
    left = places(values < 40, terms, values)
    right = places(values >= 40, terms, values)
    both = left + right
    assert both.count == 8
    assert [entry.term for entry in both.first] == [0, 1, 2, 3, 4]
    assert Places() + left == left
    assert span(np.array([np.nan, 2.0, -1.0])) == Span(-1.0, 2.0)
    assert span(np.array([np.nan])) == Span()
    assert Span() + Span(1, 2) == Span(1, 2)
    many = distinct(np.arange(100)) + distinct(np.array([0, 0, 500]))
    assert many.counts[0] == 3
    assert sum(many.counts.values()) + many.others == 103


@pytest.mark.parametrize("axis", [1, 2])
def test_distributions_lie_along_axis_1_or_the_last(loss: Loss, axis: int, tmp_path: Path) -> None:
    p, q = np.exp(np.random.default_rng(4).normal(0, 1, (2, 30, 4, 5)))
    np.save(tmp_path / "x.npy", np.log(p / p.sum(axis=axis, keepdims=True)))
    np.save(tmp_path / "y.npy", q / q.sum(axis=axis, keepdims=True))
    ran = loss("diagnose", "kl-div", "-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy")
    assert "nothing found" in ran.out
