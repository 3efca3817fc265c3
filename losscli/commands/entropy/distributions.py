"""Entropy of distributions, and what a second one adds: cross entropy, KL, Jensen-Shannon.

Distributions are columns of p and q, (c, m), as in the kernels. Nothing is renormalized: every
figure is the sum in its formula, of the numbers as they are given.

Sources: Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x; Kullback and Leibler 1951,
doi:10.1214/aoms/1177729694; Lin 1991 (Jensen-Shannon), doi:10.1109/18.61115.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, get_args

import numpy as np

from losscli.engine.input_checks import row_sum_tolerance
from losscli.engine.problem.operands import Operand, refuse_names_in_another_order
from losscli.errors import CORRECT, DataError
from losscli.losses.declare.registry import Role
from losscli.losses.declare.role_kind import Kind
from losscli.losses.declare.standard_kinds import Probs
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import compensated_sum_columns, times
from losscli.readers.source import Source

CELLS = 1 << 16
"""Numbers that are worked on at once."""


class Base(NamedTuple):
    """A base of the logarithm, with its own logarithm function: log2(8) is exactly 3."""

    unit: str
    log: Callable[[Array], Array]
    size: float
    """The natural logarithm of the base: what nats are divided by."""


BASES = {
    "e": Base("nats", np.log, 1.0),
    "2": Base("bits", np.log2, math.log(2)),
    "10": Base("hartleys", np.log10, math.log(10)),
}


def information(p: Array, base: Base) -> Array:
    """Return -log p of every outcome; inf for one that is impossible."""
    with np.errstate(divide="ignore"):
        return -base.log(p) + 0.0


def entropy(p: Array, base: Base) -> Array:
    """Return H(P) = sum of -p log p, (m,); 0 log 0 is 0."""
    return cross_entropy(p, p, base)


def cross_entropy(p: Array, q: Array, base: Base) -> Array:
    """Return H(P,Q) = sum of -p log q, (m,); 0 log 0 is 0."""
    with np.errstate(invalid="ignore"):
        return compensated_sum_columns(times(p, information(q, base)))


def kl_divergence(p: Array, q: Array, base: Base) -> Array:
    """Return KL(P||Q) = sum of p log(p / q), (m,), to the last digits for equal-ish P and Q too.

    The terms p log(p / q) are of the size of p - q, their sum of its square: added as they are,
    they cancel. So they are split into p log(p / q) - (p - q), which is never negative, and p - q,
    whose sum is taken exactly (it is 0 where P and Q both sum to 1).
    """
    with np.errstate(all="ignore"):
        excess = compensated_sum_columns(_excess(p, q))
        return (excess + compensated_sum_columns(np.concatenate([p, -q]))) / base.size


def jensen_shannon(p: Array, q: Array, base: Base) -> Array:
    """Return JS(P,Q) = (KL(P||M) + KL(Q||M)) / 2 with M = (P + Q) / 2, (m,); at most log 2.

    With p = m (1 + u) and q = m (1 - u) each outcome adds m / 2 of
    (1 + u) log(1 + u) + (1 - u) log(1 - u) = 2 u atanh u + log(1 - u^2), which is never negative.
    """
    with np.errstate(all="ignore"):
        middle = p / 2 + q / 2
        u = _asymmetry(p, q)
        near = 2 * u * np.arctanh(u) + np.log1p(-u * u)
        far = _x_log_x(p / middle) + _x_log_x(q / middle)
        each = np.where(np.abs(u) < 0.5, near, far)
        return compensated_sum_columns(np.where(middle == 0, 0, middle / 2 * each)) / base.size


def _excess(p: Array, q: Array) -> Array:
    """Return p log(p / q) - (p - q) without cancellation; q for p = 0, inf for q = 0 < p.

    With p = m (1 + u) and q = m (1 - u) it is 2 m (u^2 + (1 + u) (atanh u - u)), and
    atanh u - u = u^3 / 3 + u^5 / 5 + ... leaves nothing to cancel.
    """
    u = _asymmetry(p, q)
    square = u * u
    series = np.zeros_like(u)
    for power in range(37, 1, -2):
        series = 1 / power + square * series
    near = (p + q) * (square + (1 + u) * u * square * series)
    ratio = p / q
    # A ratio beyond the doubles still has a logarithm.
    usual = (ratio > 1e-300) & (ratio < 1e300)
    far = p * np.where(usual, np.log(ratio), np.log(p) - np.log(q)) - (p - q)
    excess = np.where(np.abs(u) < 1 / 3, near, far)
    excess = np.where(p == 0, q, excess)
    return np.where((q == 0) & (p > 0), math.inf, excess)


def _asymmetry(p: Array, q: Array) -> Array:
    """Return u = (p - q) / (p + q), 0 where both are 0."""
    u: Array = (p - q) / (p + q)
    return np.where((p == 0) & (q == 0), 0, u)


def _x_log_x(x: Array) -> Array:
    return np.where(x == 0, 0, x * np.log(x))


KIND: Kind = replace(get_args(Probs)[1], shape="(c), or one distribution per row, (n, c)")
P = Role("input", (replace(KIND, keys=("p", *KIND.keys)),))
Q = Role("target", (replace(KIND, name="probabilities of a second distribution", keys=("q",)),))
SYMBOLS = {
    "entropy": "H(P)",
    "cross_entropy": "H(P,Q)",
    "kl_pq": "KL(P||Q)",
    "kl_qp": "KL(Q||P)",
    "js": "JS(P,Q)",
}
"""The measures, as JSON and CSV call them, and as they are written; the first needs no Q."""


@dataclass(frozen=True)
class Distributions:
    """The distributions of one source: n of c outcomes each."""

    operand: Operand
    n: int
    c: int

    @property
    def source(self) -> Source:
        """Where they come from."""
        return self.operand.source

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the outcomes, where the file has them."""
        names = self.source.names
        return names if len(names) == self.c and self.operand.class_axis else ()

    def columns(self, start: int, stop: int) -> Array:
        """Return distributions start to stop as columns, (c, m).

        Raises DataError for a number that is not a probability; NaN is allowed.
        """
        if self.operand.class_axis:
            block = self.source.read(start, stop)
        else:
            block = self.source.read(0, self.c)
        p = np.array(block.reshape(-1, self.c).T, np.float64, order="C")
        bad = KIND.outside(p)
        if bad is not None:
            row, outcome = (int(i) for i in np.argwhere(bad.T)[0])
            raise DataError(
                f"{self.place(start + row, outcome)}: {self.operand.role.name} "
                f"{float(p[outcome, row])!r} is not in [0, 1]; "
                "loss softmax turns logits into probabilities"
            )
        return p

    def place(self, row: int, outcome: int) -> str:
        """Name one probability by file and place."""
        return self.operand.place((row,) if self.operand.order else (), (outcome,))

    def wrong_sums(self, p: Array) -> Array:
        """Return which of these columns do not sum to 1, by more than their digits explain."""
        edge = row_sum_tolerance(self.operand.source, self.c) * (1 - 1e-9)
        wrong: Array = np.abs(compensated_sum_columns(p) - 1) >= edge
        return wrong


