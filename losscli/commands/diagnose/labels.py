"""What a pass keeps of class indices: how often each class occurs, and what is no class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.lenient_tile import Piece, by_index
from losscli.commands.diagnose.tallies import Places, Span, Tally, Values, distinct, places, span
from losscli.engine.problem.problem import Problem
from losscli.numerics.arrays import Array


@dataclass(frozen=True)
class Labels(Tally):
    """The targets of a loss by class."""

    counts: Array
    """How often each class is a counted target, (c,)."""
    counted: int
    ignored: int
    bad: Places
    """Counted targets that are no class, as the file has them."""
    strange: Values
    """The values of those."""
    span: Span
    """Of all counted targets, as the file has them."""


def labels_of(problem: Problem, piece: Piece) -> Labels:
    """Look at the targets of a tile."""
    raw = piece.roles["target"] if by_index(problem) else piece.labels
    bad = piece.counted & ~piece.valid
    counted = int(np.count_nonzero(piece.counted))
    return Labels(
        np.bincount(piece.labels[piece.valid], minlength=problem.grid.classes),
        counted,
        raw.size - counted,
        places(bad, piece.terms, raw),
        distinct(raw[bad]) if bad.any() else Values(),
        span(raw[piece.counted]),
    )
