"""What a table says: the figures of the whole, and, for a pipe, its rows with every digit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from losscli.details import Detail
from losscli.engine import Outcome
from losscli.errors import printable
from losscli.objective import Penalty
from losscli.result import signature, summary
from losscli.writers import dumped, gradient_columns, numbers

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


def name_of(report: Report, cls: float | int | None) -> str:
    """Return a class by its name, or an element's number."""
    if cls is None:
        return "ignored"
    problem = report.outcome.problem
    if not problem.loss.by_class:
        return shown(float(cls), report.digits)
    return printable(str(problem.class_label(int(cls))))


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
    settings = outcome.problem.settings

    def number(value: float) -> str:
        return repr(value) if full else shown(value, report.digits)

    top, bottom, value = outcome.numerator, outcome.denominator, outcome.value
    divisor = repr(bottom).removesuffix(".0") if full or bottom.is_integer() else number(bottom)
    if settings.reduction == "mean":
        yield "loss", f"{number(top)} / {divisor} = {number(value)}"
    elif settings.reduction == "sum":
        yield "loss", f"{number(value)} (the sum; the mean is {number(top)} / {divisor})"
    else:
        mean = number(partial.numerator.over(partial.denominator))
        yield "loss", f"one a row; the mean is {number(top)} / {divisor} = {mean}"
    if report.penalty:
        objective = number(report.penalty.objective(value))
        figures_of = f"{number(value)} + {number(report.penalty.value)} = {objective}"
        yield "objective", f"loss + penalty: {figures_of}"
    yield "counted", f"{partial.counted} of {outcome.problem.grid.size}, {partial.ignored} ignored"
    figures = summary(outcome)
    if "chance" in figures:
        classes = outcome.problem.grid.classes
        yield "chance level", f"log {classes} = {number(figures['chance'])}"
    if "perplexity" in figures:
        yield "perplexity", number(figures["perplexity"])
    if "accuracy" in figures:
        yield "accuracy", f"{partial.correct} / {partial.counted} = {number(figures['accuracy'])}"


def plain_table(report: Report) -> Iterator[str]:
    """Yield the report as aligned text with every digit, whatever the width."""
    problem = report.outcome.problem
    by_class = problem.loss.by_class
    header = ["index", "target", "prediction", *(["p(target)", "margin"] if by_class else [])]
    header.append("loss")
    gradients = report.details[0].gradients if report.details else {}
    for role in gradients:
        header += [printable(name) for name in gradient_columns(problem, role)]
    table = [header]
    for detail in report.details:
        index = ",".join(map(str, problem.grid.index(detail.term))) or "-"
        row = [index, _full(report, detail.target), _full(report, detail.prediction)]
        if by_class:
            row += ["-" if x is None else repr(x) for x in (detail.p_target, detail.margin)]
        row.append(repr(numbers(_as_array(detail.loss, problem.dtype))[0]))
        for gradient in detail.gradients.values():
            row += [repr(item) for item in numbers(gradient.reshape(-1))]
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
    yield signature(problem) + "\n"


def _as_array(value: float, dtype: Any) -> Any:
    import numpy as np

    return np.array([value], dtype)


def _full(report: Report, value: float | int | None) -> str:
    if value is None or report.outcome.problem.loss.by_class:
        text = name_of(report, value)
        return text if text.isprintable() and " " not in text else dumped(text)
    return repr(value)
