"""A case of cross entropy as one row a class: the mean log-probability of that class's terms.

Cross entropy is linear in the log-probabilities. What depends on the labels and the options alone
(class weights, smoothing, what is ignored, how labels are numbered) is therefore the same kernel
on as many rows as there are classes, each weighted by its number of terms. One pass over the data
serves all of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.engine.compute import array_source, checked_options
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import TileData
from losscli.engine.tiles import visited
from losscli.losses.declare.registry import find
from losscli.losses.transforms import log_softmax
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import times

LARGEST = 1024
"""Up to this many classes the table of classes by classes is small beside the data."""


def can_condense(case: Case) -> bool:
    """Return whether a case is cross entropy of class indices, of not too many classes."""
    plain = case.loss.name in ("ce", "nll") and not case.options.get("z_loss")
    return plain and case.has_labels and case.problem.grid.classes <= LARGEST


def condense(case: Case) -> Case:
    """Return a case of one row for each class, and one for what does not count."""
    problem = case.problem
    form = problem.options.get("from_", "log-probs")
    classes = problem.grid.classes

    def visit(data: TileData, tile: Tile) -> tuple[Array, Array, Array, Array]:
        del tile
        x = data.input.astype(np.float64, copy=False)
        log_p = log_softmax(x) if form == "logits" else np.log(x) if form == "probs" else x
        group = (
            data.target if data.ignored is None else np.where(data.ignored, classes, data.target)
        )
        weight = data.sample_weight
        order = np.argsort(group, kind="stable")
        group = group[order]
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        own = group[starts]
        taken = log_p[:, order]
        mass = None
        if weight is not None:
            mass = np.ldexp(weight, -problem.sample_exponent)[order]
            taken = times(mass, taken)
        size = np.diff(starts, append=group.size).astype(np.float64)
        weighed = size if mass is None else np.add.reduceat(mass, starts)
        return own, np.add.reduceat(taken, starts, axis=1).T, size, weighed

    sums = np.zeros((classes + 1, classes))
    counts, masses = np.zeros(classes + 1), np.zeros(classes + 1)
    with np.errstate(all="ignore"):
        for parts in visited(problem, visit, case.threads):
            for own, part, size, weighed in parts:
                sums[own] += part
                counts[own] += size
                masses[own] += weighed
        kept = np.flatnonzero(counts)
        means = np.where(masses[kept, None] == 0, 0, sums[kept] / masses[kept, None])
    targets = kept + case.settings.label_base
    if problem.ignore_index is not None:
        targets[kept == classes] = problem.ignore_index
    options = {name: value for name, value in case.options.items() if name != "from_"}
    cross_entropy = find("ce")
    # Sources that the options name are read as they are; the rest is checked already.
    return case.changed(
        loss=cross_entropy,
        sources={
            "input": _named(case, means),
            "target": array_source("target", targets),
        },
        options={**checked_options(cross_entropy, {}), **options, "from_": "log-probs"},
        sample_weight=array_source("sample_weight", masses[kept]),
        counts=counts[kept],
        whole=case,
    ).with_settings(dtype="float64", class_axis=None, shift=False)


def _named(case: Case, means: Array) -> Any:
    source = array_source("input", means)
    source.names = case.problem.names
    return source
