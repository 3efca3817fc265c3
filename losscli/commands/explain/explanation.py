"""Everything that `loss explain` says about one sample, before it is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from losscli.commands.explain.change import Change
from losscli.commands.explain.generic import walk_without_formulas
from losscli.commands.explain.gradient import GradientCheck, agree, checked
from losscli.commands.explain.naive import Trial, trials
from losscli.commands.explain.number import UNIT, Number, given
from losscli.commands.explain.sample import Sample, sample_of
from losscli.commands.explain.walk import Walk
from losscli.commands.explain.walks import walk_of
from losscli.engine.problem.problem import Problem
from losscli.engine.run import Outcome, Wanted, run

FLOAT32_UNIT = 2.0**-24
FLOAT32_LARGEST = 3.4028234663852886e38


@dataclass(frozen=True)
class Before:
    """The sample as it was before `--set`."""

    changes: Sequence[Change]
    loss: float
    value: float
    gradients: Mapping[str, Any]


@dataclass(frozen=True)
class Explanation:
    """The walk of one sample, compared with the kernel."""

    sample: Sample
    walk: Walk
    check: GradientCheck
    trials: Sequence[Trial]
    before: Before | None = None

    @property
    def problem(self) -> Problem:
        """The problem that the sample belongs to."""
        return self.sample.problem

    @property
    def value(self) -> float:
        """The loss that the walk arrives at."""
        return self.walk.loss.value if self.walk.loss else math.nan

    @property
    def kernel(self) -> float:
        """The loss as the kernel computed it."""
        return self.sample.detail.loss

    @property
    def agrees(self) -> bool:
        """Whether walk and kernel agree up to rounding, on the sample and on the file."""
        walk = self.walk
        if walk.is_generic:
            return True
        if walk.loss is None or not self._agrees(walk.loss, self.kernel):
            return False
        return walk.file_loss is None or self._agrees(walk.file_loss, walk.whole.value)

    def _agrees(self, loss: Number, kernel: float) -> bool:
        if self.problem.settings.dtype == "float64":
            return agree(loss.value, kernel, 4 * loss.bound + 8 * UNIT * abs(kernel))
        if math.isinf(kernel) and abs(loss.value) > FLOAT32_LARGEST:
            return True
        unit = FLOAT32_UNIT
        return agree(loss.value, kernel, 4 * loss.error * unit + 8 * unit * abs(kernel))


def run_of(
    problem: Problem,
    threads: int | None = None,
    progress: Callable[[Outcome, int], None] | None = None,
) -> Outcome:
    """Run a loss over the whole file, keeping what an explanation needs."""
    wanted = Wanted(terms=True, correct=problem.loss.picks, top=1, threads=threads)
    return run(problem, wanted, progress)


def explained(outcome: Outcome, term: int, before: Before | None = None) -> Explanation:
    """Walk one term of a finished run and compare the walk with the kernel."""
    sample = sample_of(outcome, term)
    walk = walked(sample)
    return Explanation(
        sample,
        walk,
        checked(sample, walk),
        trials(walk.fragile, sample.problem.input.source.dtype),
        before,
    )


def walked(sample: Sample) -> Walk:
    """Return the walk of a sample."""
    walk = Walk(sample.whole(), sample.labels(), sample.shown(), sample.target)
    return walk_along(walk, sample, sample.walked_roles())


def walk_along(walk: Walk, sample: Sample, roles: Sequence[Any]) -> Walk:
    """Take the steps of a sample with these numbers in its roles."""
    walk.row, walk.row_names = sample.row(roles), sample.problem.input.source.names
    if sample.is_ignored:
        _ignored(sample, walk)
    elif nans := sample.nans():
        walk.know(x=given(math.nan))
        why = f"{nans} holds nan, so every result that depends on it is nan."
        walk.reduce(walk.one("Not a number", "L = x", why))
    elif own := walk_of(sample.problem.loss.name):
        own(walk, *roles, **sample.walked_options())
    else:
        walk_without_formulas(walk, sample)
    return walk


def _ignored(sample: Sample, walk: Walk) -> None:
    """Walk a term whose target is ignored."""
    index = sample.problem.ignore_index
    why = f"The target is {index}, the --ignore-index, so it does not count in the mean."
    walk.reduce(walk.one("The target is ignored", "L = 0", why), given(0), is_ignored=True)
    for role in sample.detail.gradients:
        walk.gradient(role, "dL/dx_j = 0", "An ignored target has no gradient.")
