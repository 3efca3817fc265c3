"""What a call refuses: the kind of error, and the words that say why and what to do."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from losscli import LossError, compute
from losscli.contract.cases import Variant
from losscli.errors import DataError, UsageError
from losscli.losses import names
from losscli.losses.declare.options import Bounds
from losscli.losses.declare.role_kind import Layout
from tests.conftest import says_what_to_do
from tests.losses.cases import LOSSES, VARIANTS

X = [[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]]
P = [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]
Y = [0, 2]
CE = {"input": X, "target": Y}
MSE = {"input": [1.0, 2.0], "target": [1.0, 2.5]}

USAGE: list[tuple[str, dict[str, Any], str]] = [
    ("cee", CE, r"no loss 'cee'; did you mean ce\?"),
    ("ce", {"input": X}, "ce: target is missing; give target="),
    ("ce", {**CE, "beta": 1}, "ce has no 'beta'; it takes .*label_smoothing"),
    ("ce", {**CE, "reducton": "sum"}, r"'reducton' \(did you mean reduction\?\); it"),
    ("ce", {**CE, "reduction": "batchmean"}, "reduction: 'batchmean' is not one of mean, sum"),
    ("ce", {**CE, "dtype": "float16"}, "dtype: 'float16' is not one of float64, float32"),
    ("ce", {**CE, "label_base": 2}, "label_base: 2 is not 0 or 1"),
    ("ce", {**CE, "class_axis": 2}, r"class_axis: 2 is not an axis .* shape \(2, 3\)"),
    ("ce", {**CE, "class_axis": 0.5}, "class_axis: 0.5 is not a whole number"),
    ("ce", {**CE, "threads": 0}, "threads: 0 is not a positive whole number"),
    ("ce", {**CE, "threads": -1}, "threads: -1 is not a positive whole number"),
    (
        "ce",
        {**CE, "label_smoothing": 1.5},
        "label_smoothing: 1.5 is not allowed; give a number from",
    ),
    ("ce", {**CE, "label_smoothing": float("nan")}, "label_smoothing: nan is not allowed"),
    ("ce", {**CE, "label_smoothing": "0.1"}, "label_smoothing: '0.1' is not allowed"),
    ("ce", {**CE, "label_smoothing": True}, "label_smoothing: True is not allowed"),
    ("ce", {**CE, "ignore_index": 0.5}, "ignore_index: 0.5 is not a whole number"),
    ("ce", {**CE, "ignore_index": 10**400}, "ignore_index: .* is not allowed"),
    ("ce", {**CE, "z_loss": -1}, "z_loss: -1 is not allowed; give a number of at least 0"),
    ("ce", {**CE, "from_": "softmax"}, "from_: 'softmax' is not one of logits, probs, log-probs"),
    ("ce", {**CE, "input": P, "from_": "probs", "z_loss": 1}, "z_loss is for logits"),
    ("ce", {"input": X, "target": P, "ignore_index": 1}, "ignore_index is for class indices"),
    ("ce", {"input": X, "target": P, "ignore_index": -7}, "ignore_index is for class indices"),
    ("ce", {"input": X, "target": P, "label_base": 1}, "label_base is for class indices"),
    ("ce", {**CE, "threads": "2"}, "threads: '2' is not a positive whole number"),
    ("ce", {**CE, "label_base": 1.0}, "label_base: 1.0 is not a whole number"),
    ("ce", {**CE, "from_": np.array(["a", "b"])}, "from_: array.* is not one of"),
    ("ce", {**CE, "map_binary": True}, "map_binary: ce has no targets -1/.1; remove it"),
    ("mse", {"input": [1.0], "target": [1.0], "label_base": 1}, "label_base: mse has no class"),
    ("mse", {"input": [1.0], "target": [1.0], "class_axis": 0}, "class_axis: mse has no class"),
]
DATA: list[tuple[str, dict[str, Any], str]] = [
    ("ce", {"input": X, "target": [1, 3]}, "row 2: label 3 is not in 0..2; .*label_base=1"),
    ("ce", {"input": X, "target": [0, 3]}, "label 3 is not in 0..2; if .*, use ignore_index=3"),
    ("ce", {"input": X, "target": [0, 7]}, "label 7 is not in 0..2; if .*, use ignore_index=7"),
    ("ce", {"input": X, "target": [-1, 0]}, "target row 1: label -1 is not in 0..2"),
    (
        "ce",
        {"input": X, "target": [0, 1], "label_base": 1},
        "label 0 is not in 1..3; .*remove label_base=1",
    ),
    ("ce", {"input": X, "target": [0, 1.5]}, "label 1.5 is not a whole number"),
    ("ce", {"input": X, "target": np.array([0, 1.5], "f2")}, "label 1.5 is not a whole number"),
    ("ce", {"input": X, "target": [0, np.nan]}, "label nan is not a whole number"),
    ("ce", {"input": X, "target": [0, 2**53 + 1]}, "label 9007199254740993 is not in"),
    (
        "ce",
        {"input": X, "target": np.array([0, 2**64 - 1], np.uint64)},
        "label 18446744073709551615",
    ),
    ("ce", {"input": X, "target": [True, False]}, "an array of bool, expected integers"),
    (
        "ce",
        {"input": X, "target": [0]},
        r"shape \(1,\), expected \(2,\) .*one target per sample",
    ),
    ("ce", {"input": X, "target": [0, 1, 2]}, "are the classes on axis 0.*class_axis=0"),
    ("ce", {"input": X, "target": [[0, 1], [1, 0]]}, "one column of labels, or 3 columns of prob"),
    (
        "ce",
        {"input": [0.5, 1.0], "target": Y},
        r"input has shape \(2,\), expected .n, c, .*per sample",
    ),
    ("ce", {"input": 0.5, "target": 0}, "input is a scalar"),
    (
        "ce",
        {"input": np.empty((0, 3)), "target": []},
        r"input is empty, shape \(0, 3\): no samples",
    ),
    ("ce", {"input": np.empty((2, 0)), "target": Y}, "no classes"),
    ("ce", {"input": [[1, 2], [3]], "target": Y}, "^input: "),
    ("ce", {"input": [["a", "b"]], "target": [0]}, "the text 'a', expected a number"),
    ("ce", {"input": [[1j, 2]], "target": [0]}, "complex128, expected numbers"),
    ("ce", {"input": [[None, 2]], "target": [0]}, "a missing value; drop the row"),
    (
        "ce",
        {**CE, "from_": "probs"},
        "input row 1 column 2 .*-1.0 is not in .0, 1.; .*from_=.logits.",
    ),
    ("ce", {"input": X, "target": [[0.5, 0.5, 0], [2, -1, 0]]}, "target 2.0 is not in .0, 1."),
    ("ce", {**CE, "weight": [1, 2]}, r"weight has shape \(2,\), expected \(3,\).*sample_weight"),
    ("ce", {**CE, "weight": [1, 2, -1]}, "weight row 3: weight -1 is negative"),
    ("ce", {**CE, "weight": [1, 2, np.inf]}, "weight inf is not finite"),
    ("ce", {**CE, "weight": [1, 2, np.nan]}, "weight nan is not finite"),
    ("ce", {**CE, "weight": []}, "weight is empty"),
    ("hinge", {"input": [1.0], "target": [0]}, "target 0 is not in {-1, .1}; .*map_binary=True"),
    (
        "hinge",
        {"input": [1.0], "target": [-1], "map_binary": True},
        "target -1 is not 0 or 1; remove",
    ),
    ("hinge", {"input": [1.0], "target": [np.nan]}, "target nan is not in {-1, .1}"),
    ("sigmoid-focal", {"input": [1.0], "target": [0.5]}, "0.5 is not in {0, .1}.*bce-logits"),
    ("msle", {"input": [-1.0], "target": [1]}, "input -1.0 is not in .0, inf.; .*compute..mse."),
    ("mape", {"input": [1.0], "target": [0.0]}, "target 0.0 is not in the nonzero numbers; .*l1"),
    ("mse", {"input": np.ma.array([1.0, 9], mask=[False, True]), "target": [1, 2]}, "masked array"),
    ("ce", {"input": np.zeros((4, 5, 3)), "target": np.zeros((4, 5), int)}, "class_axis=2"),
    ("ce", {**CE, "sample_weight": [1]}, r"sample_weight has shape \(1,\), expected \(2,\)"),
    ("ce", {**CE, "sample_weight": [1, -1]}, "sample_weight row 2: sample weight -1 is negative"),
    ("ce", {**CE, "sample_weight": [np.nan, 1]}, "row 1: sample weight nan is not finite"),
    ("mse", {**MSE, "target": [1.0]}, r"target has shape \(1,\), expected \(2,\)"),
    ("mse", {**MSE, "target": [[1.0], [2.0]]}, "nothing is broadcast"),
    ("mse", {**MSE, "target": []}, "target is empty"),
    ("bce", {"input": [0.5, 1.5], "target": [0, 1]}, "row 2: input 1.5 .*.*bce-logits"),
    ("bce", {"input": [0.5, 0.5], "target": [0, -1]}, "target -1 is not in .0, 1."),
    ("bce", {"input": [0.5], "target": [1], "weight": [1, 2]}, "that broadcasts to the input's"),
]


def check(error: type[LossError], name: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(error) as caught:
        compute(name, **arguments)
    message = str(caught.value)
    assert re.search(words, message), message
    assert says_what_to_do(message), message
    assert "\n" not in message


@pytest.mark.parametrize(("name", "arguments", "words"), USAGE, ids=[row[2] for row in USAGE])
def test_the_call_is_wrong(name: str, arguments: dict[str, Any], words: str) -> None:
    check(UsageError, name, arguments, words)


@pytest.mark.parametrize(("name", "arguments", "words"), DATA, ids=[row[2] for row in DATA])
def test_the_data_are_wrong(name: str, arguments: dict[str, Any], words: str) -> None:
    check(DataError, name, arguments, words)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_number_outside_its_domain_is_refused_with_its_place(variant: Variant) -> None:
    case = variant.draw(np.random.default_rng(31), (4,))
    for role, values in case.roles.items():
        kind = case.kind(role)
        by_row = kind.layout is Layout.LABELS
        index = (2, 0) if by_row else (2,) * values.ndim
        beyond = [number for number in (kind.low - 1, kind.high + 1) if np.isfinite(number)]
        for number in [99] if kind.index else beyond:
            changed = case.changed(role, index, number)
            column = {Layout.CLASSES: " column 3", Layout.LABELS: " column 1"}.get(kind.layout, "")
            check(
                DataError, variant.loss.name, changed.roles | case.options, f"^{role} row 3{column}"
            )


@pytest.mark.parametrize("loss", LOSSES, ids=names())
def test_an_option_outside_its_bounds_is_refused(loss: Any) -> None:
    variant = next(variant for variant in VARIANTS if variant.loss is loss)
    case = variant.draw(np.random.default_rng(32))
    for option in loss.options:
        if not isinstance(option.spec, Bounds):
            continue
        spec = option.spec
        outside = [spec.low - 1, spec.high + 1, spec.low if spec.open_low else -np.inf]
        for number in (*outside, np.inf, np.nan, "1", True):
            words = f"{option.name}: .* is not allowed; "
            check(UsageError, loss.name, {**case.roles, option.name: number}, words)
