"""The cause of a value that is not finite, and the warnings beside a finite one."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from losscli import compute, losses
from losscli.engine.arrays import array_source
from losscli.engine.compute import checked_options
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.settings import Settings
from losscli.engine.result.culprit import culprit
from losscli.engine.run import Outcome, Wanted, run

NAN, INF = math.nan, math.inf


def finished(name: str, roles: dict[str, Any], **options: Any) -> Outcome:
    loss = losses.declaration(name)
    weight = options.pop("sample_weight", None)
    sources = {role: array_source(role, values) for role, values in roles.items()}
    problem = prepare(
        loss,
        sources,
        checked_options(loss, options),
        Settings(),
        None if weight is None else array_source("sample_weight", weight),
    )
    return run(problem, Wanted(terms=True, gradient=True))


X = [[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]]
CULPRITS: list[tuple[str, Any, Any, dict[str, Any], str]] = [
    (
        "ce",
        [X[0], [0.0, NAN, 3]],
        [0, 1],
        {},
        r"^input row 2 column 2 .*is nan, so .* of sample 1 ",
    ),
    ("ce", [X[0], [INF, 0, -INF]], [0, 1], {}, r"^input row 2 column 1 .*is inf, "),
    ("ce", [X[0], [0, -INF, 1]], [0, 1], {}, r"^input row 2 column 2 .*is -inf: "),
    ("ce", [X[0], [-INF, -INF, 1]], [0, 1], {}, r"^input row 2 column 2 .*is -inf: "),
    ("ce", [[-INF] * 3, X[1]], [0, 1], {}, r"input holds -inf for every class of the row"),
    (
        "ce",
        [X[0], [0, -INF, 1]],
        [0, 1],
        {},
        r"^input row 2 column 2 .*is -inf: the target has probability 0, .*loss of sample 1 ",
    ),
    ("ce", [X[0], [0, -INF, 1]], [0, 0], {"label_smoothing": 0.1}, "a class in the target has pro"),
    ("ce", [X[0], [0, -INF, NAN]], [0, 0], {}, r"^input row 2 column 3 .*is nan, "),
    (
        "ce",
        [[0.5, 0.25, 0.25], [1, 0, 0]],
        [0, 2],
        {"from_": "probs"},
        r"^input row 2 column 3 .*is 0: the target has probability 0, .*; give probabilities above",
    ),
    (
        "ce",
        [[1, 0, 0], [1, 0, 0]],
        [[1, 0, 0], [0.5, 0, 0.5]],
        {"from_": "probs"},
        r"^input row 2 column 3 .*is 0: a class in the target has probability 0",
    ),
    (
        "ce",
        [[0, 0.5, 0.5], [1, 0, 0]],
        [[0.5, 0.5, 0], [0.2, 0.3, 0.5]],
        {"from_": "probs", "weight": [0, 1, 2]},
        r"^input row 2 column 2 .*is 0: a class in the target has probability 0",
    ),
    ("ce", [X[0], [0, -INF, 1]], [0, 1], {"from_": "log-probs"}, "the target has probability 0"),
    ("nll", [X[0], [0, -INF, 1]], [0, 1], {}, "the target has probability 0"),
    (
        "gce",
        [[1, 0], [1, 0]],
        [0, 1],
        {"from_": "probs"},
        "probability 0, so the gradient of sample 1",
    ),
    (
        "kl-div",
        [-1.0, -INF],
        [0.5, 0.5],
        {},
        r"^input row 2: .*is -inf: the target has probability 0",
    ),
    (
        "poisson-nll",
        [1.0, 0.0],
        [0.0, 2.0],
        {"log_input": False, "eps": 0},
        "^input row 2: input is 0: a rate of 0 .*; give rates above 0 or .*--eps",
    ),
    ("ce", X, [[NAN, 0, 1], [1, 0, 0]], {}, r"^target row 1 column 1 .*is nan"),
    ("ce", X, [-100, -100], {}, r"^target: all 2 targets are ignored \(.*-100.*\), .*0/0"),
    ("ce", X, [0, 1], {"sample_weight": [0, 0]}, r"^sample_weight: .*weights sum to zero, .*0/0"),
    ("ce", X, [0, 1], {"weight": [0, 0, 0]}, r"^weight: the counted weights sum to zero"),
    (
        "mse",
        [1.0, 1e200],
        [0.0, 0.0],
        {},
        r"^input row 2: the loss .* overflows float64; ",
    ),
    ("mse", [1.0, 0.0], [0.0, 1e200], {}, r"^target row 2: the loss .* overflows float64"),
    (
        "ce",
        [[5e-324, 1.0]],
        [0],
        {"from_": "probs"},
        r"^input row 1: the gradient of sample 0 .* overflows float64; ",
    ),
    ("mse", [[1.0, 2], [3, 4]], [[1, 2], [INF, 4.0]], {}, r"^target row 2 column 1 .* sample 1,0 "),
    (
        "mse",
        NAN,
        0.0,
        {},
        r"^input scalar: input is nan, so the loss is not finite; correct the number or",
    ),
]


@pytest.mark.parametrize(("name", "x", "y", "options", "words"), CULPRITS)
def test_the_first_culprit_is_named(
    name: str, x: Any, y: Any, options: dict[str, Any], words: str
) -> None:
    outcome = finished(name, {"input": x, "target": y}, **options)
    assert outcome.partial.first_not_finite is not None or not math.isfinite(outcome.value)
    said = culprit(outcome, outcome.partial.first_not_finite)
    assert re.search(words, said), said


def test_labels_without_a_path_are_distinguished_from_a_step_of_probability_0() -> None:
    x = np.log(np.full((3, 2, 3), 1 / 3))
    given = {"input_lengths": [3, 3], "target_lengths": [2, 2]}
    outcome = finished("ctc", {"input": x, "target": [[1, 2], [1, 1]], **given})
    assert math.isfinite(outcome.value)
    x[1, 1, :] = -INF
    outcome = finished("ctc", {"input": x, "target": [[1, 2], [1, 1]], **given})
    assert re.search(r"index \[1, 1, 0\].*is -inf, ", culprit(outcome, 1))
    given["target_lengths"] = [2, 3]
    outcome = finished("ctc", {"input": x, "target": [[1, 2, 0], [1, 1, 2]], **given})
    assert "the labels need more steps" in culprit(outcome, 1)


def test_what_float32_does_not_hold_is_offered_float64() -> None:
    loss = losses.declaration("mse")
    sources = {
        role: array_source(role, [value]) for role, value in (("input", 1e30), ("target", 0))
    }
    problem = prepare(loss, sources, checked_options(loss, {}), Settings(dtype="float32"))
    said = culprit(run(problem, Wanted()), 0)
    assert said.endswith("overflows float32; use --dtype float64")


def test_a_sum_beyond_the_largest_double_has_no_term_to_blame() -> None:
    loss = losses.declaration("l1")
    sources = {
        "input": array_source("input", [1.7e308, 1.7e308]),
        "target": array_source("target", [0.0, 0.0]),
    }
    problem = prepare(loss, sources, checked_options(loss, {}), Settings(reduction="sum"))
    outcome = run(problem, Wanted())
    assert outcome.value == INF
    assert culprit(outcome, None).startswith("the sum overflows float64")


def warned(**call: Any) -> list[tuple[str, str]]:
    return list(compute("ce", **call).warnings)


def test_probabilities_where_logits_are_expected() -> None:
    p = np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]])
    [(code, message)] = warned(input=p, target=[0, 2])
    assert code == "L101"
    assert 'from_="probs"' in message
    assert warned(input=p, target=[0, 2], from_="probs") == []
    assert warned(input=p * [[1], [1.01]], target=[0, 2]) == []


def test_probabilities_that_do_not_sum_to_1() -> None:
    p = np.array([[0.7, 0.2, 0.1], [0.5, 0.25, 0.5], [0.5, 0.5, 0.5]])
    [(code, message)] = warned(input=p, target=[0, 2, 1], from_="probs")
    assert code == "L105"
    assert message.startswith("input row 2: the probabilities sum to 1.25, not to 1 (2 of 3)")
    [(code, message)] = warned(input=X, target=[[1.0, 0, 0], [0.5, 0, 0]])
    assert (code, message[:13]) == ("L105", "target row 2:")
    assert warned(input=p, target=[0, -100, -100], from_="probs") == []


def test_log_probabilities_above_0() -> None:
    found = compute("nll", input=X, target=[0, 1]).warnings
    assert [notice.code for notice in found] == ["L104"]
    assert "input row 1: 2 is above 0, so it is not a log-probability (2 of 2)" in found[0].message


def test_one_class() -> None:
    [(code, message)] = warned(input=[[3.0], [1.0]], target=[0, 0])
    assert code == "L504"
    assert "bce-logits" in message


def test_labels_in_the_input_and_probabilities_in_the_target() -> None:
    labels, likely = [1.0, 0.0, 1.0], [0.9, 0.2, 0.8]
    [(code, message)] = compute("bce", input=labels, target=likely).warnings
    assert code == "L110"
    assert message.endswith("input and target look swapped; if so, swap them")
    [(code, _)] = compute("bce", input=labels * 10_000, target=likely * 10_000).warnings
    assert code == "L110"
    for inputs, targets in (
        (likely, labels),
        (labels, labels),
        (labels, [0.95, 0.05, 0.95]),  # Smoothed labels.
        ([1.0, 0.0, 0.5], likely),
    ):
        assert compute("bce", input=inputs, target=targets).warnings == ()
    # Logits may be 0 and 1, and nothing is said of them.
    assert compute("bce-logits", input=labels, target=likely).warnings == ()


def test_probabilities_where_binary_logits_are_expected() -> None:
    p = np.linspace(0, 1, 20)
    y = np.tile([0.0, 1.0], 10)
    for name, fix in (
        ("bce-logits", 'use compute("bce", ...)'),
        ("sigmoid-focal", "give the logits"),
    ):
        [(code, message)] = compute(name, input=p, target=y).warnings
        assert code == "L103"
        assert message.endswith(f"if so, {fix}")
        assert compute(name, input=p[:19], target=y[:19]).warnings == ()
        assert compute(name, input=np.append(p, 1.1), target=np.append(y, 1)).warnings == ()
    assert compute("bce", input=p, target=y).warnings == ()
