"""A thread pool that returns results in the order of the work."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from losscli.engine.memory import keep_freed

MOST_WAITING = 8
"""Threads that are of use beyond the processors, while others wait for a file: each one more
holds a block and its tile in memory."""
In = TypeVar("In")
Out = TypeVar("Out")


def thread_count(asked: int | None) -> int:
    """Return how many threads run when so many are asked for; no result depends on it."""
    from losscli.engine.processors import processors

    return min(asked or processors(), max(MOST_WAITING, processors()))


def in_order(
    work: Callable[[In], Out], items: Iterable[In], threads: int | None, *, more: bool
) -> Iterator[Out]:
    """Yield work(item) in the order of the items, computed by threads if there are `more`."""
    if more:
        keep_freed()
    count = thread_count(threads) if more else 1
    if count == 1:
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
