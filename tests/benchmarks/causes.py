"""How long `loss reconcile` takes to find a cause, as a multiple of the loss itself."""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path

import numpy as np

from tests.benchmarks.commands import LOSS
from tests.benchmarks.measure import Command, cost, marked

SIZES = ("10 MB", 125_000), ("100 MB", 1_250_000), ("1 GB", 12_500_000)
"""Rows of ten logits in float64."""
CLASSES = 10
SLOWEST = 5.0
"""How many times as long as the loss the search may take in the largest file."""
FILES = ["-i", "x.npy", "-t", "y.npy"]
CAUSES = {
    "the plain number": [*FILES],
    "softmax twice": ["-i", "p.npy", "-t", "y.npy"],
    "label smoothing 0.1, in bits": [*FILES, "--label-smoothing", "0.1"],
    "no cause": [],
}


def tables(folder: Path, scale: float, runs: int) -> None:
    """Print the time and the memory of each search."""
    print("\nreconcile ce, rows of ten logits in float64, NPY; times the loss itself")
    for size, rows in SIZES:
        _write(folder, max(1000, int(rows * scale)))
        loss: Command = [*LOSS, "ce", *FILES, "-q"]
        cost(loss, folder)
        for title, words in CAUSES.items():
            value = _value(folder, words) if words else 0.731234
            if title.endswith("bits"):
                value /= np.log(2)
            command = [*LOSS, "reconcile", "ce", *FILES, "--value", f"{value:.5f}"]
            pairs = [(cost(loss, folder), cost(command, folder, (0, 1))) for _ in range(runs)]
            ratio = statistics.median(ours.seconds / plain.seconds for plain, ours in pairs)
            plain, ours = pairs[-1]
            limit = SLOWEST if rows == SIZES[-1][1] else None
            print(
                f"{size:8} {title:30} {marked(ratio, limit)} "
                f"{ours.seconds:.2f} s of {plain.seconds:.2f} s, {ours.megabytes:.0f} MB"
            )


def _value(folder: Path, words: Command) -> float:
    command = [*LOSS, "ce", *words, "-q", "--no-warn"]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return float(done.stdout)


def _write(folder: Path, rows: int) -> None:
    """Write logits, their softmax and labels, piece by piece."""
    rng = np.random.default_rng(0)
    header = {"descr": "<f8", "fortran_order": False, "shape": (rows, CLASSES)}
    y = rng.integers(0, CLASSES, rows)
    np.save(folder / "y.npy", y)
    with (folder / "x.npy").open("wb") as x, (folder / "p.npy").open("wb") as p:
        for file in (x, p):
            np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, rows, 1 << 17):
            labels = y[start : start + (1 << 17)]
            logits = rng.normal(0, 1.5, (len(labels), CLASSES))
            logits[np.arange(len(labels)), labels] += 2
            logits.tofile(x)
            shares = np.exp(logits)
            (shares / shares.sum(axis=1, keepdims=True)).tofile(p)
