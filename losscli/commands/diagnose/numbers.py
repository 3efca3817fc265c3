"""What a pass keeps of each role's numbers: NaN and infinities, range, domain, form of the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.lenient_tile import Piece
from losscli.commands.diagnose.tallies import Places, Span, Tally, Values, distinct, places, span
from losscli.engine.input_checks import above_zero, row_sum_tolerance, sums_off
from losscli.engine.problem.operands import Operand
from losscli.losses.declare.role_kind import Kind
from losscli.numerics.arrays import Array


@dataclass(frozen=True)
class Numbers(Tally):
    """The numbers of a role in counted terms."""

    size: int
    nan: Places
    plus: Places
    """+inf."""
    minus: Places
    """-inf."""
    span: Span
    outside: Places
    """Outside the domain of the role's kind; NaN is not."""
    clipped: Places
    """Outside it by no more than the kind forgives."""
    values: Values
    """The distinct values of a target; of an input none."""


@dataclass(frozen=True)
class Rows(Tally):
    """The rows of a role with a class axis, in counted terms."""

    count: int
    outside_unit: Places
    """Numbers outside [0, 1]."""
    sums_off: Places
    """Rows that do not sum to 1, with their sums."""
    above_zero: Places
    """Rows that hold a number above 0, with the largest."""
    unnormalized: Places
    """Rows whose log-sum-exp is not 0, with it; empty where nobody asks."""
    dead: Places
    """Rows that are -inf throughout, with that, or hold +inf."""
    one_hot: int


def numbers_of(operand: Operand, kind: Kind, piece: Piece) -> Numbers:
    """Look at a role's numbers, which should be in the kind's domain."""
    name = operand.role.name
    x, counted, past = piece.roles[name], piece.counted, piece.beyond.get(name)
    nan, infinite = np.isnan(x), np.isinf(x)
    outside = kind.outside(x)
    unread: Array = ~counted if past is None else past | ~counted
    skips = unread.any()

    def found(mask: Array) -> Places:
        return places(mask & ~unread if skips else mask, piece.terms, x)

    if past is not None and x.ndim > past.ndim:
        unread = np.broadcast_to(unread, x.shape)
    seen = (x[..., counted] if past is None else x[~unread]) if skips else x
    single = name == "target" and x.ndim == 1
    return Numbers(
        seen.size,
        found(nan),
        found(infinite & (x > 0)),
        found(infinite & (x < 0)),
        span(seen),
        Places() if outside is None else found(outside & ~nan),
        found(_forgiven(kind, x, outside)) if kind.slack else Places(),
        distinct(seen) if single else Values(),
    )


def _forgiven(kind: Kind, x: Array, outside: Array | None) -> Array:
    beyond: Array = (x < kind.low) | (x > kind.high)
    return beyond if outside is None else beyond & ~outside


def rows_of(operand: Operand, piece: Piece, log_sums: Array | None) -> Rows:
    """Look at the rows of a role with a class axis; `log_sums` are their log-sum-exps, (m,)."""
    x = piece.roles[operand.role.name]
    counted, terms = piece.counted, piece.terms
    tolerance = row_sum_tolerance(operand.source, x.shape[0])
    off, sums = sums_off(x, tolerance)
    positive, top = above_zero(x)
    outside = (x < 0) | (x > 1)
    unnormalized = Places()
    if log_sums is not None:
        unnormalized = places((np.abs(log_sums) >= tolerance) & counted, terms, log_sums)
    dead = (top == -np.inf) | (top == np.inf)
    whole = ((x == 0) | (x == 1)).all(axis=0) & (sums == 1)
    return Rows(
        int(np.count_nonzero(counted)),
        places(outside & counted, terms, x),
        places((off | np.isnan(sums)) & counted, terms, sums),
        places(positive & counted, terms, top),
        unnormalized,
        places(dead & counted, terms, top),
        int(np.count_nonzero(whole & counted)),
    )
