"""The files that `loss help ci` shows: they do what the page says, as far as a folder allows."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.conftest import ROOT
from tests.examples import blocks

PAGE = ROOT / "losscli/commands/help/topics/ci.md"
FOREIGN = ("pip install losscli",)
"""Lines that need a network."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the samples and the command."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    command = tmp_path / "bin" / "loss"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m losscli "$@"\n')
    command.chmod(0o755)
    (tmp_path / "Makefile").write_text(
        next(block.text for block in blocks(PAGE) if block.language == "make")
    )
    return tmp_path


def makefile() -> str:
    """Return the Makefile of the page."""
    return next(block.text for block in blocks(PAGE) if block.language == "make")


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder, as GitHub's runner does."""
    here = {
        "PATH": f"{folder}/bin{os.pathsep}{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": f"{folder}/summary.md",
    }
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **here},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def documents() -> Iterator[Any]:
    """Yield the YAML files of the page."""
    yield from (yaml.safe_load(block.text) for block in blocks(PAGE) if block.language == "yaml")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_makefile_keeps_a_baseline_and_checks(folder: Path) -> None:
    missing = run(folder, "make", "check")
    assert (
        "last.json: no such file; run the same command with -f json > last.json" in missing.stderr
    )
    assert run(folder, "make", "baseline").returncode == 0
    checked = run(folder, "make", "check", "report.xml")
    assert (checked.returncode, checked.stderr) == (0, "")
    suite = ElementTree.parse(folder / "report.xml").getroot()[0]
    assert suite.get("failures") == "0"
    other = makefile().replace("logits.npy", "logits_int4.npy")
    (folder / "Makefile").write_text(other)
    worse = run(folder, "make", "check")
    assert worse.returncode == 2
    assert "Error 1" in worse.stderr


def test_the_steps_of_the_workflow_pass(folder: Path) -> None:
    workflow, hooks = documents()
    lines = [step["run"] for step in workflow["jobs"]["loss"]["steps"] if "run" in step]
    assert lines[: len(FOREIGN)] == [*FOREIGN]
    kept = makefile().splitlines()[-1].strip()
    files = makefile().partition("FILES = ")[2].partition("\n")[0]
    assert run(folder, "sh", "-ec", kept.replace("$(FILES)", files)).returncode == 0
    for line in lines[len(FOREIGN) :]:
        ran = run(folder, "bash", "-e", "-o", "pipefail", "-c", line)
        assert (ran.returncode, ran.stderr) == (0, ""), line
    assert "- ✅ baseline loss: " in (folder / "summary.md").read_text("utf-8")
    (hook,) = hooks["repos"][0]["hooks"]
    ran = run(folder, *shlex.split(hook["entry"]))
    assert (ran.returncode, ran.stdout) == (0, "0.14295297347585287\n")
