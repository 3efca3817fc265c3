"""`loss plot curve`: kinks, jumps and infinities where they are; the kinds say what is varied."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

from losscli.commands.plot.traced import clipped, heights, traced
from losscli.numerics.arrays import Array
from tests.conftest import Loss


def points(loss: Loss, *call: str) -> list[dict[str, str]]:
    """Return the points of curves."""
    return list(csv.DictReader(io.StringIO(loss("plot", "curve", *call, "-f", "csv").out)))


@pytest.mark.parametrize(
    ("name", "axis", "ends"),
    [
        ("mse", "input - target", (-4, 4)),
        ("msle", "input", (0, 4)),
        ("bce", "input (probabilities)", (0, 1)),
        ("hinge", "input (scores)", (-4, 4)),
        ("hinge-embedding", "input (distances)", (0, 4)),
        ("kl-div", "input (log-probabilities)", (-4, 0)),
        ("margin-ranking", "input1 - input2", (-4, 4)),
        ("ce", "logit of the target minus that of the other class", (-4, 4)),
        ("nll", "probability of the target", (0, 1)),
        ("arcface", "cosine of the target", (-1, 1)),
        ("gaussian-nll", "input - target", (-4, 4)),
    ],
)
def test_what_is_varied(loss: Loss, name: str, axis: str, ends: tuple[int, int]) -> None:
    found = points(loss, name)
    assert axis in found[0]
    assert (float(found[0][axis]), float(found[-1][axis])) == ends


def test_numbers_are_those_of_the_loss(loss: Loss) -> None:
    for row in points(loss, "huber", "--delta", "1,2")[::50]:
        ran = loss("huber", "-i", row["input - target"], "-t", "0", "--delta", row["delta"], "-q")
        assert float(ran.out) == float(row["loss"])
    for row in points(loss, "ce", "--label-smoothing", "0.1")[::50]:
        margin = row["logit of the target minus that of the other class"]
        ran = loss("ce", "-i", f"{margin},0", "-t", "0", "--label-smoothing", "0.1", "-q")
        assert float(ran.out) == pytest.approx(float(row["loss"]), rel=1e-14)


def test_kinks_are_points(loss: Loss) -> None:
    at = {float(row["input (scores)"]) for row in points(loss, "hinge")}
    assert {-1.0, 1.0} <= at
    at = {float(row["input - target"]) for row in points(loss, "huber", "--delta", "1.37")}
    assert {-1.37, 1.37} <= at


def test_infinities_are_said_and_not_drawn(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "p.svg"
    ran = loss("plot", "curve", "nll", "-o", str(path))
    assert ran.status == 0
    assert "nll falls from infinity at 0 to 0 at 1" in ran.out
    drawn = re.search(r'<path class="line[^>]* d="([^"]*)"', path.read_text())
    assert drawn is not None
    assert "nan" not in drawn[1]
    assert "inf" not in drawn[1]
    found = json.loads(loss("plot", "curve", "nll", "-f", "json").out)
    assert found["points"][0]["loss"] == "inf"


def test_range_is_the_axis(loss: Loss) -> None:
    found = points(loss, "mse", "--range=-1,2")
    assert (float(found[0]["input - target"]), float(found[-1]["input - target"])) == (-1, 2)


def test_a_jump_is_not_joined() -> None:
    def step(x: Array) -> Array:
        return np.where(x < 1 / 3, 0.0, 1.0)

    trace = traced(step, 0, 1, [])
    shown = clipped(trace, *heights([trace]))
    gaps = np.flatnonzero(np.isnan(shown.y))
    assert len(gaps) == 1
    assert shown.x[gaps[0]] == pytest.approx(1 / 3, abs=1e-5)


def test_a_kink_that_no_one_knows_of_is_found() -> None:
    trace = traced(lambda x: np.abs(x - 0.123456), 0, 1, [])
    assert trace.y.min() < 1e-3


def test_a_pole_leaves_the_picture_at_its_edge() -> None:
    def pole(x: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(1 / x)

    trace = traced(pole, 0, 1, [])
    low, high = heights([trace])
    assert trace.y[0] == math.inf
    assert high < 100
    shown = clipped(trace, low, high)
    assert np.nanmax(shown.y) == high
    assert shown.x[np.nanargmax(shown.y)] == pytest.approx(1 / high, rel=0.02)


@pytest.mark.parametrize(
    ("call", "ends"),
    [
        # log(0.95 / 0.05) and log(0.9 / 0.1).
        (
            "ce --label-smoothing 0.1,0.2",
            "= 2.944 for label smoothing 0.1, 2.197 for label smoothing 0.2",
        ),
        ("ce --label-smoothing 0.1 --range 0,1000", "= 2.944"),
        ("mape", "is smallest at input = 1"),
        ("huber --delta 1e300,1e-300", "is smallest at input - target = 0"),
        ("huber --range 1e-9,2e-9", "rises from 5e-19 at 1e-09 to 2e-18 at 2e-09"),
        ("ce --range 1e-9,2e-9", "at 1e-09 to 0.6931471796 at 2e-09"),
    ],
)
def test_the_title_is_true_at_its_rounding(loss: Loss, call: str, ends: str) -> None:
    assert loss("plot", "curve", *call.split()).out.splitlines()[1].endswith(ends)
