"""The layout of terms in files and in tiles.

A role of shape (n, c, d...) or (n, d...) has n samples of `positions` = d * ... terms. A kernel
gets one *tile* at a time, small enough for the cache: whole samples, or a run of positions of one
sample. Tile borders depend on the shape and the dtype alone, so neither threads nor reading change
a bit of any sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from losscli.numerics.arrays import Array

TILE_BYTES = 896 * 1024
"""Bytes of a tile of single numbers, which fits into the cache with the kernel's intermediates."""
CLASS_TILE = 4
"""Factor for terms with classes: threads wait for each other between array operations, and
those on one number per row are short."""
BLOCK_BYTES = 8 * 1024 * 1024
"""Bytes of one read: large enough to hide the cost of the file system."""
ROOM = 640 * 1024 * 1024
"""Bytes that the blocks of all threads take, where several roles are read together."""
FEWEST_BLOCKS = 8
"""Reads are smaller where there would be fewer, so that threads finish together."""
WIDE_TILE = 9
"""Factor for terms of many classes, which are not copied: their numbers are taken in strips."""
SEQUENCE_TILE = 5
"""Factor for sequences: they are processed step by step, and a step is small."""
WIDE = 16
"""With this many classes or more, sums along a row are faster than a class-first copy."""


class Tile(NamedTuple):
    """Samples start to stop, and positions first to last of each."""

    start: int
    stop: int
    first: int
    last: int

    @property
    def terms(self) -> int:
        """The number of terms in the tile."""
        return (self.stop - self.start) * (self.last - self.first)


