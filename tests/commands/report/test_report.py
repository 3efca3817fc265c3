"""`loss report`: one page, with the numbers of the other commands, in a file of its own."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.losses import declaration, names
from tests.conftest import ROOT, Loss
from tests.each import for_each
from tests.output.fragment import Read

DIGITS = ("ce", "-i", "samples/digits/logits.npy", "-t", "samples/digits/labels.npy")
SECOND = ("-i", "samples/digits/logits_int4.npy")


def made(loss: Loss, path: Path, *words: str, status: int = 0) -> str:
    """Return the file that a report writes."""
    ran = loss("report", *words, "-o", str(path))
    assert ran.status == status, ran.err
    return path.read_text("utf-8")


def as_json(loss: Loss, *words: str) -> dict[str, Any]:
    return dict(json.loads(loss(*words, "-f", "json").out))


def figures(page: str) -> dict[str, str]:
    """Return the figures at the top of a report in Markdown."""
    found = re.findall(r"^- \**([\w %]+?)\**: (.+)$", page.partition("###")[0], re.MULTILINE)
    return dict(found)


@for_each("name", names())
def test_every_loss_has_a_report(loss: Loss, tmp_path: Path, name: str) -> None:
    words = shlex.split(declaration(name).facts["example"])[1:]
    text = made(loss, tmp_path / "report.html", *words)
    read = Read(text)
    tags = [tag for tag, _ in read.elements]
    assert tags.count("h1") == tags.count("main") == 1
    assert "figure" in tags
    assert "://" not in text
    assert not {"script", "link", "img", "iframe", "object"}.intersection(tags)
    attributes = {attribute for _, attrs in read.elements for attribute in attrs}
    assert not {"style", "src", "href"} & attributes
    assert not [attribute for attribute in attributes if attribute.startswith("on")]


def test_the_figures_are_those_of_the_loss_command(loss: Loss, tmp_path: Path) -> None:
    page = made(loss, tmp_path / "r.md", *DIGITS, "--digits", "15")
    found, shown = as_json(loss, *DIGITS, "--ci", "--by", "target"), figures(page)
    losses = np.array(found["per_sample"])
    for name, value in {
        "loss": found["value"],
        "accuracy": found["summary"]["accuracy"],
        "perplexity": found["summary"]["perplexity"],
        "chance level": found["summary"]["chance"],
        "median loss": np.median(losses),
        "largest loss": losses.max(),
    }.items():
        assert float(shown[name]) == pytest.approx(value, rel=1e-14), name
    low, high = map(float, shown["95 % interval"].split(" to "))
    assert (low, high) == pytest.approx((found["ci"]["low"], found["ci"]["high"]), rel=1e-14)
    diagnosed = as_json(loss, "diagnose", *DIGITS, "--calibration")
    ece = diagnosed["calibration"]["ece"]
    assert float(shown["calibration error"]) == pytest.approx(ece, rel=1e-12)
    for row in found["by"]["target"]:
        cells = [row["target"], row["count"], row["mean"], row["accuracy"], row["share"]]
        line = " | ".join(f"{x:.15f}" if isinstance(x, float) else str(x) for x in cells)
        assert line in re.sub(" +", " ", page)
    assert found["signature"] in page


def test_the_largest_losses_are_those_of_top(loss: Loss, tmp_path: Path) -> None:
    page = made(loss, tmp_path / "r.md", *DIGITS, "--top", "3", "--digits", "9")
    for row in as_json(loss, *DIGITS, "--top", "3")["top"]:
        assert re.search(rf"\| +{row['index']} \|.* {row['loss']:.9f} \|", page)
    assert "the 3 samples with the largest loss" in page


def test_what_stands_out_is_what_diagnose_finds(loss: Loss, tmp_path: Path) -> None:
    text = Read(made(loss, tmp_path / "r.html", *DIGITS)).text
    findings = as_json(loss, "diagnose", *DIGITS)["findings"]
    assert [finding["code"] for finding in findings] == ["L801"]
    for finding in findings:
        assert finding["message"] in text
        assert finding["next"] in text
    without = Read(made(loss, tmp_path / "w.html", *DIGITS, "--no-findings")).text
    assert "L801" not in without
    assert "Not checked" in without


def test_a_warning_of_the_loss_command_is_on_the_page(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.full((3, 2), 0.5))
    np.save(tmp_path / "y.npy", np.array([0, 1, 0]))
    call = ("ce", "-i", str(tmp_path / "x.npy"), "-t", str(tmp_path / "y.npy"))
    (warning,) = as_json(loss, *call)["warnings"]
    for more in ((), ("--no-findings",)):
        text = Read(made(loss, tmp_path / "r.html", *call, *more)).text
        assert warning["code"] in text


def test_names_from_files_are_text(loss: Loss, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text('cat,"<script>alert(1)</script>","]]>&amp;"\n2,1,0\n0,1,3\n')
    Path("y.csv").write_text("0\n1\n")
    read = Read(made(loss, Path("r.html"), "ce", "-i", "x.csv", "-t", "y.csv"))
    assert "script" not in {tag for tag, _ in read.elements}
    assert read.text.count("<script>alert(1)</script>") >= 3
    assert "]]>&amp;" in read.text


def test_the_same_files_give_the_same_bytes(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    first = made(loss, path, *DIGITS)
    assert made(loss, path, *DIGITS) == first


def test_the_command_on_the_page_makes_it_again(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "r.md"
    words = (*DIGITS, *SECOND, "--digits", "3", "--seed", "2", "--label-smoothing", "0.1")
    page = made(loss, path, *words)
    (command,) = re.findall("(?m)^loss report .*$", page)
    assert str(ROOT) not in command
    path.unlink()
    loss(*shlex.split(command)[1:])
    assert path.read_text() == page


def test_the_page_is_printed_without_a_file(loss: Loss, tmp_path: Path) -> None:
    page = loss("report", *DIGITS, "-f", "markdown").out
    written = made(loss, tmp_path / "r.md", *DIGITS)
    command = "(?m)^loss report .*$"
    assert re.sub(command, "", page) == re.sub(command, "", written)
    assert "**9 of 450 samples make 26.8 % of the loss**" in page
    assert "what stands out" in loss("report", *DIGITS).out


def test_a_loss_that_is_not_finite_has_a_report(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n-inf,0\n2,1\n")
    (tmp_path / "y.csv").write_text("0\n1\n")
    files = ("-i", str(tmp_path / "x.csv"), "-t", str(tmp_path / "y.csv"))
    text = Read(made(loss, tmp_path / "r.html", "ce", *files, status=4)).text
    assert "the loss of sample 0 (counted from 0) is not finite" in text
    assert "L403" in text


def test_a_report_is_never_half_done_or_over_an_input(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("2,1\n0,1\n")
    (tmp_path / "y.csv").write_text("0\n9\n")
    files = ("-i", f"csv:{tmp_path / 'x.md'}", "-t", str(tmp_path / "y.csv"))
    ran = loss("report", "ce", *files, "-o", str(tmp_path / "x.md"))
    assert (ran.status, (tmp_path / "x.md").read_text()) == (2, "2,1\n0,1\n")
    ran = loss("report", "ce", *files, "-o", str(tmp_path / "r.html"))
    assert ran.status == 3
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("-r", "none"), "'none' is not one of mean, sum"),
        (("-o", "r.pdf"), "the extension must be one of .html, .md"),
        ((*SECOND, "--top", "3"), "--top shows terms of one input"),
        ((*SECOND, "--findings"), "--findings is about one input"),
    ],
)
def test_impossible_options_are_refused(loss: Loss, words: tuple[str, ...], why: str) -> None:
    ran = loss("report", *DIGITS, *words)
    assert ran.status == 2
    assert why in ran.err


def test_several_inputs_are_ranked_and_drawn_against_the_best(loss: Loss, tmp_path: Path) -> None:
    page = made(loss, tmp_path / "r.md", *DIGITS, *SECOND, "--digits", "12")
    for one in as_json(loss, *DIGITS, *SECOND, "--ci")["inputs"]:
        assert f"{one['value']:.12f}" in page
        assert f"[{one['ci']['low']:.12f}, {one['ci']['high']:.12f}]" in page.replace("\\", "")
        assert f"{one['summary']['perplexity']:.12f}" in page
    read = Read(made(loss, tmp_path / "r.html", *DIGITS, *SECOND))
    assert [tag for tag, _ in read.elements].count("figure") == 1
    assert "logits_int4.npy is worse on 248 of 450 samples" in read.text
    assert "Mean loss by target".lower() in read.text


@pytest.mark.parametrize("size", [5, 3000])
def test_predicted_numbers_are_drawn_against_their_targets(
    loss: Loss, tmp_path: Path, size: int
) -> None:
    random = np.random.default_rng(3)
    y = random.normal(size=size)
    x = y + random.normal(0.2, 0.5, size)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    files = ("-i", str(tmp_path / "x.npy"), "-t", str(tmp_path / "y.npy"))
    shown = figures(made(loss, tmp_path / "r.md", "mse", *files, "--digits", "14"))
    assert float(shown["mean error"]) == pytest.approx(np.mean(x - y), rel=1e-12)
    assert float(shown["mean absolute error"]) == pytest.approx(np.abs(x - y).mean(), rel=1e-12)
    read = Read(made(loss, tmp_path / "r.html", "mse", *files))
    assert f"predictions are off by {np.abs(x - y).mean():.4g} on average" in read.text
    assert [tag for tag, _ in read.elements].count("figure") == 2
    high = int((x > y).sum())
    assert ("too high" in read.text) if size > 400 else (f"too high ({high})" in read.text)


def test_numbers_without_bounds_have_a_report(loss: Loss, tmp_path: Path) -> None:
    for x, y, status in (
        ("1e308,-1e308", "-1e308,1e308", 4),
        ("3,3", "3,3", 0),
        ("nan,1", "0,1", 4),
    ):
        text = made(loss, tmp_path / "r.html", "l1", "-i", x, "-t", y, status=status)
        assert "How it was made".lower() in text


@pytest.mark.parametrize("inputs", [1, 6])
def test_a_report_of_many_classes_and_samples_is_small(
    loss: Loss, tmp_path: Path, inputs: int
) -> None:
    random = np.random.default_rng(5)
    np.save(tmp_path / "y.npy", random.integers(0, 400, 3000))
    given = ["-t", str(tmp_path / "y.npy")]
    for at in range(inputs):
        path = tmp_path / f"{at}.npy"
        np.save(path, random.normal(size=(3000, 400)))
        given += ["-i", str(path)]
    text = made(loss, tmp_path / "r.html", "ce", *given)
    assert len(text) < 300_000
    assert "the 20 of 400" in text
