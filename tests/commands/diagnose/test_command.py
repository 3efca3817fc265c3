"""`loss diagnose` and `loss rule` on the command line: what is printed, and the exit status."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.commands.diagnose.registry import HEADINGS, rules
from tests.conftest import ROOT, Loss

SAMPLE = ROOT / "samples" / "log-softmax"
CALL = ("diagnose", "ce", "-i", SAMPLE / "logits.csv", "-t", SAMPLE / "labels.csv")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "p.csv").write_text("0.7,0.2,0.1\n0.1,0.8,0.1\n0.2,0.2,0.6\n")
    (tmp_path / "x.csv").write_text("a,b,c\n2.5,0.1,-1\n-1,3,0.5\n0.2,-2,4\n")
    (tmp_path / "y.csv").write_text("0\n1\n2\n")
    (tmp_path / "from1.csv").write_text("1\n2\n3\n")
    (tmp_path / "bad.csv").write_text("0\n7\n-1\n")
    return tmp_path


def found(ran: Any) -> dict[str, Any]:
    answer = json.loads(ran.out)
    assert answer["schema"] == 1
    return {finding["code"]: finding for finding in answer["findings"]}


def test_a_healthy_file_is_silent(loss: Loss) -> None:
    ran = loss(*CALL)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == f"nothing found by {len(rules())} rules"


def test_json_has_the_contract_s_keys(loss: Loss, files: Path) -> None:
    ran = loss("diagnose", "ce", "-i", files / "p.csv", "-t", files / "y.csv", "-f", "json")
    assert ran.status == 1
    answer = json.loads(ran.out)
    assert set(answer) >= {"schema", "findings", "checked"}
    (finding,) = answer["findings"]
    keys = ["code", "severity", "message", "evidence", "rows", "count", "next"]
    assert list(finding) == keys
    assert finding["code"] == "L101"
    assert finding["evidence"]["rows"] == 3
    assert "L101" in answer["checked"]
    assert "L801" not in answer["checked"]


def test_the_next_command_runs_and_gives_the_number_that_is_promised(
    loss: Loss, files: Path
) -> None:
    call = ("diagnose", "ce", "-i", files / "p.csv", "-t", files / "y.csv", "-f", "json")
    finding = found(loss(*call))["L101"]
    words = shlex.split(finding["next"])
    value = float(loss(*words[1:], "-q").out)
    assert value == finding["evidence"]["loss_from_probs"]
    call = ("diagnose", "ce", "-i", files / "x.csv", "-t", files / "from1.csv", "-f", "json")
    finding = found(loss(*call))["L201"]
    words = shlex.split(finding["next"])
    assert float(loss(*words[1:], "-q").out) == finding["evidence"]["loss_label_base_1"]


def test_what_a_loss_command_refuses_is_a_finding(loss: Loss, files: Path) -> None:
    call = ("ce", "-i", files / "x.csv", "-t", files / "bad.csv")
    assert loss(*call).status == 3
    ran = loss("diagnose", *call, "-f", "json")
    assert (ran.status, ran.err) == (1, "")
    codes = found(ran)
    assert codes["L202"]["count"] == 2
    assert [row["place"].rpartition("/")[2] for row in codes["L202"]["rows"]] == [
        "bad.csv line 2",
        "bad.csv line 3",
    ]
    assert codes["L203"]["evidence"]["marks"] == {"-1": 1}


def test_shapes_that_do_not_fit_are_a_finding(loss: Loss, files: Path) -> None:
    (files / "short.csv").write_text("0\n1\n")
    ran = loss("diagnose", "ce", "-i", files / "x.csv", "-t", files / "short.csv", "-f", "json")
    assert ran.status == 1
    assert found(ran)["L501"]["evidence"] == {"input_shape": [3, 3], "target_shape": [2]}
    np.save(files / "turned.npy", np.zeros((3, 5)))
    np.save(files / "five.npy", np.arange(5) % 3)
    ran = loss("diagnose", "ce", "-i", files / "turned.npy", "-t", files / "five.npy", "-f", "json")
    assert found(ran)["L502"]["next"].endswith("--class-axis 0")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("-i", "missing.csv", "-t", "missing.csv"), 3, "missing.csv"),
        (("-t", SAMPLE / "labels.csv"), 2, "--input is missing"),
        ((*CALL[2:], "-f", "yaml"), 2, "'yaml' is not one of table, json"),
        ((*CALL[2:], "--select", "L999"), 2, "there is no rule 'L999'"),
        ((*CALL[2:], "--ignore", "L1,,L2"), 2, "empty item"),
        ((*CALL[2:], "--select", "L1", "--ignore", "L1"), 2, "leave no rule"),
        ((*CALL[2:], "--label-smoothing", "2"), 2, "is not allowed"),
    ],
)
def test_what_cannot_be_diagnosed_ends_with_one_line(
    loss: Loss, arguments: tuple[str | Path, ...], status: int, words: str
) -> None:
    ran = loss("diagnose", "ce", *arguments)
    assert (ran.status, ran.out) == (status, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_invalid_weights_are_refused_as_the_loss_refuses_them(loss: Loss, files: Path) -> None:
    (files / "w.csv").write_text("1\n-1\n1\n")
    weights = ("--sample-weight", files / "w.csv")
    asked = loss(*CALL, *weights)
    computed = loss(*CALL[1:], *weights)
    assert asked.status == computed.status == 3
    assert asked.err == computed.err


def test_rules_are_selected_and_ignored_by_code_or_hundred(loss: Loss, files: Path) -> None:
    call = ("diagnose", "ce", "-i", files / "p.csv", "-t", files / "y.csv", "-f", "json")
    assert json.loads(loss(*call, "--select", "l2").out)["checked"] == [
        rule.code for rule in rules() if rule.code.startswith("L2")
    ]
    ran = loss(*call, "--ignore", "L101")
    assert "L101" not in json.loads(ran.out)["checked"]
    assert loss(*call, "--exit-zero").status == 0
    assert loss(*call, "--select", "L204,L205").status == 0


def test_an_error_is_status_1_and_a_warning_is_not(loss: Loss) -> None:
    digits = ROOT / "samples/digits/predictions.csv"
    call = ("diagnose", "ce", "-i", f"{digits}::zero-nine", "-t", f"{digits}::label")
    assert loss(*call).status == 0
    assert loss(*call, "--label-base", "1").status == 0


def test_groups_need_one_label_per_sample(loss: Loss, files: Path) -> None:
    call = ("diagnose", "ce", "-i", files / "x.csv", "-t", files / "y.csv")
    (files / "g.csv").write_text("0\n0\n1\n")
    ran = loss(*call, "--groups", files / "g.csv", "-f", "json")
    assert found(ran)["L305"]["evidence"]["groups"] == 2
    (files / "g.csv").write_text("0\n0\n")
    assert "--groups has shape (2,), expected (3,)" in loss(*call, "--groups", files / "g.csv").err


def test_one_rule_has_a_page_with_an_example(loss: Loss) -> None:
    for rule in rules():
        ran = loss("rule", rule.code.lower())
        assert ran.status == 0
        assert ran.out.startswith(f"{rule.code} {rule.severity}: {rule.title}\n")
        headings = [line for line in ran.out.splitlines()[1:] if line[:1].isupper()]
        what, why, fix, references = HEADINGS
        assert headings[:4] == [what, why, "Example", fix]
        assert (headings[4:5] == [references]) == any(rule.parts[references])
        assert f"\n  Looks alike, and is healthy: {rule.near.why}." in ran.out
    assert re.findall(r"L\d{3}", loss("rule").out) == [rule.code for rule in rules()]
    assert loss("rule", "L999").status == 2
    page = json.loads(loss("rule", "L101", "-f", "json").out)
    assert page["example"]["code"] == "L101"
    assert page["fix"].startswith("Remove the softmax layer")
    assert page["references"][0].startswith("PyTorch, torch.nn.CrossEntropyLoss")


def test_a_terminal_shows_marks_and_the_whole_command(
    loss: Loss, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    call = ("diagnose", "ce", "-i", files / "p.csv", "-t", files / "y.csv")
    out = loss(*call).out
    assert "✗ L101 error" in out
    assert f"loss ce -i {files / 'p.csv'} -t {files / 'y.csv'} --from probs" in out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "✗ L101 error" in loss(*call).out
    assert "✗ L101 error" in loss("rule", "L101").out


def test_markup_in_a_file_s_name_stays_text(
    loss: Loss, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    odd = files / "a[red] b.csv"
    odd.write_text((files / "bad.csv").read_text())
    out = loss("diagnose", "ce", "-i", files / "x.csv", "-t", odd).out
    assert "a[red] b.csv line 2: 7" in out
    assert f"-t '{odd}' --ignore-index" in out


def test_help_shows_the_losses_and_one_loss_s_options(loss: Loss) -> None:
    assert "ce" in loss("diagnose", "--help").out
    page = loss("diagnose", "ce", "--help").out
    for flag in ("--select", "--ignore", "--exit-zero", "--calibration", "--label-smoothing"):
        assert flag in page
    assert "--grad-output" not in page
    ran = loss("diagnose", "cee")
    assert ran.status == 2
    assert "there is no loss 'cee'; did you mean ce?" in ran.err
