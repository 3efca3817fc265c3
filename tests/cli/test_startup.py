"""What start-up may import: names, not times."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

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
def test_version_and_help_do_without_numpy(arguments: list[str]) -> None:
    assert "numpy" not in imported(arguments)
    assert "typer" not in imported(["--version"])


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
        "losscli.output.page",
        "losscli.output.terminal",
        "losscli.commands.listing.command",
        "losscli.commands.diagnose",
    }
    assert absent & modules == set()


def test_the_package_itself_is_light() -> None:
    code = "import sys, losscli\nsys.exit('numpy' in sys.modules or 'typer' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
