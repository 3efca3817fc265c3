"""How the files are read, pass by pass: on how many threads, and who is told how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from losscli.commands.diagnose.lenient_tile import Piece, piece
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem
from losscli.engine.run import Observer, Outcome, Wanted, run
from losscli.engine.tiles import Blocks, read_tiles

Found = TypeVar("Found")


@dataclass(frozen=True)
class Walk:
    """A way to go over all samples."""

    threads: int | None = None
    tell: Callable[[int, int], None] | None = None
    """Called with the rows done of a pass and the rows that there are, block by block."""

    def over(
        self, problem: Problem, look: Callable[[Piece, Blocks, int], Found]
    ) -> Iterator[Found]:
        """Yield what is found on each tile, read leniently, in the order of the tiles."""

        def visit(blocks: Blocks, tile: Tile, offset: int) -> Found:
            return look(piece(problem, blocks, tile, offset), blocks, offset)

        for number, found in enumerate(read_tiles(problem, visit, self.threads), 1):
            yield from found
            self._tell(problem, number * problem.grid.block_rows)

    def run(self, problem: Problem, *observers: Observer) -> Outcome:
        """Compute the loss as its command does; DataError where that refuses."""
        wanted = Wanted(
            correct=problem.loss.picks, notices=False, threads=self.threads, observers=observers
        )
        return run(problem, wanted, lambda _, rows: self._tell(problem, rows))

    def _tell(self, problem: Problem, rows: int) -> None:
        if self.tell:
            self.tell(min(rows, problem.grid.n), problem.grid.n)
