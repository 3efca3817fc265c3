"""What programs read: errors and checks as JSON, reports of CI services, color or none."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import Loss, process

CALL = ("ce", "-i", "samples/digits/logits.npy", "-t", "samples/digits/labels.npy")
BAD = ("ce", "-i", "missing.npy")


@pytest.mark.parametrize("form", [["-f", "json"], ["--format=json"], ["-fjson"]])
def test_an_error_is_json_on_stdout_and_a_line_on_stderr(loss: Loss, form: list[str]) -> None:
    for words, status in ((BAD, 3), (("ce", "--nonsense"), 2), (("nonsense",), 2)):
        ran = loss(*words, *form)
        found = json.loads(ran.out)
        assert ran.err == f"loss: {found['error']['message']}\n"
        assert found == {"schema": 1, "error": {**found["error"], "status": status}}
        assert ran.status == status


def test_a_failed_check_is_in_the_json_object(loss: Loss) -> None:
    ran = loss(*CALL, "-f", "json", "--max", "0.1")
    (check,) = json.loads(ran.out)["checks"]
    assert ran.status == 1
    assert (check["passed"], check["limit"]) == (False, 0.1)
    assert ran.err == f"loss: {check['message']}\n"
    assert "checks" not in json.loads(loss(*CALL, "-f", "json").out)


def test_a_number_that_is_not_finite_is_an_error_too(loss: Loss, tmp_path: object) -> None:
    ran = loss("mse", "-i", f"{tmp_path}/x.csv", "-t", f"{tmp_path}/x.csv", "-f", "json")
    assert ran.status == 3
    path = f"{tmp_path}/x.csv"
    with open(path, "w") as file:
        file.write("nan\n1\n")
    ran = loss("mse", "-i", path, "-t", path, "-f", "json", "--no-header")
    assert ran.status == 4
    found = json.loads(ran.out)
    assert (found["value"], found["error"]["status"]) == ("nan", 4)


def test_junit_has_a_case_per_check_and_one_for_the_result(loss: Loss) -> None:
    ran = loss(*CALL, "-f", "junit", "--max", "0.1")
    suite = ElementTree.fromstring(ran.out)[0]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("loss ce", "2", "1")
    failure = suite.find("testcase[@name='loss<=0.1']/failure")
    assert failure is not None
    assert "above --max 0.1" in failure.attrib["message"]
    missing = ElementTree.fromstring(loss(*BAD, "-f", "junit").out)[0]
    error = missing.find("testcase[@name='result']/error")
    assert error is not None
    assert error.attrib["message"].startswith("missing.npy: no such file")


def test_junit_has_the_figures_the_time_and_the_file_of_each_input(loss: Loss) -> None:
    both = (*CALL, "-i", "samples/digits/logits_int4.npy", "--max", "0.15")
    suite = ElementTree.fromstring(loss(*both, "-f", "junit").out)[0]
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    files = ["samples/digits/logits.npy", "samples/digits/logits_int4.npy"]
    assert list(cases) == ["result", *(f"loss<=0.15 ({file})" for file in files)]
    assert [case.get("file") for case in cases.values()] == [None, *files]
    assert [case.find("failure") is not None for case in cases.values()] == [False, False, True]
    assert float(suite.get("time", "")) > 0
    alone = ElementTree.fromstring(loss(*CALL, "-f", "junit").out)[0]
    found = {one.get("name"): one.get("value") for one in alone.iter("property")}
    assert found["accuracy"] == repr(440 / 450)
    assert str(found["signature"]).startswith("ce|")


def test_junit_of_a_file_with_any_name_is_xml(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "<&\a\n'\"é.csv"
    Path(name).write_text("1\n2\n")
    ran = loss("mse", "-i", name, "-t", "1,2", "-f", "junit", "--max", "0")
    case = ElementTree.fromstring(ran.out).find(".//testcase[@file]")
    assert case is not None
    assert case.attrib["file"].startswith("<&")


def test_github_gets_annotations(loss: Loss) -> None:
    out = loss(*CALL, "-f", "github", "--max", "0.1").out.splitlines()
    assert out == [
        "::error file=samples/digits/logits.npy,title=loss ce%3A loss<=0.1::"
        "the loss is 0.14295297347585287, above --max 0.1",
        "loss ce: 0 of 1 check passed",
    ]
    unchecked = loss(*CALL, "-f", "github").out
    assert unchecked == "loss ce: the loss is 0.14295297347585287; nothing was checked\n"
    assert loss(*BAD, "-f", "github").out.startswith("::error title=loss ce::missing.npy: no")
    found = loss("diagnose", *CALL, "-f", "github")
    assert found.out.startswith("::warning title=loss diagnose ce%3A L801 ")
    assert found.status == 0


def test_markdown_is_the_page(loss: Loss) -> None:
    page = loss(*CALL, "-f", "markdown", "-n", "2", "--max", "0.2").out.splitlines()
    assert page[0] == "## ce: 450 samples, 10 classes"
    assert page[2].split("|")[1:-1] == page[2].replace("*", "").split("|")[1:-1]
    assert "- **loss**: 64.3288 / 450 = 0.1430" in page
    assert page[-1].startswith("`ce|from:logits|")
    assert page[-3].startswith("- ✅ loss\\<=0.2: ")


def test_color_may_be_demanded_or_refused(loss: Loss) -> None:
    # Processes of their own: the option changes the environment.
    assert b"\x1b[" in process([*CALL, "--color", "always"]).stdout
    assert b"\x1b[" not in process([*CALL, "--color=never"], FORCE_COLOR="1").stdout
    ran = loss(*CALL, "--color", "blue")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "loss: --color: 'blue' is not one of auto, always, never\n"
