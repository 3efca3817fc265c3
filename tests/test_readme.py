"""README is true: every command is run and its output compared."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys

import pytest

from losscli.losses.index import INDEX
from tests.readme_blocks import ROOT, Session, blocks, output, sessions

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])")


def _same(shown: str, printed: str) -> bool:
    """Whether two texts agree; the last digits of exp differ between processors."""
    words, numbers = NUMBER.split(shown), NUMBER.findall(shown)
    pairs = zip(numbers, NUMBER.findall(printed), strict=False)
    return words == NUMBER.split(printed) and all(
        math.isclose(float(a), float(b), rel_tol=1e-12) for a, b in pairs
    )


@pytest.mark.parametrize("session", list(sessions()), ids=lambda session: session.command[:60])
def test_output_is_what_readme_shows(session: Session) -> None:
    if "jq " in session.command and shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    printed = output(session)
    assert _same(session.shown, printed), printed


def test_same_sees_differences() -> None:
    assert _same("loss 0.5 / 2", "loss 0.5 / 2")
    assert not _same("loss 0.5 / 2", "loss 0.5001 / 2")
    assert not _same("loss 0.5 / 2", "cost 0.5 / 2")


def test_python_block_runs_and_prints() -> None:
    (block,) = [block for block in blocks() if block.language == "python"]
    (shown,) = [block.text for block in blocks() if block.mark == "printed"]
    ran = subprocess.run(
        [sys.executable, "-c", block.text], cwd=ROOT, capture_output=True, check=True, timeout=60
    )
    assert _same(shown, ran.stdout.decode())


def test_every_loss_is_listed() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert [
        name for name in INDEX if not re.search(rf"^\| .*`{name}`.* \|", text, re.MULTILINE)
    ] == []


def test_there_are_sessions_in_terminals_and_pipes() -> None:
    found = list(sessions())
    assert len(found) >= 12
    assert {session.columns for session in found} >= {None, 80}
