"""How a signal ends the run: at once, after removing unfinished files.

An exception could be swallowed in a destructor or turned into another one, and it would wait for
the threads.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
half_done: dict[object, Callable[[], None]] = {}
"""By owner: functions that remove an unfinished file or restore the terminal's cursor."""

so_far: dict[object, Callable[[], str]] = {}
"""By owner: functions that return how far a run got; empty before its first rows."""

last_words: dict[int, bytes] = {}
"""By signal: what a program finds in standard output; empty once anything else is there."""


@contextmanager
def at_a_signal() -> Iterator[None]:
    """Let signals end the process, except those that are ignored (nohup, a background job)."""
    heeded = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    before = [(one, signal.signal(one, _end)) for one in heeded]
    try:
        yield
    finally:
        last_words.clear()
        for one, handler in before:
            signal.signal(one, handler)


def _end(number: int, _: object) -> NoReturn:
    """End the process; a second signal must not disturb the cleaning up after the first."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    try:
        # The last one first: a folder is removed after the files in it.
        for take_back in reversed(list(half_done.values())):
            with suppress(OSError):
                take_back()
        if number == signal.SIGINT and sys.stderr is not None:
            # Not through the stream, which may be in the middle of a line.
            reached = next((said for say in so_far.values() if (said := say())), "")
            os.write(2, f"loss: interrupted{' after ' * bool(reached)}{reached}\n".encode())
        if words := last_words.get(number):
            os.write(1, words)
    finally:
        os._exit(128 + number)
