"""What a pass keeps of rows of labels, and of ctc's steps: lengths, blanks, log-probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.lenient_tile import Piece, in_bounds, label_bounds
from losscli.commands.diagnose.tallies import Places, Tally, Values, distinct, places
from losscli.engine.input_checks import row_sum_tolerance
from losscli.engine.problem.problem import Problem
from losscli.numerics.arrays import Array


@dataclass(frozen=True)
class LabelRows(Tally):
    """The labels of a loss that takes several a sample."""

    count: int
    bad: Places
    """Labels that are no class, as the file has them."""
    strange: Values
    blanks: Places
    """Labels that are the blank."""


@dataclass(frozen=True)
class Sequences(Tally):
    """The sequences of ctc."""

    count: int
    impossible: Places
    """Samples whose labels have no path through their steps, with the steps that there are."""
    needed: Places
    """The same, with the steps that they need."""
    input_lengths: Places
    """Lengths that are no whole number from 0 to the steps that there are."""
    target_lengths: Places
    steps: int
    """Steps that are read."""
    above_zero: Places
    """Steps that hold a number above 0, with the largest."""
    unnormalized: Places
    """Steps whose log-sum-exp is not 0, with it."""


def label_rows_of(problem: Problem, piece: Piece) -> LabelRows:
    """Look at rows of labels (s, m), up to where each ends."""
    target = problem.operand("target")
    raw, past = piece.roles["target"], piece.beyond.get("target")
    low, high = label_bounds(problem)
    read = np.ones(raw.shape, bool) if past is None else ~past
    bad = read & ~in_bounds(raw, low, high)
    nothing = np.zeros(raw.shape, bool)
    blank = (
        problem.options[target.kind.excluded_option] + low if target.kind.excluded_option else None
    )
    return LabelRows(
        int(np.count_nonzero(read)),
        places(bad, piece.terms, raw),
        distinct(raw[bad]) if bad.any() else Values(),
        places(nothing if blank is None else read & (raw == blank), piece.terms, raw),
    )


def sequences_of(problem: Problem, piece: Piece) -> Sequences:
    """Look at ctc's steps (c, t, m) and at whether the labels (s, m) fit into them."""
    x, labels = piece.roles["input"], piece.roles["target"]
    steps = _counts(piece.roles["input_lengths"])
    counts = _counts(piece.roles["target_lengths"])
    inside = np.arange(labels.shape[0])[:, None] < counts
    repeats = (labels[1:] == labels[:-1]) & inside[1:]
    needed = inside.sum(axis=0) + repeats.sum(axis=0)
    read = np.arange(x.shape[1])[:, None] < steps
    top = x.max(axis=0)
    log_sums = top + np.log(np.exp(x - top).sum(axis=0))
    off = np.abs(log_sums) >= row_sum_tolerance(problem.input.source, x.shape[0])

    def lengths(role: str, longest: int) -> Places:
        raw = piece.roles[role]
        return places(~in_bounds(raw, 0, longest), piece.terms, raw)

    def by_step(mask: Array, values: Array) -> Places:
        # A step is placed by its first class.
        return places((mask & read)[None], piece.terms, values[None])

    return Sequences(
        x.shape[2],
        places(needed > steps, piece.terms, piece.roles["input_lengths"]),
        places(needed > steps, piece.terms, needed),
        lengths("input_lengths", x.shape[1]),
        lengths("target_lengths", labels.shape[0]),
        int(np.count_nonzero(read)),
        by_step(top > 0, top),
        by_step(off, log_sums),
    )


def _counts(raw: Array) -> Array:
    return np.nan_to_num(raw, nan=0.0)
