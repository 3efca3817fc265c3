"""Facts about unaligned sequences: whether the labels fit into the steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.facts.lenient_tile import LenientTile, in_bounds
from losscli.commands.diagnose.facts.tallies import Places, Tally, places


@dataclass(frozen=True)
class Sequences(Tally):
    """The sequences of a loss that sums over paths."""

    count: int
    impossible: Places
    """Samples whose labels have no path through their steps, with the number of steps."""
    needed: Places
    """The same samples, with the number of steps that they need."""
    bad_lengths: dict[str, Places]
    """By role: lengths that are not an integer from 0 to the length in the file."""


def sequences_of(tile: LenientTile) -> Sequences:
    """Look at whether the labels (s, m) fit into the steps (c, t, m)."""
    labels = tile.roles["target"]
    operands = [operand for operand in tile.problem.operands if operand.kind.length_of]
    lengths = {operand.kind.length_of: tile.roles[operand.role.name] for operand in operands}
    inside = np.arange(labels.shape[0])[:, None] < lengths["target"]
    repeats = (labels[1:] == labels[:-1]) & inside[1:]
    needed = inside.sum(axis=0) + repeats.sum(axis=0)
    steps = lengths["input"]
    impossible = needed > np.nan_to_num(steps, nan=0.0)
    bad = {
        operand.role.name: ~in_bounds(
            lengths[operand.kind.length_of], 0, tile.roles[operand.kind.length_of].shape[-2]
        )
        for operand in operands
    }
    return Sequences(
        labels.shape[1],
        places(impossible, tile.terms, steps),
        places(impossible, tile.terms, needed),
        {role: places(mask, tile.terms, tile.roles[role]) for role, mask in bad.items()},
    )
