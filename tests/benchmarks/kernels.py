"""Every kernel against the best of PyTorch, torch.compile and jax.jit on the same arrays.

All run in one process, in the interpreter that has the libraries, on all cores, and take turns.
For the mean and for the mean with its gradient a row gives the medians of ours and of the fastest
peer in milliseconds, their ratio, the machine's own time for the row (see `bounds`), and how many
times as long ours and the peer take. The geometric means are over the rows without a `+`.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from losscli import compute
from losscli.engine.processors import processors
from tests.benchmarks.bounds import bound
from tests.benchmarks.kernel_rows import NAMES, ROWS, Calls, Roles, Row
from tests.benchmarks.measure import marked, turns

PEERS = {"torch_peers": "PyTorch and torch.compile", "jax_peers": "jax.jit"}
LIMITS = (1.3, 1.2)
"""Of a ratio: of the mean, and with its gradient."""
MEANS = (0.9, 0.8)
"""The same, of the geometric mean."""
OUT = 3
"""A peer is left out of a row where a first try takes so many times as long as the fastest's."""
APART = 1e-3
"""How far a peer's results may be from ours, relative to the largest."""


class Side(NamedTuple):
    """The mean, or the mean with its gradient: seconds."""

    ours: float
    peer: float
    name: str
    """The fastest peer's."""
    bound: float

    @property
    def ratio(self) -> float:
        """Ours as a fraction of the peer's."""
        return self.ours / self.peer


def side(calls: dict[str, Callable[[], Any]], least: float, times: int) -> Side:
    """Measure ours, the first of the calls, in turn with the peers'; each has run before."""
    _, *first = turns(list(calls.values()), 1, warm=True)
    names = list(calls)
    near = [name for name, one in zip(names[1:], first, strict=True) if one <= OUT * min(first)]
    ours, *peers = turns([calls[name] for name in (names[0], *near)], times, warm=True)
    best = min(peers)
    return Side(ours, best, near[peers.index(best)], least)


def sides(row: Row, dtype: str, peers: list[ModuleType], times: int) -> tuple[Side, Side]:
    """Measure a row: the mean, and the mean with its gradient."""
    roles = row.roles(dtype)
    given: dict[str, Any] = {**roles, "dtype": dtype}

    def mean() -> float:
        return float(compute(row.name, **given).value)

    def gradient() -> Roles:
        return compute(row.name, **given, grad=True).grad

    slopes = tuple(role for role in roles if role in gradient())
    calls = {"losscli": Calls(mean, gradient)}
    for peer in peers:
        calls |= peer.calls(row.name, roles, slopes)
    _agree(row, calls)
    found: list[Side] = []
    for name, written in (("mean", ()), ("gradient", slopes)):
        least = bound(roles, row.calls(), dtype, written)
        found.append(side({key: getattr(each, name) for key, each in calls.items()}, least, times))
    return found[0], found[1]


def _agree(row: Row, calls: dict[str, Calls]) -> None:
    """Stop where a peer computes something else than we do."""
    (_, ours), *peers = calls.items()
    value, slopes = ours.mean(), ours.gradient()
    for name, each in peers:
        theirs = each.gradient()
        apart = [abs(float(each.mean()) - value) / abs(value)]
        for role, slope in slopes.items():
            difference = np.abs(np.asarray(theirs[role][:1000]) - slope[:1000]).max()
            apart.append(difference / np.abs(slope[:1000]).max())
        if not max(apart) < APART:
            raise SystemExit(f"{row.name}: {name} is {max(apart):.2g} apart, so not comparable")


def installed() -> list[ModuleType]:
    """Return the peers that can be imported, and say which cannot."""
    found = []
    for module, title in PEERS.items():
        try:
            found.append(importlib.import_module(f"tests.benchmarks.{module}"))
        except ModuleNotFoundError as error:
            print(f"without {title}: {error.name} is not installed")
    return found


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7, help="turns of each")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the samples only")
    parser.add_argument("--only", choices=NAMES, metavar="NAME", help="one loss")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    circumstances = f"{processors()} threads, medians of {asked.times}, ms"
    print(f"\nkernels against the fastest peer, {circumstances}")
    peers = installed()
    if not peers:
        return
    print(f"{'':<38}" + "".join(f"{head:<50}" for head in ("mean", "mean and gradient")).rstrip())
    columns = f"{'ours':>8}{'best peer':>17}{'ratio':>7}{'bound':>8}{'ours':>5}{'peer':>5}"
    print(f"{'loss':<19}{'shape':<14}{'type':<5}{columns}{columns}")
    counted = []
    for row in ROWS:
        for dtype in row.dtypes if asked.only in (None, row.name) else ():
            found = sides(row.scaled(asked.scale), dtype, peers, asked.times)
            label = f"{row.name}{'' if row.counts else ' +'}"
            shape = " x ".join(map(_short, row.scaled(asked.scale).shape))
            halves = (_half(half, limit) for half, limit in zip(found, LIMITS, strict=True))
            print(f"{label:<19}{shape:<14}{dtype[0]}{dtype[-2:]:<4}{''.join(halves)}", flush=True)
            if row.counts:
                counted.append([half.ratio for half in found])
    if counted:
        means = [statistics.geometric_mean(ratios) for ratios in zip(*counted, strict=True)]
        marks = [marked(mean, limit) for mean, limit in zip(means, MEANS, strict=True)]
        print(f"{'geometric mean':<38}{marks[0]:>33}{marks[1]:>50}")


def _half(found: Side, limit: float) -> str:
    ours, peer, least = (1000 * seconds for seconds in (found.ours, found.peer, found.bound))
    ratio = marked(found.ratio, limit)
    times = f"{ours / least:>5.1f}{peer / least:>5.1f}"
    return f"{ours:8.2f}{peer:9.2f} {found.name:<7}{ratio:>8}{least:7.2f}{times}"


def _short(size: int) -> str:
    for unit, letter in ((1_000_000, "M"), (1000, "k")):
        if size % unit == 0:
            return f"{size // unit}{letter}"
    return str(size)


if __name__ == "__main__":
    main()
