"""Every kernel against PyTorch's on the same arrays, in the interpreter that has it.

Both run in one process with two threads and take turns; a row gives the median time as a fraction
of PyTorch's, of the terms (`reduction=none`) and of the mean with its gradient. `bound` is one read
of the data plus one exp an element, at the rates measured in the same run, as a fraction of the
time that the terms took.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from losscli import compute
from losscli.numerics.arrays import Array
from tests.benchmarks.measure import marked, turns

THREADS = 2
Limit = tuple[float, float]
SAME, WIDENED = (0.7, 0.6), (1.0, 0.8)
"""Of ce: in the data's own dtype, and in float64 on float32 data."""
MEANS = (0.45, 0.35)
"""Of the geometric means of ce in the data's own dtype."""
LIMITS: dict[str, Limit] = {
    "mse": (1.0, 0.8),
    "kl-div": (1.0, 0.8),
    "poisson-nll": (1.0, 0.8),
    "gaussian-nll": (1.0, 0.8),
    "huber": (1.2, 0.8),
    "smooth-l1": (1.2, 0.8),
    "multi-margin": (1.0, 0.8),
    "triplet-margin": (1.0, 0.8),
    "cosine-embedding": (1.0, 0.8),
}
LOGISTIC = {"float32": (1.5, 1.5), "float64": (1.2, 1.0)}
LOOPED = 30_000
"""Elements of the plain Python loop; its time is scaled up to all elements."""


class Row(NamedTuple):
    """One loss on arrays of one size."""

    name: str
    roles: dict[str, Any]
    function: Callable[..., Any]
    size: str
    dtype: str
    """The arithmetic."""

    @property
    def data(self) -> Array:
        """The first role."""
        values: Array = next(iter(self.roles.values()))
        return values

    @property
    def limit(self) -> Limit | None:
        """The limits for the terms and for the gradient."""
        if self.name == "ce":
            return SAME if self.dtype == self.data.dtype else WIDENED
        return LOGISTIC[self.dtype] if self.name == "bce-logits" else LIMITS.get(self.name)


def rows(dtype: str, scale: float) -> Iterator[Row]:
    """Yield what is measured; `scale` shortens the arrays."""
    rng = np.random.default_rng(0)

    def size(n: int) -> int:
        return max(2, int(n * scale))

    def normal(*shape: int) -> Array:
        return rng.standard_normal(shape, np.float32).astype(dtype)

    def row(name: str, function: Callable[..., Any], **roles: Any) -> Row:
        shape = next(iter(roles.values())).shape
        return Row(name, roles, function, " x ".join(map(str, shape)), dtype)

    for n, c in (
        (3_000_000, 2),
        (1_000_000, 10),
        (1_000_000, 32),
        (300_000, 100),
        (100_000, 1000),
        (1024, 128_000),
    ):
        labels = rng.integers(0, c, size(n))
        own = row("ce", functional.cross_entropy, input=normal(size(n), c), target=labels)
        yield own
        if dtype == "float32":
            yield own._replace(dtype="float64")
    n = size(3_000_000)
    yes = rng.integers(0, 2, n).astype(dtype)
    logistic = functional.binary_cross_entropy_with_logits
    yield row("bce-logits", logistic, input=normal(n), target=yes)
    n = size(10_000_000)
    x, y, positive = normal(n), normal(n), np.abs(normal(n)) + np.dtype(dtype).type(0.1)
    yield row("mse", functional.mse_loss, input=x, target=y)
    yield row("huber", functional.huber_loss, input=x, target=y)
    yield row("smooth-l1", functional.smooth_l1_loss, input=x, target=y)
    share = rng.random(n, np.float32).astype(dtype)
    yield row("kl-div", functional.kl_div, input=-positive, target=share)
    counts = rng.integers(0, 5, n).astype(dtype)
    yield row("poisson-nll", functional.poisson_nll_loss, input=x, target=counts)
    yield row("gaussian-nll", functional.gaussian_nll_loss, input=x, target=y, var=positive)
    n = size(1_000_000)
    labels = rng.integers(0, 10, n)
    yield row("multi-margin", functional.multi_margin_loss, input=normal(n, 10), target=labels)
    n = size(200_000)
    a, b, far = normal(n, 128), normal(n, 128), normal(n, 128)
    triplet = functional.triplet_margin_loss
    yield row("triplet-margin", triplet, anchor=a, positive=b, negative=far)
    signs = rng.choice([-1.0, 1.0], n).astype(dtype)
    yield row(
        "cosine-embedding", functional.cosine_embedding_loss, input1=a, input2=b, target=signs
    )
    raw = torch.from_numpy(normal(200, 32, 64))
    yield row(
        "ctc",
        functional.ctc_loss,
        input=functional.log_softmax(raw, 2).numpy(),
        target=rng.integers(1, 64, (32, 40)),
        input_lengths=np.full(32, 200),
        target_lengths=np.full(32, 40),
    )


