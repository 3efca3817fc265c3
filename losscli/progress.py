"""A bar on stderr for work that takes more than a second on a terminal."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Protocol

from losscli.ending import half_done
from losscli.partial import Partial
from losscli.problem import Problem

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.0
"""Seconds before the bar appears: what ends sooner needs none."""


class Running(Protocol):
    """A run so far."""

    @property
    def problem(self) -> Problem:
        """What is computed."""
        ...

    @property
    def partial(self) -> Partial:
        """The sums so far."""
        ...


class Bar:
    """Rows done, time left and the loss so far; called by the engine after each block."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._shown: tuple[Progress, TaskID] | None = None

    @staticmethod
    def is_wanted() -> bool:
        """Whether somebody looks at stderr."""
        return sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, outcome: Running, rows: int) -> None:
        """Show that this many rows are done, and the mean so far."""
        so_far = outcome.partial.numerator.over(outcome.partial.denominator)
        self.show(rows, outcome.problem.grid.n, f", mean so far {so_far:.4f}")

    def show(self, rows: int, total: int, note: str = "", unit: str = "rows") -> None:
        """Show that this many rows of a pass, or of another unit, are done."""
        if self._shown is None:
            if time.monotonic() - self._start < PATIENCE:
                return
            self._shown = self._appear(total, unit)
        progress, task = self._shown
        progress.update(task, completed=rows, note=note)

    def tick(self, share: float) -> None:
        """Show that this share of many passes is done."""
        self.show(round(100 * share), 100, unit="percent")

    def _appear(self, total: int, unit: str) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            f"{unit},",
            TimeRemainingColumn(compact=True),
            "left{task.fields[note]}",
            console=Console(stderr=True),
            transient=True,
        )
        half_done[self] = _erase
        progress.start()
        return progress, progress.add_task("", total=total, note="")

    def close(self) -> None:
        """Remove the bar."""
        if self._shown is not None:
            self._shown[0].stop()
            half_done.pop(self, None)


def _erase() -> None:
    """Give the terminal its line and its cursor again, without the locks that drawing holds."""
    os.write(2, b"\r\x1b[2K\x1b[?25h")
