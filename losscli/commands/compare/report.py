"""What the table says: the figures of the whole as lines, the worst samples as cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from losscli.commands.compare.comparison import LEADERS, Comparison
from losscli.commands.compare.figures import Figures, worst
from losscli.engine.result.result import signature
from losscli.errors import printable
from losscli.output.digits import shown
from losscli.output.strict_json import dumped

NAMED = ("target", "reference", "input")
"""Columns that hold classes."""
HEADERS = {
    "reference": "top reference",
    "input": "top input",
    "kl": "KL",
    "loss_reference": "loss reference",
    "loss_input": "loss input",
    "delta_loss": "change",
    "delta_p": "change of p",
}
"""What a column is called where people read it."""


@dataclass(frozen=True)
class Report:
    """A comparison as people read it."""

    found: Comparison
    figures: Figures
    digits: int

    @property
    def heading(self) -> str:
        """What was compared."""
        problem = self.found.problem
        size, classes = problem.grid.size, problem.grid.classes
        return (
            f"compare: {size} sample{'' if size == 1 else 's'}, "
            f"{classes} class{'' if classes == 1 else 'es'}; "
            f"{problem.operand('input').source.label} "
            f"against {problem.operand('reference').source.label}"
        )

    @property
    def signature(self) -> str:
        """All that the figures depend on."""
        return signature(self.found.problem)


def lines(report: Report, *, full: bool) -> Iterator[tuple[str, str]]:
    """Yield the figures of the whole as (what, figures); `full` keeps every digit."""
    found, figures = report.found, report.figures
    counted = found.count
    plus_minus, arrow = ("+-", "->") if full else ("±", "→")

    def number(value: float) -> str:
        return repr(value) if full else f"{value:.{max(report.digits, 1)}g}"

    def fixed(value: float) -> str:
        return repr(value) if full else shown(value, report.digits)

    def mean_of(values: dict[str, Any]) -> str:
        return f"{number(values['mean'])} {plus_minus} {number(values['stderr'])}"

    def spread_of(values: dict[str, Any]) -> str:
        ends = {key: values[key] for key in ("min", "max") if key in values}
        named = {"min": ends["min"]} if "min" in ends else {}
        named |= {f"p{100 * float(q):g}": value for q, value in values["quantiles"].items()}
        named |= {"max": ends["max"]}
        # A quantile and its number stay on one line of a terminal.
        blank = " " if full else "\u00a0"
        return "  ".join(f"{name}{blank}{number(value)}" for name, value in named.items())

    def part_of(whole: str, part: str) -> str:
        return f"{whole} {part}" if full else f"  {part}"

    if found.counted is not None and found.outcome.partial.ignored:
        yield (
            "counted",
            f"{counted} of {found.problem.grid.size}, {found.outcome.partial.ignored} ignored",
        )
    yield (
        "mean KL",
        f"{mean_of(figures.kl)} nats, KL(reference || input) {plus_minus} standard error",
    )
    yield part_of("KL", "quantiles"), spread_of(figures.kl)
    rate = fixed(figures.same_top1)
    yield "same top 1", f"{found.totals.same_first} / {counted} = {rate}"
    if figures.same_top5 is not None:
        rate = fixed(figures.same_top5)
        yield f"same top {LEADERS}", f"{found.totals.same_leaders} / {counted} = {rate}"
    if figures.delta_p:
        change = f"{mean_of(figures.delta_p)}, RMS {number(figures.delta_p['rms'])}"
        yield "p(target)", f"change {change}"
        yield part_of("p(target)", "quantiles"), spread_of(figures.delta_p)
    if figures.delta_loss and figures.loss and figures.accuracy:
        before, after = fixed(figures.loss["reference"]), fixed(figures.loss["input"])
        yield "loss", f"{before} {arrow} {after}, change {mean_of(figures.delta_loss)}"
        moved, by = figures.delta_loss["moved"], figures.delta_loss["moved_by"]
        yield part_of("loss", "moved"), f"{moved} of {counted} by more than {by:g}"
        before, after = fixed(figures.accuracy["reference"]), fixed(figures.accuracy["input"])
        yield "accuracy", f"{before} {arrow} {after}"
    text = f"largest difference {number(figures.max_abs)}"
    if figures.max_abs_free is None:
        yield "probs", text
    else:
        free = number(figures.max_abs_free)
        yield found.form, f"{text}; {free} up to a shift of each row"


def cells(report: Report, *, full: bool) -> dict[str, list[str]]:
    """Return the worst samples by column; no column where there are none."""
    rows = worst(report.found)
    names = report.found.columns if rows else []
    return {name: [_cell(report, name, row[name], full) for row in rows] for name in names}


def _cell(report: Report, name: str, value: Any, full: bool) -> str:
    if name in NAMED:
        text = printable(str(value))
        return dumped(text) if full and (not text or " " in text) else text
    if isinstance(value, float):
        return repr(value) if full else shown(value, report.digits)
    return str(value)


def plain_table(report: Report) -> Iterator[str]:
    """Yield the report as aligned text with every digit, whatever the width."""
    yield report.heading + "\n"
    for what, text in lines(report, full=True):
        yield f"{what}: {text}\n"
    table = [[name, *column] for name, column in cells(report, full=True).items()]
    widths = [max(map(len, column)) for column in table]
    for row in zip(*table, strict=True):
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + "\n"
    yield report.signature + "\n"
