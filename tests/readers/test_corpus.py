"""Every awkward file through the reading layer: the right numbers, or one line that says why."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.errors import LossError
from losscli.readers import open_sources
from tests.each import for_each
from tests.readers.opening import ROLES, checked, whole

FOLDER = Path(__file__).parent.parent / "bad_inputs"
CASES: list[dict[str, Any]] = json.loads((FOLDER / "index.json").read_text())
CANARIES = ("PICKLE_WAS_EXECUTED", "YAML_WAS_EXECUTED", "HEADER_WAS_EXECUTED")

# A gigabyte of zeros compressed to a megabyte is known by its shape; nothing inflates it here.
_LARGEST = 10_000_000

# Errors of these kinds cannot be seen in one file alone: shapes, label ranges, NaN, options.
_JUDGED_LATER = {"logit", "shape", "option"}
_JUDGED_LATER_CASES = {
    "csv-header-one-file",
    "cell-na-nan",
    "cell-na-nan2",
    "cell-infinity",
    "label-nearly-int",
    "label-nan",
    "label-inf",
    "label-negative",
    "label-minus101-ignored",
    "label-255",
    "label-equal-C",
    "label-2pow63",
    "label-1e20",
    "label-onehot-transposed",
    "label-soft-negative",
    "label-onehot-index-mix",
    "label-npy-uint8-wrap",
    "label-npy-float-frac",
    "label-npy-nan",
    "label-bce-pm1",
    "label-bce-2",
    "npy-0d",
    "npy-1d",
    "npy-zero-rows",
    "npy-zero-columns",
    "npy-nan",
    "yaml-val-nan",
    "yaml-val-word-nan",
    "yaml-val-word-inf",
    "yaml-labels-fraction",
    "json-val-nan",
    "json-val-inf",
    "json-val-string-nan",
    "json-labels-2pow53",
}
# The message is about an earlier cell than the one in the case.
_EARLIER = {
    "yaml-labels-bool",
    "yaml-labels-zero-padded",
    "yaml-labels-octal3",
    "yaml-labels-string",
}


def open_case(case: dict[str, Any]) -> dict[str, Any]:
    """Read every role of a case, `input+target` from the one file that is given as input."""
    given = {file["role"].partition("+")[0]: file["path"] for file in case["files"]}
    sources, notes = open_sources(given, ROLES)
    assert bool(notes) == any("+" in file["role"] for file in case["files"])
    for source in sources.values():
        for note in source.notes:
            checked(note)
    believable = {role: s for role, s in sources.items() if prod(s.shape) <= _LARGEST}
    return {role: whole(source) for role, source in believable.items()}


@for_each("case", CASES)
def test_case(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / case["id"]
    folder.mkdir()
    # Whatever a file tries to create would appear in the working directory.
    for file in case["files"]:
        (folder / file["path"]).symlink_to(FOLDER / file["path"])
    monkeypatch.chdir(folder)
    try:
        arrays = open_case(case)
    except LossError as error:
        _check_message(case, checked(str(error)))
    else:
        if case["expected"] == "error":
            assert case["category"] in _JUDGED_LATER or case["id"] in _JUDGED_LATER_CASES
        elif case["expected"] == "ok" or "mean" in case:
            _check_numbers(case, arrays)
    assert not [name for name in CANARIES if (folder / name).exists()]


def _check_message(case: dict[str, Any], message: str) -> None:
    """See that a message names the file and the place, and says what is wrong."""
    assert case["expected"] != "ok", message
    assert any(file["path"] in message for file in case["files"])
    # The words must not come from the name of the file.
    text = message.replace(case["id"], "").lower()
    says = case.get("says", [])
    assert not says or any(word.lower() in text for word in says), message
    where = case.get("where", {})
    if case["expected"] != "error" or case["id"] in _EARLIER:
        return
    lines = {where[key] for key in ("line", "row") if key in where}
    named = any(f"line {line}" in text or f"row {line}" in text for line in lines)
    assert named or not lines, message


def _check_numbers(case: dict[str, Any], arrays: dict[str, Any]) -> None:
    """Compare with the mean loss that the case states, by the plainest formulas."""
    if case["expected"] != "ok" and case["id"] not in _PLAIN:
        return
    logits, target = arrays["input"].astype(np.float64), arrays["target"]
    with np.errstate(all="ignore"):
        mean = _MEANS[case["command"]](logits, target, arrays, case["options"])
    np.testing.assert_allclose(mean, case["mean"], rtol=1e-6)


def _ce(logits: Any, target: Any, arrays: dict[str, Any], options: dict[str, Any]) -> float:
    top = logits.max(axis=1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    classes = logits.shape[1]
    if target.shape == logits.shape and classes > 1:
        share = target.astype(np.float64)
    else:
        index = target.ravel().astype(int)
        share = np.zeros_like(logits)
        kept = index != options.get("ignore_index", -1)
        share[np.flatnonzero(kept), index[kept]] = 1
    weight = arrays["weight"].ravel() if "weight" in arrays else np.ones(classes)
    smoothing = options.get("label_smoothing", 0)
    norm = (share * weight).sum()
    share = share * (1 - smoothing) + smoothing / classes
    return float(-(share * weight * np.where(share > 0, logp, 0)).sum() / norm)


def _mse(logits: Any, target: Any, *_: Any) -> float:
    return float(((logits - target.astype(np.float64)) ** 2).mean())


def _bce(probs: Any, target: Any, *_: Any) -> float:
    share = np.where(target > 0, target * np.log(probs), 0)
    share += np.where(target < 1, (1 - target) * np.log(1 - probs), 0)
    return float(-share.mean())


_MEANS = {"ce": _ce, "mse": _mse, "bce": _bce}
# Cases that may be refused, but for which the reading layer returns numbers.
_PLAIN = {
    case["id"]
    for case in CASES
    if case["expected"] == "either"
    and case["category"] in {"csv-cell", "csv-encoding", "csv-structure", "npy", "npz", "json"}
    and case["command"] == "ce"
    and case["id"] not in {"npy-3d", "npy-32-dims", "npy-bool", "csv-header-nan-name"}
}
