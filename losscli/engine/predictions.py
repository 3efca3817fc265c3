"""The class that a term's input predicts, and whether it is correct."""

from __future__ import annotations

import math

import numpy as np

from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array
from losscli.numerics.entries import Entries

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
        # A probability above 1/2 is the largest, one below 1/c is not.
        right = np.asarray(terms < UNDER_LOG_2)
        most = 1.001 * math.log(len(x)) + 0.001
        unsure = np.flatnonzero(right == (terms > most))
    else:
        right = np.zeros(terms.shape, bool)
        unsure = np.arange(terms.size)
    if unsure.size:
        some = x.take(unsure, 1) if x.flags.c_contiguous else x.T.take(unsure, 0).T
        right[unsure] = _are_largest(some, truth[unsure])
    return right if data.ignored is None else right & ~data.ignored


def _are_largest(x: Array, rows: Array) -> Array:
    """Return where x[rows[j], j] is the largest of column j of x (c, m), the first of equals."""
    own = Entries(rows, len(x)).of(x)
    # NaN == NaN is False.
    largest = np.asarray(own == x.max(axis=0))
    # argmax is slow, so it is used for ties only.
    if np.count_nonzero(x == np.where(largest, own, np.nan)) > np.count_nonzero(largest):
        largest[largest] = x[:, largest].argmax(axis=0) == rows[largest]
    return largest
