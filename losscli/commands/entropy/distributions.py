"""The distributions of a source, and why a measure of one of them is not finite."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from losscli.engine.input_checks import row_sum_tolerance
from losscli.engine.problem.operands import Operand, refuse_names_in_another_order
from losscli.errors import CORRECT, DataError
from losscli.losses.declare.registry import Role
from losscli.losses.declare.role_kind import Kind
from losscli.losses.declare.standard_kinds import Probs
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import compensated_sum_columns
from losscli.numerics.information import SYMBOLS
from losscli.output.words import counted
from losscli.readers.source import Source

CELLS = 1 << 16
"""How many numbers are processed at a time."""
KIND: Kind = replace(get_args(Probs)[1], shape="(c), or one distribution per row, (n, c)")
P = Role("input", (replace(KIND, keys=("p", *KIND.keys)),))
Q = Role("target", (replace(KIND, name="probabilities of a second distribution", keys=("q",)),))


@dataclass(frozen=True)
class Distributions:
    """The distributions of one source: n of c outcomes each."""

    operand: Operand
    n: int
    c: int

    @property
    def source(self) -> Source:
        """The file that they come from."""
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
        edge = row_sum_tolerance(p) * (1 - 1e-9)
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
            f"{source.label}: {role.name} has shape {shape}, expected (c,) or (n, c); give one "
            "row per distribution and one column per outcome"
        )
    n, c = shape if len(shape) == 2 else (1, shape[0])
    order: tuple[int, ...] | None = (0, 1) if len(shape) == 2 else None
    if c == 1 and n > 1:
        n, c, order = 1, n, (1, 0)
    found = Distributions(Operand(role, KIND, source, order), n, c)
    if first is not None:
        if (n, c) != (first.n, first.c):
            raise DataError(
                f"{source.label}: {role.name} holds {_size_text(found)}, expected "
                f"{_size_text(first)} as in "
                f"{first.source.label}; give the same number (nothing is broadcast)"
            )
        refuse_names_in_another_order(role.name, source, first.source)
    return found


def _size_text(found: Distributions) -> str:
    rows = "one distribution" if found.n == 1 else f"{found.n} distributions"
    return f"{rows} of {counted(found.c, 'outcome')}"


def tiles(p: Distributions, q: Distributions | None) -> Iterator[tuple[int, Array, Array | None]]:
    """Yield first row, columns of P and columns of Q, a few rows at a time."""
    step = max(1, CELLS // p.c)
    for start in range(0, p.n, step):
        stop = min(start + step, p.n)
        yield start, p.columns(start, stop), None if q is None else q.columns(start, stop)


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
    return f"{place}: {where}, so {SYMBOLS[name]} is infinite; give {small} above 0"
