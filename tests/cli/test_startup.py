"""What start-up may import: names, not times."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.examples import Session, output

SAMPLE = "samples/log-softmax"
QUIET = ["ce", "-q", "-i", f"{SAMPLE}/logits.csv", "-t", f"{SAMPLE}/labels.csv"]


def imported(arguments: list[str]) -> set[str]:
    """Return the modules that a run of the command line imports."""
    code = (
        "import sys\nfrom losscli.cli.main import main\n"
        f"status = main({arguments!r})\nprint(*sys.modules, file=sys.stderr)\nsys.exit(status)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    return set(ran.stderr.decode().split())


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_version_and_help_do_without_numpy_and_typer(arguments: list[str]) -> None:
    assert {"numpy", "typer"} & imported(arguments) == set()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_help_without_typer_is_the_same(columns: int) -> None:
    ours, typers = (
        output(Session(f"loss {words}", "", columns)) for words in ("--help", "--help --help")
    )
    assert ours.rstrip() == typers.rstrip()


def test_one_number_needs_little() -> None:
    modules = imported(QUIET)
    assert "losscli.losses.softmax" in modules
    absent = {
        "rich",
        "yaml",
        "tempfile",
        "zipfile",
        "numpy.random",
        "concurrent.futures",
        "losscli.losses.binary",
        "losscli.losses.regression",
        "losscli.losses.declare.plugins",
        "csv",
        "numpy.typing",
        "losscli.commands.loss.writers",
        "losscli.engine.result.culprit",
        "losscli.engine.result.objective",
        "losscli.engine.result.result",
        "losscli.output.encoders",
        "losscli.output.page",
        "losscli.output.terminal",
        "losscli.commands.listing.command",
        "losscli.commands.diagnose",
    }
    assert absent & modules == set()


def test_the_package_itself_is_light() -> None:
    code = "import sys, losscli\nsys.exit('numpy' in sys.modules or 'typer' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
