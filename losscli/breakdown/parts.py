"""What was asked for of a breakdown, put together for one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from losscli.breakdown.classes import ByTarget
from losscli.breakdown.flags import BreakdownFlags
from losscli.breakdown.groups import ByGroup
from losscli.breakdown.histogram import BySize
from losscli.breakdown.interval import BySample
from losscli.engine import Observer
from losscli.problem import Problem
from losscli.readers.class_names import Words
from losscli.readers.source import Source


@dataclass(frozen=True)
class Breakdown:
    """The parts that watch a run; None for what nobody asked for."""

    by_target: ByTarget | None
    by_group: ByGroup | None
    by_size: BySize | None
    by_sample: BySample | None

    @property
    def observers(self) -> tuple[Observer, ...]:
        """The parts that are there."""
        parts = (self.by_target, self.by_group, self.by_size, self.by_sample)
        return tuple(part for part in parts if part is not None)

    def as_json(self) -> dict[str, Any]:
        """Return the parts as JSON has them, by key."""
        found: dict[str, Any] = {}
        if self.by_target:
            found["by"] = {"target": self.by_target.as_json()}
        if self.by_group:
            found["groups"] = self.by_group.as_json()
        if self.by_size:
            found["hist"] = self.by_size.as_json()
        if self.by_sample:
            found["ci"] = self.by_sample.as_json()
        return found


def breakdown_of(
    problem: Problem,
    flags: BreakdownFlags,
    groups: Source | None,
    words: Words,
    threads: int | None,
) -> Breakdown:
    """Return the parts that were asked for, before the run."""
    return Breakdown(
        ByTarget(problem) if flags.by else None,
        ByGroup(problem, groups, words) if groups is not None else None,
        BySize(problem) if flags.hist else None,
        BySample(problem, flags.seed or 0, threads) if flags.ci else None,
    )
