"""A case of cross entropy with one row per class: the mean log-probability of that class's terms.

Cross entropy is linear in the log-probabilities. What depends on the labels and the options alone
(class weights, smoothing, what is ignored, how labels are numbered) is therefore the same kernel
on as many rows as there are classes, each weighted by its number of terms. One pass over the data
serves all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.forms import LOG_PROBS, LOGITS, PROBS, read_as
from losscli.engine.arrays import array_source
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.run import Wanted, run
from losscli.losses.transforms import log_softmax
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import times
from losscli.readers.source import ArraySource

LARGEST = 1024
"""Up to this many classes the table of classes by classes is small beside the data."""


class Part(NamedTuple):
    """What the terms of a tile add, by target class, ascending; the ignored ones come last."""

    classes: Array
    log_probs: Array
    """(classes, c)"""
    counts: Array
    weights: Array


class ByClass:
    """Observes a run: sums of log-probabilities, counts and weights of each target class."""

    def __init__(self, problem: Problem, form: str) -> None:
        classes = problem.grid.classes
        self._form = form
        self.log_probs = np.zeros((classes + 1, classes))
        self.counts, self.weights = np.zeros((2, classes + 1))

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Part:  # noqa: ARG002
        """Return the sums of a tile."""
        x = data.input.astype(np.float64, copy=False)
        log_p = log_softmax(x) if self._form == LOGITS else np.log(x) if self._form == PROBS else x
        groups = data.target
        if data.ignored is not None:
            groups = np.where(data.ignored, problem.grid.classes, groups)
        order = np.argsort(groups, kind="stable")
        starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
        counts = np.diff(starts, append=groups.size).astype(np.float64)
        log_p, weights = log_p[:, order], counts
        if data.sample_weight is not None:
            own = np.ldexp(data.sample_weight, -problem.sample_exponent)[order]
            log_p, weights = times(own, log_p), np.add.reduceat(own, starts)
        sums = np.add.reduceat(log_p, starts, axis=1).T
        return Part(groups[order][starts], sums, counts, weights)

    def add(self, part: Part) -> None:
        """Add a tile."""
        with np.errstate(all="ignore"):
            self.log_probs[part.classes] += part.log_probs
            self.counts[part.classes] += part.counts
            self.weights[part.classes] += part.weights


def can_condense(case: Case) -> bool:
    """Return whether a case is cross entropy of class indices, of not too many classes."""
    plain = case.loss.likelihood and not case.adds_to_terms
    return plain and case.has_labels and case.problem.grid.classes <= LARGEST


def condense(case: Case) -> Case:
    """Return a case of one row for each class, and one for the ignored terms."""
    problem = case.problem
    found = ByClass(problem, case.form)
    run(problem, Wanted(notices=False, threads=case.threads, observers=(found,)))
    kept = np.flatnonzero(found.counts)
    weights = found.weights[kept]
    with np.errstate(all="ignore"):
        means = found.log_probs[kept] / weights[:, None]
    means[weights == 0] = 0
    targets = kept + case.settings.label_base
    if problem.ignore_index is not None:
        targets[kept == problem.grid.classes] = problem.ignore_index
    return replace(
        read_as(case, LOG_PROBS).with_settings(dtype="float64", class_axis=None, shift=False),
        sources={
            "input": ArraySource(means, "input", names=problem.names),
            "target": array_source("target", targets),
        },
        sample_weight=array_source("sample_weight", weights),
        counts=found.counts[kept],
        lines=(),
        whole=case,
    )
