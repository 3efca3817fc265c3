"""Every kernel against PyTorch's on the same arrays: `python -m tests.benchmarks.kernels`.

Run it with a Python that has PyTorch and NumPy. Both run in one process with two threads and take
turns; a row gives the median time as a fraction of PyTorch's, of the terms (`reduction=none`) and
of the mean with its gradient. `limit` is one read of the data plus one exp an element, at the rates
measured in the same run, as a fraction of the time that the terms took.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from losscli import __version__, compute

Array = NDArray[Any]
THREADS = 2


class Row(NamedTuple):
    """One loss on arrays of one size."""

    name: str
    roles: dict[str, Any]
    function: Callable[..., Any]
    classes: int = 1
    dtype: str = ""
    """The arithmetic; that of the data where empty."""


def rows(dtype: str, scale: float) -> Iterator[Row]:
    """Yield what is measured; `scale` shortens the arrays."""
    rng = np.random.default_rng(0)

    def size(n: int) -> int:
        return max(1, int(n * scale))

    def normal(*shape: int) -> Array:
        return rng.standard_normal(shape, np.float32).astype(dtype)

    for n, c in (
        (3_000_000, 2),
        (1_000_000, 10),
        (1_000_000, 32),
        (300_000, 100),
        (100_000, 1000),
        (1024, 128_000),
    ):
        roles = {"input": normal(size(n), c), "target": rng.integers(0, c, size(n))}
        yield Row("ce", roles, functional.cross_entropy, c)
        if dtype == "float32":
            yield Row("ce", roles, functional.cross_entropy, c, "float64")
    n = size(3_000_000)
    yes = rng.integers(0, 2, n).astype(dtype)
    yield Row(
        "bce-logits",
        {"input": normal(n), "target": yes},
        functional.binary_cross_entropy_with_logits,
    )
    n = size(10_000_000)
    x, y, positive = normal(n), normal(n), np.abs(normal(n)) + dtype_of(dtype)(0.1)
    pair = {"input": x, "target": y}
    yield Row("mse", pair, functional.mse_loss)
    yield Row("huber", pair, functional.huber_loss)
    yield Row("smooth-l1", pair, functional.smooth_l1_loss)
    share = rng.random(n, np.float32).astype(dtype)
    yield Row("kl-div", {"input": -positive, "target": share}, functional.kl_div)
    counts = rng.integers(0, 5, n).astype(dtype)
    yield Row("poisson-nll", {"input": x, "target": counts}, functional.poisson_nll_loss)
    yield Row("gaussian-nll", {**pair, "var": positive}, functional.gaussian_nll_loss)
    n = size(1_000_000)
    scores = {"input": normal(n, 10), "target": rng.integers(0, 10, n)}
    yield Row("multi-margin", scores, functional.multi_margin_loss, 10)
    n = size(200_000)
    a, b, c128 = normal(n, 128), normal(n, 128), normal(n, 128)
    triplet = {"anchor": a, "positive": b, "negative": c128}
    yield Row("triplet-margin", triplet, functional.triplet_margin_loss, 128)
    signs = rng.choice([-1.0, 1.0], n).astype(dtype)
    together = {"input1": a, "input2": b, "target": signs}
    yield Row("cosine-embedding", together, functional.cosine_embedding_loss, 128)


def dtype_of(name: str) -> type[np.floating[Any]]:
    return np.float32 if name == "float32" else np.float64


def turns(calls: list[Callable[[], Any]], times: int) -> list[float]:
    """Return the median time of each call; they take turns."""
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(times + 1):
        for call, spent in zip(calls, found, strict=True):
            start = time.perf_counter()
            call()
            spent.append(time.perf_counter() - start)
    return [statistics.median(spent[1:]) for spent in found]


def limit(row: Row) -> float:
    """Return the seconds of one read of the data and one exp an element, on all threads."""
    data = next(iter(row.roles.values()))
    tile = np.zeros(65536 // data.itemsize, row.dtype or data.dtype)
    out = np.empty_like(tile)
    exp, _ = turns([lambda: np.exp(tile, out=out), lambda: None], 50)
    read, _ = turns([lambda: data.sum(), lambda: None], 3)
    return float(exp * data.size / tile.size + read) / THREADS


def measured(row: Row, times: int) -> str:
    data = next(iter(row.roles.values()))
    dtype = row.dtype or str(data.dtype)
    tensors = {role: torch.from_numpy(values) for role, values in row.roles.items()}
    settings: dict[str, Any] = {"dtype": dtype, "threads": THREADS}

    def theirs_with_gradient() -> None:
        leaves = [
            tensor.clone().requires_grad_() if role != "target" else tensor
            for role, tensor in tensors.items()
        ]
        row.function(*leaves).backward()

    def terms() -> Any:
        return compute(row.name, reduction="none", **row.roles, **settings)

    def gradient() -> Any:
        return compute(row.name, grad=True, **row.roles, **settings)

    forward, theirs = turns(
        [terms, lambda: row.function(*tensors.values(), reduction="none")], times
    )
    both, their_both = turns([gradient, theirs_with_gradient], times)
    n = f"{data.shape[0]} x {row.classes}" if row.classes > 1 else str(data.shape[0])
    kind = str(data.dtype) if dtype == str(data.dtype) else f"{data.dtype} as {dtype}"
    return (
        f"{row.name:<17}{n:>15}  {kind:<19}{forward / theirs:>9.2f}{both / their_both:>11.2f}"
        f"{limit(row) / forward:>8.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="turns of each")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the rows only")
    parser.add_argument("--only", default="", help="losses whose name begins so")
    asked = parser.parse_args()
    torch.set_num_threads(THREADS)
    print(
        f"losscli {__version__}, PyTorch {torch.__version__}, NumPy {np.__version__}, "
        f"Python {platform.python_version()}, {platform.machine()}, {THREADS} threads"
    )
    print(f"{'':<17}{'':>15}  {'':<19}{'terms':>9}{'gradient':>11}{'limit':>8}")
    for dtype in ("float32", "float64"):
        for row in rows(dtype, asked.scale):
            if row.name.startswith(asked.only):
                print(measured(row, asked.times), flush=True)


if __name__ == "__main__":
    main()
