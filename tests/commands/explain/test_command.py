"""`loss explain NAME`: the texts' examples with their numbers, what it says and refuses."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.losses import names
from tests.conftest import ROOT, Loss

STEPS = "samples/step-by-step"
BY_NAME = ("-i", f"{STEPS}/logits.csv", "-t", f"{STEPS}/labels.csv")
FIRST = ("-i", "samples/log-softmax/logits.csv", "-t", "samples/log-softmax/labels.csv")
DIGITS = (
    "-i",
    "samples/digits/predictions.csv::zero-nine",
    "-t",
    "samples/digits/predictions.csv::label",
)
PRINTED = 1.01e-4
"""The texts print four decimals, some with a slip in the last."""


def explained(loss: Loss, *arguments: str | Path) -> dict[str, Any]:
    ran = loss("explain", *arguments, "-f", "json")
    assert ran.status == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out, parse_constant=pytest.fail)
    return found


def step(found: dict[str, Any], name: str) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [step for step in found["steps"] if step["name"] == name]
    assert len(steps) == 1
    return steps[0]


@pytest.mark.parametrize(
    ("sample", "softmax", "logs"),
    [
        (0, [0.3817, 0.3259, 0.2924], [-0.9632, -1.1211, -1.2297]),
        (1, [0.3511, 0.2782, 0.3707], [-1.0468, -1.2794, -0.9923]),
        (2, [0.3346, 0.3863, 0.2791], [-1.0947, -0.9512, -1.2762]),
    ],
)
def test_softmax_then_log_then_nll(
    loss: Loss, sample: int, softmax: list[float], logs: list[float]
) -> None:
    found = explained(loss, "ce", *BY_NAME, "--sample", str(sample))
    assert step(found, "Softmax")["value"] == pytest.approx(softmax, abs=PRINTED)
    assert step(found, "Log")["value"] == pytest.approx(logs, abs=PRINTED)
    assert step(found, "Softmax")["rows"] == ["cat", "dog", "ship"]
    target = ["cat", "dog", "dog"][sample]
    assert found["target"] == target
    assert found["value"] == pytest.approx(-logs[["cat", "dog"].index(target)], abs=PRINTED)
    assert found["agrees"] is True
    assert found["reduction"]["value"] == pytest.approx(1.0646, abs=PRINTED)
    assert repr(found["reduction"]["value"]) == loss("ce", "-q", *BY_NAME).out.strip()
    top, bottom = found["reduction"]["numerator"], found["reduction"]["denominator"]
    assert top / bottom == found["reduction"]["value"]
    assert found["gradient_check"]["agrees"] is True
    assert found["gradient_check"]["largest_difference"] < 1e-10


def test_the_page_shows_its_exact_numbers(loss: Loss) -> None:
    text = loss("explain", "ce", *BY_NAME, "--sample", "0", "-f", "markdown").out
    for number in ("0.3817", "-0.9632", "1.0646", "0.3259", "0.2924", "3.1939"):
        assert number in text
    assert "the loss is still 0.9632, because the target got only p = 0.3817" in text


@pytest.mark.parametrize(
    ("sample", "logs"),
    [
        (0, [-0.5620, -1.5347, -1.5399]),
        (1, [-1.0824, -1.8098, -0.6981]),
        (2, [-0.5155, -1.6253, -1.5801]),
    ],
)
def test_log_softmax(loss: Loss, sample: int, logs: list[float]) -> None:
    found = explained(loss, "ce", *FIRST, "--sample", str(sample))
    assert step(found, "Log")["value"] == pytest.approx(logs, abs=PRINTED)
    assert found["reduction"]["value"] == pytest.approx(0.9618, abs=PRINTED)


def test_divergence_is_cross_entropy_minus_entropy(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(",".join(repr(math.log(q)) for q in (0.7, 0.2, 0.1)) + "\n")
    (tmp_path / "p.csv").write_text("1,0,0\n")
    found = explained(loss, "kl-div", "-i", tmp_path / "q.csv", "-t", tmp_path / "p.csv")
    entropies = step(found, "Entropies")
    assert entropies["rows"] == ["H_PQ", "H_P", "KL"]
    assert entropies["value"] == pytest.approx([0.3567, 0.0, 0.3567], abs=PRINTED)
    assert entropies["checks"][0]["holds"] is True


@pytest.mark.parametrize("name", names())
def test_every_loss_explains_itself_without_files(loss: Loss, name: str) -> None:
    found = explained(loss, name, "--verbose")
    assert found["loss"] == name
    assert found["agrees"] is True
    assert found["gradient_check"]["agrees"] is True
    assert len(found["steps"]) >= 4
    assert any("derivation" in step for step in found["steps"])
    for one in found["steps"]:
        assert one["name"]
        assert one["why"].endswith(".")
        assert all(check["holds"] for check in one.get("checks", []))
    for form in ("table", "markdown", "latex"):
        ran = loss("explain", name, "-f", form)
        assert (ran.status, ran.err) == (0, "")
        assert len(ran.out.splitlines()) > 15
        assert ran.out.count("{") == ran.out.count("}")


@pytest.mark.parametrize("name", names())
def test_every_example_of_a_help_page_can_be_explained(loss: Loss, name: str) -> None:
    text = loss("explain", name, "--help").out
    assert f"loss explain {name}" in text
    from losscli.losses import declaration

    words = declaration(name).facts["example"].split()[1:]
    found = explained(loss, *words)
    assert found["agrees"] is True
    assert "built-in" not in found["sample"]["place"]


def test_the_default_is_the_largest_loss(loss: Loss) -> None:
    found = explained(loss, "ce", *DIGITS)
    assert found["sample"]["index"] == [443]
    assert found["remarks"]["in the file"] == "the largest of 450 losses, percentile 100"
    assert (found["target"], found["prediction"]) == ("nine", "five")


def test_many_classes_share_a_row_and_still_add_up(loss: Loss) -> None:
    found = explained(loss, "ce", *DIGITS, "--sample", "7")
    softmax = step(found, "Softmax")
    assert softmax["rows"][-1] == "other 3"
    assert len(softmax["rows"]) == 8
    assert {found["target"], found["prediction"]} <= set(softmax["rows"])
    assert sum(softmax["value"]) == pytest.approx(1, abs=1e-14)
    assert sum(step(found, "Gradient")["value"]) == pytest.approx(0, abs=1e-14)
    assert len(found["gradient"]["input"]) == 10


def test_standing_in_the_file(loss: Loss) -> None:
    terms = [float(x) for x in loss("ce", *DIGITS, "-q", "-r", "none").out.split()]
    for sample in (0, 100, 443):
        rank = 1 + sum(term > terms[sample] for term in terms)
        said = explained(loss, "ce", *DIGITS, "--sample", str(sample))["remarks"]["in the file"]
        share = 100 * (450 - rank + 1) / 450
        assert said.startswith("the largest" if rank == 1 else f"rank {rank} ")
        assert said.endswith(f"percentile {share:.3g}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["foo"], "there is no loss 'foo'"),
        (["hube"], "did you mean huber?"),
        (["ce", "--sample", "3"], "--sample: 3 is not in 0..2"),
        (["ce", "--sample", "-1"], "--sample: '-1' is not an index"),
        (["ce", "--sample", "0,1"], "--sample: '0,1' is not an index"),
        (["ce", "--steps", "0"], "--steps 0: steps count from 1"),
        (["ce", "--steps", "5-4"], "--steps 5-4: steps count from 1; give the smaller one first"),
        (["ce", "--steps", "a"], "--steps: 'a' is not a step; give one like 3"),
        (["ce", "--steps", "8-99"], "--steps 8-99: this walk has the steps 1-9"),
        (["ce", "--set", "cat"], "give for example cat=1.5, cat+=0.5 or target=cat"),
        (["ce", "--set", "bird=1"], "'bird' is not one of the classes cat, dog, ship"),
        (["ce", "--set", "cat=much"], "'much' is not a number"),
        (["ce", "--set", "target+=1"], "a class cannot be added to"),
        (["ce", "--set", "target=5"], "'5' is not one of the classes"),
        (["mse", "--set", "cat=1"], "'cat' is not one of input, target"),
        (["bce", "--set", "input=2"], "(--set): input 2.0 is not in [0, 1]"),
        (["ce", "-f", "csv"], "--format: 'csv' is not one of table, json, markdown, latex"),
        (["ce", "--save", "walk.png"], "the extension must be one of .svg, .html"),
        (["ce", "-t", f"{STEPS}/labels.csv"], "--input is missing"),
        (["ce", "--max", "1"], "--max: loss explain does not take it (loss ce does)"),
        (["ce", "--z-loss", "-1"], "--z-loss: -1.0 is not allowed"),
    ],
)
def test_refusals(loss: Loss, arguments: list[str], said: str) -> None:
    ran = loss("explain", *arguments)
    assert ran.status in (2, 3)
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert said in ran.err


def test_saved_pictures(loss: Loss, tmp_path: Path) -> None:
    for ending, opening in ((".svg", "<svg"), (".html", "<!doctype html>")):
        path = tmp_path / f"walk{ending}"
        ran = loss("explain", "ce", *BY_NAME, "--sample", "0", "--save", path, "-f", "json")
        assert ran.status == 0
        assert json.loads(ran.out)["loss"] == "ce"
        text = path.read_text("utf-8")
        assert text.startswith(opening)
        for word in ("Softmax", "0.3817", "1.0646"):
            assert word in text
        assert re.findall(r"https?://[^ \"<)]*", text) in ([], ["http://www.w3.org/2000/svg"])
    taken = tmp_path / "logits.svg"
    taken.write_text((ROOT / STEPS / "logits.csv").read_text())
    ran = loss("explain", "ce", "-i", f"csv:{taken}", *BY_NAME[2:], "--save", taken)
    assert ran.status == 2
    assert "is an input as well" in ran.err
    assert taken.read_text() == (ROOT / STEPS / "logits.csv").read_text()


def test_the_picture_beside_the_sample_is_what_the_command_draws(
    loss: Loss, tmp_path: Path
) -> None:
    drawn = tmp_path / "walk.svg"
    loss("explain", "ce", *BY_NAME, "--sample", "0", "--save", drawn)
    shipped = (ROOT / STEPS / "walk.svg").read_text("utf-8")
    assert _words(drawn.read_text("utf-8")) == _words(shipped)


def _words(svg: str) -> list[str]:
    return re.findall(r">([^<>\n]+)</text>", svg)


def test_a_loss_that_is_not_finite_names_the_culprit(loss: Loss) -> None:
    ran = loss("explain", "ce", *BY_NAME, "--sample", "0", "--set", "cat=-inf")
    assert ran.status == 4
    assert "line 2 column 1 (--set): input is -inf" in ran.err
    ran = loss("explain", "ce", *BY_NAME, "--sample", "0", "--set", "dog=nan", "-f", "json")
    assert ran.status == 4
    assert json.loads(ran.out)["value"] == "nan"


def test_the_naive_formula_fails(loss: Loss) -> None:
    found = explained(loss, "ce", *BY_NAME, "--sample", "0", "--set", "dog+=12")["naive"]
    assert [trial["precision"] for trial in found] == ["float16"]
    assert found[0]["how"] == "sum_j exp(x_j) overflows, float16 ends at 65504"
    found = explained(loss, "ce", *BY_NAME, "--sample", "0", "--set", "dog+=1000")["naive"]
    assert [trial["precision"] for trial in found] == ["float64", "float32", "float16"]
    assert found[0]["stable"][-1][1] == pytest.approx(999.8422)
    assert explained(loss, "ce", *BY_NAME)["naive"] == []
    small = explained(loss, "bce-logits", "--set", "input=40", "--set", "target=1")["naive"]
    assert small[0]["how"] == "not one digit is right"
    assert explained(loss, "log-cosh", "--set", "input=900")["naive"][0]["dies_at"] == "c = cosh(d)"


def test_a_kink_is_reported_as_one(loss: Loss) -> None:
    ran = loss("explain", "l1", "--sample", "2")
    assert ran.status == 0
    assert "at a kink: the slope is -0.25 to the left, 0.25 to the right" in ran.out


def test_weights_reductions_and_ignored(loss: Loss) -> None:
    weighed = explained(loss, "ce", *BY_NAME, "--weight", "1,2,0.5", "--sample", "1")
    mean = loss("ce", *BY_NAME, "--weight", "1,2,0.5", "-q").out.strip()
    assert repr(weighed["reduction"]["value"]) == mean
    assert weighed["reduction"]["denominator"] == 5
    summed = explained(loss, "ce", *BY_NAME, "-r", "sum")
    assert summed["reduction"]["value"] == summed["reduction"]["numerator"]
    none = explained(loss, "ce", *BY_NAME, "-r", "none")
    assert none["reduction"]["value"] is None
    ignored = explained(loss, "ce", *BY_NAME, "--ignore-index", "0", "--sample", "0")
    assert ignored["sample"]["ignored"] is True
    assert (ignored["target"], ignored["value"]) == (None, 0)
    assert ignored["reduction"]["denominator"] == 2


def test_steps_and_verbose(loss: Loss) -> None:
    found = explained(loss, "ce", *BY_NAME, "--steps", "3-5")
    assert [step["number"] for step in found["steps"]] == [3, 4, 5]
    assert "derivation" not in explained(loss, "ce", *BY_NAME)["steps"][-1]
    derivation = explained(loss, "ce", *BY_NAME, "--verbose")["steps"][-1]["derivation"]
    assert derivation[-1]["symbol"] == "dl_k/dx_j = 1[j = k] - p_j"


def test_one_number_per_file_and_one_class(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", 2.5)
    np.save(tmp_path / "y.npy", 1.0)
    files = ("-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy")
    assert explained(loss, "mse", *files)["value"] == 2.25
    assert explained(loss, "mse", *files, "--set", "input=3")["value"] == 4
    np.save(tmp_path / "x.npy", [[2.0], [3.0]])
    np.save(tmp_path / "y.npy", [0, 0])
    ran = loss("explain", "ce", "-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy")
    assert ran.status == 0
    assert "L504" in ran.err


def test_json_needs_no_rich() -> None:
    code = (
        "import sys\nfrom losscli.cli.main import main\n"
        "status = main(['explain', 'ce', '-f', 'json'])\nsys.exit(status or 'rich' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_other_commands_do_not_import_the_walks() -> None:
    code = (
        "import sys\nfrom losscli.cli.main import main\n"
        f"status = main(['ce', '-q', *{list(BY_NAME)!r}])\n"
        "walks = any(name.startswith('losscli.commands.explain') for name in sys.modules)\n"
        "sys.exit(status or walks)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
