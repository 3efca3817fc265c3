"""Threads that share work, and return the results in the order of the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Condition, Thread
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
    line = _Line(work, items, count + AHEAD)
    # This thread works too: where it waited, each result would wake it up to get in the way.
    helpers = [Thread(target=line.help, daemon=True) for _ in range(count - 1)]
    for helper in helpers:
        helper.start()
    try:
        yield from line.results()
    finally:
        line.close()
        for helper in helpers:
            helper.join()


class _Line(Generic[In, Out]):
    """Items in a line: a thread takes the next one, results are returned from the first one on."""

    def __init__(self, work: Callable[[In], Out], items: Iterable[In], ahead: int) -> None:
        self._work = work
        self._items = iter(items)
        self._ahead = ahead
        """The number of items that may be begun before the first result is returned."""
        self._begun = self._given = 0
        self._closed = False
        self._done: dict[int, Out | BaseException] = {}
        self._change = Condition()

    def help(self) -> None:
        """Work on items until there are no more."""
        while self._work_on_next(wait=True):
            pass

    def results(self) -> Iterator[Out]:
        """Yield the results in the order of the items, working on items in the meantime."""
        while self._given < self._begun or not self._closed:
            if self._given in self._done:
                done = self._done.pop(self._given)
                if isinstance(done, BaseException):
                    raise done
                yield done
                with self._change:
                    self._given += 1
                    self._change.notify_all()
            elif not self._work_on_next(wait=False) and self._given < self._begun:
                with self._change:
                    self._change.wait_for(lambda: self._given in self._done)

    def close(self) -> None:
        """Begin no further item."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def _work_on_next(self, *, wait: bool) -> bool:
        """Take an item and work on it; return whether there was one to take."""
        with self._change:
            if wait:
                self._change.wait_for(lambda: self._closed or self._may_begin)
            if self._closed or not self._may_begin:
                return False
            number = self._begun
            try:
                item = next(self._items)
            except StopIteration:
                self._closed = True
                self._change.notify_all()
                return False
            self._begun += 1
        done: Out | BaseException
        try:
            done = self._work(item)
        except Exception as error:
            done = error
        with self._change:
            self._done[number] = done
            self._change.notify_all()
        return True

    @property
    def _may_begin(self) -> bool:
        return self._begun - self._given < self._ahead
