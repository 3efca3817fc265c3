"""What looks at every block of a run besides its outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from losscli.commands.baseline import Baseline
from losscli.engine.problem.problem import Problem
from losscli.engine.result.result import signature

if TYPE_CHECKING:
    from losscli.engine.block import Block
    from losscli.engine.run import Outcome
    from losscli.output.checks import Check
    from losscli.output.page import Block as PageBlock


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


def watched(problem: Problem, baseline: Baseline) -> list[Watcher]:
    """Return what compares the samples of a run with those of a baseline, if it has any.

    DataError for a baseline of another computation, before it is repeated.
    """
    baseline.require_same(signature(problem))
    if baseline.terms is None:
        return []
    from losscli.commands.loss.sample_changes import SampleChanges

    return [SampleChanges(problem, baseline)]
