"""Per-sample rows: what each term shows of its roles, its loss and its gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.block import Block
from losscli.details import labels_of
from losscli.kind import Layout
from losscli.problem import Problem
from losscli.strict_json import numbers

Array = NDArray[Any]


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


def rows(problem: Problem, block: Block, roles: Sequence[str]) -> Iterator[list[Any]]:
    """Yield a block's rows: index, what is shown of the roles, loss, the gradient's numbers."""
    grid = problem.grid
    names = problem.loss.columns
    cells = [
        role_cells(problem, name, block.start, block.stop, block.predictions) for name in names
    ]
    losses = numbers(given(block.terms).reshape(-1))
    slopes = [numbers(by_term(problem, role, block.gradients[role])) for role in roles]
    for i, value in enumerate(losses):
        at = grid.index(block.start * grid.positions + i)
        index = at[0] if len(at) == 1 else ",".join(map(str, at))
        own = (column[i] for column in cells)
        yield [index, *own, value, *(item for part in slopes for item in part[i])]


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
        guesses = numbers(given(predictions).reshape(-1))
        return [problem.class_label(g) for g in guesses] if problem.loss.picks else guesses
    operand = problem.operand(column)
    block = np.atleast_1d(operand.block(start, stop))
    if operand.kind.layout is Layout.TERMS and not operand.kind.index:
        return numbers(np.repeat(block.reshape(-1), operand.repeat))
    if not problem.loss.picks:
        return _label_rows(problem, column, start, stop)
    if operand.kind.layout is Layout.CLASSES:
        block = block.argmax(axis=1)
    base = problem.settings.label_base if operand.kind.index else 0
    classes = range(problem.grid.classes)
    # What is ignored may be no class: it stays as the file has it.
    return [
        problem.class_label(int(label) - base) if int(label) - base in classes else int(label)
        for label in block.reshape(-1).tolist()
    ]


def _label_rows(problem: Problem, column: str, start: int, stop: int) -> list[list[str | int]]:
    """Return the labels of each term of rows start to stop."""
    blocks, layout = problem.read(start, stop), problem.operand(column).kind.layout
    found = []
    for tile in problem.grid.tiles(start, stop):
        rows = problem.tile(blocks, tile, start).values[column].T
        found += [[problem.class_label(label) for label in labels_of(row, layout)] for row in rows]
    return found
