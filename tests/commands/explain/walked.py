"""Explaining a drawn case: the same path as the command's, from arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from losscli.commands.explain.explanation import Explanation, explained, run_of
from losscli.contract.cases import Case
from losscli.engine.arrays import array_source
from losscli.engine.compute import checked_options
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.settings import Settings
from losscli.engine.run import Outcome


def outcome_of(case: Case, **settings: Any) -> Outcome:
    """Run a case as `loss explain` does; `sample_weight` may be among the settings."""
    loss = case.variant.loss
    weight = settings.pop("sample_weight", None)
    sources = {name: array_source(name, values) for name, values in case.roles.items()}
    weights = None if weight is None else array_source("sample_weight", weight)
    problem = prepare(
        loss, sources, checked_options(loss, case.options), Settings(**settings), weights
    )
    with np.errstate(all="ignore"):
        return run_of(problem)


def explain(case: Case, term: int, **settings: Any) -> Explanation:
    """Walk one term of a case."""
    return explained(outcome_of(case, **settings), term)
