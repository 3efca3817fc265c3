"""Facts about class indices: which are out of range, and how many are ignored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.facts.lenient_tile import LenientTile, in_bounds, label_bounds
from losscli.commands.diagnose.facts.tallies import (
    Places,
    Span,
    Tally,
    Values,
    distinct,
    places,
    span,
)


@dataclass(frozen=True)
class Labels(Tally):
    """The labels that are read: one per term, or several."""

    counted: int
    ignored: int
    bad: Places
    """Counted labels that are out of range, as the file has them."""
    bad_values: Values
    span: Span
    """The range of all counted labels, as the file has them."""
    excluded: Places
    """Labels of the class that is excluded as a label."""


def labels_of(tile: LenientTile) -> Labels:
    """Look at the labels of a tile: (m,), or (s, m) up to where each row ends."""
    target = tile.problem.operand("target")
    raw = tile.roles["target"] if target.kind.index else tile.labels
    past = tile.beyond.get("target")
    read = np.broadcast_to(tile.counted, raw.shape) if past is None else ~past
    low, high = label_bounds(tile.problem)
    bad = read & ~in_bounds(raw, low, high)
    excluded = np.zeros(raw.shape, bool)
    if target.kind.excluded_option:
        excluded = read & (raw == tile.problem.options[target.kind.excluded_option] + low)
    return Labels(
        int(np.count_nonzero(read)),
        int(np.count_nonzero(~tile.counted)),
        places(bad, tile.terms, raw),
        distinct(raw[bad]) if bad.any() else Values(),
        span(raw[read]),
        places(excluded, tile.terms, raw),
    )
