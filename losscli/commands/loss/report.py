"""The page of a loss: some terms, the figures of all terms, and the tables of its breakdowns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from losscli.commands.loss.gradients import gradient_choices
from losscli.commands.sections import breakdown_blocks, breakdown_facts
from losscli.commands.terms import heading_of, terms_table
from losscli.engine.breakdown.parts import Breakdown
from losscli.engine.problem.problem import Problem
from losscli.engine.result.details import Detail
from losscli.engine.result.objective import Penalty
from losscli.engine.result.result import signature, summary
from losscli.engine.run import Outcome
from losscli.output.page import (
    Block,
    Fact,
    Facts,
    Heading,
    Page,
    Part,
    Signature,
    Table,
)


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
        blocks.append(shown_terms(report))
    blocks.append(Facts(list(_totals(report))))
    if report.breakdown:
        blocks += breakdown_blocks(report.breakdown, every=report.every)
    return Page([*blocks, Signature(signature(problem))], digits)


def _heading(problem: Problem, top: int | None) -> str:
    heading = heading_of(problem)
    if not top:
        return heading
    count = min(top, problem.grid.size)
    return f"{heading}; the {f'{count} largest losses' if count > 1 else 'largest loss'}"


def shown_terms(report: Report) -> Table:
    """Return the table of the listed terms with their gradients."""
    problem, details = report.outcome.problem, report.details
    return terms_table(problem, details, gradient_choices(problem, details), report.gap_after)


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
