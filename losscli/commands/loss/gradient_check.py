"""`--check-grad g.npy`: whether a gradient, from a backward pass, is that of the loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from losscli.commands.loss.agreement import Agreement, Difference
from losscli.engine.block import Block
from losscli.engine.problem.problem import Problem
from losscli.engine.run import Outcome
from losscli.errors import DataError
from losscli.numerics.arrays import Array
from losscli.output.checks import Check
from losscli.output.page import Block as PageBlock
from losscli.output.page import Fact, Facts, Heading, Part
from losscli.output.words import counted
from losscli.readers.source import Source

TOLERANCES = {"float64": 1e-5, "float32": 1e-4, "float16": 5e-3, "bfloat16": 2e-2}
"""Relative, by the type of the file or of the arithmetic, whichever has fewer digits."""
ROUNDINGS = 8
"""So many units in the last place of the largest number are rounding."""
FEWEST = 16
"""Fewer numbers do not show that they were bfloat16."""
Others = Callable[[], Iterator[tuple[str, Array]]]


class GradientCheck:
    """Compares the gradient of one role with a file, block by block."""

    def __init__(
        self, problem: Problem, role: str, source: Source, tolerance: float | None, others: Others
    ) -> None:
        """Take the role and the gradient that is checked; DataError if its shape is another.

        `others` returns gradients that it is mistaken for, in words and whole.
        """
        self._problem, self._source, self._others = problem, source, others
        self.role = role
        self._operand = problem.operand(role)
        self._theirs = self._operand._replace(source=source)
        shape, expected = source.shape, self._operand.source.shape
        if shape != expected:
            turned = len(shape) > 1 and shape == expected[::-1]
            what = "transpose it" if turned else "give one number for each of its numbers"
            raise DataError(
                f"{source.label}: the gradient has shape {shape}, and {role} has {expected}; {what}"
            )
        self._asked = tolerance
        self._factor: float | None = math.nan
        """Their gradient over ours where ours is largest; None once it is not the same for all."""

    def each(self, block: Block) -> None:
        """Take a block."""
        ours = block.gradients[self.role].astype(np.float64)
        theirs = self._theirs.block(block.start, block.stop).astype(np.float64)
        if not block.start:
            self._start(ours, theirs)
        self._agreement.add(ours, theirs)
        with np.errstate(all="ignore"):
            if self._factor is not None:
                self._scaled.add(ours * self._factor, theirs)
            if self._by_row is not None and theirs.size // len(theirs) > 2:
                rows = ours.reshape(len(ours), -1), theirs.reshape(len(ours), -1)
                self._by_row.add(rows[0] * _factors(*rows), rows[1])

    def _start(self, ours: Array, theirs: Array) -> None:
        kinds = [self._source.dtype.name, self._problem.dtype.name]
        kinds = [kind for kind in kinds if kind in TOLERANCES]
        if self._source.dtype == np.float32 and np.count_nonzero(theirs) >= FEWEST:
            # bfloat16 is the upper half of a float32.
            halves = theirs.astype(np.float32).view(np.uint32) & 0xFFFF
            kinds += [] if halves.any() else ["bfloat16"]
        usual = max((TOLERANCES[kind] for kind in kinds), default=TOLERANCES["float64"])
        self.tolerance = usual if self._asked is None else self._asked
        short = self._source.dtype.itemsize < 8 and self._source.dtype.kind == "f"
        short |= self._problem.dtype == np.float32
        self._unit = float(np.finfo(np.float32 if short else np.float64).eps)
        self._least = 0.0
        if self._source.dtype == np.float16:
            self._least = float(np.finfo(np.float16).smallest_subnormal)
        self._agreement = Agreement(self.tolerance)
        factor = float(_factors(ours.reshape(1, -1), theirs.reshape(1, -1)).item())
        self._factor = factor if math.isfinite(factor) else None
        self._scaled = Agreement(self.tolerance)
        self._by_row: Agreement | None = None
        if ours.ndim > 1:
            self._by_row = Agreement(self.tolerance)

    def finish(self, outcome: Outcome) -> None:
        """Judge, when all blocks are there."""
        scale = self._agreement.largest
        if self._operand.kind.name == "logits":
            # A probability less 1 has the rounding error of 1.
            divides = self._problem.settings.divides and outcome.denominator
            scale = max(scale, 1 / outcome.denominator if divides else 1.0)
        self._floor = max(ROUNDINGS * self._unit * scale, self._least)
        self.differing = self._agreement.differing(self._floor)
        self.hint = self._hint(outcome) if self.differing else ""

    def _hint(self, outcome: Outcome) -> str:
        """Return what the gradient is, where that is certain."""
        if self._factor is not None and not self._scaled.differing(self._floor * abs(self._factor)):
            return _words_of(self._factor, self._problem, outcome.denominator)
        # The factor of a row is that of its largest number, so it takes no rounding.
        if self._by_row is not None and self._by_row.size and not self._by_row.differing(0.0):
            return "each sample is multiplied by a factor of its own: is it a weight?"
        whole: Array | None = None
        for words, gradient in self._others():
            whole = self._source.read(0, self._source.shape[0]) if whole is None else whole
            agreement = Agreement(self.tolerance)
            agreement.add(gradient.astype(np.float64), whole.astype(np.float64))
            if not agreement.differing(ROUNDINGS * self._unit * agreement.largest):
                return words
        return ""

    def check(self) -> Check:
        """Return whether it is the gradient."""
        label, size = self._source.label, self._agreement.size
        name, numbers = f"gradient of {self.role}", counted(size, "number")
        found = self._agreement.worst(self._floor)
        if found is None:
            why = f"{label} is the {name}: {numbers} within the tolerance {self.tolerance:g}"
            return Check(name, True, why, 0, 0, label)
        hint = f"{self.hint}; " if self.hint else ""
        # A large number may be further off than this, but within the tolerance.
        furthest = self._agreement.furthest
        if furthest is not None and furthest.relative > self.tolerance:
            found = furthest
        place = self._source.place(self._index(found))
        why = (
            f"{label} is not the {name}: {hint}{self.differing} of {numbers} differ, {place} is "
            f"{found.theirs!r}, not {found.ours!r}"
        )
        return Check(name, False, why, self.differing, 0, label)

    def as_json(self) -> dict[str, Any]:
        """Return what was found."""
        found = {
            "file": self._source.label,
            "tolerance": self.tolerance,
            "numbers": self._agreement.size,
            "differing": self.differing,
            "largest_relative": self._as_json(self._agreement.worst(self._floor)),
            "largest_absolute": self._as_json(self._agreement.furthest),
        }
        return {**found, "hint": self.hint} if self.hint else found

    def blocks(self) -> Iterable[PageBlock]:
        """Return what was found as a part of a page."""
        size, limit = self._agreement.size, f" (relative tolerance {self.tolerance:g})"
        facts = [Fact("differing", f"{self.differing} of {counted(size, 'number')}{limit}")]
        for name, found in (
            ("largest relative difference", self._agreement.worst(self._floor)),
            ("largest absolute difference", self._agreement.furthest),
        ):
            if found is not None:
                share = found.relative if "relative" in name else found.absolute
                at = f" at {self._source.place(self._index(found))}: "
                both: list[Part] = [found.theirs, " in the file, ", found.ours, " here"]
                facts.append(Fact(name, [share, at, *both]))
        facts += [Fact("hint", self.hint)] if self.hint else []
        title = f"gradient of {self.role}, compared with {self._source.label}"
        return (Heading(title, is_part=True), Facts(facts))

    def _as_json(self, found: Difference | None) -> dict[str, Any] | None:
        if found is None:
            return None
        share = {"absolute": found.absolute, "relative": found.relative}
        return {
            "index": self._index(found),
            "file": found.theirs,
            "here": found.ours,
            **share,
        }

    def _index(self, found: Difference) -> list[int]:
        """Return the index in the file of numbers whose index is that of the blocks."""
        index = [int(i) for i in np.unravel_index(found.at, self._operand.shape)]
        if self._operand.order is not None:
            return [index[self._operand.order.index(axis)] for axis in range(len(index))]
        if self._operand.squeeze is not None:
            index.insert(self._operand.squeeze, 0)
        return index


def _factors(ours: Array, theirs: Array) -> Array:
    """Return by what each row of ours was multiplied, seen where it is largest; (rows, 1)."""
    at = np.abs(ours).argmax(axis=1)[:, None]
    with np.errstate(all="ignore"):
        found = np.take_along_axis(theirs, at, 1) / np.take_along_axis(ours, at, 1)
    # A row of zeros has every factor.
    return np.where(np.isnan(found), 1.0, found)


def _words_of(factor: float, problem: Problem, normalizer: float) -> str:
    """Return in words what a gradient is that is `factor` times ours."""

    def near(number: float) -> bool:
        return abs(factor - number) <= 1e-3 * abs(number)

    if factor == 0:
        return "all its numbers are 0"
    if near(-1):
        return "it has the opposite sign"
    mean = problem.settings.divides
    if mean and near(normalizer):
        return f"it is {normalizer:g} times the gradient: that of the sum (-r sum), not of the mean"
    if not mean and near(1 / normalizer):
        return "it is the gradient of the mean (-r mean), not of the sum"
    return f"it is {factor:.6g} times the gradient, everywhere"
