"""Whole commands in pairs: `python -m tests.benchmarks [--torch PYTHON] [--runs N]`.

PYTHON is an interpreter that has PyTorch; without one, only the start-up is measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "samples" / "log-softmax"
WITH_TORCH = """
import numpy as np, torch, torch.nn.functional as F
x, y = torch.from_numpy(np.load("x.npy")), torch.from_numpy(np.load("y.npy"))
print(F.cross_entropy(x, y).item())
"""

Command = list[str]


def seconds(command: Command, folder: Path) -> float:
    """Return the wall time of one run of a command, compiled modules kept as an install does."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=kept, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def compare(title: str, ours: Command, theirs: Command, folder: Path, runs: int) -> None:
    """Print the medians of two commands run in turn, after one run of each to warm up."""
    seconds(ours, folder)
    seconds(theirs, folder)
    pairs = [(seconds(ours, folder), seconds(theirs, folder)) for _ in range(runs)]
    a, b = (median(times) for times in zip(*pairs, strict=True))
    print(f"{title:<58} {a:8.3f} s {b:8.3f} s {a / b:8.2f}")


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--torch", metavar="PYTHON", help="an interpreter that has PyTorch")
    parser.add_argument("--runs", type=int, default=9)
    given = parser.parse_args()
    loss = [sys.executable, "-m", "losscli"]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ",
        end="",
    )
    print(f"NumPy {np.__version__}; medians of {given.runs} runs in turn")
    print(f"{'whole commands':<58} {'loss':>10} {'other':>10} {'ratio':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = ["ce", "-q", "-i", str(SAMPLE / "logits.csv"), "-t", str(SAMPLE / "labels.csv")]
        python = [sys.executable, "-c"]
        compare(
            "loss --version / import typer",
            [*loss, "--version"],
            [*python, "import typer"],
            folder,
            given.runs,
        )
        compare(
            "ce -q, 3 x 3 CSV / import numpy",
            [*loss, *small],
            [*python, "import numpy"],
            folder,
            given.runs,
        )
        if given.torch:
            rng = np.random.default_rng(0)
            np.save(folder / "x.npy", rng.normal(0, 3, (1_000_000, 10)).astype(np.float32))
            np.save(folder / "y.npy", rng.integers(0, 10, 1_000_000))
            large = ["ce", "-q", "-i", "x.npy", "-t", "y.npy"]
            script = [given.torch, "-c", WITH_TORCH]
            compare(
                "ce -q, 1M x 10 float32 NPY / PyTorch script",
                [*loss, *large],
                script,
                folder,
                given.runs,
            )


if __name__ == "__main__":
    main()
