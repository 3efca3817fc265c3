"""The breakdown that the options ask for: the parts that observe a run."""

from __future__ import annotations

from losscli.commands.loss.options import LossOptions
from losscli.engine.breakdown.classes import ByTarget
from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.breakdown.histogram import BySize
from losscli.engine.breakdown.interval import BySample
from losscli.engine.breakdown.parts import Breakdown
from losscli.engine.problem.problem import Problem
from losscli.readers.class_names import Words
from losscli.readers.source import Source


def breakdown_of(
    problem: Problem, options: LossOptions, groups: Source | None, words: Words
) -> Breakdown:
    """Return the parts that were asked for, before the run."""
    return Breakdown(
        ByTarget(problem) if options.by else None,
        ByGroup(problem, groups, words) if groups is not None else None,
        BySize(problem) if options.hist else None,
        BySample(problem, options.seed or 0, options.threads) if options.ci else None,
    )
