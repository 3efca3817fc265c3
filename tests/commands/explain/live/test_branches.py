"""What a page evaluates arrives at the walk of other numbers, for every loss, option and kind.

Here the list of operations is evaluated in Python; `test_browser` does the same in a browser.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.commands.explain import walks
from losscli.commands.explain.explanation import Explanation
from losscli.commands.explain.live.data import data_of
from losscli.commands.explain.live.inputs import inputs_of
from losscli.commands.explain.number import Number
from losscli.contract.cases import Case, Variant
from tests.commands.explain.live.evaluated import evaluated
from tests.commands.explain.walked import explain
from tests.losses.cases import VARIANTS


def steps_of(explanation: Explanation) -> list[tuple[str, list[float]]]:
    return [
        (step.name, [row.result.value for row in step.rows if not row.span and not row.answer])
        for step in explanation.walk.steps
    ]


def moved(case: Case, other: Case) -> Case:
    """Return a case with the first sample of another one."""
    for role, values in other.roles.items():
        if not case.kind(role).is_integer or case.kind(role).is_target:
            first: Any = (slice(None), 0) if case.sample_axis(role) else 0
            changed = case.roles[role].copy()
            changed[first] = values[first]
            case = Case(case.variant, {**case.roles, role: changed}, case.options)
    return case


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_graphs_are_the_walks_of_other_numbers(variant: Variant) -> None:
    case = variant.draw(np.random.default_rng(0), (3,), classes=4)
    sample = explain(case, 0).sample
    data = data_of(sample, 4)
    labels = set()
    for seed in range(1, 13):
        drawn = variant.draw(np.random.default_rng(seed), (3,), classes=4)
        found = explain(moved(case, drawn), 0)
        if found.sample.is_ignored:
            continue
        roles = found.sample.walked_roles()
        inputs = inputs_of(found.sample, roles, range(4))
        numbers = evaluated(data["graph"], [each.number for each in inputs])
        branch = branch_of(data, numbers, found.sample.target)
        labels.add(found.sample.target)
        assert_same_steps(data, branch, numbers, found)
    assert labels


def branch_of(data: Any, numbers: list[Number], target: int | None) -> Any:
    of_target = [b for b in data["branches"] if not data["targets"] or b["target"] == target]
    right = [
        branch
        for branch in of_target
        if all(
            all(numbers[at].value == 1 for at in tests) == holds
            for tests, holds, _ in branch["guards"]
        )
    ]
    assert right, "no branch for these numbers"
    return right[0]


def assert_same_steps(data: Any, branch: Any, numbers: list[Number], found: Explanation) -> None:
    steps = [data["steps"][at] for at in branch["steps"]]
    walked = steps_of(found)
    assert [step["name"] for step in steps] == [name for name, _ in walked]
    for step, (name, values) in zip(steps, walked, strict=True):
        if step.get("onlyIf") is not None and numbers[step["onlyIf"]].value != 1:
            continue
        rows = [row for row in step["rows"] if "value" in row and "answer" not in row]
        if name == "Gradient" and [row["name"] for row in rows] != row_names(found):
            continue
        assert values == pytest.approx(
            [numbers[row["value"][0]].value for row in rows], rel=1e-9, abs=1e-12, nan_ok=True
        ), name
    assert numbers[branch["loss"]].value == pytest.approx(found.kernel, rel=1e-9, abs=1e-12)
    whole = found.walk.whole
    assert numbers[branch["fileLoss"]].value == pytest.approx(whole.value, rel=1e-9, abs=1e-12)


def row_names(found: Explanation) -> list[str]:
    return [str(row.label) for row in found.walk.steps[-1].rows]


DECIDED = {
    "the options": {"smoothing.value", "label_smoothing.value", "z_loss.value", "gamma.value"},
    "what is said of the sample": {"y.value", "x[y].value"},
    "infinite inputs, which a page does not change": {"x_j.value", "x[y].value", "s.value"},
}
"""What a walk may look at itself, and why."""


def test_walks_decide_by_what_is_noted() -> None:
    """A walk that compares a number's value itself has steps that a page cannot choose."""
    known = set().union(*DECIDED.values())
    for path in sorted(Path(str(walks.__file__)).parent.glob("*.py")):
        tests: list[ast.expr] = []
        for node in ast.walk(ast.parse(path.read_text())):
            tests += [node] if isinstance(node, ast.Compare) else []
            tests += [node.test] if isinstance(node, ast.If | ast.IfExp) else []
        for inner in (inner for test in tests for inner in ast.walk(test)):
            if isinstance(inner, ast.Attribute) and inner.attr in ("value", "is_lost"):
                assert ast.unparse(inner) in known, (path.name, inner.lineno)
