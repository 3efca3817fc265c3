"""The page of a loss: some terms, the figures of all terms, and the tables of its breakdowns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from losscli.commands.loss.gradients import gradient_choices
from losscli.commands.loss.sections import breakdown_blocks, breakdown_facts
from losscli.engine.breakdown.parts import Breakdown
from losscli.engine.problem.problem import Problem
from losscli.engine.result.details import Detail
from losscli.engine.result.objective import Penalty
from losscli.engine.result.result import signature, summary
from losscli.engine.run import Outcome
from losscli.losses.declare.role_kind import Layout
from losscli.output.page import (
    Block,
    Column,
    Fact,
    Facts,
    Form,
    Heading,
    Kind,
    Page,
    Part,
    Phrase,
    Signature,
    Style,
    Table,
)
from losscli.output.strict_json import numbers
from losscli.output.words import counted

WRONG = "✗"


@dataclass(frozen=True)
class Report:
    """The content of a table: some terms, and the figures of all terms."""

    outcome: Outcome
    details: Sequence[Detail]
    gap_after: int | None
    """After how many rows terms are left out; None where none are, or the rows are the largest."""
    top: int | None = None
    """The number of largest losses that was asked for."""
    penalty: Penalty | None = None
    breakdown: Breakdown | None = None
    every: bool = False
    """Whether the tables of a breakdown list every class and group."""


def page_of(report: Report, digits: int | None) -> Page:
    """Return the report as a page."""
    problem = report.outcome.problem
    blocks: list[Block] = [Heading(_heading(problem, report.top))]
    if report.details:
        blocks.append(terms_table(report))
    blocks.append(Facts(list(_totals(report))))
    if report.breakdown:
        blocks += breakdown_blocks(report.breakdown, every=report.every)
    return Page([*blocks, Signature(signature(problem))], digits)


def _heading(problem: Problem, top: int | None) -> str:
    size, classes = problem.grid.size, problem.grid.classes
    unit = "sample" if len(problem.grid.axes) == 1 else "term"
    heading = f"{problem.loss.name}: {counted(size, unit)}"
    if problem.loss.by_class:
        heading += f", {counted(classes, 'class', 'classes')}"
    elif problem.input.order is not None:
        heading += f", {counted(classes, 'number')} each"
    if not top:
        return heading
    count = min(top, size)
    return f"{heading}; the {f'{count} largest losses' if count > 1 else 'largest loss'}"


def terms_table(report: Report) -> Table:
    """Return the table of the listed terms."""
    problem, details = report.outcome.problem, report.details
    indices = [_index(problem.grid.index(detail.term)) for detail in details]
    columns = [Column("index", indices, Kind.INDEX)]
    columns += [_role(report, name) for name in problem.loss.columns]
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
    return Table(columns, gradient_choices(problem, details), report.gap_after, ignored)


def _index(places: Sequence[int]) -> int | str:
    """Return the number of a term, or its numbers on several axes."""
    return places[0] if len(places) == 1 else ",".join(map(str, places)) or "-"


def _shortest(value: float, dtype: Any) -> float:
    """Return the number that the shortest digits of its precision name."""
    return float(numbers(np.array([value], dtype))[0])


def _role(report: Report, name: str) -> Column:
    """Return the column of a role for the listed terms: a class, several, or a number."""
    problem = report.outcome.problem
    cells = [_cell(problem, detail, name) for detail in report.details]
    if not _holds_classes(problem, name):
        of = "input" if name == "prediction" else name
        few = problem.operand(of).kind.values
        return Column(name, cells, form=Form.GENERAL if few else Form.FIXED)
    numbered = [_number(problem, detail, name) for detail in report.details]
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


def _totals(report: Report) -> Iterator[Fact]:
    """Yield the figures of all terms."""
    outcome, partial = report.outcome, report.outcome.partial
    problem, settings = outcome.problem, outcome.problem.settings
    top, value = outcome.numerator, outcome.value
    normalizer = outcome.denominator
    bottom: float = int(normalizer) if normalizer.is_integer() else normalizer
    quotient: list[Part] = [top, " / ", bottom]
    if settings.divides:
        yield Fact("loss", [*quotient, " = ", value], strong=True)
    elif settings.reduction == "sum":
        mean: list[Part] = [] if problem.loss.length else ["; the mean is ", *quotient]
        yield Fact("loss", [value, " (the sum", *mean, ")"], strong=True)
    else:
        per_row: list[Part] = ["one per row; the mean is ", *quotient, " = ", outcome.mean]
        yield Fact("loss", per_row, strong=True)
    if penalty := report.penalty:
        sum_of: list[Part] = [
            "loss + penalty: ",
            value,
            " + ",
            penalty.value,
            " = ",
            penalty.objective(value),
        ]
        yield Fact("objective", sum_of)
    yield Fact("counted", f"{partial.counted} of {problem.grid.size}, {partial.ignored} ignored")
    figures = summary(outcome)
    if "chance" in figures:
        yield Fact("chance level", [f"log {problem.grid.classes} = ", figures["chance"]])
    if "perplexity" in figures:
        yield Fact("perplexity", [figures["perplexity"], " (", figures["bits"], " bits)"])
    if "accuracy" in figures:
        right = f"{partial.correct} / {partial.counted} = "
        yield Fact("accuracy", [right, figures["accuracy"]])
    if report.breakdown:
        yield from breakdown_facts(report.breakdown, outcome.mean)
