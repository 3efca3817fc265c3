"""Passes over the files: on how many threads, and where their progress is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TypeVar

from losscli.commands.diagnose.facts.lenient_tile import LenientTile, lenient_tile
from losscli.commands.diagnose.facts.tallies import Tally
from losscli.engine.breakdown.reliability import Reliability
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem
from losscli.engine.run import Observer, Outcome, Wanted, run
from losscli.engine.tiles import Blocks, read_tiles

Found = TypeVar("Found", bound="Tally | Reliability")


@dataclass(frozen=True)
class Passes:
    """Runs passes over all samples."""

    threads: int | None = None
    tell: Callable[[int, int], None] | None = None
    """Called, block by block, with the rows of a pass that are done and with all rows."""

    def total(self, problem: Problem, look: Callable[[LenientTile], Found]) -> Found:
        """Return the sum of the tallies of all leniently read tiles, added in order."""

        def visit(blocks: Blocks, extent: Tile, offset: int) -> Found:
            return look(lenient_tile(problem, blocks, extent, offset))

        found: list[Found] = []
        for number, more in enumerate(read_tiles(problem, visit, self.threads), 1):
            found = [reduce(add, found + more)]
            self._tell(problem, number * problem.grid.block_rows)
        return found[0]

    def run(self, problem: Problem, *observers: Observer) -> Outcome:
        """Compute the loss as its command does; DataError where the command refuses the files."""
        wanted = Wanted(
            correct=problem.loss.picks, notices=False, threads=self.threads, observers=observers
        )
        return run(problem, wanted, lambda _, rows: self._tell(problem, rows))

    def _tell(self, problem: Problem, rows: int) -> None:
        if self.tell:
            self.tell(min(rows, problem.grid.n), problem.grid.n)
