"""Measures times and memory: calls and commands in turn, medians, peaks of child processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

Command = list[str]
PAUSE = 0.02
"""Seconds."""


class Cost(NamedTuple):
    """The cost of one run of a command."""

    seconds: float
    """From start to exit."""
    busy: float
    """Of all processors together."""
    megabytes: float
    """Peak of resident memory."""


def cost(command: Command, folder: Path, statuses: Sequence[int] = (0,)) -> Cost:
    """Run a command that exits so, compiled modules kept as an install does."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, env=kept, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    taken = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in statuses:
        raise subprocess.CalledProcessError(child.returncode, command)
    size = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Cost(taken, usage.ru_utime + usage.ru_stime, size / 1024)


def costs(commands: Sequence[Command], folder: Path, runs: int) -> list[Cost]:
    """Return the median cost of each command; they take turns, after one run each to warm up."""
    found = [[cost(command, folder) for command in commands] for _ in range(runs + 1)][1:]
    return [
        Cost(*map(statistics.median, zip(*each, strict=True))) for each in zip(*found, strict=True)
    ]


def turns(
    calls: Sequence[Callable[[], Any]], times: int, *, pause: float = PAUSE, warm: bool = False
) -> list[float]:
    """Return the median seconds of each call; they take turns, after one each unless it is warm.

    A pause before each call: a library's idle threads look for work for some time, on the core that
    the other's would run on.
    """
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(times if warm else times + 1):
        for call, spent in zip(calls, found, strict=True):
            time.sleep(pause)
            start = time.perf_counter()
            call()
            spent.append(time.perf_counter() - start)
    return [statistics.median(spent[-times:]) for spent in found]


def marked(figure: float, limit: float | None, digits: int = 2) -> str:
    """Return a figure, with a star where it is beyond its limit."""
    return f"{figure:.{digits}f}{'*' if limit is not None and figure > limit else ' '}"
