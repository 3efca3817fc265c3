"""The explained term: its index, its numbers, and its place in the file."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from losscli.commands.explain.number import Number, given
from losscli.commands.explain.step import SHOWN, Whole
from losscli.engine.formula import terms_of
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.result.details import Detail, details
from losscli.engine.run import Outcome
from losscli.errors import UsageError, printable, show
from losscli.losses.declare.options import Extent, array_extent
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array


@dataclass(frozen=True)
class Sample:
    """One term of a run, read again: its numbers in float64, and the kernel's results."""

    outcome: Outcome
    term: int
    data: TileData
    """The tile that the term lies in."""
    at: int
    """Its index in the tile."""

    @property
    def problem(self) -> Problem:
        """The problem that the term belongs to."""
        return self.outcome.problem

    @property
    def index(self) -> tuple[int, ...]:
        """The index of the term, (i,) or (i, j, ...)."""
        return self.problem.grid.index(self.term)

    @property
    def place(self) -> str:
        """File and line of the input."""
        return printable(self.problem.input.place(self.index))

    @property
    def is_ignored(self) -> bool:
        """Whether the target is the ignored one."""
        return self.data.ignored is not None and bool(self.data.ignored[self.at])

    @cached_property
    def detail(self) -> Detail:
        """The kernel's results for the term: loss, prediction, gradient, to the last bit."""
        (found,) = details(self.problem, [self.term], grad=True, normalizer=self.outcome.normalizer)
        return found

    @cached_property
    def columns(self) -> dict[str, Array]:
        """The numbers of each role, (c,) or (), in float64; labels and lengths as integers."""
        return {
            name: values[..., self.at]
            if self.problem.operand(name).kind.is_integer
            else values[..., self.at].astype(np.float64)
            for name, values in self.data.values.items()
        }

    @cached_property
    def options(self) -> dict[str, Any]:
        """The options of the loss for this term; array options in the units of the data."""
        options: dict[str, Any] = {}
        for option in self.problem.loss.options:
            value = self.problem.options[option.name]
            extent = array_extent(option)
            if extent and value is not None:
                array = np.asarray(self.data.options[option.name], np.float64)
                if extent is Extent.TERM and array.ndim:
                    array = array[self.at]
                value = np.ldexp(array, -self.problem.class_exponent)
            options[option.name] = value
        return options

    @property
    def weight(self) -> float | None:
        """The weight of the sample, where there are any."""
        if self.data.sample_weight is None:
            return None
        return float(np.ldexp(self.data.sample_weight[self.at], -self.problem.sample_exponent))

    @property
    def length(self) -> float | None:
        """The length that divides the loss before the mean is taken, if there is one."""
        if self.data.length is None or not self.problem.settings.divides:
            return None
        return float(self.data.length[self.at])

    @property
    def target(self) -> int | None:
        """The target's class, of class probabilities the most probable; None for elements."""
        return self.detail.target if self.problem.loss.picks and not self.is_ignored else None

    @property
    def prediction(self) -> int | None:
        """The class with the largest input; None for elements."""
        cell = self.detail.cells.get("prediction")
        return int(cell) if self.problem.loss.picks and isinstance(cell, int) else None

    def kernel(self, columns: dict[str, Array]) -> float:
        """Return the kernel's loss for other numbers in place of this term's."""
        loss, _ = self.computed(columns)
        return loss * (1.0 if self.weight is None else self.weight)

    def computed(
        self, columns: dict[str, Array], *, grad: bool = False
    ) -> tuple[float, dict[str, Array]]:
        """Return the loss for these numbers, without its weight, and its derivatives."""
        roles = {name: column[..., None] for name, column in columns.items()}
        options = {
            name: value.reshape(-1) if isinstance(value, np.ndarray) else value
            for name, value in self.options.items()
        }
        with np.errstate(all="ignore"):
            terms, gradients = terms_of(self.problem.loss, roles, options, grad=grad)
        return float(terms[0]), {role: gradient[..., 0] for role, gradient in gradients.items()}

    def whole(self) -> Whole:
        """Return the sums of the file that the sample is part of."""
        outcome = self.outcome
        return Whole(
            self.problem.settings.reduction,
            outcome.numerator,
            outcome.denominator,
            outcome.value,
            self.detail.loss,
            outcome.partial.counted,
            self.weight,
            self.length,
        )

    def row(self, roles: Sequence[Any]) -> dict[str, list[Number]]:
        """Return the numbers beside a single one: the roles' last axis, where there is one.

        Its own numbers are those of `roles`.
        """
        axes = self.problem.grid.axes
        if self.problem.loss.layout is not Layout.TERMS or len(axes) < 2:
            return {}
        start = self.index[0]
        rows = {}
        for operand, own in zip(self.problem.operands, roles, strict=True):
            if operand.repeat == 1:
                row = operand.block(start, start + 1)[(0, *self.index[1:-1])].astype(np.float64)
                rows[operand.role.name] = [given(number) for number in row.tolist()]
                rows[operand.role.name][self.index[-1]] = given(own)
        return rows

    def nans(self) -> str:
        """Return the first place of a role that holds nan; nothing where none does."""
        for operand in self.problem.operands:
            column = self.columns[operand.role.name]
            bad = np.isnan(column)
            if bad.any():
                inner = [int(i) for i in np.argwhere(bad)[0]]
                return printable(operand.place(self.index, inner))
        return ""

    def labels(self) -> list[str]:
        """Return the names of the classes, or `class 0` and so on."""
        problem = self.problem
        if problem.loss.layout is Layout.VECTORS:
            return [f"entry {i}" for i in range(problem.grid.classes)]
        if not problem.loss.by_class:
            return [""]
        names = [problem.class_label(i) for i in range(problem.grid.classes)]
        return [printable(name) if isinstance(name, str) else f"class {name}" for name in names]

    def shown(self) -> list[int]:
        """Return the classes with a row of their own: target, prediction, the largest few."""
        problem = self.problem
        classes = problem.grid.classes
        if classes <= SHOWN:
            return list(range(classes))
        if problem.loss.layout is not Layout.CLASSES:
            return list(range(SHOWN - 1))
        x = np.nan_to_num(self.columns[problem.input.role.name], nan=math.inf)
        first = [cls for cls in (self.target, self.prediction) if cls is not None]
        order = [*first, *np.argsort(-x, kind="stable").tolist()]
        return [int(j) for j in dict.fromkeys(order)][: SHOWN - 1]

    def walked_roles(self) -> list[Any]:
        """Return the roles as a walk takes them: numbers, lists of them, labels as integers."""
        return [
            column.tolist()
            if self.problem.operand(name).kind.is_integer
            else _walk_numbers(column.tolist())
            for name, column in self.columns.items()
        ]

    def walked_options(self) -> dict[str, Any]:
        """Return the options as a walk takes them."""
        options: dict[str, Any] = {}
        for name, value in self.options.items():
            if isinstance(value, np.ndarray):
                per_class = value.ndim and value.size == self.problem.grid.classes
                by_class = per_class and self.problem.loss.by_class
                flat = [given(x) for x in value.reshape(-1).tolist()]
                options[name] = flat if by_class else flat[0]
            elif isinstance(value, float):
                options[name] = given(value)
            else:
                options[name] = value
        return options


def _walk_numbers(numbers: Any) -> Any:
    return (
        [_walk_numbers(inner) for inner in numbers] if isinstance(numbers, list) else given(numbers)
    )


def sample_of(outcome: Outcome, term: int) -> Sample:
    """Read one term of a finished run again."""
    return Sample(outcome, term, *outcome.problem.term(term))


def chosen_term(outcome: Outcome, text: str | None) -> int:
    """Return the flat index of `--sample I` or `I,J`; of the largest loss where none is given."""
    axes = outcome.problem.grid.axes
    if text is None:
        return next(term for _, term in outcome.partial.top)
    what = "an index" if len(axes) < 2 else f"{len(axes)} indices like {','.join('0' * len(axes))}"
    if not re.fullmatch(r"\d+(,\d+)*", text) or len(text.split(",")) != max(1, len(axes)):
        raise UsageError(f"--sample: {show(text)} is not {what}; samples are counted from 0")
    index = [int(part) for part in text.split(",")]
    for i, size in zip(index, axes or (1,), strict=True):
        if i >= size:
            raise UsageError(f"--sample: {i} is not in 0..{size - 1}; give one of these")
    return int(np.ravel_multi_index(index, axes)) if axes else 0
