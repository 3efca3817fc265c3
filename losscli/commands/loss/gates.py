"""The figures of a loss that `--check` may name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from losscli.commands.checking import Subject, flat
from losscli.commands.loss.as_json import figures_as_json, penalty_as_json
from losscli.commands.loss.options import LossOptions
from losscli.commands.loss.sample_changes import SampleChanges
from losscli.commands.signatures import flag
from losscli.engine.problem.problem import Problem
from losscli.engine.result.result import signature
from losscli.errors import UsageError, show
from losscli.losses.declare.registry import Loss

if TYPE_CHECKING:
    from losscli.commands.baseline import Baseline
    from losscli.commands.gates import Gates
    from losscli.engine.block import Block
    from losscli.engine.breakdown.parts import Breakdown
    from losscli.engine.result.objective import Penalty
    from losscli.engine.run import Outcome
    from losscli.output.checks import Check
    from losscli.output.page import Block as PageBlock

OPTIONS = {"objective": "--params and --l2", "by": "--by target"}
"""What to type for a figure, where it is not the option of that name."""


class Watcher(Protocol):
    """What looks at every block of a run, in order, and says what it found."""

    terms: bool
    """Whether it needs the terms."""
    gradient: bool
    """Whether it needs the gradients."""

    def each(self, block: Block) -> None:
        """Take a block."""
        ...

    def finish(self, outcome: Outcome) -> None:
        """Take the finished run."""
        ...

    def checks(self, file: str) -> Iterable[Check]:
        """Return what it checked, after the last block; `file` is that of the input."""
        ...

    def blocks(self) -> Iterable[PageBlock]:
        """Return its part of a page."""
        ...

    def as_json(self) -> dict[str, Any]:
        """Return its members of JSON."""
        ...


def figures_of(
    outcome: Outcome, penalty: Penalty | None, breakdown: Breakdown | None
) -> dict[str, float]:
    """Return every number of the first level of JSON, and of its breakdowns."""
    found = figures_as_json(outcome)
    if penalty:
        found["objective"] = penalty_as_json(outcome, penalty)
    return flat({**found, **(breakdown.as_json() if breakdown else {})})


def require_possible(gates: Gates | None, loss: Loss, options: LossOptions) -> None:
    """Refuse a condition on a figure that this loss never has, before a file is read."""
    conditions = gates.conditions if gates else ()
    none = options.reduction == "none"
    reduced = () if none else ("loss", "numerator", "denominator")
    likelihood = ("chance", "perplexity", "bits") if loss.likelihood else ()
    picked = (*likelihood, "accuracy") if loss.picks else ()
    asked = {
        "objective": options.params,
        "by": options.by,
        "groups": options.groups,
        "hist": options.hist,
        "ci": options.ci,
    }
    for condition in conditions:
        figure = condition.figure
        if not asked.get(root := figure.partition(".")[0], True):
            needed = OPTIONS.get(root, flag(root))
            raise UsageError(f"--check: {show(figure)} needs {needed}; give it, too")
    known = [*reduced, "count", "ignored", *picked, *(name for name, on in asked.items() if on)]
    name = f"{loss.name} -r none" if none else loss.name
    Subject(name, dict.fromkeys(known, 0.0)).require(conditions, roots=True)


def watched(problem: Problem, baseline: Baseline) -> list[Watcher]:
    """Return what compares the samples of a run with those of a baseline, if it has any.

    DataError for a baseline of another computation, before it is repeated.
    """
    baseline.require_same(signature(problem))
    return [] if baseline.terms is None else [SampleChanges(problem, baseline)]
