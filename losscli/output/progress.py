"""The progress of a run: a bar on a terminal's stderr, and the report of an interrupt."""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from losscli.output.ending import half_done, so_far

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.0
"""Seconds before the bar appears; shorter runs need none."""


class Bar:
    """Rows done, their rate, time left and the mean so far; updated after each block.

    It is drawn only on a terminal, and never for a `quiet` run. An interrupt within its context
    reports how far the run got.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._drawn = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._shown: tuple[Progress, TaskID] | None = None
        self._start = self._pass_start = time.monotonic()
        self._pass = 1
        self._rows = 0
        self._reached = ""

    def __enter__(self) -> Self:
        so_far[self] = lambda: self._reached
        return self

    def __exit__(self, *_: object) -> None:
        del so_far[self]
        self.close()

    def __call__(self, outcome: Any, rows: int) -> None:
        """Show that a run has done this many rows, and its mean so far."""
        self.show(rows, outcome.problem.grid.n, f", mean so far {outcome.mean:#.5g}")

    def show(self, rows: int, total: int, note: str = "") -> None:
        """Show that this many rows of a pass are done; a smaller number begins another pass."""
        now = time.monotonic()
        if rows < self._rows:
            self._pass += 1
            self._pass_start = now
        self._rows = rows
        rate = rows / max(now - self._pass_start, 1e-9)
        if self._pass > 1:
            note += f", pass {self._pass}"
        left = timedelta(seconds=round((total - rows) / rate)) if rows else "--:--"
        self._update(rows, total, "rows", f", {_short(rate)}/s, {left} left", note)

    def tick(self, share: float, doing: str) -> None:
        """Show that this share of many passes is done, and what is done now."""
        self._update(round(100 * share), 100, "percent", f", {doing}", "")

    def _update(self, done: int, total: int, unit: str, pace: str, note: str) -> None:
        reached = f"{done} of {total} {unit}"
        self._reached = reached + note
        if not self._drawn or time.monotonic() - self._start < PATIENCE:
            return
        if self._shown is None:
            self._shown = self._appear()
        progress, task = self._shown
        text = reached + pace + note
        if len(text) > progress.console.width:
            counts = f"{_short(done)} of {_short(total)} {unit}"
            text = counts + pace + note.replace(" so far", "")
        progress.update(task, completed=done, total=total, text=text)
        progress.start()

    def _appear(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress

        from losscli.output import colors

        console = Console(stderr=True)
        # The terminal shows Ctrl-C as ^C after the bar; after a full line it would begin a new one.
        console.width -= len("^C")
        progress = Progress(
            BarColumn(
                bar_width=None,
                style=colors.DIM,
                complete_style=colors.ACCENT,
                finished_style=colors.ACCENT,
            ),
            "{task.fields[text]}",
            console=console,
            transient=True,
            expand=True,
            # Prints meanwhile go where they should, not to the bar's stream.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        half_done[self] = _erase
        return progress, progress.add_task("", text="")

    def give_way(self) -> None:
        """Disappear for good before results are printed on a terminal."""
        if sys.stdout is not None and sys.stdout.isatty():
            self._drawn = False
            self.close()

    def close(self) -> None:
        """Remove the bar."""
        if self._shown is not None:
            self._shown[0].stop()
            half_done.pop(self, None)


def _erase() -> None:
    """Restore the line and the cursor of the terminal, without the locks that drawing holds."""
    os.write(2, b"\r\x1b[2K\x1b[?25h")


def _short(number: float) -> str:
    """Return a number in three digits or so: `870`, `4.2k`, `35M`."""
    for size, mark in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.{1 if number < 10 * size else 0}f}{mark}"
    return f"{number:.0f}"
