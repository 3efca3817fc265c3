"""What each group adds to the loss, and the mean of their means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Loss
from tests.engine.breakdown.digits import CALL, groups_file, printed


def test_groups_by_words(loss: Loss, tmp_path: Path) -> None:
    words = [("north", "south", "east coast")[i % 3 if i < 300 else 0] for i in range(450)]
    found = printed(loss, *CALL, "--groups", groups_file(tmp_path, words))
    losses = np.array(found["per_sample"])
    rows = found["groups"]["groups"]
    assert [row["group"] for row in rows] == ["north", "south", "east coast"]
    means = [losses[np.array(words) == row["group"]].mean() for row in rows]
    assert [row["mean"] for row in rows] == pytest.approx(means, rel=1e-13)
    assert found["groups"]["mean_of_means"] == pytest.approx(np.mean(means), rel=1e-13)
    text = loss(*CALL, "--groups", tmp_path / "groups.csv").out
    assert f"mean of means: {found['groups']['mean_of_means']!r}" in text


def test_groups_by_numbers_and_forms_of_files(loss: Loss, tmp_path: Path, saved: Any) -> None:
    numbers = [i % 4 for i in range(450)]
    rows = printed(loss, *CALL, "--groups", groups_file(tmp_path, numbers))["groups"]["groups"]
    assert [row["group"] for row in rows] == [0, 1, 2, 3]
    files = saved(groups=np.array(numbers)[:, None])
    assert printed(loss, *CALL, "--groups", files["groups"])["groups"]["groups"] == rows
    (tmp_path / "wide.csv").write_text(
        "row,site\n" + "".join(f"{i},s{i % 4}\n" for i in range(450))
    )
    wide = printed(loss, *CALL, "--groups", f"{tmp_path}/wide.csv::site")["groups"]["groups"]
    assert [row["mean"] for row in wide] == [row["mean"] for row in rows]
    (tmp_path / "words.json").write_text(json.dumps([f"s{i}" for i in numbers]))
    assert printed(loss, *CALL, "--groups", tmp_path / "words.json")["groups"]["groups"] == wide


def test_a_header_over_one_column_is_not_a_group(loss: Loss, tmp_path: Path) -> None:
    for labels in (["a", "b"] * 225, [1, 2] * 225):
        found = printed(loss, *CALL, "--groups", groups_file(tmp_path, ["site", *labels]))
        assert [row["count"] for row in found["groups"]["groups"]] == [225, 225]
    ran = loss(*CALL, "--groups", groups_file(tmp_path, ["a", "b"] * 225 + ["a"]))
    assert (ran.status, "--groups has shape (451,), expected (450,)" in ran.err) == (3, True)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["a", "", "b"], "missing"),
        (["1", "nan", "2"], "line 2: the group is nan"),
        (["1", "2", "-inf"], "line 3: the group is -inf"),
    ],
)
def test_a_sample_without_group_is_refused(
    loss: Loss, tmp_path: Path, saved: Any, labels: list[str], words: str
) -> None:
    files = saved(x=np.zeros((3, 2)), y=np.zeros(3, int))
    ran = loss("ce", "-i", files["x"], "-t", files["y"], "--groups", groups_file(tmp_path, labels))
    assert (ran.status, ran.out, words in ran.err) == (3, "", True), ran.err


def test_terms_may_have_groups_of_their_own(loss: Loss, saved: Any) -> None:
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 3, (5, 7))
    files = saved(
        x=rng.normal(size=(5, 4, 7)), y=rng.integers(0, 4, (5, 7)), g=groups, h=groups[:, 0]
    )
    call = ("ce", "-i", files["x"], "-t", files["y"], "--groups")
    found = printed(loss, *call, files["g"])
    losses = np.array(found["per_sample"])
    means = [losses[groups == group].mean() for group in range(3)]
    assert [row["mean"] for row in found["groups"]["groups"]] == pytest.approx(means)
    by_sample = printed(loss, *call, files["h"])["groups"]["groups"]
    assert sum(row["count"] for row in by_sample) == 35


def test_many_words(loss: Loss, tmp_path: Path, saved: Any) -> None:
    n = 40_000
    files = saved(x=np.zeros((n, 2)), y=np.zeros(n, int))
    words = groups_file(tmp_path, [f"user-{i}" for i in range(n)])
    # A search through all words for each of them would take minutes.
    call = ("ce", "-i", files["x"], "-t", files["y"], "--groups", words, "--no-per-sample")
    rows = printed(loss, *call)["groups"]["groups"]
    assert [row["group"] for row in rows] == [f"user-{i}" for i in range(n)]
