"""Growth of whole commands: `python -m tests.benchmarks.factors [--scale 0.1]`.

Each command runs on data of a quarter of the size and of the full size. The processor time beyond
that of the same command on almost no data should grow by a factor of 4 or less.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks.machine import processor
from tests.conftest import ROOT

SAMPLES, GROUPS, CLASSES, ROWS = 1_000_000, 100_000, 50_000, 64
NOISE = 0.05
"""Seconds; less than this over the start of the command says nothing about its growth."""
CE = "ce -i {}/x.npy -t {}/y.npy"
LONG = {
    "value": f"{CE} -q",
    "many groups": f"{CE} --groups {{}}/groups.npy",
    "many groups, words": f"{CE} --groups {{}}/groups.csv",
    "many groups, JSON": f"{CE} --groups {{}}/groups.npy -f json --no-per-sample",
    "histogram": f"{CE} --hist",
    "by class": f"{CE} --by target",
    "interval": f"{CE} --ci",
    "largest tenth": f"{CE} --top {{tenth}}",
    "a tenth of the rows": f"{CE} -n {{tenth}}",
    "all rows, CSV": f"{CE} -f csv",
    "all rows, JSON": f"{CE} -f json",
    "all rows, JSON Lines": f"{CE} -f jsonl",
    "gradient, CSV": f"{CE} --grad -f csv",
    "softmax, CSV": "softmax -i {}/x.npy -f csv",
    "softmax, tenth of rows": "softmax -i {}/x.npy -n {tenth}",
    "diagnose": "diagnose ce -i {}/x.npy -t {}/y.npy",
}
"""Commands on many samples of 10 classes."""
WIDE = {
    "softmax, table": "softmax -i {}/x.npy",
    "softmax, all rows": "softmax -i {}/x.npy --all",
    "softmax, JSON": "softmax -i {}/x.npy -f json",
    "softmax, CSV": "softmax -i {}/x.npy -f csv",
    "table": CE,
    "by class": f"{CE} --by target --all",
    "largest": f"{CE} --top 10",
    "gradient, CSV": f"{CE} --grad -f csv",
    "gradient, JSON": f"{CE} --grad -f json",
    "columns of a CSV": "ce -i {}/x.csv::3-{last} -t {}/labels.npy",
    "columns by name": "ce -i {}/x.csv::{names} -t {}/labels.npy",
    "columns of one name": "ce -i {}/same.csv -t {}/labels.npy --grad -f csv",
    "names of classes": f"{CE} --classes {{}}/names.txt --grad -f csv",
    "explain": "explain ce -i {}/x.npy -t {}/y.npy",
    "diagnose": "diagnose ce -i {}/x.npy -t {}/y.npy",
}
"""Commands on few samples of many classes."""


class Size(NamedTuple):
    """A folder of data, and the numbers that its commands name."""

    folder: Path
    tenth: int
    last: int

    def command(self, text: str) -> list[str]:
        """Return the words of a command on this data."""
        names = ",".join(f"f{i}" for i in range(3, self.last + 1))
        text = text.replace("{}", str(self.folder)).replace("{names}", names)
        return text.replace("{tenth}", f"{self.tenth}").replace("{last}", f"{self.last}").split()


def make(folder: Path, samples: int, classes: int, *, wide: bool) -> Size:
    """Write data of a size."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    np.save(folder / "x.npy", rng.standard_normal((samples, classes), np.float32))
    np.save(folder / "y.npy", rng.integers(0, classes, samples))
    columns = max(2, classes // 10)
    if wide:
        names = [f"f{i}" for i in range(columns + 3)]
        table = rng.standard_normal((samples, columns + 3))
        for name, header in (("x.csv", names), ("same.csv", ["f"] * len(names))):
            heading = ",".join(header)
            np.savetxt(folder / name, table, "%.4f", ",", header=heading, comments="")
        (folder / "names.txt").write_text("\n".join(f"name {i}" for i in range(classes)))
        np.save(folder / "labels.npy", rng.integers(0, columns, samples))
    else:
        groups = rng.integers(0, max(1, samples * GROUPS // SAMPLES), samples)
        np.save(folder / "groups.npy", groups)
        words = "\n".join(["group", *(f"user{i}" for i in groups.tolist())])
        (folder / "groups.csv").write_text(words)
    return Size(folder, max(1, samples // 10), columns + 2)


def seconds(words: list[str]) -> float:
    """Return the processor time of a command, the least of three runs."""
    found = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "losscli", *words],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def report(title: str, commands: dict[str, str], sizes: list[Size]) -> None:
    """Print the seconds of each command on every size, and their growth."""
    print(f"\n{title}\n{'':22}{'start':>8}{'quarter':>9}{'full':>8}{'growth':>8}")
    for name, text in commands.items():
        least, quarter, full = (seconds(size.command(text)) for size in sizes)
        growth = f"{(full - least) / (quarter - least):.1f}" if quarter - least > NOISE else "-"
        print(f"{name:22}{least:8.2f}{quarter:9.2f}{full:8.2f}{growth:>8}", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the data only")
    scale = parser.parse_args().scale
    samples, classes = int(SAMPLES * scale), int(CLASSES * scale)
    print(f"{processor()}; seconds of processor time")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = [make(folder / f"long{n}", n, 10, wide=False) for n in (4, samples // 4, samples)]
        report(f"{samples} samples of 10 classes", LONG, many)
        few = [make(folder / f"wide{c}", ROWS, c, wide=True) for c in (4, classes // 4, classes)]
        report(f"{ROWS} samples of {classes} classes", WIDE, few)


if __name__ == "__main__":
    main()