def distributions(role: Role, source: Source, first: Distributions | None = None) -> Distributions:
    """Return what a source holds: one distribution (a vector, a row, a column) or one per row.

    Raises DataError for another shape, or one that differs from the first.
    """
    shape = source.shape
    if not math.prod(shape):
        raise DataError(f"{source.label}: {role.name} is empty, shape {shape}; save it again")
    if len(shape) not in (1, 2):
        raise DataError(
            f"{source.label}: {role.name} has shape {shape}; expected a vector, "
            "or a table with one row per distribution and one column per outcome"
        )
    n, c = shape if len(shape) == 2 else (1, shape[0])
    order: tuple[int, ...] | None = (0, 1) if len(shape) == 2 else None
    if c == 1 and n > 1:
        n, c, order = 1, n, (1, 0)
    found = Distributions(Operand(role, KIND, source, order), n, c)
    if first is not None:
        if (n, c) != (first.n, first.c):
            raise DataError(
                f"{source.label}: {role.name} holds {_said(found)}, "
                f"{first.source.label} {_said(first)}; nothing is broadcast: give as many"
            )
        refuse_names_in_another_order(role.name, source, first.source)
    return found


def _said(found: Distributions) -> str:
    rows = "one distribution" if found.n == 1 else f"{found.n} distributions"
    return f"{rows} of {found.c} outcome{'' if found.c == 1 else 's'}"


def tiles(p: Distributions, q: Distributions | None) -> Iterator[tuple[int, Array, Array | None]]:
    """Yield first row, columns of P and columns of Q, a few rows at a time."""
    step = max(1, CELLS // p.c)
    for start in range(0, p.n, step):
        stop = min(start + step, p.n)
        yield start, p.columns(start, stop), None if q is None else q.columns(start, stop)


def measured(p: Array, q: Array | None, base: Base) -> dict[str, Array]:
    """Return the measures of columns, by name."""
    if q is None:
        return {"entropy": entropy(p, base)}
    return {
        "entropy": entropy(p, base),
        "cross_entropy": cross_entropy(p, q, base),
        "kl_pq": kl_divergence(p, q, base),
        "kl_qp": kl_divergence(q, p, base),
        "js": jensen_shannon(p, q, base),
    }


def blame(p: Distributions, q: Distributions | None, row: int, name: str) -> str:
    """Return one line that says why this measure of a row is not finite."""
    own = p.columns(row, row + 1)[:, 0]
    other = own if q is None else q.columns(row, row + 1)[:, 0]
    for found, numbers in ((p, own), (q or p, other)):
        if (nan := np.isnan(numbers)).any():
            place = found.place(row, int(nan.argmax()))
            return f"{place}: {found.operand.role.name} is nan; {CORRECT}"
    backwards = name == "kl_qp"
    above, below = (other, own) if backwards else (own, other)
    at = int(((below == 0) & (above > 0)).argmax())
    big, small = ("Q", "P") if backwards else ("P", "Q")
    place = (p if backwards else q or p).place(row, at)
    where = f"{small} is 0 where {big} is {float(above[at])!r}"
    return f"{place}: {where}: {SYMBOLS[name]} is infinite; give {small} above 0"
