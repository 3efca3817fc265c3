"""The class that a term's input predicts, and whether it is correct."""

from __future__ import annotations

import math

import numpy as np

from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import column_numbers, sum_columns

BYTE = 256
"""Below this, counting classes in bytes does not overflow, and is four times as fast as all()."""
UNDER_LOG_2 = 0.693
"""A loss below it gives the target more than half of the probability."""


def predict(data: TileData) -> Array:
    """Return the class with the largest input, the first of equals; for elements, the input."""
    x = data.input
    prediction: Array = x.argmax(axis=0) if x.ndim == 2 else x
    return prediction


def true_classes(data: TileData) -> Array:
    """Return the target class; for class probabilities, the most probable one."""
    target = data.target
    classes: Array = target.argmax(axis=0) if target.ndim == 2 else target
    return classes


def right_ones(problem: Problem, data: TileData, terms: Array) -> Array:
    """Return the mask of the counted terms with a correct prediction; none with a NaN has one."""
    x, truth = data.input, true_classes(data)
    if problem.plain_nll:
        # A probability above 1/2 is the largest, one below 1/c is not; only the others are
        # compared.
        right = np.asarray(terms < UNDER_LOG_2)
        unsure = np.flatnonzero(right == (terms > 1.001 * math.log(len(x)) + 0.001))
        right[unsure] = _is_largest(_columns(x, unsure), truth[unsure])
    else:
        right = _is_largest(x, truth)
    return right if data.ignored is None else right & ~data.ignored


def _is_largest(x: Array, rows: Array) -> Array:
    """Return where x[rows[j], j] is the largest of column j of x (c, m), the first of equals."""
    own = x[rows, column_numbers(rows.size)]
    # NaN <= own is False.
    below: Array = x <= own
    if below.flags.f_contiguous and len(x) < BYTE:
        largest = np.asarray(sum_columns(below.view(np.uint8)) == len(x))
    else:
        largest = np.asarray(below.all(axis=0))
    # argmax is slow, so it is used for ties only.
    first = np.flatnonzero(largest)
    some = _columns(x, first)
    if np.count_nonzero(some == own[first]) > first.size:
        largest[first] = some.argmax(axis=0) == rows[first]
    return largest


def _columns(x: Array, which: Array) -> Array:
    """Return some columns in the memory layout of x."""
    return x.take(which, 1) if x.flags.c_contiguous else x.T.take(which, 0).T
