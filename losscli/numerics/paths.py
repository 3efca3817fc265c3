"""Sums over the paths of sequences: of probabilities, or of logs where float64 cannot hold those.

Arrays are (t, s, m): steps, labels, samples; the last two in any order in memory. A path is in one
state at each step, of blank, label, blank, label, ..., blank. It stays, or moves on to the next
state, or skips the blank between.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from itertools import cycle
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from losscli.numerics.arrays import Array
from losscli.numerics.elementary import log_sum_exp

EVERY = 16
"""After so many steps, sums of probabilities are brought back to about 1."""

_TURN = Lock()
"""Threads walk in turn: a walk is thousands of short operations, and between any two of them a
thread would wait for the other's, longer than the operation takes."""
if hasattr(os, "register_at_fork"):
    # A forked process has no other threads: a turn that one of them had would never end there.
    os.register_at_fork(
        before=_TURN.acquire, after_in_parent=_TURN.release, after_in_child=_TURN.release
    )


class Arithmetic(NamedTuple):
    """How sums over paths are computed."""

    zero: float
    one: float
    plus: Callable[..., Any]
    """Write the sum of two arrays to a third, which may be one of them."""
    times: Callable[..., Any]
    from_log: Callable[..., Any]
    log: Callable[[Array, Array], Array]
    """Return the log of numbers times powers of two."""
    total: Callable[[Array], Array]
    """Return the sum over the first axis."""
    share: Callable[..., Any]
    """Write the quotient of two arrays, as a probability, to a third."""


def _log(x: Array, power: Array) -> Array:
    mantissa, exponent = np.frexp(x)
    exponent += power
    # As one number where there is one: near 1 its log has all its digits.
    near = np.clip(exponent, -1000, 1000)
    log: Array = np.log(np.ldexp(mantissa, near)) + (exponent - near) * math.log(2)
    return log


def _add_logs(a: Array, b: Array, out: Array) -> None:
    gap, top = np.minimum(a, b), np.maximum(a, b)
    # The lowest number replaces -inf, so that -inf - top is -inf and not nan.
    gap -= np.maximum(top, np.finfo(np.float64).min)
    np.exp(gap, out=gap)
    np.log1p(gap, out=gap)
    np.add(top, gap, out=out)


def _share_of_logs(part: Array, whole: Array, out: Array) -> None:
    np.exp(np.subtract(part, whole, out=out), out=out)


PROBABILITIES = Arithmetic(0.0, 1.0, np.add, np.multiply, np.exp, _log, np.add.reduce, np.divide)
LOGS = Arithmetic(
    -np.inf, 0.0, _add_logs, np.add, np.positive, lambda x, _: x, log_sum_exp, _share_of_logs
)


class Lattice(NamedTuple):
    """The states of some sequences, with the numbers of one arithmetic."""

    labels: Array
    """The probability of each label at each step, (t, s, m)."""
    blanks: Array
    """The probability of a blank at each step, (t, m)."""
    skip: Array
    """One where a path may skip the blank before a label, else zero, (s, m)."""
    lengths: Array
    """The number of steps, (m,); a path ends at the last of them."""
    ends: Array
    """The number of labels, (m,); a path ends with the last of them or the blank after it."""
    tilt: Array
    """Whenever a path leaves a label, its probability is multiplied by this power of two, (m,)."""


class Walk(NamedTuple):
    """The sums over the paths to each state, each to be multiplied by a power of two."""

    blanks: Array
    """The sums over the paths to each blank, without its own probability, (t, s + 1, m)."""
    labels: Array
    """The sums over the paths to each label, without its own probability, (t, s, m)."""
    total: Array
    """The sum over the paths to the first label and the first blank at last, with theirs, (m,)."""
    exponents: Array
    """The powers of two, (t, m); that of the last step is the total's."""


def walk(
    sums: Arithmetic,
    lattice: Lattice,
    *,
    back: bool = False,
    keep: bool = False,
    meet: Walk | None = None,
) -> Walk:
    """Add up the paths from the first step to each state, or back from the last step to it.

    Unless they are kept, the sums of a step replace those of the step before. With the walk of the
    other direction to meet, its sums are multiplied by these, and become those over whole paths.
    """
    plus, times = sums.plus, sums.times
    steps, s, m = lattice.labels.shape
    # One array of all states. A row of zeros is the label before the first or after the last.
    states = np.full_like(lattice.labels[0], sums.zero, shape=(2 * s + 2, m))
    skip = np.full_like(lattice.labels[0], sums.zero)
    beside_blank, blank = states[: s + 1], states[s + 1 :]
    if back:
        label, next_label, next_blank = beside_blank[:-1], beside_blank[1:], blank[1:]
        skip[:-1] = lattice.skip[1:]
        first, at_blank, at_label = steps - lattice.lengths, lattice.ends, lattice.ends - 1
    else:
        label, next_label, next_blank = beside_blank[1:], beside_blank[:-1], blank[:-1]
        skip[1:] = lattice.skip[1:]
        first = at_blank = at_label = np.zeros(m, int)
    kept = steps if keep else 1
    to_blanks = np.empty_like(lattice.labels, shape=(kept, s + 1, m))
    to_labels = np.empty_like(lattice.labels, shape=(kept, s, m))
    met = (meet.blanks[::-1], meet.labels[::-1]) if meet else (to_blanks, to_labels)
    order = slice(None, None, -1 if back else 1)
    rows = *map(cycle, (to_blanks, to_labels, *met)), lattice.blanks[order], lattice.labels[order]
    each = zip(*rows, strict=False)
    # All paths leave all labels but the last in the end: the sums over whole paths stay the same,
    # and those over parts are not of paths that are ahead of the others, or behind them.
    tilted, moved = bool(lattice.tilt.any()), beside_blank
    if tilted:
        tilt, moved = np.ldexp(1.0, lattice.tilt), np.empty_like(beside_blank)
        skip *= tilt
    exponents = np.zeros((-(-steps // EVERY), m), int)
    starts = {int(i): np.flatnonzero(first == i) for i in np.unique(first)}
    with _TURN:
        for i, (to_blank, to_label, met_blank, met_label, p_blank, p_label) in enumerate(each):
            if i % EVERY == 0 and i and sums is PROBABILITIES:
                exponent = np.maximum(np.frexp(np.maximum.reduce(states, axis=0))[1], -1000)
                states *= np.ldexp(1.0, -exponent)
                exponents[i // EVERY] = exponent
            times(next_label, skip, to_label)
            plus(to_label, label, to_label)
            plus(to_label, next_blank, to_label)
            if tilted:
                times(beside_blank, tilt, moved)
            plus(blank, moved, to_blank)
            if i in starts:
                columns = starts[i]
                to_blank[at_blank[columns], columns] = sums.one
                to_label[at_label[columns], columns] = sums.one
            times(to_blank, p_blank, blank)
            times(to_label, p_label, label)
            if meet:
                times(met_blank, blank, met_blank)
                times(met_label, label, met_label)
    total = np.empty(m)
    plus(np.ldexp(label[0], lattice.tilt), blank[0], total)
    powers = np.repeat(np.cumsum(exponents, axis=0), EVERY, axis=0)[:steps]
    return Walk(to_blanks, to_labels, total, powers[order])
