"""The live page in a browser: every number of it is the walk's own, whatever is changed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from losscli.commands.explain.live import branches
from losscli.losses import names
from tests.commands.explain.live.browser import Browser
from tests.commands.explain.live.opening import opened, saved
from tests.conftest import Loss


def explained(loss: Loss, *arguments: str) -> Any:
    """Return what a second `loss explain` says."""
    ran = loss("explain", *arguments, "-f", "json")
    assert ran.status in (0, 4), ran.err
    return json.loads(ran.out)


def numbers_of(step: Any) -> list[tuple[str, float]]:
    """Return the names and values of a step's rows, as the page has them."""
    values = step["value"]
    if "columns" in step:
        pairs = [
            (f"{name} {column}", value)
            for name, row in zip(step["rows"], values, strict=True)
            for column, value in zip(step["columns"], row, strict=True)
        ]
    else:
        single = "rows" not in step
        pairs = [("", values)] if single else list(zip(step["rows"], values, strict=True))
    return [(name, float(value)) for name, value in pairs if not is_answer(value)]


def is_answer(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value not in ("inf", "-inf", "nan"))


def assert_same(shown: Any, found: Any) -> None:
    """Compare the steps, the loss and the gradient of a page with those of a walk."""
    assert [step["name"] for step in shown["steps"]] == [step["name"] for step in found["steps"]]
    for step, walked in zip(shown["steps"], found["steps"], strict=True):
        assert "✗" not in step["text"]
        if "Another path" in step["text"]:
            continue
        numbers = numbers_of(walked)
        assert len(step["values"]) == len(numbers), step["name"]
        pairs = list(zip(step["values"], numbers, strict=True))
        # Which of many numbers have a row of their own depends on their sizes.
        same = all(name in ("", label, label.partition(" =")[0]) for (label, _), (name, _) in pairs)
        assert same or (found["loss"], step["name"]) == ("ctc", "Gradient")
        for (label, text), (name, number) in pairs:
            if same or label == name != "other 5":
                assert close(float(text), number), (step["name"], name, text, number)
    assert close(float(shown["loss"]), found["value"])
    if found["reduction"]["value"] is not None:
        assert close(float(shown["file"]), found["reduction"]["value"])


def close(one: float, other: float) -> bool:
    """Compare numbers that two libraries computed, one of them a browser's."""
    return math.isclose(one, float(other), rel_tol=1e-11, abs_tol=1e-13)


def changes_of(inputs: list[Any]) -> Iterator[dict[int, float]]:
    """Yield numbers to put into some of the inputs: one a little, one far, then all of them."""
    own = {i: float(each["value"]) for i, each in enumerate(inputs)}

    def moved(i: int, by: float) -> float:
        each = inputs[i]
        if each["values"]:
            return float(next(x for x in each["values"] if x != own[i]))
        low = -math.inf if each["low"] is None else float(each["low"])
        high = math.inf if each["high"] is None else float(each["high"])
        if math.isfinite(low) and math.isfinite(high):
            return round(low + (own[i] - low) * (0.9 if by < 1 else 0.35) + 0.02 * (high - low), 6)
        return round(max(low + 0.5, min(high, own[i] + by)), 6)

    yield {0: moved(0, 0.3)}
    yield {0: moved(0, 3.7)}
    yield {len(inputs) - 1: moved(len(inputs) - 1, -2.3)}
    yield {i: moved(i, (-1.0) ** i * 0.8) for i in range(min(len(inputs), 4))}


def setting(each: Any, value: float) -> list[str]:
    role, label = each["role"], each["label"].removeprefix("entry ")
    label = label.removeprefix("class ").replace(" at t = ", ",")
    return ["--set", f"{role}[{label}]={value!r}" if label else f"{role}={value!r}"]


