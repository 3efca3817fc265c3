"""Large files: `python -m tests.benchmarks.streaming [--torch PYTHON] [--gigabytes N ...]`.

Whole commands on files of their own, made in a temporary folder and deleted: wall time, and the
peak of resident memory over that of an interpreter that has imported NumPy. PYTHON is an
interpreter that has PyTorch and pandas.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks.__main__ import Command

CLASSES = 1000
ROWS = 1_000_000
LOADTXT = "import numpy; numpy.loadtxt('x.csv', delimiter=',')"
PANDAS = """
import pandas as pd, torch, torch.nn.functional as F
x, y = (torch.from_numpy(pd.read_csv(f, header=None).to_numpy()) for f in ("x.csv", "y.csv"))
print(F.cross_entropy(x, y[:, 0]).item())
"""


class Cost(NamedTuple):
    """What one run of a command takes."""

    seconds: float
    megabytes: float


def cost(command: Command, folder: Path) -> Cost:
    """Run a command and return its wall time and its peak of resident memory."""
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    taken = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Cost(taken, kilobytes / 1024)


def least(command: Command, folder: Path, runs: int) -> Cost:
    """Return the shortest time and the highest peak of several runs."""
    costs = [cost(command, folder) for _ in range(runs)]
    return Cost(min(c.seconds for c in costs), max(c.megabytes for c in costs))


def write_npy(path: Path, rows: int, *, fortran: bool = False) -> None:
    """Write float32 logits of shape (rows, CLASSES) piece by piece."""
    rng = np.random.default_rng(0)
    header = {"descr": "<f4", "fortran_order": fortran, "shape": (rows, CLASSES)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        piece = rng.normal(0, 3, 1 << 20).astype(np.float32)
        left = rows * CLASSES
        while left:
            piece[:left].tofile(file)
            left -= min(left, piece.size)


def write_text(folder: Path) -> None:
    """Write ROWS x 10 logits and labels as CSV, both as JSON Lines, and again with all digits."""
    rng = np.random.default_rng(0)
    with (
        (folder / "x.csv").open("w") as x,
        (folder / "y.csv").open("w") as y,
        (folder / "xy.jsonl").open("w") as both,
        (folder / "long.csv").open("w") as long,
    ):
        for _ in range(ROWS // 1000):
            for row in rng.normal(0, 3, (1000, 10)).tolist():
                label = int(row[0] > 0)
                cells = [f"{value:.6f}" for value in row]
                x.write(",".join(cells) + "\n")
                y.write(f"{label}\n")
                both.write(f'{{"input": [{", ".join(cells)}], "target": {label}}}\n')
                long.write(",".join(map(repr, row)) + "\n")


class Table:
    """Prints a line a measurement."""

    def __init__(self, folder: Path, runs: int) -> None:
        self.folder = folder
        self.runs = runs
        self.base = least([sys.executable, "-c", "import numpy"], folder, runs).megabytes
        print(f"{'':<50} {'seconds':>9} {'MB over':>9}")

    def line(self, title: str, command: Command) -> Cost:
        """Measure a command; the memory shown is what it takes more than the interpreter."""
        found = least(command, self.folder, self.runs)
        print(f"{title:<50} {found.seconds:9.2f} {found.megabytes - self.base:9.0f}", flush=True)
        return found


def binary(table: Table, loss: Command, gigabytes: list[int]) -> None:
    """Measure NPY files of growing size, in both memory orders and by both axes."""
    ways = (
        ("C order, -q", False, ["-q"]),
        ("C order, --top 100", False, ["--top", "100"]),
        ("Fortran order, -q", True, ["-q"]),
    )
    for title, fortran, options in ways:
        seconds = []
        for size in gigabytes:
            rows = size * 2**30 // (4 * CLASSES)
            write_npy(table.folder / "x.npy", rows, fortran=fortran)
            np.save(table.folder / "y.npy", np.arange(rows) % CLASSES)
            command = [*loss, "ce", "-i", "x.npy", "-t", "y.npy", *options]
            seconds.append(table.line(f"ce, {size} GB float32, {title}", command).seconds)
            (table.folder / "x.npy").unlink()
        if len(seconds) > 1:
            times = seconds[-1] / seconds[0]
            print(f"  {gigabytes[-1]} GB takes {times:.2f} times {gigabytes[0]} GB")


def text(table: Table, loss: Command, torch: str | None) -> None:
    """Measure CSV and JSON Lines, CSV against np.loadtxt and pandas with PyTorch."""
    write_text(table.folder)
    ours = table.line("ce -q, 1M x 10 CSV", [*loss, "ce", "-q", "-i", "x.csv", "-t", "y.csv"])
    others = {"np.loadtxt alone": [sys.executable, "-c", LOADTXT]}
    if torch:
        others["pandas.read_csv and PyTorch"] = [torch, "-c", PANDAS]
    for title, command in others.items():
        other = table.line(title, command)
        print(f"  time {ours.seconds / other.seconds:.2f}, memory ", end="")
        print(f"{(ours.megabytes) / other.megabytes:.2f} of that")
    table.line(
        "ce -q, the same with 17 digits", [*loss, "ce", "-q", "-i", "long.csv", "-t", "y.csv"]
    )
    table.line("ce -q, 1M x 10 JSON Lines", [*loss, "ce", "-q", "-i", "xy.jsonl"])


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.streaming")
    parser.add_argument("--torch", metavar="PYTHON", help="an interpreter with PyTorch and pandas")
    parser.add_argument("--gigabytes", type=int, nargs="*", default=[1, 4])
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    loss = [sys.executable, "-m", "losscli"]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ",
        end="",
    )
    print(f"NumPy {np.__version__}; the shortest time, the highest peak of {given.runs} runs")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        needed = (max(given.gigabytes, default=0) + 1) * 2**30
        if shutil.disk_usage(folder).free < needed:
            parser.error(f"{folder}: {needed >> 30} GB are needed; set TMPDIR to another folder")
        table = Table(folder, given.runs)
        text(table, loss, given.torch)
        binary(table, loss, given.gigabytes)


if __name__ == "__main__":
    main()
