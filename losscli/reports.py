"""Tables for people: one content, drawn by rich on a terminal and as full-digit text in a pipe."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from losscli.details import Detail
from losscli.engine import Outcome
from losscli.objective import Penalty
from losscli.result import signature, summary
from losscli.writers import dumped, numbers

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

GAP = "..."


@dataclass(frozen=True)
class Report:
    """What a table shows: some terms, and the figures of the whole."""

    outcome: Outcome
    details: Sequence[Detail]
    heading: str
    gap_after: int | None
    """After how many rows terms are left out; None where they are not consecutive."""
    digits: int
    penalty: Penalty | None = None


def name_of(report: Report, cls: float | int | None) -> str:
    """Return a class by its name, or an element's number."""
    if cls is None:
        return "ignored"
    problem = report.outcome.problem
    if not problem.loss.by_class:
        return shown(float(cls), report.digits)
    return problem.names[int(cls)] if problem.names else str(int(cls))


def shown(value: float, digits: int) -> str:
    """Return a number with fixed decimals, as a power of ten where those would hide it."""
    if not math.isfinite(value):
        return str(value)
    text = f"{value:.{digits}f}"
    if value and (float(text) == 0 or abs(value) >= 1e9):
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
    if report.penalty:
        objective = number(report.penalty.objective(value))
        figures_of = f"{number(value)} + {number(report.penalty.value)} = {objective}"
        yield "objective", f"loss + penalty: {figures_of}"
    yield "counted", f"{partial.counted} of {outcome.problem.grid.size}, {partial.ignored} ignored"
    figures = summary(outcome)
    if "chance" in figures:
        classes = outcome.problem.grid.classes
        yield "chance level", f"log {classes} = {number(figures['chance'])}"
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
    for role, gradient in gradients.items():
        names = (problem.names or range(problem.grid.classes)) if gradient.ndim else [""]
        header += [f"grad_{role}_{name}".rstrip("_") for name in names]
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


def terminal_table(report: Report) -> str:
    """Return the report as a terminal shows it, as wide as it is, from 60 columns on."""
    from rich.console import Console

    console = Console(highlight=False)
    table = _rich_table(report, console.width)
    with console.capture() as captured:
        console.print(_text(report.heading, "bold"))
        if report.details:
            console.print(table)
        _print_totals(report, console)
    return captured.get()


def _print_totals(report: Report, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    totals = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    totals.add_column(style="dim", no_wrap=True)
    totals.add_column(overflow="fold")
    for what, figures in total_lines(report, full=False):
        totals.add_row(Text(what), Text(figures, style="bold" if what == "loss" else ""))
    console.print(totals)
    console.print(_text(signature(report.outcome.problem), "dim"), overflow="fold")


def _text(words: str, style: str) -> Any:
    from rich.text import Text

    return Text(words, style=style)


def _rich_table(report: Report, width: int) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    problem = report.outcome.problem
    by_class = problem.loss.by_class
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("sample" if len(problem.grid.axes) == 1 else "index", justify="right")
    for header in ("target", "prediction"):
        table.add_column(
            header, justify="left" if by_class else "right", overflow="ellipsis", max_width=18
        )
    for header in ("p(target)", "margin") if by_class else ():
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("loss", justify="right", no_wrap=True, style="bold")
    drawn = [_drawn(report, detail) for detail in report.details]
    room = width - _width([[str(cell) for cell in row] for row, _ in drawn], table)
    names, slopes = _gradient_columns(report, room)
    for name in names:
        table.add_column(Text(name), justify="right", no_wrap=True, style="cyan")
    for i, ((row, style), slope) in enumerate(zip(drawn, slopes, strict=True)):
        if i == report.gap_after:
            table.add_row(*(Text("⋮", justify="center") for _ in table.columns), style="dim")
        table.add_row(*row, *(Text(cell) for cell in slope), style=style)
    return table


def _drawn(report: Report, detail: Detail) -> tuple[list[Any], str]:
    from rich.text import Text

    problem, digits = report.outcome.problem, report.digits
    wrong = problem.loss.by_class and detail.target not in (None, detail.prediction)
    index = ",".join(map(str, problem.grid.index(detail.term))) or "-"
    prediction = name_of(report, detail.prediction)
    # A wrong prediction is marked in words of its own, so that it shows without colour too.
    mark = Text(f"{prediction} ✗", style="red") if wrong else Text(prediction)
    row: list[Any] = [Text(index), Text(name_of(report, detail.target)), mark]
    if problem.loss.by_class:
        figures = (detail.p_target, detail.margin)
        row += [Text("" if value is None else shown(value, digits)) for value in figures]
    row.append(Text(shown(detail.loss, digits)))
    return row, "dim" if detail.target is None else ""


def _width(cells: list[list[str]], table: Table) -> int:
    headers = [str(column.header) for column in table.columns]
    longest = (
        max(len(header), *(min(len(row[i]), 18) for row in cells), 0)
        for i, header in enumerate(headers)
    )
    return sum(width + 2 for width in longest)


def _gradient_columns(report: Report, room: int) -> tuple[list[str], list[list[str]]]:
    """Return the gradient's columns: every class where they fit, else the two that say most."""
    problem, digits = report.outcome.problem, report.digits
    empty: list[list[str]] = [[] for _ in report.details]
    if not report.details or not report.details[0].gradients:
        return [], empty
    header: list[str] = []
    for role, gradient in report.details[0].gradients.items():
        names = problem.names or [str(i) for i in range(problem.grid.classes)]
        header += [f"d/d {name}" for name in names] if gradient.ndim else [f"d/d {role}"]
    slopes = [
        [f"{x:.{digits}g}" for g in detail.gradients.values() for x in g.reshape(-1).tolist()]
        for detail in report.details
    ]
    if _needed(header, slopes) <= room:
        return header, slopes
    if not problem.loss.by_class:
        return [], empty
    header = ["d/d target", "d/d strongest other"]
    slopes = [_two_slopes(report, detail) for detail in report.details]
    if _needed(header, slopes) <= room:
        return header, slopes
    header, slopes = header[:1], [row[:1] for row in slopes]
    return (header, slopes) if _needed(header, slopes) <= room else ([], empty)


def _needed(header: list[str], slopes: list[list[str]]) -> int:
    return sum(
        2 + max(len(name), *(len(row[i]) for row in slopes)) for i, name in enumerate(header)
    )


def _two_slopes(report: Report, detail: Detail) -> list[str]:
    gradient = next(iter(detail.gradients.values()))
    if detail.target is None:
        return ["0", ""]
    others = {i: abs(float(x)) for i, x in enumerate(gradient) if i != detail.target}
    strongest = max(others, key=lambda i: others[i], default=None)
    digits = report.digits
    own = f"{gradient[int(detail.target)]:.{digits}g}"
    if strongest is None:
        return [own, ""]
    return [own, f"{gradient[strongest]:.{digits}g} {name_of(report, strongest)}"]
