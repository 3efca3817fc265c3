"""README and the help pages are true: every example is run and its output compared."""

from __future__ import annotations

import math
import re
import shutil

import pytest

from tests.examples import PAGES, Session, blocks, in_a_terminal, output, printed, sessions

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])")
BLOCKS = [(page, block) for page in PAGES for block in blocks(page)]
SESSIONS = [session for _, block in BLOCKS for session in sessions(block)]


def _same(shown: str, printed: str) -> bool:
    """Whether two texts agree; the last digits of exp differ between processors."""
    words, numbers = NUMBER.split(shown), NUMBER.findall(shown)
    pairs = zip(numbers, NUMBER.findall(printed), strict=False)
    return words == NUMBER.split(printed) and all(
        math.isclose(float(a), float(b), rel_tol=1e-12) for a, b in pairs
    )


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.command[:60])
def test_output_is_what_is_shown(session: Session) -> None:
    if "jq " in session.command and shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    assert _same(session.shown, output(session)), output(session)


def test_same_notices_differences() -> None:
    assert _same("loss 0.5 / 2", "loss 0.5 / 2")
    assert not _same("loss 0.5 / 2", "loss 0.5001 / 2")
    assert not _same("loss 0.5 / 2", "cost 0.5 / 2")


def test_a_real_terminal_shows_the_same() -> None:
    session = next(session for session in SESSIONS if session.columns)
    screen = in_a_terminal(session.command, session.columns or 80)
    assert screen.count("\n") == output(session).count("\n")


def test_python_blocks_run_and_print() -> None:
    programs = [block.text for _, block in BLOCKS if block.language == "python"]
    shown = [block.text for _, block in BLOCKS if block.mark == "printed"]
    assert len(programs) == len(shown) > 0
    for program, text in zip(programs, shown, strict=True):
        assert _same(text, printed(program))


def test_there_are_sessions_in_terminals_and_pipes() -> None:
    assert len(SESSIONS) >= 30
    assert {session.columns for session in SESSIONS} >= {None, 80}
