"""Warnings about data that look like a mistake: cheap checks of each tile."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

import numpy as np

from losscli.engine.input_checks import (
    FEWEST_ELEMENTS,
    SigmoidFit,
    above_zero,
    are_probabilities,
    are_zeros_and_ones,
    beyond,
    in_unit,
    sigmoid_fit,
    sums_off,
)
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.operands import Operand
from losscli.engine.problem.problem import Problem, TileData
from losscli.errors import call, for_command_line, option
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array

DONE = {"L407": "clipped", "source": "rounded to the nearest float64"}
"""What was done about a finding; with any other code the numbers were computed as given."""
TARGET = "target"
SAME = 1e-6
"""Numbers that differ by no more are alike: 0.05, and what 0.95 lacks of 1."""


class Notice(NamedTuple):
    """A warning: its code, or `source` for a note about a file, and its message."""

    code: str
    message: str


class Span(NamedTuple):
    """The smallest and the largest of some numbers."""

    low: float
    high: float


NO_SPAN = Span(math.inf, -math.inf)


class Tally(NamedTuple):
    """What a check found: the number of terms, the first term, and its value."""

    size: int
    first: int
    value: float


@dataclass
class Notices:
    """The checks of one run; `look` is called from several threads, in any order."""

    found: dict[tuple[str, str], Tally] = field(default_factory=dict)
    applied_twice: bool = False
    """Whether all numbers so far look like probabilities where logits are expected."""
    are_classes: bool = False
    """Whether all numbers so far are 0 or 1 where probabilities or logits are expected."""
    is_enough: bool = False
    """Whether the numbers are too many to be 0 or 1, or in [0, 1], by chance."""
    exchangeable: bool = False
    """Whether the input and the target may hold the same numbers, those in [0, 1]."""
    unsure: Span = NO_SPAN
    """How far the targets are from 0 or 1 where all numbers are: alike for smoothed labels."""
    fit: SigmoidFit = field(default_factory=SigmoidFit)
    """How the targets fit the numbers if these are logits."""
    always: list[Operand] = field(default_factory=list)
    """The operands that are looked at on every tile."""
    _lock: Lock = field(default_factory=Lock)

    def start(self, problem: Problem) -> None:
        """Decide which checks the problem needs."""
        self.is_enough = many = problem.loss.by_class or problem.grid.size >= FEWEST_ELEMENTS
        kind = _kind_name(problem.input, problem)
        self.applied_twice = many and kind == "logits"
        self.exchangeable = _are_exchangeable(problem)
        classes = problem.loss.predicts and kind in ("logits", "probabilities")
        self.are_classes = classes and (many or self.exchangeable)
        self.always = [o for o in problem.operands if _always_checked(o, problem)]

    @property
    def watching(self) -> bool:
        """Whether another tile may add to what is known."""
        return bool(self.always) or self.applied_twice or self.are_classes

    def look(self, problem: Problem, data: TileData, tile: Tile) -> None:
        """Check one tile."""
        if not self.watching:
            return
        for operand in problem.operands:
            values = data.values[operand.role.name]
            if operand.source.dtype in ("i8", "u8") and not operand.kind.is_integer:
                self._note(problem, data, tile, "source", operand, *_rounded_integers(values))
            if operand.kind.slack:
                self._note(problem, data, tile, "L407", operand, *beyond(values, operand.kind))
            form = _kind_name(operand, problem)
            # Both are only ever turned off: a late thread must not turn one on again.
            if operand is problem.input and self.are_classes:
                self.are_classes = are_zeros_and_ones(values)
                if self.are_classes and self.exchangeable:
                    self._look_at_targets(data)
            if form == "logits":
                if self.applied_twice:
                    self._look_at_logits(problem, data, values)
            elif form == "log-probabilities":
                # At a glance: a NaN is not at most 0 either.
                if not np.maximum.reduce(values, axis=None) <= 0:
                    self._note(problem, data, tile, "L104", operand, *above_zero(values))
            elif form.endswith("probabilities") and operand.kind.layout is Layout.CLASSES:
                self._note(problem, data, tile, "L105", operand, *sums_off(values))

    def _look_at_targets(self, data: TileData) -> None:
        target = data.target if data.ignored is None else data.target[..., ~data.ignored]
        unsure = np.minimum(target, 1 - target)
        low, high = unsure.min(initial=math.inf), unsure.max(initial=-math.inf)
        with self._lock:
            self.unsure = Span(min(self.unsure.low, low), max(self.unsure.high, high))

    def _look_at_logits(self, problem: Problem, data: TileData, values: Array) -> None:
        if problem.loss.by_class:
            self.applied_twice = self.applied_twice and are_probabilities(values)
            return
        if not in_unit(values):
            self.applied_twice = False
            return
        with self._lock:
            self.fit += sigmoid_fit(values, data.target)

    def _note(
        self,
        problem: Problem,
        data: TileData,
        tile: Tile,
        code: str,
        operand: Operand,
        bad: Array,
        numbers: Array,
    ) -> None:
        if data.ignored is not None:
            bad = bad & ~data.ignored
        if not bad.any():
            return
        at = int(bad.argmax())
        first_term = problem.grid.term(tile, at)
        new = Tally(int(np.count_nonzero(bad)), first_term, float(numbers[at]))
        key = (code, operand.role.name)
        with self._lock:
            old = self.found.get(key, new._replace(size=0))
            first = min(old, new, key=lambda tally: tally.first)
            self.found[key] = first._replace(size=old.size + new.size)

    def listed(
        self, problem: Problem, spell: Callable[[str], str] = for_command_line
    ) -> list[Notice]:
        """Return the warnings of the whole run in a fixed order, spelled for their reader."""
        return [Notice(code, spell(message)) for code, message in self._found_in(problem)]

    def _found_in(self, problem: Problem) -> Iterator[tuple[str, str]]:
        """Yield the code and the message of each warning."""
        sources = [operand.source for operand in problem.operands]
        sources += problem.weight_sources.values()
        sources += [] if problem.sample_weight is None else [problem.sample_weight]
        for note in dict.fromkeys(note for source in sources for note in source.notes):
            yield "source", note
        label = problem.input.source.label
        lone = problem.grid.classes == 1 and not problem.input.source.of_target
        if problem.loss.by_class and lone:
            yield (
                "L504",
                f"{label}: one column is one class{_single_class_note(problem)}; "
                f"{_single_output_fix(problem)}",
            )
        elif self.are_classes and self.unsure.high - self.unsure.low > SAME:
            yield (
                "L110",
                f"{label}: every number is 0 or 1, as labels are, and those of the target are not: "
                f"{option(problem.input.role.name)} and {option(TARGET)} look swapped; if so, swap "
                "them",
            )
        elif (
            self.are_classes
            and self.is_enough
            and (self.applied_twice or problem.input.kind.name != "logits")
        ):
            yield (
                "L107",
                f"{label}: every number is 0 or 1, so these look like predicted classes, not "
                f"{problem.input.kind.name}; give what the classes were chosen from",
            )
        elif self.applied_twice and problem.loss.by_class:
            yield (
                "L101",
                f"{label}: every row is in [0, 1] and sums to 1, so these look like "
                f"probabilities and softmax is applied twice; if so, {_applied_twice_fix(problem)}",
            )
        elif self.applied_twice and not self.fit.are_logits:
            yield (
                "L103",
                f"{label}: every number is in [0, 1], so these look like probabilities and "
                f"the sigmoid is applied twice; if so, {_applied_twice_fix(problem)}",
            )
        for (code, name), tally in sorted(self.found.items()):
            operand = problem.operand(name)
            where = operand.place(problem.grid.index(tally.first))
            if code == "L105":
                text = f"the {operand.kind.name} sum to {tally.value:.6g}, not to 1"
            elif code == "source":
                text = f"{tally.value:.17g} is an integer of 2**53 or more"
            elif code == "L407":
                text = f"{tally.value!r} is outside {operand.kind.domain} by rounding"
            else:
                text = f"{tally.value:.6g} is above 0, so it is not a log-probability"
            done = DONE.get(code, "computed as given")
            yield code, f"{where}: {text} ({tally.size} of {problem.grid.size}); {done}"


def _are_exchangeable(problem: Problem) -> bool:
    kinds = {operand.role.name: operand.kind for operand in problem.operands}
    first, target = problem.input.kind, kinds.get(TARGET)
    return (
        target is not None
        and (first.low, first.high) == (target.low, target.high) == (0, 1)
        and first.layout is target.layout
    )


def _rounded_integers(values: Array) -> tuple[Array, Array]:
    """Return which integers, (m,), may have been rounded to float64, and the integers."""
    largest = np.abs(values.reshape(-1, values.shape[-1])).max(axis=0)
    return largest >= 2.0**53, largest


def _always_checked(operand: Operand, problem: Problem) -> bool:
    form = _kind_name(operand, problem)
    by_class = operand.kind.layout is Layout.CLASSES
    rounded = operand.source.dtype in ("i8", "u8") and not operand.kind.is_integer
    logs = form == "log-probabilities"
    return (
        rounded or bool(operand.kind.slack) or logs or (by_class and form.endswith("probabilities"))
    )


def _kind_name(operand: Operand, problem: Problem) -> str:
    if operand.kind.layout is Layout.CLASSES and problem.grid.classes == 1:
        return ""
    return operand.kind.name


def _single_class_note(problem: Problem) -> str:
    """Return what a single class means for a loss with a softmax, as part of a sentence."""
    return ", and the loss is 0 whatever it holds" if problem.input.kind.name == "logits" else ""


def _single_output_fix(problem: Problem) -> str:
    """Return what to do if there is one output per sample."""
    other = problem.loss.other_activation
    return f"for one output per sample, use {call(other)}" if other else "give one column per class"


def _applied_twice_fix(problem: Problem) -> str:
    """Return what to do if softmax or sigmoid has already been applied."""
    forms = problem.loss.forms(problem.input.role.name)
    form = next((form for form in forms if form.kind.name == "probabilities"), None)
    return f"use {form.spelled(problem.loss)}" if form else "give the logits"
