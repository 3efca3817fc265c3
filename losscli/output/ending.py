"""How a signal ends the run: where it stands, once what is half done has been taken back.

An exception would be swallowed in a destructor, become another one in a class that is being made,
and wait for what the threads have begun.
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
"""What takes back an unfinished file, or gives the terminal its cursor again, by its owner."""

so_far: dict[object, Callable[[], str]] = {}
"""What says how far a run got, by its owner; nothing before its first rows."""


@contextmanager
def at_a_signal() -> Iterator[None]:
    """Let signals end the process; who ignores one (nohup, a script's job) still does."""
    heeded = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    before = [(one, signal.signal(one, _end)) for one in heeded]
    try:
        yield
    finally:
        for one, handler in before:
            signal.signal(one, handler)


def _end(number: int, _: object) -> NoReturn:
    """End the process; a second signal must not disturb what cleans up after the first."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    try:
        for take_back in list(half_done.values()):
            with suppress(OSError):
                take_back()
        if number == signal.SIGINT and sys.stderr is not None:
            # No stream: it may be in the middle of a line.
            reached = next((said for say in so_far.values() if (said := say())), "")
            os.write(2, f"loss: interrupted{' after ' * bool(reached)}{reached}\n".encode())
    finally:
        os._exit(128 + number)
