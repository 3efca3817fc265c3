"""Some terms as a table: target, prediction, p(target), margin and loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from losscli.engine.problem.problem import Problem
from losscli.engine.result.details import Detail
from losscli.losses.declare.role_kind import Layout
from losscli.output.page import Choice, Column, Form, Kind, Phrase, Style, Table
from losscli.output.strict_json import numbers
from losscli.output.words import are, counted

WRONG = "✗"


def heading_of(problem: Problem) -> str:
    """Return a loss with the sizes of its data."""
    heading = f"{problem.loss.name}: {counted(problem.grid.size, noun(problem))}"
    if problem.loss.by_class:
        return f"{heading}, {counted(problem.grid.classes, 'class', 'classes')}"
    if problem.input.order is not None:
        return f"{heading}, {counted(problem.grid.classes, 'number')} each"
    return heading


def noun(problem: Problem) -> str:
    """Return what a term is."""
    return "sample" if len(problem.grid.axes) == 1 else "term"


def left_out(count: int) -> str:
    """Return what a picture says about losses that are not finite."""
    return f"Left out: {counted(count, 'loss', 'losses')} that {are(count)} not finite." * bool(
        count
    )


def terms_table(
    problem: Problem,
    details: Sequence[Detail],
    choices: Sequence[Choice] = (),
    gap_after: int | None = None,
) -> Table:
    """Return the table of some terms; `choices` are further columns, of the gradient."""
    indices = [index_of(problem, detail.term) for detail in details]
    columns = [Column("index", indices, Kind.INDEX)]
    columns += [_role(problem, details, name) for name in problem.loss.columns]
    if problem.loss.picks:
        # A wrong prediction has a mark of its own, so that it shows without color too.
        wrong = [not d.ignored and d.cells["target"] != d.cells["prediction"] for d in details]
        marks = [WRONG if is_wrong else "" for is_wrong in wrong]
        columns.append(Column("", marks, Kind.MARK, style=Style.BAD))
        probabilities = [detail.p_target for detail in details]
        if any(probability is not None for probability in probabilities):
            columns.append(Column("p(target)", probabilities, rank=2, plain_header="p_target"))
        columns.append(Column("margin", [d.margin for d in details], rank=1))
    losses = [_shortest(detail.loss, problem.dtype) for detail in details]
    columns.append(Column("loss", losses, style=Style.STRONG))
    ignored = frozenset(at for at, detail in enumerate(details) if detail.ignored)
    return Table(columns, choices, gap_after, ignored)


def index_of(problem: Problem, term: int) -> int | str:
    """Return the number of a term, or its numbers on several axes."""
    places = problem.grid.index(term)
    return places[0] if len(places) == 1 else ",".join(map(str, places)) or "-"


def _shortest(value: float, dtype: Any) -> float:
    """Return the number that the shortest digits of its precision name."""
    return float(numbers(np.array([value], dtype))[0])


def _role(problem: Problem, details: Sequence[Detail], name: str) -> Column:
    """Return the column of a role for the listed terms: a class, several, or a number."""
    cells = [_cell(problem, detail, name) for detail in details]
    if not _holds_classes(problem, name):
        of = "input" if name == "prediction" else name
        few = problem.operand(of).kind.values
        return Column(name, cells, form=Form.GENERAL if few else Form.FIXED)
    numbered = [_number(problem, detail, name) for detail in details]
    return Column(name, cells, Kind.NAME, numbers=numbered)


def _holds_classes(problem: Problem, column: str) -> bool:
    """Return whether a column holds classes, not numbers."""
    if problem.loss.picks:
        return column in ("target", "prediction")
    return column == "target" and problem.operand(column).kind.layout is not Layout.TERMS


def _cell(problem: Problem, detail: Detail, column: str) -> Phrase:
    if column == "target" and detail.ignored:
        return "ignored"
    cell = detail.cells[column]
    if isinstance(cell, list):
        return " ".join(str(problem.class_label(label)) for label in cell) or "-"
    return problem.class_label(int(cell)) if _holds_classes(problem, column) else cell


def _number(problem: Problem, detail: Detail, column: str) -> str:
    """Return the class's number, where the cell is its name."""
    cell = detail.cells[column]
    if isinstance(cell, list) or not problem.names or (detail.ignored and column == "target"):
        return ""
    return str(int(cell) + problem.settings.label_base)
