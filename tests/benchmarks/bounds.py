"""What the machine itself needs for a row: its memory and its transcendental functions.

Both are measured in the same run, on all cores at once. Memory: the row's own arrays are streamed
once. For the mean they are read by a reduction (`maximum`, the fastest that NumPy has: it keeps up
with the memory); with gradient, an array that has one is copied, which reads it and writes as much
as its gradient, into pages that are there already. Functions: the calls that the formula cannot do
without, at the rate of NumPy's on arrays that stay in the cache.

The bound is the larger of the two, not their sum: a core computes while the memory fetches what
comes next, so a fused loop does both in the time of the slower one. Only the larger is a time that
nothing which reads the data once and calls NumPy's functions can beat; the sum is what code pays
that does one after the other. A library whose exp is faster, or less exact, can stay below it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import numpy as np

from losscli.engine.processors import processors
from losscli.numerics.arrays import Array
from tests.benchmarks.kernel_rows import Roles
from tests.benchmarks.measure import turns

TIMES = 7
TILE = 1 << 18
"""Bytes; a tile and its result stay in the second-level cache, and threads seldom wait to call."""
CALLS = 50
"""Of one thread, on its tile."""
_POOL = ThreadPoolExecutor(processors())


def bound(roles: Roles, calls: dict[str, int], dtype: str, with_gradient: Collection[str]) -> float:
    """Return the seconds; `with_gradient` are the roles whose gradient is written."""
    functions = sum(count * _seconds_a_call(name, dtype) for name, count in calls.items())
    return max(_memory(roles, with_gradient), functions)


def _memory(roles: Roles, with_gradient: Collection[str]) -> float:
    streams: list[Callable[[], Any]] = []
    for role, values in roles.items():
        flat = values.reshape(-1).view(np.float64 if values.nbytes % 8 == 0 else np.float32)
        parts = np.array_split(flat, processors())
        if role in with_gradient:
            places = np.array_split(np.zeros_like(flat), processors())
            streams.append(partial(_each, np.copyto, places, parts))
        else:
            streams.append(partial(_each, np.maximum.reduce, parts))
    return sum(turns(streams, TIMES))


@cache
def _seconds_a_call(name: str, dtype: str) -> float:
    function = getattr(np, name)
    size = TILE // np.dtype(dtype).itemsize
    tiles = [np.linspace(0.1, 1, size, dtype=dtype) for _ in range(processors())]
    results = [np.empty_like(tile) for tile in tiles]

    def repeat(tile: Array, result: Array) -> None:
        for _ in range(CALLS):
            function(tile, out=result)

    (seconds,) = turns([partial(_each, repeat, tiles, results)], TIMES)
    return seconds / (CALLS * size * processors())


def _each(function: Callable[..., Any], *parts: Iterable[Array]) -> None:
    """Call a function on every thread's part."""
    for _ in _POOL.map(function, *parts):
        pass
