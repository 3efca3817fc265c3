"""Healthy files give no warning and no error: labels drawn from the input's own softmax."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.commands.diagnose.registry import rules
from losscli.contract.cases import Variant
from tests.commands.diagnose.healthy import alarms, diagnosed, drawn_labels, log_softmax
from tests.conftest import ROOT, Loss
from tests.losses.cases import VARIANTS

CLASSES = st.sampled_from([2, 3, 5, 10, 31, 100, 300, 1000])
SAMPLES = st.sampled_from([1, 2, 3, 5, 10, 30, 100, 300, 1000])
SCALE = st.sampled_from([1.0, 2.0, 4.0, 10.0])


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), CLASSES, SAMPLES, SCALE, st.booleans())
def test_logits_of_any_size(seed: int, classes: int, n: int, scale: float, uneven: bool) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, scale, (min(n, 200_000 // classes), classes))
    x += rng.normal(0, 2, classes) if uneven else 0
    y = drawn_labels(rng, x)
    assert alarms(diagnosed("ce", {"input": x, "target": y})) == []


@settings(max_examples=35, deadline=None)
@given(st.integers(0, 2**32), CLASSES, SAMPLES, SCALE, st.sampled_from(["f2", "f4", "f8"]))
def test_other_forms(seed: int, classes: int, n: int, scale: float, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, scale, (min(n, 100_000 // classes), classes))
    y = drawn_labels(rng, x)
    log_p = log_softmax(x)
    found = [
        diagnosed("ce", {"input": x.astype(dtype), "target": y}),
        diagnosed("ce", {"input": np.exp(log_p), "target": y}, from_="probs"),
        diagnosed("nll", {"input": log_p, "target": y}),
    ]
    assert [alarms(diagnosis) for diagnosis in found] == [[], [], []]


@settings(max_examples=35, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([2, 5, 20]), SAMPLES, st.sampled_from([2, 5, 20]))
def test_sequences(seed: int, classes: int, n: int, length: int) -> None:
    """As many positions as classes too: another class axis would fit the shapes."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 2, (min(n, 300), classes, length))
    y = drawn_labels(rng, x)
    assert alarms(diagnosed("ce", {"input": x, "target": y})) == []


@settings(max_examples=35, deadline=None)
@given(st.integers(0, 2**32), SAMPLES, st.sampled_from([1, 5]), SCALE)
def test_binary_logits(seed: int, n: int, columns: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, scale, (n, columns))
    y = (rng.random(x.shape) < 1 / (1 + np.exp(-x))).astype(float)
    assert alarms(diagnosed("bce-logits", {"input": x, "target": y})) == []
    assert alarms(diagnosed("bce", {"input": 1 / (1 + np.exp(-x)), "target": y})) == []


def test_probabilities_of_the_other_label_are_worse_than_its_share() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(0, 1.5, 200)
    y = (rng.random(200) < 1 / (1 + np.exp(-x))).astype(float)
    assert alarms(diagnosed("bce-logits", {"input": -x, "target": y})) == ["L701"]
    assert alarms(diagnosed("bce", {"input": 1 / (1 + np.exp(x)), "target": y})) == ["L701"]


def test_rates_for_logarithms_of_rates_are_found_and_the_reverse() -> None:
    rng = np.random.default_rng(3)
    rates = np.exp(rng.normal(0, 1.5, 200))
    counts = rng.poisson(rates) * 1.0
    (found,) = diagnosed("poisson-nll", {"input": rates, "target": counts}).findings
    assert (found.code, found.next.split()[-1]) == ("L104", "--no-log-input")
    logarithms = {"input": np.log(rates), "target": counts}
    assert alarms(diagnosed("poisson-nll", logarithms)) == []
    assert alarms(diagnosed("poisson-nll", logarithms, log_input=False)) == ["L104"]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_loss_can_be_diagnosed_and_its_drawn_cases_have_no_error(variant: Variant) -> None:
    rng = np.random.default_rng(7)
    case = variant.draw(rng, (6,))
    roles: dict[str, Any] = {**case.roles}
    plain: dict[str, Any] = {}
    for name, value in case.options.items():
        (roles if isinstance(value, np.ndarray) else plain)[name] = value
    found = diagnosed(variant.loss.name, roles, **plain)
    errors = {finding.code for finding in found.findings if finding.severity == "error"}
    # What is drawn for kl-div are single numbers, no distributions.
    assert errors <= ({"L104"} if variant.loss.name == "kl-div" else set())
    assert set(found.checked) <= {rule.code for rule in rules()}


def test_the_digits_are_under_confident_and_nothing_else(loss: Loss) -> None:
    digits = ROOT / "samples/digits/predictions.csv"
    ran = loss("diagnose", "ce", "-i", f"{digits}::zero-nine", "-t", f"{digits}::label")
    assert ran.status == 0
    found = [line for line in ran.out.splitlines() if line.startswith("L")]
    assert [line.split()[0] for line in found] == ["L801"]
    assert "temperature=0.4978" in ran.out
