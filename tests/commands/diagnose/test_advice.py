"""The command at the end of a finding, run as it is typed: it fixes the finding or proves it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.commands.diagnose.registry import Example, Rule, rules
from losscli.commands.diagnose.rule_page import inspection_of
from tests.conftest import Loss, Ran

PROOFS = {
    "L105": "{renormalized} there\n[^$]*rows are divided by their sums first\n",
    "L204": "counted: {counted} of 3, {ignored} ignored",
    "L205": "counted: {counted} of {ignored}, {ignored} ignored",
    "L206": "\n2 +0 ",
    "L301": "{sum} .the sum; the mean is {sum} / 7",
    "L303": "{sum} .the sum; the mean is {sum} / 7",
    "L305": "mean of means: {mean_of_means}",
    "L401": "loss: {place}: input is nan",
    "L402": "loss: .* = {loss}",
    "L403": "loss: {place}: input is -inf",
    "L405": "loss: {place} column 1: input holds -inf for every class",
    "L406": "\n +0 .* 200.0 ",
    "L407": "{high} is outside .*clipped .L407.",
    "L501": "loss: target.csv: target has shape .3,., expected .3, 1.",
    "L503": "loss: .* = {loss}",
    "L504": "loss: .* = {loss}\n[^$]*one column is one class",
    "L701": "loss: .* = {loss}",
    "L702": "loss: .* = {loss}",
    "L801": "temperature: {temperature} is best",
    "L802": " {value} ",
}
"""What the command must print, by rule, where the fix is not an option; numbers as evidence."""


def files_of(example: Example, folder: Path) -> list[str]:
    """Write the files of a rule's page and return the command on it."""
    words = shlex.split(inspection_of(example).diagnosis())
    for name, values in example.given.items():
        if f"{name}.npy" in words:
            np.save(folder / f"{name}.npy", np.asarray(values))
        elif f"{name}.csv" in words:
            rows = [row if isinstance(row, list) else [row] for row in values]
            lines = (",".join(map(str, row)) + "\n" for row in rows)
            (folder / f"{name}.csv").write_text("".join(lines))
    return words[1:]


def found(loss: Loss, words: list[str]) -> list[dict[str, Any]]:
    ran = loss(*words, "-f", "json")
    assert ran.out, ran.err
    findings: list[dict[str, Any]] = json.loads(ran.out)["findings"]
    return findings


def typed(loss: Loss, line: str) -> Ran:
    """Run a line as a shell does: words, `&&`, and `> /dev/null`."""
    ran = Ran(0, "", "")
    for is_and, part in groupby(shlex.split(line), lambda word: word == "&&"):
        words = list(part)
        if not is_and and not ran.status:
            assert words[0] == "loss"
            if words[-2:] == [">", "/dev/null"]:
                del words[-2:]
            ran = loss(*words[1:])
    return ran


def fixes(loss: Loss, finding: Mapping[str, Any]) -> bool:
    """Whether the finding is gone, or only info, for the command that it advises."""
    words = shlex.split(finding["next"].rpartition(" && ")[2])
    again = found(loss, ["diagnose", *words[1:], "--select", finding["code"]])
    return finding["severity"] not in [one["severity"] for one in again]


def proves(finding: Mapping[str, Any], printed: str) -> bool:
    """Whether the evidence is printed."""
    known = {**finding["evidence"]}
    for row in finding["rows"][:1]:
        known |= {"place": row["place"], "value": row["value"]}
    return re.search(PROOFS[finding["code"]].format(**known), printed) is not None


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_the_page_is_true_and_its_advice_helps(
    loss: Loss, rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = files_of(rule.bad, tmp_path)
    page = json.loads(loss("rule", rule.code, "-f", "json").out)
    findings = found(loss, [*words, "--select", rule.code])
    assert findings[0] == page["example"]
    for finding in findings:
        ran = typed(loss, finding["next"])
        if finding["code"] in PROOFS:
            assert proves(finding, ran.out + ran.err), (finding, ran)
        else:
            assert ran.status == 0, ran.err
            assert fixes(loss, finding), finding["next"]
