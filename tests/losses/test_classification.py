"""Corners of the losses of classes: ties, kinks, certainty, one class, masked and huge numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli import LossError, compute
from losscli.losses.declare.registry import find
from tests.conftest import Loss

SHAPED = ("softmax-focal", "poly", "gce", "sce", "prob-mae")
MARGINS = ("multiclass-perceptron", "multi-margin", "categorical-hinge")
OTHERS = ("sparsemax", *MARGINS)
ANGULAR = ("arcface", "am-softmax")
INF = math.inf


def loss_and_slope(name: str, x: list[float], y: int, **options: Any) -> tuple[float, list[float]]:
    result = compute(name, input=[x], target=[y], grad=True, **options)
    return float(result.value), result.grad["input"][0].tolist()


@pytest.mark.parametrize(
    ("name", "x", "loss", "slope"),
    [
        # A maximum that k classes share passes 1/k to each, the target among them.
        ("multiclass-perceptron", [2.0, 2.0, 1.0], 0.0, [-0.5, 0.5, 0.0]),
        ("multiclass-perceptron", [1.0, 2.0, 2.0], 1.0, [-1.0, 0.5, 0.5]),
        ("multiclass-perceptron", [3.0, 3.0, 3.0], 0.0, [-2 / 3, 1 / 3, 1 / 3]),
        ("multiclass-perceptron", [3.0, 2.0, 1.0], 0.0, [0.0, 0.0, 0.0]),
        ("categorical-hinge", [0.5, 2.0, 2.0], 2.5, [-1.0, 0.5, 0.5]),
        # The target's own entry in the maximum is a 0: it shares one of 0, and passes nothing.
        ("categorical-hinge", [0.5, -2.0, -3.0], 0.5, [-1.0, 0.0, 0.0]),
        ("categorical-hinge", [0.5, 0.0, -3.0], 0.5, [-1.0, 0.5, 0.0]),
        # The outer maximum is shared with 0.
        ("categorical-hinge", [3.0, 2.0, 1.0], 0.0, [-0.5, 0.5, 0.0]),
        ("categorical-hinge", [3.0, 2.0, 2.0], 0.0, [-0.5, 0.25, 0.25]),
        ("categorical-hinge", [4.0, 2.0, 2.0], 0.0, [0.0, 0.0, 0.0]),
        # At the margin itself nothing is passed.
        ("multi-margin", [3.0, 2.0, 2.5], 0.5 / 3, [-1 / 3, 0.0, 1 / 3]),
        ("multi-margin", [3.0, 2.0, 2.0], 0.0, [0.0, 0.0, 0.0]),
        ("sparsemax", [1.0, 0.0, 0.0], 0.0, [0.0, 0.0, 0.0]),
        ("sparsemax", [1.0, 1.0, 1.0], 1 / 3, [-2 / 3, 1 / 3, 1 / 3]),
        ("sparsemax", [0.0, 5.0, 1.0], 5.0, [-1.0, 1.0, 0.0]),
    ],
)
def test_ties_and_kinks(name: str, x: list[float], loss: float, slope: list[float]) -> None:
    got = loss_and_slope(name, x, 0)
    assert got[0] == pytest.approx(loss, rel=1e-15)
    assert got[1] == pytest.approx(slope, rel=1e-15)


@pytest.mark.parametrize(
    ("name", "loss", "slope"),
    [
        ("softmax-focal", INF, [-INF, 0.0]),
        ("poly", INF, [-INF, 0.0]),
        ("gce", 1 / 0.7, [-INF, 0.0]),
        ("sce", INF, [-INF, 4.0]),
        ("prob-mae", 2.0, [-1.0, 1.0]),
    ],
)
def test_a_target_of_probability_0(name: str, loss: float, slope: list[float]) -> None:
    value, by_p = loss_and_slope(name, [0.0, 1.0], 0, from_="probs")
    assert value == pytest.approx(loss)
    assert by_p == slope
    value, from_logits = loss_and_slope(name, [-INF, 0.0], 0)
    assert value == pytest.approx(loss)
    assert np.isfinite(from_logits).all()
    value, from_logs = loss_and_slope(name, [-INF, 0.0], 0, from_="log-probs")
    assert value == pytest.approx(loss)
    assert np.isfinite(from_logs).all()


def test_what_does_not_count_is_not_infinite() -> None:
    for form, x in (("probs", [0.0, 1.0]), ("logits", [-INF, 0.0]), ("log-probs", [-INF, 0.0])):
        value, slope = loss_and_slope("sce", x, 0, from_=form, alpha=0)
        assert value == 4.0
        assert np.isfinite(slope).all()
        value, slope = loss_and_slope("softmax-focal", x, 0, from_=form, alpha=[0, 1])
        assert (value, slope) == (0.0, [0.0, 0.0])
    assert loss_and_slope("gce", [0.0, 1.0], 0, from_="probs", q=1) == (1.0, [-1.0, 0.0])


@pytest.mark.parametrize("name", SHAPED)
@pytest.mark.parametrize(
    ("form", "x"), [("probs", [1.0, 0.0]), ("log-probs", [0.0, -INF]), ("logits", [1e4, -INF])]
)
def test_a_certain_target_costs_nothing(name: str, form: str, x: list[float]) -> None:
    for options in ({}, {"gamma": 0.5}, {"gamma": 0}) if name == "softmax-focal" else ({},):
        value, slope = loss_and_slope(name, x, 0, from_=form, **options)
        assert math.copysign(1, value) == 1
        assert value == 0
        assert np.isfinite(slope).all()


def test_the_slope_of_a_certain_probability() -> None:
    # |p - 1| and |p - 0| are at their kinks.
    assert loss_and_slope("prob-mae", [1.0, 0.0], 0, from_="probs") == (0.0, [0.0, 0.0])
    slope = loss_and_slope("softmax-focal", [1.0, 0.0], 0, from_="probs", alpha=1, gamma=0)[1]
    assert slope == [-1.0, 0.0]
    assert loss_and_slope("softmax-focal", [1.0, 0.0], 0, from_="probs", gamma=0.5)[1] == [0, 0]


@pytest.mark.parametrize("name", ["sce", "prob-mae"])
def test_rows_are_not_renormalized(name: str) -> None:
    p = [0.5, 0.25, 0.125]
    loss, slope = loss_and_slope(name, p, 0, from_="probs")
    assert loss == pytest.approx(0.1 * math.log(2) + 1.5 if name == "sce" else 0.875)
    assert slope == pytest.approx([-0.2, 4, 4] if name == "sce" else [-1, 1, 1])
    logs, by_log = loss_and_slope(name, np.log(p).tolist(), 0, from_="log-probs")
    assert logs == pytest.approx(loss)
    assert by_log == pytest.approx((np.array(slope) * p).tolist())


@pytest.mark.parametrize("name", [*SHAPED, *OTHERS])
def test_one_class(name: str) -> None:
    expected = 0.75 if name == "categorical-hinge" else 0.0
    result = compute(name, input=[[0.25]], target=[0], grad=True)
    assert result.value == expected
    assert result.grad["input"].tolist() == [[-1.0 if expected else 0.0]]
    message = next(warning.message for warning in result.warnings if warning.code == "L504")
    assert ("the loss is 0 whatever it holds" in message) == (name in SHAPED)


@pytest.mark.parametrize("name", ANGULAR)
def test_one_class_of_cosines(name: str) -> None:
    assert loss_and_slope(name, [0.25], 0) == (0.0, [0.0])


@pytest.mark.parametrize("name", [*SHAPED, *OTHERS])
def test_a_masked_class_changes_nothing(name: str) -> None:
    x = [0.5, -1.0, 2.0]
    # multi-margin divides by the number of classes, masked or not.
    factor = 0.75 if name == "multi-margin" else 1
    plain, slope = loss_and_slope(name, x, 1)
    masked, with_mask = loss_and_slope(name, [*x, -INF], 1)
    assert masked == pytest.approx(factor * plain, rel=1e-15)
    assert with_mask == pytest.approx([factor * number for number in slope] + [0.0], rel=1e-15)


@pytest.mark.parametrize("name", [*SHAPED, *OTHERS])
@pytest.mark.parametrize("target", [0, 1, 2])
def test_logits_of_1e4(name: str, target: int) -> None:
    value, slope = loss_and_slope(name, [1e4, -1e4, 1e4 - 1], target)
    assert math.isfinite(value)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("name", [*SHAPED, *OTHERS, *ANGULAR])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_nan_in_any_class_is_contagious(name: str, place: int) -> None:
    x = [0.5, -0.25, 0.125]
    x[place] = math.nan
    assert math.isnan(loss_and_slope(name, x, 0)[0])
    if name in SHAPED:
        assert math.isnan(loss_and_slope(name, [abs(p) for p in x], 0, from_="probs")[0])
        assert math.isnan(loss_and_slope(name, [-abs(p) for p in x], 0, from_="log-probs")[0])


@pytest.mark.parametrize("name", [*SHAPED, *OTHERS, *ANGULAR])
def test_a_nan_of_the_only_class_is_contagious(name: str) -> None:
    assert math.isnan(loss_and_slope(name, [math.nan], 0)[0])


def test_a_loss_near_the_largest_double_is_finite() -> None:
    big = 1.5e308
    assert loss_and_slope("multi-margin", [0.0, big, big, big], 0)[0] == pytest.approx(0.75 * big)
    assert loss_and_slope("sparsemax", [0.0, big, big], 0)[0] == pytest.approx(big)


def test_small_leads_keep_their_digits() -> None:
    # 1 + x_j - x_y where almost nothing is left of it.
    exact = 2.0**-60
    assert loss_and_slope("categorical-hinge", [1.0, exact], 0)[0] == exact
    assert loss_and_slope("multi-margin", [1.0, exact], 0)[0] == exact / 2
    assert loss_and_slope("sparsemax", [1.0, exact], 0)[0] == exact**2 / 4


@pytest.mark.parametrize("cosine", [1.0, -1.0])
def test_the_angle_has_no_slope_at_its_ends(cosine: float) -> None:
    value, slope = loss_and_slope("arcface", [cosine, cosine], 0, scale=2, margin=0.5)
    at_target = cosine * math.cos(0.5)
    p = 1 / (1 + math.exp(2 * (cosine - at_target)))
    assert value == pytest.approx(-math.log(p))
    # d sin(theta) is left out of it: d cos(theta + margin) / d cos(theta) counts as cos(margin).
    assert slope == pytest.approx([-2 * math.cos(0.5) * (1 - p), 2 * (1 - p)])


def test_an_angle_past_pi_is_used_as_it_is() -> None:
    value = loss_and_slope("arcface", [-0.99, 0.0], 0, scale=4, margin=0.5)[0]
    moved = math.cos(math.acos(-0.99) + 0.5)
    assert math.acos(-0.99) + 0.5 > math.pi
    assert value == pytest.approx(math.log1p(math.exp(-4 * moved)))


@pytest.mark.parametrize("name", ANGULAR)
def test_cosines_beyond_1_by_rounding_are_clipped(name: str) -> None:
    beyond, at = [[1.0004, 0.5], [0.25, -1.001]], [[1.0, 0.5], [0.25, -1.0]]
    result = compute(name, input=beyond, target=[0, 1], grad=True)
    clipped = compute(name, input=at, target=[0, 1], grad=True)
    assert result.value == clipped.value
    assert result.grad["input"].tolist() == clipped.grad["input"].tolist()
    assert clipped.warnings == ()
    assert [(warning.code, warning.message) for warning in result.warnings] == [
        ("L407", "input row 1: 1.0004 is outside [-1, 1] by rounding (2 of 2); clipped")
    ]
    with pytest.raises(LossError, match=r"row 1 column 2.* -1.0011 .*normalize the embeddings"):
        compute(name, input=[[0.5, -1.0011]], target=[0])


def test_the_factors_of_the_focal_loss() -> None:
    x, y = [[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]], [0, 2]
    default = compute("softmax-focal", input=x, target=y)
    assert "|alpha:0.25|gamma:2|" in default.signature
    assert compute("softmax-focal", input=x, target=y, alpha=0.25).value == default.value
    by_class = compute("softmax-focal", input=x, target=y, alpha=[1, 2, 3])
    assert "|alpha:1,2,3|" in by_class.signature
    np.testing.assert_allclose(by_class.per_sample, default.per_sample * [4, 12], rtol=1e-15)
    assert by_class.denominator == 2
    with pytest.raises(LossError, match=r"alpha has shape \(2,\), expected \(3,\)"):
        compute("softmax-focal", input=x, target=y, alpha=[1, 2])
    with pytest.raises(LossError, match="alpha -1 is negative"):
        compute("softmax-focal", input=x, target=y, alpha=-1)


def test_alpha_on_the_command_line(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("0.5,-1,2\n1,0,-0.5\n")
    (tmp_path / "y.csv").write_text("0\n2\n")
    (tmp_path / "a.csv").write_text("1\n2\n3\n")
    call = ("softmax-focal", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv", "-f", "json")
    signed = [
        json.loads(loss(*call, *alpha).out)["signature"].split("|")[3]
        for alpha in ([], ["--alpha", "0.5"], ["--alpha", "1,2,3"], ["--alpha", tmp_path / "a.csv"])
    ]
    assert signed == ["alpha:0.25", "alpha:0.5", "alpha:1,2,3", "alpha:1,2,3"]


def test_the_power_of_a_margin_is_1_or_2(loss: Loss, tmp_path: Path) -> None:
    option = find("multi-margin").option("p")
    assert option is not None
    assert option.check(np.int64(2)) == 2
    for wrong in (3, 0, True, "1", 1.5, None):
        with pytest.raises(LossError, match=r"p: .* is not one of 1, 2"):
            option.check(wrong)
    (tmp_path / "x.csv").write_text("0.5,-1,2\n1,0,-0.5\n")
    (tmp_path / "y.csv").write_text("0\n2\n")
    call = ("multi-margin", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv", "-q")
    assert loss(*call, "--p", "2").out != loss(*call).out == loss(*call, "--p", "1").out
    assert loss(*call, "--p", "3").status == 2


def test_a_log_probability_above_0_counts_as_certain_in_the_focal_factor() -> None:
    value, slope = loss_and_slope("softmax-focal", [1e-9, -30.0], 0, from_="log-probs", gamma=1.5)
    assert (value, slope) == (0.0, [0.0, 0.0])


def test_a_gradient_of_nothing_has_no_sign() -> None:
    _, slope = loss_and_slope("ce", [0.0, -math.inf], 0)
    assert [math.copysign(1, number) for number in slope] == [1, 1]
