"""Awkward files through the command: the right number, or one line that helps; nothing else."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from losscli.losses import names
from tests.conftest import ROOT, Ran, says_what_to_do

FOLDER = Path(__file__).parent / "bad_inputs"
CASES: list[dict[str, Any]] = json.loads((FOLDER / "index.json").read_text("utf-8"))
RUNNABLE = [case for case in CASES if case["command"] in names()]
LONGEST = 300


def _arguments(case: dict[str, Any]) -> list[str]:
    arguments = [case["command"], "-q"]
    for file in case["files"]:
        role = file["role"].removesuffix("+target")
        arguments += [f"--{role.replace('_', '-')}", file["path"]]
    for option, value in case["options"].items():
        arguments += [f"--{option.replace('_', '-')}", str(value)]
    return arguments


def _value(ran: Ran) -> float | None:
    return float(ran.out) if ran.out.strip() else None


def _is_refused(ran: Ran) -> bool:
    value = _value(ran)
    no_number = value is None or not math.isfinite(value)
    return ran.status in (2, 3, 4) and no_number and ran.err.count("\n") == 1


def _is_computed(ran: Ran, mean: float | None) -> bool:
    value = _value(ran)
    if ran.status != 0 or value is None or mean is None:
        return False
    return math.isclose(value, mean, rel_tol=1e-6, abs_tol=1e-6)


def _holds(ran: Ran, case: dict[str, Any]) -> bool:
    mean = case.get("mean")
    match case["expected"]:
        case "ok":
            return _is_computed(ran, mean) and not ran.err
        case "error":
            return _is_refused(ran)
        case "either":
            return _is_refused(ran) or _is_computed(ran, mean)
        case "notice":
            return _is_refused(ran) or (ran.status == 0 and ran.err != "")
    return ran.status in (0, 2, 3, 4)


@pytest.fixture(scope="module")
def runs() -> dict[str, Ran]:
    """Run every case in 1 GB of address space and 5 seconds; nothing may be made beside them."""
    before = sorted(FOLDER.iterdir())
    calls = "".join(json.dumps(_arguments(case)) + "\n" for case in RUNNABLE)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.limited"],
        input=calls.encode(),
        cwd=FOLDER,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert ran.stderr == b""
    assert sorted(FOLDER.iterdir()) == before
    answers = [Ran(*json.loads(line)) for line in ran.stdout.splitlines()]
    return {case["id"]: answer for case, answer in zip(RUNNABLE, answers, strict=True)}


@pytest.mark.parametrize("case", RUNNABLE, ids=lambda case: str(case["id"]))
def test_awkward_file(case: dict[str, Any], runs: dict[str, Ran]) -> None:
    ran = runs[case["id"]]
    assert _holds(ran, case), ran
    lines = ran.err.splitlines()
    assert all(len(line) <= LONGEST and line.isprintable() for line in lines)
    assert not any("memory" in line for line in lines)
    if ran.status:
        assert says_what_to_do(lines[-1])
    if ran.status == 3:
        assert any(file["path"] in ran.err for file in case["files"]) or "--weight" in ran.err


def _is_named(ran: Ran, case: dict[str, Any]) -> bool:
    """Whether the message names the file, and a line or a row where the case knows one."""
    text, where = ran.err, case.get("where", {})
    files = [file["path"] for file in case["files"] if file["role"].startswith(where["role"])]
    # Files of the corpus that know only their row have no header: their lines are their rows.
    place = [f"{word} {where[word]}" for word in ("line", "row") if word in where]
    place += [f"line {where['row']}"] if "row" in where else []
    return any(file in text for file in files) and (not place or any(p in text for p in place))


# `[yes, no, yes]`: the case means its second cell, the first is a bool as well.
EARLIER = {"yaml-labels-bool"}
PLACED = [
    case
    for case in RUNNABLE
    if case["expected"] == "error" and "role" in case.get("where", {}) and case["id"] not in EARLIER
]


@pytest.mark.parametrize("case", PLACED, ids=lambda case: str(case["id"]))
def test_refusal_names_file_and_place(case: dict[str, Any], runs: dict[str, Ran]) -> None:
    assert _is_named(runs[case["id"]], case)


def test_a_refusal_without_a_fix_would_be_seen() -> None:
    for message in (
        "loss: x.csv line 2 column 2: '45%' is not a number",
        "loss: x.csv: target has shape (2,), expected (3,): 3 samples against (2,)",
        "loss: --weight: weight has shape (2,), expected (3,)",
        "loss: x.json line 1: the list is empty",
        "loss: the sum is beyond the largest double",
    ):
        assert not says_what_to_do(message), message
    assert says_what_to_do(
        "loss: y.csv line 2: label 9 is not in 0..2; if it marks padding: -r sum"
    )


def test_corpus_is_there() -> None:
    assert len(CASES) >= 504
    assert len(PLACED) > 100
