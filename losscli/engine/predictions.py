"""Which class a term's input picks, and whether it is the right one."""

from __future__ import annotations

import math

import numpy as np

from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import column_numbers, sum_columns

BYTE = 256
"""So many classes are counted in one byte each without a carry, four times as fast as all()."""
UNDER_LOG_2 = 0.693
"""A loss below it leaves the target more than half of the probability."""


def predict(data: TileData) -> Array:
    """Return the class with the largest input, the first of equals; an element's own value else."""
    x = data.input
    prediction: Array = x.argmax(axis=0) if x.ndim == 2 else x
    return prediction


def true_classes(data: TileData) -> Array:
    """Return the target class; of class probabilities the most probable."""
    target = data.target
    classes: Array = target.argmax(axis=0) if target.ndim == 2 else target
    return classes


def right_ones(problem: Problem, data: TileData, terms: Array) -> Array:
    """Return the mask of the counted terms that are predicted right; none with a NaN is."""
    x, truth = data.input, true_classes(data)
    if problem.plain_nll:
        # A probability above 1/2 is the largest and one below 1/c is not: the others are compared.
        right = np.asarray(terms < UNDER_LOG_2)
        unsure = np.flatnonzero(right == (terms > 1.001 * math.log(len(x)) + 0.001))
        right[unsure] = _is_largest(_columns(x, unsure), truth[unsure])
    else:
        right = _is_largest(x, truth)
    return right if data.ignored is None else right & ~data.ignored


def _is_largest(x: Array, rows: Array) -> Array:
    """Return where x (c, m) at a row for each column is the largest, the first of equals."""
    own = x[rows, column_numbers(rows.size)]
    # A NaN is not less than anything.
    below: Array = x <= own
    if below.flags.f_contiguous and len(x) < BYTE:
        largest = np.asarray(sum_columns(below.view(np.uint8)) == len(x))
    else:
        largest = np.asarray(below.all(axis=0))
    # The place of the largest is slow to find: for ties only.
    first = np.flatnonzero(largest)
    some = _columns(x, first)
    if np.count_nonzero(some == own[first]) > first.size:
        largest[first] = some.argmax(axis=0) == rows[first]
    return largest


def _columns(x: Array, which: Array) -> Array:
    """Return some columns, laid out in memory as all are."""
    return x.take(which, 1) if x.flags.c_contiguous else x.T.take(which, 0).T
