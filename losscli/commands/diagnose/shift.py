"""What a pass keeps of sequences: the loss with the targets of the neighbouring positions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.lenient_tile import Piece, class_indices
from losscli.commands.diagnose.tallies import Tally
from losscli.engine.problem.problem import Problem
from losscli.numerics.arrays import Array


@dataclass(frozen=True)
class Neighbours(Tally):
    """Sums over the positions that have a counted target and a counted neighbour."""

    count: int = 0
    own: float = 0.0
    """Loss with the position's own target."""
    other: float = 0.0
    """Loss with the neighbour's."""
    squares: float = 0.0
    """Of the differences."""

    @property
    def gain(self) -> float:
        """How much lower the mean loss is with the neighbour's target."""
        return (self.own - self.other) / self.count if self.count else 0.0

    @property
    def error(self) -> float:
        """Standard error of the gain."""
        if self.count < 2:
            return math.inf
        total = self.own - self.other
        variance = (self.squares - total * total / self.count) / (self.count - 1)
        return math.sqrt(max(0.0, variance) / self.count)


def neighbours_of(
    problem: Problem, block: Array, offset: int, piece: Piece, log_p: Array, by: int
) -> Neighbours:
    """Compare the targets of a tile with those `by` positions on, in targets (rows, positions)."""
    tile, length = piece.tile, problem.grid.positions
    rows = block.reshape(block.shape[0], -1)[tile.start - offset : tile.stop - offset]
    position = np.arange(tile.first, tile.last) + by
    there = (position >= 0) & (position < length)
    raw = rows[:, np.clip(position, 0, length - 1)].reshape(-1)
    labels, valid, _ = class_indices(problem, raw)
    valid &= piece.valid & np.tile(there, tile.stop - tile.start)
    columns = np.arange(labels.size)
    own, other = -log_p[piece.labels, columns], -log_p[labels, columns]
    valid &= np.isfinite(own) & np.isfinite(other)
    own, other = own[valid], other[valid]
    difference = own - other
    return Neighbours(
        own.size, float(own.sum()), float(other.sum()), float((difference * difference).sum())
    )
