"""All tiles of a problem: read block by block, visited by threads, returned in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import numpy as np

from losscli.engine.pool import in_order, thread_count
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array

Blocks = Mapping[str, Array]
Found = TypeVar("Found")
Made = TypeVar("Made")


def visited(
    problem: Problem,
    visit: Callable[[TileData, Tile], Found],
    threads: int | None,
    *,
    targets_only: bool = False,
) -> Iterator[list[Found]]:
    """Yield what `visit` returns for the tiles of each block, in order."""

    def look(blocks: Blocks, tile: Tile, offset: int) -> Found:
        return visit(problem.tile(blocks, tile, offset), tile)

    return read_tiles(problem, look, threads, targets_only=targets_only)


def read_tiles(
    problem: Problem,
    look: Callable[[Blocks, Tile, int], Found],
    threads: int | None,
    *,
    targets_only: bool = False,
) -> Iterator[list[Found]]:
    """Yield what `look` returns for the unchecked tiles of each block, in order.

    It gets what was read of each role, the tile, and the first row of the block.
    """

    def compute(blocks: Blocks, rows: tuple[int, int]) -> list[Found]:
        return [look(blocks, tile, rows[0]) for tile in problem.grid.tiles(*rows)]

    return read_blocks(problem, compute, threads, targets_only=targets_only)


def read_blocks(
    problem: Problem,
    compute: Callable[[Blocks, tuple[int, int]], Made],
    threads: int | None,
    *,
    targets_only: bool = False,
) -> Iterator[Made]:
    """Yield what `compute` returns for each block, in order.

    It gets what was read of each role, and the rows of the block.
    """
    grid = problem.grid

    def work(rows: tuple[int, int]) -> Made:
        blocks = problem.read(*rows, targets_only=targets_only)
        with np.errstate(all="ignore"):
            return compute(blocks, rows)

    if grid.most_threads is not None:
        threads = min(thread_count(threads), grid.most_threads)
    return in_order(work, grid.blocks(), threads, more=grid.n > grid.block_rows)
