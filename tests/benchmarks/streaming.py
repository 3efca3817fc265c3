"""Large files: seconds, processor time and the peak of resident memory of whole commands.

The files are made in a temporary folder and deleted. Memory is what a command takes more than an
interpreter that has imported NumPy.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np

from tests.benchmarks.commands import LOSS
from tests.benchmarks.measure import Command, Cost, cost, marked

CLASSES = 1000
ROWS = 1_000_000
OVER = 300
"""Megabytes over the interpreter's own that a command may take."""
LINEAR = 4.4
"""How many times as long a file of four times the size may take."""
LOADTXT = "import numpy; numpy.loadtxt('x.csv', delimiter=',')"
PANDAS = """
import pandas as pd, torch, torch.nn.functional as F
x, y = (torch.from_numpy(pd.read_csv(f, header=None).to_numpy().copy()) for f in ("x.csv", "y.csv"))
print(F.cross_entropy(x, y[:, 0]).item())
"""
WAYS: tuple[tuple[str, ...], ...] = (
    ("-q",),
    ("--top", "100"),
    ("-f", "json"),
    ("-q", "-o", "out.csv"),
    ("-q", "-o", "out.npy"),
    ("-q", "--grad-output", "out.npy", "--dtype", "float32"),
)


class Table:
    """Prints one line per measurement."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = cost([sys.executable, "-c", "import numpy"], folder).megabytes
        print(f"\n{'large files, one run each':<66}{'seconds':>9}{'busy':>8}{'MB over':>9}")

    def line(self, title: str, command: Command, limit: float | None = OVER) -> Cost:
        """Measure a command and print what it takes; its outputs are deleted."""
        found = cost(command, self.folder)
        over = marked(found.megabytes - self.base, limit, 0)
        print(f"{title:<66}{found.seconds:9.2f}{found.busy:8.2f}{over:>10}", flush=True)
        for output in self.folder.glob("out.*"):
            output.unlink()
        return found


def tables(folder: Path, peers: str, has: dict[str, str], scale: float) -> None:
    """Print the table: binary files of up to `scale` times 4 GB, then text."""
    rows = max(4, int(ROWS * scale))
    needed = 3 * rows * CLASSES * 4
    if shutil.disk_usage(folder).free < needed:
        print(f"\nlarge files: {needed / 1e9:.0f} GB are needed in {folder} (set TMPDIR)")
        return
    table = Table(folder)
    _binary(table, rows)
    _text(table, peers, has, rows)


def _binary(table: Table, rows: int) -> None:
    for order, fortran in (("C", False), ("Fortran", True)):
        seconds = []
        for part in (rows // 4, rows):
            _write_npy(table.folder / "x.npy", part, fortran=fortran)
            np.save(table.folder / "y.npy", np.arange(part) % CLASSES)
            size = f"{4 * part * CLASSES / 1e9:.2g} GB"
            for way in WAYS if part == rows else WAYS[:1]:
                command = [*LOSS, "ce", "-i", "x.npy", "-t", "y.npy", *way]
                found = table.line(f"ce {' '.join(way)}, {size}, {order} order", command)
                if way == WAYS[0]:
                    seconds.append(found.seconds)
        times = marked(seconds[1] / seconds[0], LINEAR)
        print(f"  four times the size takes {times.strip()} times as long")
        (table.folder / "x.npy").unlink()


def _text(table: Table, peers: str, has: dict[str, str], rows: int) -> None:
    _write_text(table.folder, rows)
    size = f"{rows} x 10"
    ours = table.line(f"ce -q, {size} CSV", [*LOSS, "ce", "-q", "-i", "x.csv", "-t", "y.csv"])
    others: list[tuple[str, Command, tuple[float, float | None]]]
    others = [("numpy.loadtxt alone", [sys.executable, "-c", LOADTXT], (1.3, None))]
    if {"torch", "pandas"} <= has.keys():
        others.append(("pandas.read_csv and PyTorch", [peers, "-c", PANDAS], (0.6, 0.3)))
    for title, command, (slowest, largest) in others:
        other = table.line(f"  {title}", command, limit=None)
        time = marked(ours.seconds / other.seconds, slowest).strip()
        memory = marked(ours.megabytes / other.megabytes, largest).strip()
        print(f"  ours takes {time} of its time, {memory} of its memory")
    long = [*LOSS, "ce", "-q", "-i", "long.csv", "-t", "y.csv"]
    table.line("ce -q, the same with all digits", long)
    table.line(f"ce -q, {size} JSON Lines", [*LOSS, "ce", "-q", "-i", "xy.jsonl"])


def _write_npy(path: Path, rows: int, *, fortran: bool) -> None:
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


def _write_text(folder: Path, rows: int) -> None:
    """Write rows x 10 logits and labels as CSV, both as JSON Lines, and again with all digits."""
    rng = np.random.default_rng(0)
    with (
        (folder / "x.csv").open("w") as x,
        (folder / "y.csv").open("w") as y,
        (folder / "xy.jsonl").open("w") as both,
        (folder / "long.csv").open("w") as long,
    ):
        for row in (row for _ in range(-(-rows // 1000)) for row in rng.normal(0, 3, (1000, 10))):
            numbers = row.tolist()
            label = int(numbers[0] > 0)
            cells = [f"{value:.6f}" for value in numbers]
            x.write(",".join(cells) + "\n")
            y.write(f"{label}\n")
            both.write(f'{{"input": [{", ".join(cells)}], "target": {label}}}\n')
            long.write(",".join(map(repr, numbers)) + "\n")
