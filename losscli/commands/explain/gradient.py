"""The gradient compared with a finite difference: the loss itself, a little to each side."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from losscli.commands.explain.number import UNIT, Number
from losscli.commands.explain.sample import Sample
from losscli.commands.explain.walk import Walk
from losscli.losses.declare.role_kind import Kind

STEPS = (2.0**-16, 2.0**-24, 2.0**-32)
"""For a number around 1: large enough for small rounding errors, small enough for no curvature."""


class Slope(NamedTuple):
    """One number of the gradient: as the walk has it, and as it was measured."""

    role: str
    entry: int | None
    formula: float
    measured: float | None
    """None where the loss is not defined on both sides, or has a kink."""
    sides: tuple[float, float] | None
    """The slopes to the left and the right of a kink."""
    agrees: bool


@dataclass(frozen=True)
class GradientCheck:
    """All numbers that were measured."""

    slopes: tuple[Slope, ...]
    convention: str
    """Why the gradient is not the derivative of the computed loss, if it is a convention."""
    matches_kernel: bool

    @property
    def agrees(self) -> bool:
        """Whether the walk's gradient agrees with the kernel's and with the measured one."""
        return self.matches_kernel and all(slope.agrees for slope in self.slopes)

    @property
    def largest(self) -> float | None:
        """The largest difference of a measured number from the formula's."""
        found = [abs(s.measured - s.formula) for s in self.slopes if s.measured is not None]
        return max(found, default=None)

    @property
    def kinks(self) -> list[Slope]:
        """The numbers at a kink, where one slope of two is the convention."""
        return [slope for slope in self.slopes if slope.sides]


def checked(sample: Sample, walk: Walk) -> GradientCheck:
    """Measure the slopes that the walk shows."""
    slopes = []
    scale = scale_of(sample)
    for operand in sample.problem.operands:
        name = operand.role.name
        if name not in walk.gradients:
            continue
        column = sample.columns[name]
        entries = walk.measured(column.size) if column.ndim else [None]
        for entry in entries:
            formula = walk.gradients[name][entry or 0]
            measured = partial(
                _measured_slope, sample, walk, operand.kind, name, entry, formula, scale
            )
            slopes.append(_agreeing_slope(measured))
    return GradientCheck(tuple(slopes), walk.convention, _matches(sample, walk))


def scale_of(sample: Sample) -> float:
    """Return the factor of this sample's loss in that of the file, but for its weight."""
    if sample.is_ignored:
        return 0.0
    if not sample.problem.settings.divides:
        return 1.0
    normalizer = sample.outcome.denominator * (sample.length or 1.0)
    return 1 / normalizer if normalizer else 0.0


def _matches(sample: Sample, walk: Walk) -> bool:
    """Return whether the walk's gradient is the kernel's, but for rounding."""
    if math.isnan(sample.detail.loss) or walk.is_generic:
        return True
    unit = UNIT if sample.problem.settings.dtype == "float64" else 2.0**-24
    for role, gradient in sample.detail.gradients.items():
        numbers = walk.gradients.get(role, [])
        flat = gradient.reshape(-1).tolist()
        if len(numbers) != len(flat):
            return False
        for own, kernels in zip(numbers, flat, strict=True):
            if not agree(own.value, kernels, 4 * own.error * unit + 16 * unit * abs(kernels)):
                return False
    return True


def agree(one: float, other: float, room: float) -> bool:
    """Return whether two numbers are the same but for `room`; nan agrees with nan."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or (abs(one - other) <= room and math.isfinite(room))


def _agreeing_slope(measured: Callable[[float], Slope]) -> Slope:
    """Return a measured slope; a kink nearby, not at the number itself, needs a smaller step."""
    first = measured(STEPS[0])
    if first.agrees:
        return first
    return next((slope for slope in map(measured, STEPS[1:]) if slope.agrees), first)


def _measured_slope(
    sample: Sample,
    walk: Walk,
    kind: Kind,
    role: str,
    entry: int | None,
    number: Number,
    scale: float,
    share: float,
) -> Slope:
    formula = number.value
    nothing = Slope(role, entry, formula, None, None, True)
    column = sample.columns[role]
    place = () if entry is None else np.unravel_index(entry, column.shape)
    here = float(column[place])
    step = _step(kind, here, share)
    if not step or not math.isfinite(formula) or walk.convention:
        return nothing

    def loss(shift: float) -> float:
        moved = np.array(column)
        if walk.through_softmax:
            # One logit more moves all log-probabilities of its step.
            moved[:, place[1]] -= shift * math.exp(here)
        moved[place] += shift
        columns = {**sample.columns, role: moved}
        return sample.kernel(columns) * scale

    middle = loss(0)
    low, high = loss(-step), loss(step)
    near_low, near_high = loss(-step / 2), loss(step / 2)
    if not all(map(math.isfinite, (low, middle, high, near_low, near_high))):
        return nothing
    wide, near = (high - low) / (2 * step), (near_high - near_low) / step
    best = (4 * near - wide) / 3
    size = abs(walk.loss.bound * scale) if walk.loss else 0.0
    noise = 4 * number.bound + 16 * (size + UNIT * max(abs(low), abs(high))) / step
    bend, near_bend = (
        (high + low - 2 * middle) / step,
        2 * (near_high + near_low - 2 * middle) / step,
    )
    left, right = 2 * (middle - near_low) / step, 2 * (near_high - middle) / step
    room = noise + abs(near - wide) + 1e-6 * max(abs(left), abs(right))
    if abs(near_bend) > 0.75 * abs(bend) and abs(bend) > 2 * room:
        first, last = sorted((left, right))
        agrees = first - room <= formula <= last + room
        return Slope(role, entry, formula, None, (left, right), agrees)
    return Slope(role, entry, formula, best, None, abs(best - formula) <= room)


def _step(kind: Kind, here: float, share: float) -> float:
    """Return the step to each side; 0 at the edge of the domain or if the number is not finite."""
    if not math.isfinite(here):
        return 0.0
    room = max(1.0, abs(here))
    if math.isfinite(kind.low) or math.isfinite(kind.high):
        room = min(room, here - kind.low, kind.high - here)
    if kind.name == "log-probabilities" and here < 0:
        # Losses of 1 - p have a kink where p is 1.
        room = min(room, -here)
    step = share * room
    # The same power of two on both sides, so that both points are exact.
    return 2.0 ** math.floor(math.log2(step)) if step > 0 else 0.0
