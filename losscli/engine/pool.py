"""A thread pool that returns results in the order of the work."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from losscli.engine.memory import keep_freed

MOST_THREADS = 32
In = TypeVar("In")
Out = TypeVar("Out")


def in_order(
    work: Callable[[In], Out], items: Iterable[In], threads: int | None, *, more: bool
) -> Iterator[Out]:
    """Yield work(item) in the order of the items, computed by threads if there are `more`."""
    if more:
        keep_freed()
    cores = os.cpu_count() or 1
    # More threads than this only hold more blocks in memory; no result depends on their number.
    count = min(threads or cores, max(MOST_THREADS, cores))
    if count == 1 or not more:
        yield from map(work, items)
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    with ThreadPoolExecutor(count) as pool:
        waiting: deque[Future[Out]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > 2 * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
