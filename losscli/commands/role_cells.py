"""The cells of a role in rows: classes by name or number, numbers as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from losscli.engine.problem.problem import Problem
from losscli.engine.result.details import labels_of
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.output.encoders import Column


def given(values: Array | None) -> Array:
    """Return an array that a run was asked for."""
    if values is None:
        raise TypeError("the run was not asked for it")
    return values


def role_cells(
    problem: Problem, column: str, start: int, stop: int, predictions: Array | None = None
) -> Column:
    """Return what the terms of rows start to stop show of a role, as the file has it."""
    if column == "prediction":
        guesses = given(predictions).reshape(-1)
        return class_cells(problem, guesses) if problem.loss.picks else guesses
    operand = problem.operand(column)
    block = np.atleast_1d(operand.block(start, stop))
    if operand.kind.layout is Layout.TERMS and not operand.kind.index:
        return np.repeat(block.reshape(-1), operand.repeat)
    if not problem.loss.picks:
        return _label_rows(problem, column, start, stop)
    if operand.kind.layout is Layout.CLASSES:
        return class_cells(problem, block.argmax(axis=1).reshape(-1))
    labels = block.reshape(-1)
    # A label beyond int64, which is ignored, wraps to a negative number.
    classes = labels.astype(np.int64) - problem.settings.label_base
    known = (classes >= 0) & (classes < problem.grid.classes)
    found = class_cells(problem, np.where(known, classes, 0))
    # An ignored label may not be a class: it stays as the file has it.
    for i in np.flatnonzero(~known).tolist():
        found[i] = int(labels[i])
    return found


def class_cells(problem: Problem, classes: Array) -> list[Any]:
    """Return classes by their names, or by their numbers as the file numbers them."""
    if problem.names:
        return [problem.names[i] for i in classes.tolist()]
    return (classes + problem.settings.label_base).tolist()  # type: ignore[no-any-return]


def _label_rows(problem: Problem, column: str, start: int, stop: int) -> list[list[str | int]]:
    """Return the labels of each term of rows start to stop."""
    blocks, layout = problem.read(start, stop), problem.operand(column).kind.layout
    found = []
    for tile in problem.grid.tiles(start, stop):
        rows = problem.tile(blocks, tile, start).values[column].T
        found += [[problem.class_label(label) for label in labels_of(row, layout)] for row in rows]
    return found