@pytest.mark.parametrize("name", names())
def test_every_number_follows(
    name: str,
    page: Browser,
    tmp_path: Path,
    loss: Loss,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = saved(tmp_path, loss, name)
    sample = ",".join(map(str, explained(loss, name)["sample"]["index"]))
    chosen = [name, "--sample", sample]
    opened(page, path)
    data = page.run("({inputs: DATA.inputs, targets: DATA.targets, target: DATA.target})")
    inputs = data["inputs"]
    assert_same(page.run("readPage()"), explained(loss, *chosen))
    for change in changes_of(inputs):
        settings = [part for i, x in change.items() for part in setting(inputs[i], x)]
        page.run(f"change({json.dumps(change)})")
        assert_same(page.run("readPage()"), explained(loss, *chosen, *settings))
    for cls, label in data["targets"]:
        if cls != data["target"]:
            page.run(f"choose({cls})")
            settings += ["--set", f"target={label}"]
            assert_same(page.run("readPage()"), explained(loss, *chosen, *settings))
    assert_written_alike(page.run("readPage()"), on_terminal(loss, monkeypatch, *chosen, *settings))
    page.run("document.getElementById('reset').click()")
    assert_same(page.run("readPage()"), explained(loss, *chosen))
    assert page.complaints() == []


def on_terminal(loss: Loss, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Return what a terminal shows, without spaces and line breaks."""
    for variable, value in (("FORCE_COLOR", "1"), ("COLUMNS", "110"), ("TERM", "xterm")):
        monkeypatch.setenv(variable, value)
    out = loss("explain", *arguments).out
    return re.sub(r"\x1b\[[0-9;]*m|\s", "", out)


def assert_written_alike(shown: Any, terminal: str) -> None:
    """Compare what the rows of a page look like with those of a terminal."""
    for step in shown["steps"]:
        for row in step["rows"] if "Another path" not in step["text"] else []:
            assert re.sub(r"\s", "", row) in terminal or step["name"].startswith("Gradient"), row


CLASS_WEIGHTS = ["--weight", "0.5,1,4"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["ce", *CLASS_WEIGHTS],
        ["ce", *CLASS_WEIGHTS, "--label-smoothing", "0.1", "--z-loss", "0.01", "-r", "sum"],
        ["ce", "--from", "probs"],
        ["nll", *CLASS_WEIGHTS, "--sample-weight", "1,3,2"],
        ["softmax-focal", "--from", "log-probs", "-r", "none"],
        ["poisson-nll", "--full", "--no-log-input"],
        ["triplet-margin", "--swap", "--p", "3"],
    ],
    ids=" ".join,
)
def test_options_follow(arguments: list[str], page: Browser, tmp_path: Path, loss: Loss) -> None:
    path = saved(tmp_path, loss, *arguments, "--sample", "0")
    opened(page, path)
    data = page.run("({inputs: DATA.inputs, targets: DATA.targets})")
    (change, *_) = changes_of(data["inputs"])
    settings = [part for i, x in change.items() for part in setting(data["inputs"][i], x)]
    page.run(f"change({json.dumps(change)})")
    for cls, label in data["targets"] or [(None, "")]:
        also = ["--set", f"target={label}"] if label else []
        page.run(f"choose({cls})" if label else "0")
        found = explained(loss, *arguments, "--sample", "0", *settings, *also)
        assert_same(page.run("readPage()"), found)
    assert page.complaints() == []


def test_far_numbers_take_the_steps_that_lose_no_digits(
    page: Browser, tmp_path: Path, loss: Loss
) -> None:
    opened(page, saved(tmp_path, loss, "ce", "--sample", "0"))
    for x in (45.0, -60.0, 900.0, 1e300):
        page.run(f"change({{0: {x}}})")
        found = explained(loss, "ce", "--sample", "0", "--set", f"input[cat]={x!r}")
        assert_same(page.run("readPage()"), found)


def test_infinite_numbers_stay_as_they_are(page: Browser, tmp_path: Path, loss: Loss) -> None:
    infinite = ["ce", "--sample", "0", "--set", "input[ship]=-inf"]
    opened(page, saved(tmp_path, loss, *infinite))
    assert [each["label"] for each in page.run("DATA.inputs")] == ["cat", "dog"]
    page.run("change({0: -1.5})")
    assert_same(page.run("readPage()"), explained(loss, *infinite, "--set", "input[cat]=-1.5"))
    page.run("choose(2)")
    shown = page.run("readPage()")
    assert (shown["loss"], shown["shown"]) == ("Infinity", "inf")
    assert page.complaints() == []


def test_a_sequence_whose_probability_underflows(page: Browser, tmp_path: Path, loss: Loss) -> None:
    opened(page, saved(tmp_path, loss, "ctc", "--sample", "0"))
    change = {i: -200.0 - i for i in range(12)}
    settings = [
        part for i, each in enumerate(page.run("DATA.inputs")) for part in setting(each, change[i])
    ]
    page.run(f"change({json.dumps(change)})")
    found = explained(loss, "ctc", "--sample", "0", *settings)
    assert "Minus the log of all paths" in [step["name"] for step in found["steps"]]
    assert_same(page.run("readPage()"), found)


def test_a_case_that_the_page_does_not_have(
    page: Browser, tmp_path: Path, loss: Loss, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "MOST_BRANCHES", 1)
    opened(page, saved(tmp_path, loss, "huber", "--sample", "0"))
    assert page.run("document.getElementById('other-case').hidden")
    page.run("change({0: 9})")
    shown = page.run("readPage()")
    assert (shown["loss"], shown["shown"]) == ("", "–")
    assert [step["name"] for step in shown["steps"]] == ["The numbers", "Error", "Its size"]
    said = page.run("document.getElementById('other-case').textContent")
    assert "From step 4 on another case of the formula applies" in said
    assert "type: loss explain huber ... --set" in said


def test_refused_numbers(page: Browser, tmp_path: Path, loss: Loss) -> None:
    opened(page, saved(tmp_path, loss, "bce", "--sample", "0"))
    before = page.run("readPage()")
    page.run("typeInto(numberRows()[0].querySelector('input[type=number]'), 1.5)")
    assert page.run("readPage()") == before
    assert (
        page.run("numberRows()[0].querySelector('[role=alert]').textContent") == "must be in [0, 1]"
    )
    assert page.run("document.querySelectorAll('[aria-invalid=true]').length") == 1
    page.run("typeInto(numberRows()[0].querySelector('input[type=number]'), 0.5)")
    assert page.run("document.querySelectorAll('[aria-invalid=true]').length") == 0
    assert page.run("readPage()") != before
