"""`--live`: what it refuses, and a page that holds all that it needs and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from losscli.commands.explain.live import page
from losscli.losses import names
from tests.conftest import ROOT, Loss

STEPS = "samples/step-by-step"
FILES = ("-i", f"{STEPS}/logits.csv", "-t", f"{STEPS}/labels.csv")


def saved(loss: Loss, folder: Path, *arguments: str | Path) -> str:
    path = folder / "page.html"
    ran = loss("explain", *arguments, "--save", path, "--live")
    assert ran.status == 0, ran.err
    return path.read_text("utf-8")


def data_of(text: str) -> Any:
    (found,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL
    )
    return json.loads(found)


@pytest.mark.parametrize("save", [(), ("--save", "page.svg")])
def test_needs_a_page_to_write_to(loss: Loss, save: tuple[str, ...]) -> None:
    ran = loss("explain", "ce", "--live", *save)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "loss: --live: needs a page to write to; add --save page.html\n"


def test_steps_are_not_ignored(loss: Loss, tmp_path: Path) -> None:
    ran = loss("explain", "ce", "--live", "--save", tmp_path / "page.html", "--steps", "3")
    assert ran.status == 2
    assert "--steps: a page of --live has every step; remove one of them" in ran.err


def test_the_derivation_is_there_where_it_is_asked_for(loss: Loss, tmp_path: Path) -> None:
    assert "derivation" not in data_of(saved(loss, tmp_path, "huber"))["steps"][-1]
    gradient = data_of(saved(loss, tmp_path, "huber", "--verbose"))["steps"][-1]
    assert gradient["derivation"] == [["dL/dd = d", "the derivative of d^2 / 2"]]


def test_what_was_set_is_where_the_page_begins(loss: Loss, tmp_path: Path) -> None:
    text = saved(loss, tmp_path, "huber", "--sample", "0", "--set", "input=1.25")
    assert data_of(text)["inputs"][0]["value"] == 1.25
    assert ">as with --set</button>" in text


def test_what_cannot_be_followed(loss: Loss, tmp_path: Path) -> None:
    saving = ("--save", tmp_path / "page.html", "--live")
    ran = loss("explain", "ce", *FILES, "--sample", "0", "--set", "target=-100", *saving)
    assert ran.status == 2
    assert "the target of this sample is ignored; choose another sample with --sample" in ran.err
    ran = loss("explain", "ce", *FILES, "--sample", "0", "--set", "cat=nan", *saving)
    assert ran.status == 2
    assert "holds nan; give it a number with --set" in ran.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", names())
def test_loads_nothing_from_elsewhere(name: str, loss: Loss, tmp_path: Path) -> None:
    text = saved(loss, tmp_path, name)
    assert not re.search(r"\b(?:https?:|src=|href=|url\(|@import|fetch\(|import\()", text)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy.startswith("default-src 'none'; ")
    for element, directive in (("style", "style-src"), ("script", "script-src")):
        (inner,) = re.findall(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert " style=" not in text
    assert len(text) < 200_000


def test_names_from_files_are_text(loss: Loss, tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script>"
    (tmp_path / "x<b>.csv").write_text(f"cat,{evil}\n1,2\n3,1\n")
    (tmp_path / "y.csv").write_text("0\n1\n")
    arguments = ("ce", "-i", tmp_path / "x<b>.csv", "-t", tmp_path / "y.csv", "--sample", "0")
    text = saved(loss, tmp_path, *arguments)
    assert text.count("<script") == text.count("</script>") == 2
    assert "x<b>" not in text
    assert "x<b>.csv line 2" in unescape(text)
    assert data_of(text)["inputs"][1]["label"] == evil


def test_many_classes(loss: Loss, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.normal(size=(2, 2000)))
    np.save(tmp_path / "y.npy", [7, 1500])
    files = ("-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy", "--sample", "1")
    text = saved(loss, tmp_path, "ce", *files)
    found = data_of(text)
    assert len(text) < 40_000 + 2000 * 30
    assert len(found["inputs"]) == 7
    assert found["inputs"][0]["label"] == "class 1500"
    assert found["targets"] == []
    assert len(found["graph"]["operations"]) < 200


def test_a_page_that_is_too_large(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "LARGEST", 2000)
    ran = loss("explain", "ce", "--save", tmp_path / "page.html", "--live")
    assert ran.status == 2
    assert "--live: the page would have" in ran.err
    assert "remove --live" in ran.err
    assert not list(tmp_path.iterdir())


def test_digits_and_reduction(loss: Loss, tmp_path: Path) -> None:
    text = saved(loss, tmp_path, "ce", *FILES, "--digits", "7", "-r", "none")
    assert data_of(text)["digits"] == 7
    assert 'id="file"' not in text
    assert "was 1.279" in text
    text = saved(loss, tmp_path, "ce", "-r", "sum")
    assert "sum over the example" in text


def test_the_wheel_has_the_scripts(tmp_path: Path) -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="hatchling builds the wheel")
    [built] = wheel.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(built) as archive:
        packed = {name.rpartition("/")[2] for name in archive.namelist()}
    assert packed >= {*page.SCRIPTS, "live.css"}
