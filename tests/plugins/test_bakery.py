"""The example package is installed, and its losses are like any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from tests.conftest import Loss, process
from tests.plugins.installed import install_bakery, use

COUNTS = ["-i", "samples/counts/predicted.csv", "-t", "samples/counts/counted.csv"]
DIGITS = ["-i", "samples/digits/logits.npy", "-t", "samples/digits/labels.npy"]


@pytest.fixture(autouse=True)
def bakery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_bakery(tmp_path)
    use(tmp_path, monkeypatch)


def test_lists_have_the_losses_and_their_package(loss: Loss) -> None:
    listed = {row["name"]: row for row in json.loads(loss("list", "-f", "json").out)}
    assert listed["bread-cost"]["package"] == "loss_bakery"
    assert listed["bread-cost"]["family"] == "Regression"
    assert listed["mse"]["package"] == "losscli"
    assert "shelf-regret" in loss("list", "plug-ins").out
    assert losscli.losses.names()[-2:] == ["bread-cost", "shelf-regret"]
    panel = loss("--help").out.partition("\nPlug-ins:\n")[2]
    assert "Cost of baking x loaves" in panel.partition("\nTools:\n")[0]


def test_a_loss_is_a_command_under_all_its_names(loss: Loss) -> None:
    ran = loss("bread-cost", *COUNTS, "-q")
    # 0.5 and 0.6 loaves are missing, 1.2 are left over.
    assert float(ran.out) == pytest.approx((2 * 0.5 + 2 * 0.6 + 0.5 * 1.2) / 4)
    ran = loss("bread_cost", *COUNTS, "-q", "--short", "1", "--waste", "1")
    assert ran.out == loss("l1", *COUNTS, "-q").out
    assert loss("regret", *DIGITS, "-q").out == loss("shelf-regret", *DIGITS, "-q").out
    for words in (["help", "regret"], ["shelf-regret", "--help"]):
        assert "Regret of filling the shelf" in loss(*words).out
    assert "short (y - x) where x < y" in loss("info", "bread-cost").out


def test_python_computes_it() -> None:
    result = losscli.compute("bread_cost", input=[2.0, 1.0], target=[1.0, 1.0], grad=True)
    assert result.value == 0.25
    assert result.grad["input"].tolist() == [0.25, 0.0]
    function = losscli.bread_cost  # type: ignore[attr-defined]
    assert function([2.0, 1.0], [1.0, 1.0]).value == 0.25
    assert {"bread_cost", "regret"} < set(dir(losscli))
    assert "waste" in function.__doc__
    x, y = np.array([[1.0, 3.0], [0.0, 2.0]]), np.array([0, -100])
    assert losscli.compute("regret", input=x, target=y).value == 2.0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["diagnose", "bread-cost", *COUNTS], "nothing found by"),
        (["reconcile", "bread-cost", *COUNTS, "--value", "1.4"], "twice as much"),
        (["compare", "regret", *DIGITS, "--reference", DIGITS[1]], "shelf-regret"),
        (["explain", "regret", *DIGITS, "--sample", "5"], "max(x) - x[y]"),
        (["explain", "bread-cost"], "ok: gradient: central difference"),
    ],
)
def test_tools_take_it(loss: Loss, words: list[str], says: str) -> None:
    ran = loss(*words)
    assert (ran.status, ran.err) == (0, "")
    assert says in ran.out


def explained(loss: Loss, *words: str) -> dict[str, Any]:
    ran = loss("explain", *words, "-f", "json")
    assert (ran.status, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_a_page_cannot_follow_its_kernel(loss: Loss, tmp_path: Path) -> None:
    ran = loss("explain", "bread-cost", "--save", tmp_path / "page.html", "--live")
    assert ran.status == 2
    assert "bread-cost comes from the package loss_bakery, and its kernel computes" in ran.err
    assert "a page cannot follow it; remove --live" in ran.err


def test_its_walk_says_what_no_formula_checked(loss: Loss) -> None:
    found = explained(loss, "bread-cost")
    assert [step["name"] for step in found["steps"]] == [
        "The numbers", "The loss", "Mean over the file", "Gradient",
    ]  # fmt: skip
    assert found["agrees"] is None
    assert found["gradient_check"]["agrees"]
    assert found["steps"][0]["rows"] == ["x", "y", "short", "waste"]
    assert "walk = kernel" not in loss("explain", "bread-cost").out
    at_kink = explained(loss, "bread-cost", "--sample", "2")
    assert at_kink["gradient_check"]["measured"][0]["sides"] == [-0.5, 0.125]


@pytest.mark.parametrize("extra", [[], ["-r", "sum"], ["-r", "none"], ["--dtype", "float32"]])
def test_its_gradient_is_checked_in_the_units_of_the_file(
    loss: Loss, tmp_path: Path, extra: list[str]
) -> None:
    (tmp_path / "w.csv").write_text("1\n2\n0.5\n3\n")
    found = explained(loss, "bread-cost", "--sample-weight", f"{tmp_path}/w.csv", *extra)
    measured = found["gradient_check"]["measured"][0]
    assert measured["measured"] == pytest.approx(measured["formula"], rel=1e-6)
    assert measured["formula"] == pytest.approx(found["gradient"]["input"], rel=1e-6)


@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_every_form_of_the_walk(loss: Loss, form: str) -> None:
    for name in ("bread-cost", "regret"):
        ran = loss("explain", name, "-f", form)
        assert (ran.status, ran.err) == (0, "")
        assert "loss_bakery" in ran.out.replace("\\", "")


def test_nobody_looks_for_other_losses_where_the_name_is_known(tmp_path: Path) -> None:
    """Neither the folders are searched, nor is the package imported."""
    (tmp_path / "loss_bakery.py").write_text("raise SystemExit(99)")
    ran = process(["mse", *COUNTS, "-q"], PYTHONPATH=f"{Path.cwd()}:{tmp_path}")
    assert ran.returncode == 0
    ran = process(["bread-cost", *COUNTS], PYTHONPATH=f"{Path.cwd()}:{tmp_path}")
    assert ran.returncode == 2
    assert b"loss_bakery: importing 'loss_bakery' fails: SystemExit: 99" in ran.stderr
