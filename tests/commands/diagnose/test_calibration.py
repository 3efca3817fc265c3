"""The best temperature against a search without derivatives, and ECE against its definition."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.commands.diagnose.calibrate import Calibration
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.options import DataOptions
from losscli.commands.typed import Typed
from losscli.engine.arrays import array_source
from losscli.losses.declare.registry import find
from losscli.numerics.arrays import Array
from tests.commands.diagnose.healthy import drawn_labels, log_softmax
from tests.conftest import ROOT, Loss


def calibrated(roles: dict[str, Any], loss: str = "ce", **options: Any) -> Calibration | None:
    sources = {role: array_source(role, values) for role, values in roles.items()}
    return Inspection(find(loss), sources, Typed(find(loss), options, DataOptions())).calibration


def searched(x: Array, y: Array) -> tuple[float, float]:
    """Return the temperature with the smallest loss, by golden section over log T."""

    def loss(log_t: float) -> float:
        return float(compute("ce", input=x / math.exp(log_t), target=y).value)

    low, high, share = -4.0, 4.0, (math.sqrt(5) - 1) / 2
    while high - low > 1e-9:
        left, right = high - share * (high - low), low + share * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return math.exp((low + high) / 2), loss((low + high) / 2)


@pytest.mark.parametrize("factor", [0.05, 0.5, 1, 2, 30])
@pytest.mark.parametrize("classes", [2, 7])
def test_the_temperature_is_the_best_one(factor: float, classes: int) -> None:
    rng = np.random.default_rng(classes)
    x = rng.normal(0, 2, (400, classes))
    y = drawn_labels(rng, x)
    found = calibrated({"input": x * factor, "target": y})
    temperature, loss = searched(x * factor, y)
    assert found is not None
    assert found.temperature == pytest.approx(temperature, rel=1e-6)
    assert found.after == pytest.approx(loss, rel=1e-12)
    assert found.before == pytest.approx(float(compute("ce", input=x * factor, target=y).value))


def test_every_form_of_an_input_has_one_temperature() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(0, 3, (300, 5))
    y = drawn_labels(rng, x / 2)
    log_p = log_softmax(x)
    one_hot = np.eye(5)[y]
    forms = [
        calibrated({"input": x, "target": y}),
        calibrated({"input": x + 1e3, "target": y}),
        calibrated({"input": log_p, "target": y}, "nll"),
        calibrated({"input": np.exp(log_p), "target": y}, from_="probs"),
        calibrated({"input": x, "target": one_hot}),
        calibrated({"input": x.reshape(100, 3, 5).transpose(0, 2, 1), "target": y.reshape(100, 3)}),
    ]
    temperatures = [form.temperature for form in forms if form]
    assert temperatures == pytest.approx([temperatures[0]] * len(forms), rel=1e-6)


def test_a_masked_class_has_no_part() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(0, 3, (200, 4))
    y = drawn_labels(rng, x)
    masked = np.column_stack([x, np.full(200, -np.inf)])
    plain, wide = calibrated({"input": x, "target": y}), calibrated({"input": masked, "target": y})
    assert plain is not None
    assert wide is not None
    assert wide.temperature == pytest.approx(plain.temperature, rel=1e-9)
    assert wide.bins.error == pytest.approx(plain.bins.error)


def test_ignored_targets_are_not_judged() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(0, 2, (200, 4))
    y = drawn_labels(rng, x)
    part = calibrated({"input": x[:100], "target": y[:100]})
    y[100:] = -100
    x[150:] = np.nan
    whole = calibrated({"input": x, "target": y})
    assert whole is not None
    assert part is not None
    assert whole.count == 100
    assert whole.temperature == pytest.approx(part.temperature, rel=1e-9)


def test_without_an_end_or_without_use() -> None:
    right = calibrated({"input": [[3.0, 0.0], [0.0, 1.0]], "target": [0, 1]})
    assert right is not None
    assert right.temperature == 0
    wrong = calibrated({"input": [[3.0, 0.0], [0.0, 1.0]], "target": [1, 0]})
    assert wrong is not None
    assert wrong.temperature == math.inf
    assert wrong.after == pytest.approx(math.log(2))
    flat = calibrated({"input": [[0.0, 0.0]] * 4, "target": [0, 1, 0, 1]})
    assert flat is not None
    assert flat.gain == 0
    impossible = {"input": [[0.0, -math.inf]] * 4, "target": [0, 1, 0, 1]}
    assert calibrated(impossible) is None
    assert calibrated({"input": [[0.5, 0.1]], "target": [[0.5, 0.5]]}) is None


def test_the_calibration_error_is_the_mean_gap_of_15_bins() -> None:
    x = np.load(ROOT / "samples/digits/logits.npy")
    y = np.load(ROOT / "samples/digits/labels.npy")
    found = calibrated({"input": x, "target": y})
    p = np.exp(log_softmax(x.astype(np.float64)))
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    error = 0.0
    for k in range(15):
        inside = (confidence > k / 15) & (confidence <= (k + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    assert found is not None
    assert found.bins.error == pytest.approx(error, rel=1e-9)
    assert found.bins.count.sum() == 450


def test_it_is_called_over_confident_only_if_it_is_more_often_wrong(
    loss: Loss, tmp_path: Path
) -> None:
    """A few confident mistakes ask for a T above 1, while most predictions are too shy."""
    for name, low, wrong, says in (
        ("shy", 1.5, 0, "the logits divided by T = "),
        ("bold", 3.0, 90, "over-confident: the logits divided by T = "),
    ):
        np.save(tmp_path / "x.npy", np.repeat([[low, 0.0], [9.0, 0.0]], [270, 30], axis=0))
        np.save(tmp_path / "y.npy", np.repeat([0, 1, 0, 1], [270 - wrong, wrong, 15, 15]))
        files = ("-i", f"{tmp_path}/x.npy", "-t", f"{tmp_path}/y.npy", "--exit-zero")
        found = json.loads(loss("diagnose", "ce", *files, "-f", "json").out)["findings"]
        (text,) = [one["message"] for one in found if one["code"] == "L801"]
        assert text.startswith(says), name