def bound(row: Row) -> float:
    """Return the seconds for one read of the data and one exp per element, on all threads."""
    data = row.data
    tile = np.zeros(65536 // data.itemsize, row.dtype)
    out = np.empty_like(tile)
    (exp,) = turns([lambda: np.exp(tile, out=out)], 50, pause=0)
    (read,) = turns([data.sum], 3, pause=0)
    return float(exp * data.size / tile.size + read) / THREADS


class Times(NamedTuple):
    """Seconds of the terms and of the mean with its gradient, ours and PyTorch's."""

    terms: float
    their_terms: float
    gradient: float
    their_gradient: float

    @property
    def ratios(self) -> tuple[float, float]:
        """Ours as fractions of theirs."""
        return self.terms / self.their_terms, self.gradient / self.their_gradient


def times_of(row: Row, times: int) -> Times:
    """Measure a row."""
    tensors = {role: torch.from_numpy(values) for role, values in row.roles.items()}
    settings: dict[str, Any] = {"dtype": row.dtype, "threads": THREADS}

    def terms() -> Any:
        return compute(row.name, reduction="none", **row.roles, **settings)

    def their_terms() -> Any:
        return row.function(*tensors.values(), reduction="none")

    def gradient() -> Any:
        return compute(row.name, grad=True, **row.roles, **settings)

    def their_gradient() -> None:
        leaves = [
            tensor.clone().requires_grad_()
            if role != "target" and tensor.is_floating_point()
            else tensor
            for role, tensor in tensors.items()
        ]
        row.function(*leaves).backward()

    return Times(*turns([terms, their_terms], times), *turns([gradient, their_gradient], times))


def python_loop(row: Row) -> float:
    """Return the seconds of bce-logits as a plain loop, from a slice of the elements."""
    x, y = (values[:LOOPED].tolist() for values in row.roles.values())
    start = time.perf_counter()
    _ = [max(a, 0) - a * b + math.log1p(math.exp(-abs(a))) for a, b in zip(x, y, strict=True)]
    return (time.perf_counter() - start) * row.data.size / len(x)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="turns of each")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the rows only")
    parser.add_argument("--only", default="", help="losses whose name begins so")
    asked = parser.parse_args()
    torch.set_num_threads(THREADS)
    # PyTorch's mean of kl-div is announced to change.
    warnings.simplefilter("ignore")
    title = f"kernels against PyTorch, {THREADS} threads"
    print(f"\n{title:<52}{'terms':>8}{'gradient':>10}{'bound':>8}")
    for dtype in ("float32", "float64"):
        ratios: dict[str, list[tuple[float, float]]] = {}
        for row in rows(dtype, asked.scale):
            if not row.name.startswith(asked.only):
                continue
            own = str(row.data.dtype)
            kind = own if own == row.dtype else f"{own} as {row.dtype}"
            found = times_of(row, asked.times)
            label = f"{row.name:<17}{row.size:>14}  {kind}"
            _line(label, found.ratios, row.limit, f"{bound(row) / found.terms:7.2f}")
            if row.name == "ce":
                ratios.setdefault(kind, []).append(found.ratios)
            if row.name == "bce-logits":
                factor = python_loop(row) / found.terms
                print(f"  a plain Python loop takes {factor:.0f} times as long as ours", end=" ")
                print(f"({LOOPED} elements, scaled)")
        for kind, each in ratios.items():
            means = [statistics.geometric_mean(side) for side in zip(*each, strict=True)]
            limit = None if " as " in kind else MEANS
            _line(f"{'ce':<17}{'geometric mean':>14}  {kind}", (means[0], means[1]), limit)


def _line(label: str, ratios: tuple[float, float], limit: Limit | None, rest: str = "") -> None:
    terms, gradient = (
        marked(ratio, one) for ratio, one in zip(ratios, limit or (None, None), strict=True)
    )
    print(f"{label:<52}{terms:>9}{gradient:>10}{rest}", flush=True)


if __name__ == "__main__":
    main()
