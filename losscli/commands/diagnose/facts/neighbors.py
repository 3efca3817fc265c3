"""Facts about sequences: the loss with the targets of the neighboring positions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.facts.lenient_tile import LenientTile, class_indices
from losscli.commands.diagnose.facts.tallies import Tally
from losscli.numerics.arrays import Array


@dataclass(frozen=True)
class Neighbors(Tally):
    """Sums over the positions that have a counted target and a counted neighbor."""

    count: int
    own: float
    """Loss with the position's own target."""
    other: float
    """Loss with the neighbor's target."""
    changed: int
    """Positions at which the two losses differ: the neighbor has another target."""
    lower: int
    """Positions at which the neighbor's target has the lower loss."""
    squares: float
    """Sum of the squared differences."""
    expected: float
    """The loss that the probabilities themselves lead one to expect: their entropy."""

    @property
    def gain(self) -> float:
        """How much lower the mean loss is with the neighbor's target, where that is another."""
        return (self.own - self.other) / self.changed if self.changed else 0.0

    @property
    def error(self) -> float:
        """Standard error of the gain."""
        if self.changed < 2:
            return math.inf
        total = self.own - self.other
        variance = (self.squares - total * total / self.changed) / (self.changed - 1)
        return math.sqrt(max(0.0, variance) / self.changed)


def neighbors_of(tile: LenientTile, by: int) -> Neighbors:
    """Compare the targets of a tile with those `by` positions further on."""
    extent, length = tile.extent, tile.problem.grid.positions
    block = tile.blocks["target"]
    rows = block.reshape(block.shape[0], -1)[extent.start - tile.offset : extent.stop - tile.offset]
    position = np.arange(extent.first, extent.last) + by
    there = (position >= 0) & (position < length)
    raw = rows[:, np.clip(position, 0, length - 1)].reshape(-1)
    labels, valid, _ = class_indices(tile.problem, raw)
    valid &= tile.valid & np.tile(there, extent.stop - extent.start)
    return compared(tile, labels, valid)


def compared(tile: LenientTile, labels: Array, valid: Array) -> Neighbors:
    """Compare the targets of a tile with other labels, where both losses are finite."""
    columns, (p, log_p, _) = np.arange(labels.size), tile.softmax
    own, other = -log_p[tile.labels, columns], -log_p[labels, columns]
    valid = valid & np.isfinite(own) & np.isfinite(other)
    own, other = own[valid], other[valid]
    difference = own - other
    p = p[:, valid]
    expected = -np.where(p > 0, p * log_p[:, valid], 0).sum()
    return Neighbors(
        own.size,
        float(own.sum()),
        float(other.sum()),
        int(np.count_nonzero(difference)),
        int(np.count_nonzero(difference > 0)),
        float((difference * difference).sum()),
        float(expected),
    )
