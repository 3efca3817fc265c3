"""The parts of a walk: steps, their rows, checks and reasons, and the sums of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from losscli.commands.explain.formula import Formula
from losscli.commands.explain.number import Number

SHOWN = 8
"""The number of rows of a step; the other classes share one."""


class Row(NamedTuple):
    """One line of a step: a name or a formula, how the number came about, the number."""

    label: str | Formula
    result: Number
    cls: int | None = None
    """The class that the row is about: it keeps its color through all steps."""
    answer: str = ""
    """Text in place of the number: which case applies."""
    span: tuple[Number, Number] | None = None
    """The smallest and the largest of several classes in one row, if their sum means nothing."""


class Check(NamedTuple):
    """Something that must hold, and whether it does."""

    formula: Formula
    left: Number
    same: Number
    """1 where both sides are the same but for rounding."""

    @property
    def value(self) -> float:
        """What the left side comes to."""
        return self.left.value

    @property
    def holds(self) -> bool:
        """Whether both sides are the same."""
        return bool(self.same.value)


class Reason(NamedTuple):
    """A line of a derivation."""

    formula: Formula
    why: str


class Grid(NamedTuple):
    """A table of numbers: a row for each state, a column for each step of a sequence."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: Sequence[Sequence[Number]]
    marks: frozenset[tuple[int, int]]
    """The cells, (row, column), of the best path."""


@dataclass(frozen=True)
class Step:
    """One step: a formula, the rows of numbers put into it, and one sentence why."""

    name: str
    formula: Formula | None
    rows: tuple[Row, ...]
    why: str
    bars: bool = False
    """Whether the results are shares of 1, drawn as bars."""
    checks: tuple[Check, ...] = ()
    derivation: tuple[Reason, ...] = ()
    role: str = ""
    """The role that this step gives the gradient of."""
    by_class: bool = False
    grid: Grid | None = None
    only_if: Number | None = None
    """A comparison that must hold for what the step says of its numbers; 1 for this sample."""

    @property
    def formulas(self) -> list[Formula]:
        """The formula of the step, or those of its rows."""
        if self.formula is not None:
            return [self.formula]
        return [row.label for row in self.rows if isinstance(row.label, Formula)]


class Whole(NamedTuple):
    """The input of the reduction over the file: the sums that the loss command prints."""

    reduction: str
    numerator: float
    denominator: float
    value: float
    own: float
    """This sample's part of the numerator, as the kernel computed it."""
    counted: int
    sample_weight: float | None
    length: float | None = None
    """The length that divides this sample's loss before the mean is taken."""
    weight: float | None = None
    """What the sample adds to the denominator; None where a walk adds just that."""

    @property
    def divides(self) -> bool:
        """Whether the reduction is a mean."""
        return self.reduction not in ("sum", "none")
