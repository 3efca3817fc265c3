"""The command at the end of a finding, run as it is typed: it fixes the finding or proves it."""

from __future__ import annotations

import json
import re
import shlex
import zlib
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.commands.diagnose.registry import Example, Rule, rules
from losscli.commands.diagnose.rule_page import inspection_of
from tests.conftest import Loss, Ran
from tests.diagnose.mistakes import MISTAKES, Mistake

PROOFS = {
    "L105": "{renormalized} there\n[^$]*rows are divided by their sums first\n",
    "L107": "look like predicted classes.*L107",
    "L109": "loss: .* = {loss}",
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
    "L406": "\n +0 .* 200.0\n",
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


def shows(finding: Mapping[str, Any], printed: str) -> bool:
    """Whether a number of the evidence, a place, the code or the message is printed."""
    numbers = [float(word) for word in re.findall(r"-?\d+\.\d+(?:e[-+]\d+)?|inf", printed)]
    evidence = finding["evidence"]
    known = [float(x) for x in evidence.values() if isinstance(x, float) or x == "inf"]
    is_number = np.isclose(np.array(known)[:, None], numbers, rtol=1e-6, atol=0).any()
    texts = [row["place"].partition(" (")[0] for row in finding["rows"]]
    texts += [f" {count} {name}" for name, count in evidence.items()]
    texts += [f"[{finding['code']}]", finding["message"].partition(";")[0]]
    return bool(is_number) or any(text in printed for text in texts)


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


ADVISED = re.compile(r"\buse (loss [\w-]+|--[\w-]+(?: (?!or\b)\w+)?)\b(?! or)")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_what_the_command_of_the_loss_advises_helps_too(
    loss: Loss, rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, name, *words = files_of(rule.bad, tmp_path)
    message = loss(name, *words).err
    for advised in ADVISED.findall(message):
        first, *rest = advised.split()
        ran = loss(rest[0], *words) if first == "loss" else loss(name, *words, first, *rest)
        assert message not in ran.err
        assert ran.status == 0 or rule.code in ("L106", "L504"), ran.err


RNG = np.random.default_rng(3)
X = RNG.normal(0, 2, (30, 4, 5))
Y = (X + RNG.gumbel(size=X.shape)).argmax(axis=1)
P = np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
FLAT, PAIRS = X[:, :, 0], RNG.normal(0, 2, (30, 2))
ARRAYS = {
    "x": X,
    "y": Y,
    "p": P,
    "last": np.moveaxis(P, 1, 2),
    "off": np.where(np.arange(30)[:, None, None] < 3, P * 0.9, P),
    "one": Y + 1,
    "marks": np.where(np.arange(5) == 1, 255, Y),
    "two": np.where(np.arange(5) < 2, [255, -1, 0, 0, 0], Y),
    "bad": np.where(np.arange(5) < 2, [7, 9, 0, 0, 0], Y),
    "float": np.where(np.arange(5) < 1, 0.5, Y),
    "nan": np.where(np.arange(5) == 2, np.nan, X),
    "mask": np.where(np.arange(4)[:, None] == Y[:, None], -np.inf, X),
    "dead": np.where(np.arange(30)[:, None, None] == 3, -np.inf, X),
    "x1": FLAT,
    "y1": Y[:, 0],
    "p1": P[:, :, 0],
    "logp": np.log(P[:, :, 0]),
    "w": np.full(30, 3.0),
    "zero": np.zeros(30),
    "b": 1 / (1 + np.exp(-PAIRS)),
    "t": (RNG.logistic(size=(30, 2)) < PAIRS).astype(float),
    "column": PAIRS[:, :1],
    "line": PAIRS[:, 0],
    "line_p": np.exp(PAIRS[:, 0]) / np.exp(PAIRS[:, 0]).sum(),
    "rows": np.exp(X) / np.exp(X).sum(axis=2, keepdims=True),
    "negative": PAIRS - 9,
    "steps": RNG.normal(0, 1, (12, 3, 4)),
    "words": np.array([[1, 2], [3, 1], [2, 2]]),
    "blanks": np.array([[1, 2], [0, 1], [2, 2]]),
    "all": np.array([12, 12, 12]),
    "long": np.array([12, 99, 12]),
    "short": np.array([12, 12, 2]),
    "pair": np.array([2, 2, 2]),
}
TOKENS = ARRAYS["tokens"] = RNG.integers(0, 6, (9, 12))
for name, by in (("own", 0), ("next", -1), ("previous", 1)):
    ARRAYS[name] = 6.0 * (np.arange(6)[:, None] == np.roll(TOKENS, by, 1)[:, None, :])
LENGTHS = "--input-lengths ::all --target-lengths ::pair"
CALLS = {
    "ce -i p -t ::y": "L101 fixed",
    "ce -i last -t ::y --class-axis 2": "L101 fixed",
    "ce -i last -t ::y --class-axis -1": "L101 fixed",
    "ce -i last -t ::y --from probs": "L502 fixed",
    "ce -i off -t ::y --from probs": "L105 shown",
    "ce -i x -t ::one": "L201 fixed",
    "ce -i x -t ::marks": "L203 fixed",
    "ce -i x -t ::two": "L203 shown",
    "ce -i x -t ::bad": "L202 shown",
    "ce -i x -t ::float": "L202 shown",
    "ce -i x -t ::marks --ignore-index 255": "L204 shown",
    "ce -i nan -t ::y": "L401 shown",
    "ce -i mask -t ::y": "L403 shown",
    "ce -i dead -t ::y": "L405 shown",
    "ce -i x1 -t ::y1 --sample-weight ::w": "L302 fixed",
    "ce -i x1 -t ::y1 --sample-weight ::zero": "L304 fixed",
    "ce -i x1 -t ::y1 --weight 1,2,3,4": "L301 shown",
    "ce -i x1 -t ::y1 --weight 1,2,3,4 --label-smoothing .1": "L303 shown",
    "nll -i x -t ::y": "L104 fixed",
    "nll -i p1 -t ::y1": "L104 fixed",
    "kl-div -i x1 -t ::p1": "L104 fixed",
    "kl-div -i x -t ::p": "L104 fixed",
    "kl-div -i x -t ::rows": "L104 fixed",
    "kl-div -i line -t ::line_p": "L104 fixed",
    "kl-div -i logp -t ::logp": "L106 fixed",
    "kl-div -i p1 -t ::logp": "L106 fixed",
    "kl-div -i p1 -t ::p1": "L104 shown",
    "ce -i next -t ::tokens": "L207 fixed",
    "ce -i own -t ::tokens --shift": "L207 fixed",
    "ce -i previous -t ::tokens": f"L207 0,1 +{TOKENS[0, 1]} +{TOKENS[0, 0]} ",
    "bce-logits -i b -t ::t": "L103 fixed",
    "sigmoid-focal -i b -t ::t": "L103 shown",
    "hinge -i x -t ::t": "L501 shown",
    "hinge -i b -t ::t": "L208 fixed",
    "mse -i column -t ::line": "L501 shown",
    "ce -i column -t ::zero": "L504 shown",
    "gaussian-nll -i b -t ::t --var ::negative": "L104 shown",
    f"ctc -i steps -t ::words {LENGTHS}": "L603 fixed",
    f"ctc -i steps -t ::blanks {LENGTHS}": "L602 fixed",
    f"ctc -i steps -t ::words {LENGTHS}".replace("all", "long"): "L601 shown",
    "ctc -i steps -t ::words --input-lengths ::pair --target-lengths ::all": "L601 fixed",
    f"ctc -i steps -t ::words {LENGTHS}".replace("all", "short"): "L601 fixed",
}
"""Calls on arrays of one NPZ file, and what the advice of a rule does there."""
MORE = ("-r", "sum", "--dtype", "float32", "-j", "1", "--no-grad")


@pytest.mark.parametrize("more", [(), MORE], ids=["plain", "options"])
@pytest.mark.parametrize("call", CALLS)
def test_the_advice_helps_with_other_shapes_and_names(
    loss: Loss, call: str, more: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("my 'odd' files") / "a b.npz"
    file.parent.mkdir()
    np.savez(file, **ARRAYS)
    name, _, source, *rest = shlex.split(call)
    words = ["diagnose", name, "-i", f"{file}::{source}", *rest, *more]
    code, _, outcome = CALLS[call].partition(" ")
    findings = [one for one in found(loss, words) if one["code"] == code]
    assert findings
    for finding in findings:
        ran = typed(loss, finding["next"])
        if outcome == "fixed":
            assert ran.status == 0, (finding["next"], ran.err)
            assert fixes(loss, finding), finding["next"]
        else:
            printed = ran.out + ran.err
            is_shown = (
                shows(finding, printed) if outcome == "shown" else re.search(outcome, printed)
            )
            assert more or is_shown, (finding, ran)
            assert ran.status in (0, 3, 4), (finding["next"], ran.err)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_every_advice_for_a_mistake_runs(
    loss: Loss, mistake: Mistake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, wrong = mistake.inject(np.random.default_rng(zlib.crc32(mistake.name.encode())))
    for finding in json.loads(loss(*wrong.written(tmp_path)).out)["findings"]:
        ran = typed(loss, finding["next"])
        assert ran.status in (0, 3, 4), (finding["next"], ran.err)
        assert ran.status == 0 or finding["severity"] == "error" or shows(finding, ran.err)


@pytest.mark.parametrize("selector", ["", "::!id"])
def test_the_advice_for_tables_with_ids(
    loss: Loss, selector: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file, numbers in (("x.csv", FLAT), ("p.csv", ARRAYS["p1"])):
        rows = (f"s{i};" + ";".join(map(str, row)) for i, row in enumerate(numbers))
        Path(file).write_text("\n".join(["id;a;b;c;d", *rows]).replace(".", ",") + "\n")
    files = ("-i", f"x.csv{selector}", "-t", f"p.csv{selector}")
    call = ("diagnose", "kl-div", *files, "--delimiter", ";", "--decimal", ",")
    (finding,) = found(loss, [*call, "--select", "L104"])
    ran = typed(loss, finding["next"])
    assert ran.status == 0, ran.err
    assert fixes(loss, finding) if selector else shows(finding, ran.out + ran.err)


def test_a_command_with_diagnose_in_front_keeps_its_options(loss: Loss) -> None:
    files = "-i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv"
    kept = "--label-base 1 --reduction sum --grad --dtype float32 --threads 1 --params a.npy"
    call = f"ce {files} {kept} --params b.npy --l2 0.5 --max 2.0"
    (finding,) = found(loss, ["diagnose", *call.split(), "--select", "L202"])
    assert finding["next"] == f"loss {call}".replace(" --label", " --ignore-index 0 --label", 1)
    ran = loss("diagnose", "ce", *files.split(), "-r", "sum")
    assert ran.out.startswith("ce: 3 samples, 3 classes, mean loss 0.96177")


@pytest.mark.parametrize("flag", ["-q", "-o", "--top", "--by", "--no-warn", "--ci"])
def test_options_of_the_output_are_refused(loss: Loss, flag: str) -> None:
    ran = loss("diagnose", "ce", "-i", "x.csv", flag, "1")
    refusal = f"loss: {flag}: loss diagnose does not take it (loss ce does); remove it\n"
    assert (ran.status, ran.err) == (2, refusal)
