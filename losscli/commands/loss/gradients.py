"""The gradient's columns in a table: all of them, the two most important, or one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from losscli.commands.loss.rows import gradient_columns, gradient_names
from losscli.engine.problem.problem import Problem
from losscli.engine.result.details import Detail
from losscli.output.page import Choice, Column, Form, Phrase, Style
from losscli.output.strict_json import numbers

LEAST = 3
"""Columns of a terminal that one number of a gradient takes at the least."""


def gradient_choices(problem: Problem, details: Sequence[Detail]) -> Sequence[Choice]:
    """Return what a table may show of the gradient of each listed term, widest first."""
    if not details[0].gradients:
        return ()
    sizes = sum(gradient.size for gradient in details[0].gradients.values())

    def every() -> Sequence[Column]:
        return _every(problem, details)

    def few() -> Sequence[Column]:
        return _strongest(problem, details) if problem.loss.picks else _norms(details)

    choices = [Choice(LEAST * sizes, every)]
    if problem.grid.classes > 1:
        choices += [Choice(LEAST, few), Choice(LEAST, lambda: few()[:1])]
    return choices


def _column(header: str, cells: Sequence[Phrase], plain: str = "") -> Column:
    return Column(header, cells, form=Form.SCALED, style=Style.ACCENT, plain_header=plain)


def _every(problem: Problem, details: Sequence[Detail]) -> list[Column]:
    """Return one column for each number of the gradient."""
    columns = []
    roles = details[0].gradients
    for role in roles:
        rows = [numbers(detail.gradients[role].T.reshape(-1)) for detail in details]
        names = zip(gradient_names(problem, role), gradient_columns(problem, role), strict=True)
        for i, (name, plain) in enumerate(names):
            header = name if len(roles) == 1 else f"{role} {name}".rstrip()
            columns.append(_column(f"d/d {header or role}", [row[i] for row in rows], plain))
    return columns


def _strongest(problem: Problem, details: Sequence[Detail]) -> list[Column]:
    """Return the gradient where it matters most: at the target and at the strongest other class."""
    own: list[Phrase] = []
    others: list[float] = []
    names: list[str] = []
    for detail in details:
        gradient = next(iter(detail.gradients.values()))
        sizes = np.abs(gradient)
        sizes[detail.target] = -1
        strongest = int(sizes.argmax())
        own.append(float(gradient[detail.target]))
        others.append(float(gradient[strongest]))
        names.append(f" {problem.class_label(strongest)}")
    # As wide as each other, so that the numbers before them are aligned.
    longest = max(map(len, names))
    named: list[Phrase] = [
        [other, name.ljust(longest)] for other, name in zip(others, names, strict=True)
    ]
    return [_column("d/d target", own), _column("d/d strongest other", named)]


def _norms(details: Sequence[Detail]) -> list[Column]:
    """Return the length of each gradient, where its numbers do not fit or have no names."""
    return [
        _column(f"|d/d {role}|", [float(np.linalg.norm(d.gradients[role])) for d in details])
        for role in details[0].gradients
    ]
