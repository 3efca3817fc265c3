"""Reduced losses against scikit-learn's metrics on the same arrays, in the interpreter that has it.

The value beside the times is how far the two results are apart, as a share of theirs.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from sklearn import metrics

from losscli import compute
from tests.benchmarks.measure import turns


class Row(NamedTuple):
    """One loss and the metric that is the same."""

    loss: str
    metric: Callable[..., float]
    roles: dict[str, Any]
    options: dict[str, Any]
    theirs: tuple[Any, ...]
    size: str


def rows(scale: float) -> Iterator[Row]:
    """Yield what is measured; `scale` shortens the arrays."""
    rng = np.random.default_rng(0)
    n = max(20, int(1_000_000 * scale))
    p = rng.random((n, 10))
    p /= p.sum(axis=1, keepdims=True)
    y = rng.integers(0, 10, n)
    roles = {"input": p, "target": y}
    yield Row("ce", metrics.log_loss, roles, {"from_": "probs"}, (y, p), f"{n} x 10")
    x, z = rng.normal(size=n), rng.normal(size=n)
    pair = {"input": x, "target": z}
    yield Row("mse", metrics.mean_squared_error, pair, {}, (z, x), str(n))
    yield Row("l1", metrics.mean_absolute_error, pair, {}, (z, x), str(n))
    signs = rng.choice([-1.0, 1.0], n)
    yield Row("hinge", metrics.hinge_loss, {"input": x, "target": signs}, {}, (signs, x), str(n))
    share = rng.random(n)
    yes = rng.integers(0, 2, n)
    roles = {"input": share, "target": yes.astype(float)}
    yield Row("bce", metrics.log_loss, roles, {}, (yes, share), str(n))


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="turns of each")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the rows only")
    asked = parser.parse_args()
    print(f"\n{'the mean, against scikit-learn':<44}{'ratio':>8}{'apart':>10}")
    ratios = []
    for row in rows(asked.scale):

        def ours(row: Row = row) -> float:
            return float(compute(row.loss, **row.roles, **row.options).value)

        def theirs(row: Row = row) -> float:
            return float(row.metric(*row.theirs))

        own, other = turns([ours, theirs], asked.times)
        ratios.append(own / other)
        apart = abs(ours() - theirs()) / abs(theirs())
        title = f"{row.loss:<8}{row.metric.__name__:<24}{row.size:>12}"
        print(f"{title}{ratios[-1]:8.2f}{apart:10.0e}", flush=True)
    print(f"{'geometric mean':<44}{statistics.geometric_mean(ratios):8.2f}")


if __name__ == "__main__":
    main()
