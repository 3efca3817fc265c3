"""Bad files through the command: the right number, or one line that helps; nothing else."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from losscli.losses import names
from tests.conftest import ROOT, Ran, says_what_to_do

FOLDER = ROOT / "tests" / "bad_inputs"
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
    """Run every case within a limit of memory and time; no other file may appear."""
    before = sorted(FOLDER.iterdir())
    calls = "".join(json.dumps(_arguments(case)) + "\n" for case in RUNNABLE)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.cli.limited"],
        input=calls.encode(),
        cwd=FOLDER,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert ran.stderr == b""
    answers = [Ran(*json.loads(line)) for line in ran.stdout.splitlines()]
    done = len(answers)
    assert done == len(RUNNABLE), f"{RUNNABLE[done]['id']} ended the process: {ran.returncode}"
    assert sorted(FOLDER.iterdir()) == before
    return {case["id"]: answer for case, answer in zip(RUNNABLE, answers, strict=True)}


def _faults(ran: Ran, case: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the answer to a case."""
    if not _holds(ran, case):
        yield f"not {case['expected']}"
    lines = ran.err.splitlines()
    if not all(len(line) <= LONGEST and line.isprintable() for line in lines):
        yield "a long line, or one that cannot be printed"
    if "memory" in ran.err:
        yield "out of memory"
    if ran.status and not says_what_to_do(lines[-1]):
        yield "does not say what to do"
    files = [file["path"] for file in case["files"]]
    if ran.status == 3 and "--weight" not in ran.err and not any(file in ran.err for file in files):
        yield "names no file"
    if case in PLACED and not _is_named(ran, case):
        yield "does not name the place"


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


def test_awkward_files(runs: dict[str, Ran]) -> None:
    wrong = [
        f"{case['id']}: {fault}: {runs[case['id']]}"
        for case in RUNNABLE
        for fault in _faults(runs[case["id"]], case)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_refusal_without_a_fix_would_be_noticed() -> None:
    for message in (
        "loss: x.csv line 2 column 2: '45%' is not a number",
        "loss: x.csv: target has shape (2,), expected (3,)",
        "loss: --weight: weight has shape (2,), expected (3,)",
        "loss: x.json line 1: the list is empty",
        "loss: the sum overflows float64",
    ):
        assert not says_what_to_do(message), message
    assert says_what_to_do(
        "loss: y.csv line 2: label 9 is not in 0..2; if it marks padding: -r sum"
    )


def test_corpus_is_there() -> None:
    assert len(CASES) >= 504
    assert len(PLACED) > 100
