"""Whole commands, from start to exit, each in turn with a program that does the same."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks.machine import ROOT
from tests.benchmarks.measure import Command, costs, marked

SAMPLE = ROOT / "samples" / "log-softmax"
LOSS = [sys.executable, "-m", "losscli"]
TORCH = """
import numpy as np, torch, torch.nn.functional as F
x, y = (torch.from_numpy(np.load(name)) for name in ("x.npy", "y.npy"))
print(F.cross_entropy(x, y).item())
"""
SKLEARN = """
import numpy as np
from sklearn.metrics import log_loss
print(log_loss(np.load("y.npy"), np.load("p.npy")))
"""
PANDAS = """
import pandas as pd
table = pd.read_csv("xy.csv")
print(((table.predicted - table.measured) ** 2).mean())
"""
MODELS = 20


class Pair(NamedTuple):
    """A command of ours, and what it is measured against."""

    title: str
    ours: Command
    theirs: Command
    limit: float | None = None
    """The limit of the ratio."""


def start_up(folder: Path, runs: int) -> None:
    """Print the time to start, as a multiple of the imports that it needs."""
    python = [sys.executable, "-c"]
    small = ["ce", "-q", "-i", str(SAMPLE / "logits.csv"), "-t", str(SAMPLE / "labels.csv")]
    pairs = [
        Pair("--version / import typer", [*LOSS, "--version"], [*python, "import typer"], 2.0),
        Pair("--help / import typer", [*LOSS, "--help"], [*python, "import typer"]),
        Pair("ce -q, 3 x 3 CSV / import numpy", [*LOSS, *small], [*python, "import numpy"], 2.0),
    ]
    _table("start-up", pairs, folder, runs)


def whole(folder: Path, runs: int, peers: str, has: dict[str, str], scale: float) -> None:
    """Print the time of commands on larger files, as a fraction of a script's time."""
    rng = np.random.default_rng(0)
    n = max(10, int(1_000_000 * scale))
    x = rng.normal(0, 3, (n, 10)).astype(np.float32)
    e = np.exp(x.astype(np.float64))
    np.save(folder / "x.npy", x)
    np.save(folder / "p.npy", e / e.sum(axis=1, keepdims=True))
    np.save(folder / "y.npy", np.arange(n) % 10)
    header = {"delimiter": ",", "header": "predicted,measured", "comments": "", "fmt": "%.6f"}
    np.savetxt(folder / "xy.csv", x[:, :2], **header)
    npy, table = ["ce", "-q", "-t", "y.npy", "-i"], "xy.csv"
    mse = ["mse", "-q", "-i", f"{table}::predicted", "-t", f"{table}::measured"]
    pairs = []
    if "torch" in has:
        ours = [*LOSS, *npy, "x.npy"]
        pairs.append(Pair(f"ce, {n} x 10 float32 NPY / PyTorch", ours, [peers, "-c", TORCH]))
    if "scikit-learn" in has:
        ours = [*LOSS, *npy, "p.npy", "--from", "probs"]
        title = f"ce --from probs, {n} x 10 NPY / scikit-learn log_loss"
        pairs.append(Pair(title, ours, [peers, "-c", SKLEARN]))
    if "pandas" in has:
        pairs.append(Pair(f"mse, {n} x 2 CSV / pandas", [*LOSS, *mse], [peers, "-c", PANDAS]))
    for i in range(MODELS):
        (folder / f"x{i}.npy").hardlink_to(folder / "x.npy")
    ranked = [word for i in range(MODELS) for word in ("-i", f"x{i}.npy")]
    each = "for i in $(seq 0 $2); do $1 -m losscli ce -q -t y.npy -i x$i.npy; done"
    alone = ["sh", "-c", each, "sh", sys.executable, str(MODELS - 1)]
    title = f"ce, {MODELS} models of {n} x 10 ranked / as many runs of -q"
    pairs.append(Pair(title, [*LOSS, "ce", "-t", "y.npy", *ranked], alone, 1.0))
    _table("whole commands", pairs, folder, runs)


def _table(title: str, pairs: list[Pair], folder: Path, runs: int) -> None:
    print(f"\n{title + f', medians of {runs} in turn':<58}{'loss':>9}{'other':>9}{'ratio':>8}")
    ratios = []
    for pair in pairs:
        a, b = costs([pair.ours, pair.theirs], folder, runs)
        ratios.append(a.seconds / b.seconds)
        ratio = marked(ratios[-1], pair.limit)
        print(f"{pair.title:<58}{a.seconds:7.3f} s{b.seconds:7.3f} s{ratio:>9}", flush=True)
    print(f"{'geometric mean':<58}{statistics.geometric_mean(ratios):26.2f}")
