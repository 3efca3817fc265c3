"""Signals at random moments of a run that writes files: `python -m tests.fuzz.signals 1000`.

Runs are forked from a process that has imported all there is, so that signals land in the work and
not in the start; with --start they are processes of their own, and signals land in both.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import NamedTuple, NoReturn

import numpy as np

from losscli.cli.main import main
from losscli.errors import LossError
from tests.conftest import ROOT, default_signals

ROWS = 20_000
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OLD = b"old"
OUTPUTS = ("terms.csv", "gradient.npy")


class Ended(NamedTuple):
    """How a run ended after a signal."""

    status: int
    err: bytes
    seconds: float


class Stage:
    """A folder with inputs, with outputs that already exist, and with what these become."""

    def __init__(self, folder: Path, rows: int = ROWS) -> None:
        rng = np.random.default_rng(0)
        self.inputs, self.outputs = folder / "in", folder / "out"
        self.inputs.mkdir()
        self.outputs.mkdir()
        np.save(self.inputs / "x.npy", rng.normal(size=(rows, 4)))
        np.save(self.inputs / "y.npy", rng.integers(0, 4, rows))
        self.call = ["ce", "-q", "-i", f"{self.inputs}/x.npy", "-t", f"{self.inputs}/y.npy"]
        self.call += ["-o", f"{self.outputs}/terms.csv"]
        self.call += ["--grad-output", f"{self.outputs}/gradient.npy"]
        start = time.monotonic()
        with open(os.devnull, "w") as null:
            # In a process of its own: the caller's streams and signals stay as they are.
            subprocess.run([sys.executable, "-m", "losscli", *self.call], stdout=null, check=True)
        self.seconds = time.monotonic() - start
        self.new = {name: (self.outputs / name).read_bytes() for name in OUTPUTS}

    def reset(self) -> None:
        """Put the old outputs back."""
        for name in OUTPUTS:
            (self.outputs / name).write_bytes(OLD)

    def wrong(self, ended: Ended, number: int) -> str:
        """Return the faults in the files that a run left."""
        known = {0, 130 if number == signal.SIGINT else 128 + number, -number}
        if ended.status not in known:
            return f"status {ended.status}"
        if ended.err and not ended.err.startswith(b"loss: interrupted"):
            return f"stderr {ended.err.decode()}"
        if sorted(os.listdir(self.outputs)) != sorted(OUTPUTS):
            return f"files {sorted(os.listdir(self.outputs))}"
        left = {name: (self.outputs / name).read_bytes() for name in OUTPUTS}
        if any(left[name] not in (OLD, self.new[name]) for name in OUTPUTS):
            return "half a file"
        return "not written" if ended.status == 0 and left != self.new else ""


def forked(call: list[str], number: int, delay: float) -> Ended:
    """Run a call in a child of this process and send it a signal."""
    reading, writing = os.pipe()
    # Until the child runs its own code, this process's handler would run in it.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    child = os.fork()
    if not child:
        _child(call, writing)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    os.close(writing)
    time.sleep(delay)
    os.kill(child, number)
    start = time.monotonic()
    with open(reading, "rb") as pipe:
        err = pipe.read()
    _, status = os.waitpid(child, 0)
    return Ended(os.waitstatus_to_exitcode(status), err, time.monotonic() - start)


def _child(call: list[str], writing: int) -> NoReturn:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(writing, 2)
    status: object = 1
    try:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        status = main(call)
    except SystemExit as left:
        status = left.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(int(str(status)))


def started(call: list[str], number: int, delay: float) -> Ended:
    """Run a call as a process of its own and send it a signal."""
    with default_signals():
        child = subprocess.Popen(
            [sys.executable, "-m", "losscli", *call],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    time.sleep(delay)
    child.send_signal(number)
    start = time.monotonic()
    _, err = child.communicate()
    return Ended(child.returncode, err, time.monotonic() - start)


def campaign(count: int, seed: int, folder: Path, *, start: bool) -> tuple[Counter[str], list[str]]:
    """Send this many signals; return how the runs ended and what was wrong, and print the times."""
    stage, random = Stage(folder), Random(seed)
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    times = []
    if not start:
        stage.seconds = _warm(stage)
    for _ in range(count):
        stage.reset()
        number = random.choice(SIGNALS)
        delay = random.uniform(0, 1.1 * stage.seconds)
        ended = (started if start else forked)(stage.call, number, delay)
        ends[f"{number.name} status {ended.status}"] += 1
        times.append(ended.seconds)
        if complaint := stage.wrong(ended, number):
            wrong.append(f"{number.name} after {delay:.4f} s: {complaint}")
    times.sort()
    print(
        f"a whole run {stage.seconds:.3f} s; from signal to end: median {times[count // 2]:.3f} s,"
    )
    print(f"99 % below {times[int(count * 0.99)]:.3f} s, longest {times[-1]:.3f} s")
    return ends, wrong


def _warm(stage: Stage) -> float:
    """Import what a call needs, once for all forks; return the seconds of a forked run."""
    from losscli.losses import declaration
    from losscli.readers.binary import npy  # noqa: F401

    try:
        declaration("ce")
        main([*stage.call[:-4], "--max", "-1", "--no-warn"])
    except LossError:
        pass
    begin = time.monotonic()
    forked(stage.call, 0, 0)
    return time.monotonic() - begin


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.signals", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", action="store_true", help="processes of their own")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        ends, wrong = campaign(given.count, given.seed, Path(name), start=given.start)
    print(*(f"{end}: {count}" for end, count in sorted(ends.items())), sep="\n")
    print(f"{len(wrong)} wrong", *wrong[:10], sep="\n")
    sys.exit(bool(wrong))
