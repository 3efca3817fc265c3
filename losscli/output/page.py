"""What a table says: the figures of the whole, and, for a pipe, its rows with every digit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from losscli.engine.breakdown.parts import Breakdown
from losscli.engine.result.details import Detail
from losscli.engine.result.objective import Penalty
from losscli.engine.result.result import signature, summary
from losscli.engine.run import Outcome
from losscli.errors import printable
from losscli.losses.declare.role_kind import Layout
from losscli.output.breakdown import Section, lines, sections
from losscli.output.drawing import plain
from losscli.output.rows import gradient_columns
from losscli.output.strict_json import dumped, numbers

GAP = "..."


@dataclass(frozen=True)
class Report:
    """What a table shows: some terms, and the figures of the whole."""

    outcome: Outcome
    details: Sequence[Detail]
    heading: str
    gap_after: int | None
    """After how many rows terms are left out; None where none are, or the rows are the largest."""
    digits: int
    penalty: Penalty | None = None
    breakdown: Breakdown | None = None
    every: bool = False
    """Whether the tables of a breakdown list every class and group."""


def named(report: Report, column: str) -> bool:
    """Return whether a column holds classes, not numbers."""
    problem = report.outcome.problem
    if problem.loss.picks:
        return column in ("target", "prediction")
    return column == "target" and problem.operand(column).kind.layout is not Layout.TERMS


def class_text(report: Report, cls: int) -> str:
    """Return a class by its name or number."""
    return printable(str(report.outcome.problem.class_label(cls)))


def cell_text(report: Report, detail: Detail, column: str, *, full: bool) -> str:
    """Return what a listed term shows of a role: a class, several, or a number."""
    if column == "target" and detail.ignored:
        return "ignored"
    cell = detail.cells[column]
    if isinstance(cell, list):
        text = " ".join(class_text(report, label) for label in cell) or "-"
        return dumped(text) if full and " " in text else text
    if named(report, column):
        text = class_text(report, int(cell))
        return dumped(text) if full and (not text.isprintable() or " " in text) else text
    if full or isinstance(cell, int):
        return repr(cell)
    of = "input" if column == "prediction" else column
    few = report.outcome.problem.operand(of).kind.values
    return f"{cell:g}" if few else shown(cell, report.digits)


def shown(value: float, digits: int) -> str:
    """Return a number with fixed decimals, as a power of ten where those would hide it."""
    if not math.isfinite(value):
        return str(value)
    text = f"{value:.{digits}f}"
    if value and ((digits and float(text) == 0) or abs(value) >= 1e9):
        return f"{value:.{max(digits - 1, 0)}e}"
    return text


def total_lines(report: Report, *, full: bool) -> Iterator[tuple[str, str]]:
    """Yield the figures of the whole as (what, figures)."""
    outcome, partial = report.outcome, report.outcome.partial
    problem, settings = outcome.problem, outcome.problem.settings

    def number(value: float) -> str:
        return repr(value) if full else shown(value, report.digits)

    top, bottom, value = outcome.numerator, outcome.denominator, outcome.value
    divisor = repr(bottom).removesuffix(".0") if full or bottom.is_integer() else number(bottom)
    if settings.divides:
        yield "loss", f"{number(top)} / {divisor} = {number(value)}"
    elif settings.reduction == "sum":
        mean = f"; the mean is {number(top)} / {divisor}" if not problem.loss.length else ""
        yield "loss", f"{number(value)} (the sum{mean})"
    else:
        mean = number(outcome.mean)
        yield "loss", f"one a row; the mean is {number(top)} / {divisor} = {mean}"
    if report.penalty:
        objective = number(report.penalty.objective(value))
        figures_of = f"{number(value)} + {number(report.penalty.value)} = {objective}"
        yield "objective", f"loss + penalty: {figures_of}"
    yield "counted", f"{partial.counted} of {problem.grid.size}, {partial.ignored} ignored"
    figures = summary(outcome)
    if "chance" in figures:
        classes = problem.grid.classes
        yield "chance level", f"log {classes} = {number(figures['chance'])}"
    if "perplexity" in figures:
        yield "perplexity", f"{number(figures['perplexity'])} ({number(figures['bits'])} bits)"
    if "accuracy" in figures:
        yield "accuracy", f"{partial.correct} / {partial.counted} = {number(figures['accuracy'])}"
    if report.breakdown:
        yield from lines(report.breakdown, outcome.mean, number)


def small_tables(report: Report, *, full: bool) -> list[Section]:
    """Return the tables below the figures of the whole."""
    if report.breakdown is None:
        return []

    def number(value: float) -> str:
        return repr(value) if full else shown(value, report.digits)

    return list(sections(report.breakdown, number, every=report.every))


def plain_table(report: Report) -> Iterator[str]:
    """Yield the report as aligned text with every digit, whatever the width."""
    problem = report.outcome.problem
    beside = target_figures(report)
    header = ["index", *problem.loss.columns, *beside, "loss"]
    gradients = report.details[0].gradients if report.details else {}
    for role in gradients:
        header += [printable(name) for name in gradient_columns(problem, role)]
    table = [header]
    for detail in report.details:
        index = ",".join(map(str, problem.grid.index(detail.term))) or "-"
        row = [index]
        row += [cell_text(report, detail, column, full=True) for column in problem.loss.columns]
        row += ["-" if (x := figure(detail)) is None else repr(x) for figure in beside.values()]
        row.append(repr(numbers(_as_array(detail.loss, problem.dtype))[0]))
        for gradient in detail.gradients.values():
            row += [repr(item) for item in numbers(gradient.T.reshape(-1))]
        table.append(row)
    if report.gap_after is not None:
        table.insert(report.gap_after + 1, [GAP] * len(header))
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    yield report.heading + "\n"
    for row in table if report.details else []:
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells) + "\n"
    for what, figures in total_lines(report, full=True):
        yield f"{what}: {figures}\n"
    for section in small_tables(report, full=True):
        yield from plain(section)
    yield signature(problem) + "\n"


def _as_array(value: float, dtype: Any) -> Any:
    import numpy as np

    return np.array([value], dtype)


def target_figures(report: Report) -> dict[str, Callable[[Detail], float | None]]:
    """Return what is said of the target beside its name: p(target) only where an input says it."""
    if not report.outcome.problem.loss.picks:
        return {}
    figures: dict[str, Callable[[Detail], float | None]] = {
        "p(target)": lambda detail: detail.p_target,
        "margin": lambda detail: detail.margin,
    }
    unknown = all(detail.p_target is None for detail in report.details)
    return {"margin": figures["margin"]} if unknown else figures
