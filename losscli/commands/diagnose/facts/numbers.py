"""Facts about a role's numbers and rows: range, domain, and row sums."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from losscli.commands.diagnose.facts.lenient_tile import LenientTile, is_divergence
from losscli.commands.diagnose.facts.tallies import (
    Places,
    Span,
    Tally,
    Values,
    distinct,
    places,
    span,
)
from losscli.engine.confidence import has_softmax
from losscli.engine.input_checks import row_sum_tolerance, sums_off
from losscli.engine.problem.operands import Operand
from losscli.engine.problem.problem import Problem
from losscli.losses.declare.role_kind import Layout
from losscli.losses.declare.standard_kinds import SIGNS
from losscli.numerics.arrays import Array

NOWHERE = Places()
FIRST_SAMPLES = 16
"""How many samples tell along which axis distributions lie."""


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
    """Outside the domain, but by no more than the kind's slack."""
    units: int
    """How many are -1, 0 or 1, as predicted classes are; 0 where not all of a tile can be."""
    values: Values
    """The distinct values of a target of one number per term."""


@dataclass(frozen=True)
class Rows(Tally):
    """The rows that should be distributions over the classes, in counted terms."""

    count: int = 0
    outside_unit: Places = NOWHERE
    """Numbers outside [0, 1]."""
    sums_off: Places = NOWHERE
    """Rows that do not sum to 1, with their sums."""
    above_zero: Places = NOWHERE
    """Rows that hold a number above 0, with the largest."""
    unnormalized: Places = NOWHERE
    """Rows whose log-sum-exp is not 0, with it; not known of probabilities with a class axis."""
    dead: Places = NOWHERE
    """Rows that are -inf throughout or hold +inf, with the largest number."""
    one_hot: int = 0

    @property
    def are_probabilities(self) -> bool:
        """Whether every number is in [0, 1] and every row sums to 1."""
        return bool(self.count) and not (self.outside_unit.count or self.sums_off.count)

    @property
    def are_log_probabilities(self) -> bool:
        """Whether exp of every row is a row of probabilities."""
        wrong = self.above_zero.count or self.unnormalized.count or self.dead.count
        return bool(self.count) and not wrong


def numbers_of(operand: Operand, tile: LenientTile) -> Numbers:
    """Look at a role's numbers, which should be in the domain of its kind."""
    name, kind = operand.role.name, operand.kind
    if tile.problem.settings.map_binary and kind.values == SIGNS:
        kind = replace(kind, values=(0.0, 1.0))
    x, past = tile.roles[name], tile.beyond.get(name)
    read: Array = tile.counted if past is None else tile.counted & ~past
    seen = x if read.all() else x[np.broadcast_to(read, x.shape)]
    nan, infinite, no = np.isnan(x), np.isinf(x), np.zeros(x.shape, bool)
    outside = kind.outside(x)
    outside = no if outside is None else outside & ~nan
    beyond = (x < kind.low) | (x > kind.high) if kind.slack else no

    def found(mask: Array) -> Places:
        return places(mask & read, tile.terms, x)

    whole = span(seen)
    first = seen[(0,) * seen.ndim] if seen.size else 2
    marks = first in (-1, 0, 1) and whole.low >= -1 and whole.high <= 1
    return Numbers(
        seen.size,
        found(nan),
        found(infinite & (x > 0)),
        found(infinite & (x < 0)),
        whole,
        found(outside),
        found(beyond & ~outside),
        int(np.count_nonzero((seen == 0) | (np.abs(seen) == 1))) if marks else 0,
        distinct(seen) if name == "target" and x.ndim == 1 else Values(),
    )


def rows_of(operand: Operand, tile: LenientTile, axis: int) -> Rows:
    """Look at the distributions of a role: columns of a tile (c, ...), or an axis of terms."""
    x, terms, counted = tile.roles[operand.role.name], tile.terms, tile.counted
    if operand.kind.layout is Layout.SEQUENCES:
        counted = ~tile.beyond[operand.role.name]
    elif operand.kind.layout is Layout.TERMS:
        columns = _columns(operand, tile, axis)
        if columns is None:
            return Rows()
        x, terms = columns
        counted = np.ones(terms.shape, bool)
    top = x.max(axis=0)
    log_sums = None
    if operand is tile.problem.input and has_softmax(tile.problem):
        log_sums = tile.softmax.log_sums
    elif operand.kind.layout is Layout.SEQUENCES or is_divergence(tile.problem):
        log_sums = top + np.log(np.exp(x - top).sum(axis=0))
    tolerance = row_sum_tolerance(x)
    off, sums = sums_off(x, tolerance)
    ones = ((x == 0) | (x == 1)).all(axis=0) & (sums == 1)

    def found(mask: Array, values: Array) -> Places:
        mask = mask & counted
        # A step of a sequence is placed by its first class.
        steps = x.ndim == 3
        return places(mask[None] if steps else mask, terms, values[None] if steps else values)

    return Rows(
        int(np.count_nonzero(counted)),
        places(((x < 0) | (x > 1)) & counted, terms, x),
        found(off | np.isnan(sums), sums),
        found(top > 0, top),
        Places() if log_sums is None else found(np.abs(log_sums) >= tolerance, log_sums),
        found(np.isinf(top), top),
        int(np.count_nonzero(ones & counted)),
    )


def distribution_axis(problem: Problem) -> int:
    """Return the axis along which the distributions of a divergence lie: axis 1 or the last.

    With several positions it is the one along which the first samples sum to 1 most nearly.
    """
    shape = problem.input.shape
    if len(shape) < 3:
        return len(shape) - 1
    with np.errstate(all="ignore"):
        first = [np.array(x.source.read(0, FIRST_SAMPLES), float) for x in problem.operands]
        off = {
            axis: [
                float(np.abs(p.sum(axis=axis) - 1).max(initial=0))
                for x in first
                for p in (x, np.exp(x))
            ]
            for axis in (1, len(shape) - 1)
        }
    return min(off, key=lambda axis: min(filter(math.isfinite, off[axis]), default=math.inf))


def _columns(operand: Operand, tile: LenientTile, axis: int) -> tuple[Array, Array] | None:
    """Return the distributions of a role along an axis, (c, k), each with its first term.

    None for samples that the tile cuts in two.
    """
    shape, extent = operand.shape, tile.extent
    samples = extent.stop - extent.start
    whole = extent.last - extent.first == int(np.prod(shape[1:]))
    if not shape or not whole or (len(shape) == 1 and samples < shape[0]):
        return None
    samples_of = (samples, *shape[1:])
    x = np.moveaxis(tile.roles[operand.role.name].reshape(samples_of), axis, 0)
    terms = np.take(tile.terms.reshape(samples_of), 0, axis)
    return x.reshape(shape[axis], -1), terms.reshape(-1)