@dataclass(frozen=True)
class Grid:
    """The terms of a problem: n samples of `positions` terms of `classes` numbers each."""

    n: int
    positions: int
    classes: int
    axes: tuple[int, ...]
    """The shape of the terms, (n, d...); () for a single number."""
    itemsize: int
    row: int = 1
    """Terms that no tile border may separate."""
    steps: int = 1
    """Steps of a sequence: a term then has `steps` times `classes` numbers."""
    together: int = 1
    """Roles of that size that are read together."""

    @property
    def size(self) -> int:
        """The number of terms."""
        return self.n * self.positions

    @cached_property
    def _tile_terms(self) -> int:
        size = TILE_BYTES
        if self.steps > 1:
            size *= SEQUENCE_TILE
        elif self.classes > 1:
            size *= WIDE_TILE if self.classes >= WIDE and self.positions == 1 else CLASS_TILE
        terms = max(1, size // (self.itemsize * max(1, self.classes) * self.steps))
        return max(terms - terms % self.row, self.row)

    @cached_property
    def tile_rows(self) -> int:
        """Samples per tile; 1 where a sample is larger than a tile."""
        return max(1, self._tile_terms // max(1, self.positions))

    @cached_property
    def block_rows(self) -> int:
        """Samples per read: whole tiles."""
        numbers = self.positions * self.classes * self.steps
        row_bytes = max(1, numbers * self.itemsize * self.together)
        tiles = BLOCK_BYTES // (row_bytes * self.tile_rows)
        shared = math.ceil(self.n / (self.tile_rows * FEWEST_BLOCKS))
        return self.tile_rows * max(1, min(tiles, shared))

    @property
    def most_threads(self) -> int | None:
        """How many threads may each hold a block of several roles; None for any number."""
        if self.together == 1:
            return None
        block = self.block_rows * self.positions * self.classes * self.steps
        return max(1, ROOM // max(1, block * self.itemsize * self.together))

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Yield the rows of each read, in order."""
        step = self.block_rows
        return ((start, min(start + step, self.n)) for start in range(0, self.n, step))

    def tiles(self, start: int, stop: int) -> Iterator[Tile]:
        """Yield the tiles of a block, in order."""
        for row in range(start, stop, self.tile_rows):
            end = min(row + self.tile_rows, stop)
            step = self.positions if self.tile_rows > 1 else self._tile_terms
            for first in range(0, self.positions, max(1, step)):
                yield Tile(row, end, first, min(first + step, self.positions))

    def tile_of(self, term: int) -> Tile:
        """Return the tile that contains the term with a flat index."""
        sample, position = divmod(term, self.positions)
        row = sample - sample % self.tile_rows
        for tile in self.tiles(row, min(row + self.tile_rows, self.n)):
            if tile.first <= position < tile.last:
                return tile
        raise IndexError(term)

    def terms_of(self, tile: Tile) -> Array:
        """Return the flat indices of a tile's terms, in the tile's order."""
        rows = np.arange(tile.start, tile.stop)[:, None] * self.positions
        return (rows + np.arange(tile.first, tile.last)).reshape(-1)

    def term(self, tile: Tile, at: int) -> int:
        """Return the flat index of the term at a place in a tile."""
        row, position = divmod(at, tile.last - tile.first)
        return (tile.start + row) * self.positions + tile.first + position

    def index(self, term: int) -> tuple[int, ...]:
        """Return the index of a term, (i,) or (i, j, ...)."""
        return tuple(int(i) for i in np.unravel_index(term, self.axes)) if self.axes else ()


def grid_of(
    axes: tuple[int, ...], classes: int, itemsize: int, *, row: int = 1, steps: int = 1
) -> Grid:
    """Return the grid of terms of shape `axes`, (n, d...)."""
    n = axes[0] if axes else 1
    return Grid(n, math.prod(axes[1:]), classes, axes, itemsize, row, steps)


def class_tile(block: Array, tile: Tile, offset: int, dtype: np.dtype[Any]) -> Array:
    """Return a tile of a block (rows, c, d...) as a read-only array (c, m) of that dtype.

    Few classes are copied class-first, so that sums over classes are sums of long rows. Many
    classes are a transposed view of the block, so that they run along memory.
    """
    rows, c = block.shape[:2]
    cut = block.reshape(rows, c, -1)[tile.start - offset : tile.stop - offset, :]
    cut = cut[:, :, tile.first : tile.last]
    if c >= WIDE and cut.shape[2] == 1:
        rows = np.ascontiguousarray(cut[:, :, 0], dtype).view()
        rows.flags.writeable = False
        return rows.T
    out = np.empty((c, cut.shape[0], cut.shape[2]), dtype)
    # A stretch is read once for each class: it has to stay in the cache meanwhile.
    step = max(1, TILE_BYTES // max(1, cut[:1].size * cut.itemsize))
    for start in range(0, len(cut), step):
        out[:, start : start + step] = cut[start : start + step].transpose(1, 0, 2)
    return out.reshape(c, -1)


def sequence_tile(block: Array, tile: Tile, offset: int, dtype: np.dtype[Any]) -> Array:
    """Return a tile of a block (rows, c, t) as (c, t, m), laid out as (t, m, c) in memory."""
    cut = block[tile.start - offset : tile.stop - offset]
    return np.array(cut.transpose(2, 0, 1), dtype, order="C").transpose(2, 0, 1)


def term_tile(block: Array, tile: Tile, offset: int) -> Array:
    """Return a tile of a block (rows, d...) as (m,), in the file's dtype."""
    rows = block.reshape(block.shape[0] if block.ndim else 1, -1)
    cut = rows[tile.start - offset : tile.stop - offset, tile.first : tile.last]
    return cut.reshape(-1)


def place(out: Array, tile: Tile, values: Array, scale: Array | float) -> Array:
    """Write scale * values, laid out as in a tile, to the tile's place in an array of whole rows.

    Returns that place, (rows, [numbers of a term,] positions); the written numbers may overflow.
    """
    n = out.shape[0] if out.ndim else 1
    if values.ndim == 1:
        target = out.reshape(n, -1)[tile.start : tile.stop, tile.first : tile.last]
        if isinstance(scale, np.ndarray):
            scale = scale.reshape(target.shape)
        return np.multiply(values.reshape(target.shape), scale, out=target, casting="same_kind")
    if values.ndim == 3:
        c, t, rows = values.shape
        target = out[tile.start : tile.stop]
        if isinstance(scale, np.ndarray):
            scale = scale.reshape(rows, 1, 1)
        np.multiply(values.transpose(2, 0, 1), scale, out=target)
        return target.reshape(rows, c * t, 1)
    c = values.shape[0]
    target = out.reshape(n, c, -1)[tile.start : tile.stop, :, tile.first : tile.last]
    rows, _, width = target.shape
    if isinstance(scale, np.ndarray):
        scale = scale.reshape(rows, 1, width)
    return np.multiply(values.reshape(c, rows, width).transpose(1, 0, 2), scale, out=target)


def broadcast_tile(whole: Array, tile: Tile) -> Array:
    """Return a tile (m,) of an array broadcast to (n, d...), without copying the whole array."""
    if tile.first == 0 and tile.last == math.prod(whole.shape[1:]):
        return whole[tile.start : tile.stop].reshape(-1)
    cut: Array = whole[tile.start].flat[tile.first : tile.last]
    return cut
