"""Per-sample rows: each term with its roles, its loss and its gradient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from losscli.commands.role_cells import given, role_cells
from losscli.engine.block import Block
from losscli.engine.problem.problem import Problem
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.output.encoders import Column, indices


def columns(problem: Problem, roles: Sequence[str]) -> list[str]:
    """Return the column names of per-sample output, with the gradients of some roles."""
    names = ["index", *problem.loss.columns, "loss"]
    for role in roles:
        names += gradient_columns(problem, role)
    return names


def gradient_columns(problem: Problem, role: str) -> list[str]:
    """Return the column names of one role's gradient: one per class, or one."""
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
    left, numbers = Counter(labels), Counter[str]()
    for label in labels:
        name = f"{label}.{numbers[label]}" if numbers[label] else label
        while name in names or (numbers[label] and left[name]):
            numbers[label] += 1
            name = f"{label}.{numbers[label]}"
        names[name] = None
        left[label] -= 1
    return list(names)


def cells(problem: Problem, block: Block, roles: Sequence[str]) -> list[Column]:
    """Return a block's rows as the columns that `columns` names; a gradient has several."""
    grid, terms = problem.grid, given(block.terms).reshape(-1)
    first = block.start * grid.positions
    found: list[Column] = [indices(grid.axes, first, first + terms.size)]
    found += [
        role_cells(problem, name, block.start, block.stop, block.predictions)
        for name in problem.loss.columns
    ]
    found.append(terms)
    found += [by_term(problem, role, block.gradients[role]) for role in roles]
    return found


def by_term(problem: Problem, role: str, gradient: Array) -> Array:
    """Return a block's gradient in the order of its operand, one row of numbers per term."""
    operand = problem.operand(role)
    if operand.order is None:
        return np.repeat(gradient.reshape(-1, 1), operand.repeat, axis=0)
    if operand.kind.layout is Layout.SEQUENCES:
        return gradient.transpose(0, 2, 1).reshape(len(gradient), -1)
    return np.moveaxis(gradient, 1, -1).reshape(-1, problem.grid.classes)
