"""Which samples have a larger loss than in a former result, found block by block."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from losscli.commands.baseline import Baseline
from losscli.commands.role_cells import given
from losscli.engine.block import Block
from losscli.engine.problem.problem import Problem
from losscli.engine.run import Outcome
from losscli.errors import DataError, short_name
from losscli.output.checks import Check
from losscli.output.page import Block as PageBlock
from losscli.output.page import Column, Heading, Kind, Table

SHOWN = 5
"""Samples that are listed."""


class SampleChanges:
    """Takes the terms of each block in order, and compares them with those of a baseline."""

    terms, gradient = True, False

    def __init__(self, problem: Problem, baseline: Baseline) -> None:
        """Take the problem; DataError where the baseline has terms of another shape."""
        self._grid = problem.grid
        self._is_reduced = problem.settings.reduction != "none"
        self._baseline = baseline
        baseline.samples = self._found
        file = short_name(baseline.path)
        try:
            before = np.array(baseline.terms, np.float64)
        except (ValueError, TypeError):
            raise DataError(f"{file}: its losses are not numbers; write it again") from None
        if before.shape != (problem.grid.axes or (1,)):
            raise DataError(
                f"{file}: has losses of shape {before.shape}, and here they are of shape "
                f"{problem.grid.axes}; write it again"
            )
        self._before = before.reshape(-1)
        self._done = 0
        self.worse = self.better = 0
        self.worst: list[tuple[float, int, float, float]] = []
        """The change, the term, its loss before, and now; largest change first."""

    def each(self, block: Block) -> None:
        """Take a block."""
        now = given(block.terms).reshape(-1).astype(np.float64)
        before = self._before[self._done : self._done + now.size]
        with np.errstate(invalid="ignore"):
            change = now - before
            change[np.isnan(change)] = 0
            slack = self._baseline.rounding(1, 0) * np.maximum(np.abs(now), np.abs(before))
            least = self._baseline.tolerance + np.nan_to_num(slack)
        worse = np.flatnonzero(change > least)
        self.worse += worse.size
        self.better += int(np.count_nonzero(-change > least))
        # Stable: of equal changes the first ones are listed.
        for i in worse[np.argsort(-change[worse], kind="stable")[:SHOWN]].tolist():
            self.worst.append((float(change[i]), self._done + i, float(before[i]), float(now[i])))
        self.worst = sorted(self.worst, key=lambda one: -one[0])[:SHOWN]
        self._done += now.size

    @property
    def said(self) -> str:
        """How many are worse, in words."""
        tolerance = self._baseline.tolerance
        by = f" by more than {tolerance:g}" if tolerance else ""
        file = short_name(self._baseline.path)
        return f"{self.worse} of {self._grid.size} losses are larger than in {file}{by}"

    def checks(self, file: str) -> Iterable[Check]:
        """Return whether none is worse: what a baseline asks for if there is no reduced loss."""
        if self._is_reduced:
            return ()
        return [Check("baseline losses", not self.worse, self.said, self.worse, 0, file)]

    def finish(self, outcome: Outcome) -> None:
        """Take the finished run: all blocks were there."""

    def as_json(self) -> dict[str, Any]:
        """Return nothing: the baseline tells."""
        return {}

    def _found(self) -> dict[str, Any]:
        """Return how many are worse, and the worst."""
        worst = [
            {"index": self._index(term), "before": before, "now": now, "change": change}
            for change, term, before, now in self.worst
        ]
        return {"worse": self.worse, "better": self.better, "worst": worst}

    def blocks(self) -> Iterable[PageBlock]:
        """Return the worst of them as a part of a page; nothing if none is worse."""
        if not self.worst:
            return ()
        title = self.said + (", the largest changes" if len(self.worst) < self.worse else "")
        changes, terms, before, now = zip(*self.worst, strict=True)
        table = Table(
            [
                Column("index", [str(self._index(term)) for term in terms], Kind.INDEX),
                Column("before", before),
                Column("now", now),
                Column("change", changes),
            ]
        )
        return (Heading(title, is_part=True), table)

    def _index(self, term: int) -> int | str:
        index: tuple[int, ...] = self._grid.index(term)
        return index[0] if len(index) == 1 else ",".join(map(str, index))
