"""Per-sample rows: what each term shows of its roles, its loss and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from losscli.engine.block import Block
from losscli.engine.problem.problem import Problem
from losscli.engine.result.details import labels_of
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.output.lines import Column, indices
from losscli.output.strict_json import numbers


def columns(problem: Problem, roles: Sequence[str]) -> list[str]:
    """Return the column names of per-sample output, with the gradients of some roles."""
    names = ["index", *problem.loss.columns, "loss"]
    for role in roles:
        names += gradient_columns(problem, role)
    return names


def gradient_columns(problem: Problem, role: str) -> list[str]:
    """Return the column names of one role's gradient: one a class, or one."""
    return [f"grad_{role}_{name}".rstrip("_") for name in gradient_names(problem, role)]


def gradient_names(problem: Problem, role: str) -> list[str]:
    """Return what the numbers of one term's gradient are called: its classes, or nothing."""
    layout = problem.operand(role).kind.layout
    if layout is Layout.TERMS:
        return [""]
    names = class_columns(problem)
    if layout is Layout.SEQUENCES:
        return [f"{step}_{name}" for step in range(problem.grid.steps) for name in names]
    return names


def class_columns(problem: Problem) -> list[str]:
    """Return one column name a class; a name that comes again gets a number (`a`, `a.1`)."""
    labels = [str(problem.class_label(i)) for i in range(problem.grid.classes)]
    names: dict[str, None] = {}
    for i, label in enumerate(labels):
        name, number = label, 0
        while name in names or (number and name in labels[i:]):
            number += 1
            name = f"{label}.{number}"
        names[name] = None
    return list(names)


def cells(problem: Problem, block: Block, roles: Sequence[str]) -> list[Column]:
    """Return a block's rows as the columns that `columns` names."""
    grid, terms = problem.grid, given(block.terms).reshape(-1)
    first = block.start * grid.positions
    found: list[Column] = [indices(grid.axes, first, first + terms.size)]
    found += [
        role_cells(problem, name, block.start, block.stop, block.predictions)
        for name in problem.loss.columns
    ]
    found.append(numbers(terms))
    for role in roles:
        found += numbers(by_term(problem, role, block.gradients[role]).T)
    return found


def by_term(problem: Problem, role: str, gradient: Array) -> Array:
    """Return a block's gradient, its axes as its operand has them, a row of numbers a term."""
    operand = problem.operand(role)
    if operand.order is None:
        return np.repeat(gradient.reshape(-1, 1), operand.repeat, axis=0)
    if operand.kind.layout is Layout.SEQUENCES:
        return gradient.transpose(0, 2, 1).reshape(len(gradient), -1)
    return np.moveaxis(gradient, 1, -1).reshape(-1, problem.grid.classes)


def given(values: Array | None) -> Array:
    """Return an array that a run was asked for."""
    if values is None:
        raise TypeError("the run was not asked for it")
    return values


def role_cells(
    problem: Problem, column: str, start: int, stop: int, predictions: Array | None = None
) -> list[Any]:
    """Return what the terms of rows start to stop show of a role, as the file has it."""
    if column == "prediction":
        guesses = given(predictions).reshape(-1)
        return class_cells(problem, guesses) if problem.loss.picks else numbers(guesses)
    operand = problem.operand(column)
    block = np.atleast_1d(operand.block(start, stop))
    if operand.kind.layout is Layout.TERMS and not operand.kind.index:
        return numbers(np.repeat(block.reshape(-1), operand.repeat))
    if not problem.loss.picks:
        return _label_rows(problem, column, start, stop)
    if operand.kind.layout is Layout.CLASSES:
        return class_cells(problem, block.argmax(axis=1).reshape(-1))
    labels = block.reshape(-1).astype(np.int64)
    classes = labels - problem.settings.label_base
    known = (classes >= 0) & (classes < problem.grid.classes)
    found = class_cells(problem, np.where(known, classes, 0))
    # What is ignored may be no class: it stays as the file has it.
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
