"""The bar on a terminal, its absence elsewhere, and what an interrupt says of the work done."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.cli.main import main
from losscli.output import progress
from losscli.output.ending import so_far
from losscli.output.progress import Bar
from tests.conftest import Loss, default_signals, standard_streams

ROWS = 300_000


class Terminal(io.StringIO):
    """A standard error that somebody looks at."""

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Put a terminal in place of standard error; the bar appears at once."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    return shown


@pytest.fixture
def files(tmp_path: Path) -> list[Any]:
    """Three blocks of rows."""
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((ROWS, 4)) / 4)
    np.save(tmp_path / "y.npy", np.arange(ROWS) % 4)
    return ["-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy"]


def test_the_bar_shows_rows_rate_time_and_mean_in_80_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = terminal(monkeypatch)
    with Bar() as bar:
        # A start so long ago that the moments of the test round away.
        bar._pass_start = time.monotonic() - 1e6
        bar.show(40_000_000, 100_000_000, ", mean so far 2.3026")
        bar.show(80_000_000, 100_000_000, ", mean so far 2.3025")
    text = shown.getvalue()
    assert "80000000 of 100000000 rows, 80/s, 2 days, 21:26:40 left, mean so far 2.3025" in text


def test_a_narrow_bar_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "60")
    with Bar() as bar:
        bar._pass_start = time.monotonic() - 1e3
        bar.show(40_000_000, 100_000_000, ", mean so far -2.3026")
        assert so_far[bar]() == "40000000 of 100000000 rows, mean so far -2.3026"
    assert "40M of 100M rows, 40k/s, 0:25:00 left, mean -2.3026" in shown.getvalue()
    assert "…" not in shown.getvalue()


@pytest.mark.parametrize(("rate", "text"), [(7, "7"), (999, "999"), (4230, "4.2k"), (3.5e7, "35M")])
def test_rates_are_short(rate: float, text: str) -> None:
    assert progress._short(rate) == text


def test_another_pass_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with Bar() as bar:
        bar.show(10, 10)
        bar.show(4, 10)
        assert so_far[bar]() == "4 of 10 rows, pass 2"
    assert bar not in so_far
    assert "pass 2" in shown.getvalue()


def test_no_bar_for_nobody_or_a_quiet_run(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with Bar(quiet=True) as bar:
        bar.show(1, 10)
    assert not shown.getvalue()
    monkeypatch.setattr(sys, "stderr", pipe := io.StringIO())
    with Bar() as bar:
        bar.show(1, 10)
    assert not pipe.getvalue()


def _two_outputs(files: list[Any]) -> list[Any]:
    return ["-i", files[1], "--reference", files[1], "-t", files[3]]


CALLS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "ce": lambda files: ["ce", *files],
    "explain": lambda files: ["explain", "ce", *files],
    "diagnose": lambda files: ["diagnose", "ce", *files],
    "compare": lambda files: ["compare", *_two_outputs(files)],
    "softmax": lambda files: ["softmax", *files[:2], "-o", files[1].with_name("o.npy")],
    "entropy": lambda files: ["entropy", *files[:2]],
}


@pytest.mark.parametrize("name", CALLS)
def test_long_work_has_a_bar_and_stdout_stays_clean(
    name: str,
    files: list[Any],
    loss: Loss,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = loss(*CALLS[name](files))
    assert "\x1b" not in plain.err
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with standard_streams(b"") as (out, err):
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        assert main([str(argument) for argument in CALLS[name](files)]) == plain.status
    assert f" of {ROWS} rows, " in err.getvalue().decode()
    assert out.getvalue().decode() == plain.out


KILLED = """
import os, signal, sys
from losscli.cli.main import main
from losscli.output.progress import Bar

told = Bar.__call__


def interrupted(bar, outcome, rows):
    told(bar, outcome, rows)
    os.kill(os.getpid(), signal.SIGINT)


Bar.__call__ = interrupted
main(sys.argv[1:])
"""


@pytest.mark.parametrize("quiet", [False, True])
def test_an_interrupt_says_how_far_it_got(quiet: bool, files: list[Any], tmp_path: Path) -> None:
    call = ["ce", *map(str, files), "-o", str(tmp_path / "terms.csv"), *(["-q"] if quiet else [])]
    with default_signals():
        ran = subprocess.run(
            [sys.executable, "-c", KILLED, *call], capture_output=True, text=True, check=False
        )
    assert (ran.returncode, ran.stdout) == (130, "")
    rows = int(ran.stderr.split()[3])
    assert 0 < rows < ROWS
    mean = float(ran.stderr.split()[-1])
    assert ran.stderr == f"loss: interrupted after {rows} of {ROWS} rows, mean so far {mean:#.5g}\n"
    assert mean == pytest.approx(np.log(4), rel=0.01)
    assert len(list(tmp_path.iterdir())) == 2
