"""The uncertainty of a mean: standard error and bootstrap interval."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from tests.conftest import Loss
from tests.engine.breakdown.digits import CALL, printed


def test_the_standard_error_of_a_plain_mean(loss: Loss) -> None:
    found = printed(loss, *CALL, "--ci")
    losses, ci = np.array(found["per_sample"]), found["ci"]
    assert ci["stderr"] == pytest.approx(losses.std(ddof=1) / math.sqrt(450), rel=1e-12)
    assert ci["mean"] == found["value"]
    assert ci["low"] < ci["mean"] < ci["high"]
    assert (ci["samples"], ci["resamples"], ci["seed"], ci["level"]) == (450, 1000, 0, 0.95)


def test_the_bootstrap_is_a_percentile_interval_of_resampled_means(loss: Loss) -> None:
    found = printed(loss, *CALL, "--ci", "--seed", "3")
    losses = np.array(found["per_sample"])
    means = []
    for number in range(1000):
        generator = np.random.Generator(np.random.PCG64([3, number]))
        means.append(losses[generator.integers(0, 450, 450)].mean())
    expected = np.quantile(means, [0.025, 0.975])
    assert [found["ci"]["low"], found["ci"]["high"]] == pytest.approx(expected, rel=1e-12)
    assert printed(loss, *CALL, "--ci", "--seed", "3")["ci"] == found["ci"]
    assert printed(loss, *CALL, "--ci")["ci"]["low"] != found["ci"]["low"]


def test_a_weighted_mean_is_a_ratio(loss: Loss, saved: Any) -> None:
    weights = np.random.default_rng(4).uniform(0, 2, 450)
    files = saved(w=weights)
    found = printed(loss, *CALL, "--sample-weight", files["w"], "--ci")
    off = np.array(found["per_sample"]) - found["value"] * weights
    stderr = math.sqrt((off**2).sum() * 450 / 449) / weights.sum()
    assert found["ci"]["stderr"] == pytest.approx(stderr, rel=1e-12)
    assert found["ci"]["mean"] == pytest.approx(found["value"], rel=1e-14)
    # All weights multiplied alike: nothing changes.
    tiny = saved(w=weights * 1e-300)
    again = printed(loss, *CALL, "--sample-weight", tiny["w"], "--ci")["ci"]
    assert again["high"] == pytest.approx(found["ci"]["high"], rel=1e-12)


def test_samples_are_drawn_not_their_positions(loss: Loss, saved: Any) -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(8, 3, 50)), rng.integers(0, 3, (8, 50))
    y[0] = -100
    files = saved(x=x, y=y)
    ci = printed(loss, "ce", "-i", files["x"], "-t", files["y"], "--ci")["ci"]
    assert ci["samples"] == 7
    one = saved(x=x[1:2], y=y[1:2])
    alone = printed(loss, "ce", "-i", one["x"], "-t", one["y"], "--ci")["ci"]
    assert (alone["stderr"], alone["low"]) == ("nan", "nan")


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e200, 1e305])
def test_losses_of_any_size(loss: Loss, saved: Any, scale: float) -> None:
    target = np.array([1.0, -2.0, 4.0, 5.0]) * scale
    files = saved(x=np.zeros(4), y=target, g=np.array([0, 0, 1, 1]))
    call = ("l1", "-i", files["x"], "-t", files["y"], "--ci", "--hist", "--groups", files["g"])
    found = printed(loss, *call)
    assert found["ci"]["mean"] == pytest.approx(3 * scale, rel=1e-3)
    assert found["ci"]["stderr"] == pytest.approx(math.sqrt(10 / 12) * scale, rel=1e-3)
    assert 0 < found["ci"]["low"] < found["ci"]["high"]
    assert sum(found["hist"]["counts"]) == 4
    assert [row["mean"] for row in found["groups"]["groups"]] == pytest.approx(
        [1.5 * scale, 4.5 * scale], rel=1e-3
    )


def test_other_normalizers_have_the_same_mean(loss: Loss, saved: Any) -> None:
    rng = np.random.default_rng(8)
    p = rng.dirichlet(np.ones(4), (6,))
    files = saved(x=np.log(rng.dirichlet(np.ones(4), (6,))), y=p, g=np.arange(6) % 2)
    call = ("kl-div", "-i", files["x"], "-t", files["y"], "--ci", "--groups", files["g"])
    for reduction in ("mean", "batchmean"):
        found = printed(loss, *call, "-r", reduction)
        assert found["ci"]["mean"] == pytest.approx(found["value"], rel=1e-14)
        means = [row["mean"] for row in found["groups"]["groups"]]
        assert np.mean(means) == pytest.approx(found["value"], rel=1e-13)
    log_p = np.log(rng.dirichlet(np.ones(5), (9, 3)))
    sizes = {"l": np.array([9, 8, 7]), "s": np.array([3, 1, 2])}
    files = saved(x=log_p, y=rng.integers(1, 5, (3, 3)), **sizes)
    lengths = ("--input-lengths", files["l"], "--target-lengths", files["s"])
    found = printed(loss, "ctc", "-i", files["x"], "-t", files["y"], *lengths, "--ci")
    assert found["ci"]["mean"] == pytest.approx(found["value"], rel=1e-14)


def test_a_loss_that_is_not_finite_has_no_interval(loss: Loss, saved: Any) -> None:
    files = saved(x=np.array([[0, np.nan], [1, 2]]), y=np.array([0, 1]))
    call = ("ce", "-i", files["x"], "-t", files["y"], "--ci", "--hist", "--by", "target")
    ran = loss(*call, "-f", "json")
    assert ran.status == 4
    found = json.loads(ran.out, parse_constant=lambda word: pytest.fail(word))
    assert found["ci"]["low"] == "nan"
    assert found["hist"]["not_finite"] == 1
    assert loss(*call).status == 4
