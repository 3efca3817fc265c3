"""Threads that share work, and return the results in the order of the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from losscli.engine.memory import keep_freed

MOST = 8
"""Threads that are of use: they take turns between two array operations, and each one more holds a
block and its tile in memory."""
AHEAD = 2
"""Items that may be done besides those being worked on: each holds its results in memory."""
In = TypeVar("In")
Out = TypeVar("Out")


def thread_count(asked: int | None) -> int:
    """Return how many threads run when so many are asked for; no result depends on it."""
    from losscli.engine.processors import processors

    return min(asked or processors(), MOST)


def in_order(
    work: Callable[[In], Out], items: Iterable[In], threads: int | None, *, more: bool
) -> Iterator[Out]:
    """Yield work(item) in the order of the items, computed by threads if there are `more`."""
    keep_freed()
    count = thread_count(threads) if more else 1
    if count == 1:
        yield from map(work, items)
        return
    line = _Line(work)
    all_of_them, one_each = seats(count)

    def help_from(seat: set[int]) -> None:
        sit(seat)
        line.help()

    # This thread works too: where it waited, each result would wake it up to get in the way.
    helpers = [Thread(target=help_from, args=(seat,), daemon=True) for seat in one_each[1:]]
    try:
        sit(one_each[0])
        for helper in helpers:
            helper.start()
        for result in line.results(items, count + AHEAD):
            # Whoever takes the result may start threads or processes of their own.
            sit(all_of_them)
            yield result
            sit(one_each[0])
    finally:
        sit(all_of_them)
        line.close(len(helpers))
        for helper in helpers:
            if helper.ident:
                helper.join()


def seats(count: int) -> tuple[set[int], list[set[int]]]:
    """Return the processors of this thread, and those that each of `count` threads is to run on.

    If there is one for each, each gets its own: after a pause, a system may start all threads on
    the processor that is awake, where they keep each other waiting.
    """
    try:
        allowed = os.sched_getaffinity(0)
    except (AttributeError, OSError):
        allowed = set()
    alone = len(allowed) == count
    return allowed, [{one} for one in sorted(allowed)] if alone else [allowed] * count


def sit(processors: set[int]) -> None:
    """Let this thread run on these processors, if the system can be told."""
    with suppress(AttributeError, OSError):
        os.sched_setaffinity(0, processors)


class _Line(Generic[In, Out]):
    """Items in a line: a thread takes the next one, results are returned from the first one on.

    Ctrl-C may interrupt the calling thread between any two steps: it holds no lock of its own that
    the helpers would then wait for without end.
    """

    def __init__(self, work: Callable[[In], Out]) -> None:
        self._work = work
        self._waiting: SimpleQueue[tuple[int, In] | None] = SimpleQueue()
        self._finished: SimpleQueue[tuple[int, Out | BaseException]] = SimpleQueue()

    def help(self) -> None:
        """Work on items until there are no more."""
        while numbered := self._waiting.get():
            self._finish(*numbered)

    def results(self, items: Iterable[In], ahead: int) -> Iterator[Out]:
        """Yield the results in the order of the items, working on items in the meantime.

        So many items may be begun before the first result is returned.
        """
        numbered = enumerate(items)
        begun = given = 0
        done: dict[int, Out | BaseException] = {}
        while True:
            for one in islice(numbered, ahead - (begun - given)):
                self._waiting.put(one)
                begun += 1
            if given == begun:
                return
            while given not in done:
                if self._finished.empty() and self._work_on_next():
                    continue
                done.update([self._finished.get()])
            result = done.pop(given)
            if isinstance(result, BaseException):
                raise result
            yield result
            given += 1

    def close(self, helpers: int) -> None:
        """Begin no further item, and let the helpers end."""
        with suppress(Empty):
            while True:
                self._waiting.get_nowait()
        for _ in range(helpers):
            self._waiting.put(None)

    def _work_on_next(self) -> bool:
        """Take an item and work on it; return whether there was one to take."""
        try:
            numbered = self._waiting.get_nowait()
        except Empty:
            return False
        if numbered:
            self._finish(*numbered)
        return True

    def _finish(self, number: int, item: In) -> None:
        try:
            self._finished.put((number, self._work(item)))
        except Exception as error:
            self._finished.put((number, error))
