"""A report drawn for a terminal, from 60 columns on; what does not fit is left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from losscli.engine.result.result import signature
from losscli.errors import printable
from losscli.output.drawing import drawn
from losscli.output.page import (
    Report,
    cell_text,
    class_text,
    named,
    shown,
    small_tables,
    target_figures,
    total_lines,
)
from losscli.output.rows import gradient_names
from losscli.output.tables import Table as CellTable

GAP = "⋮"
ACROSS = "⋯"
WRONG = "✗"
BETWEEN = 2
"""Blanks between columns."""
SHORTEST_NAME = 10


@dataclass(frozen=True)
class Column:
    """One column as text; a column of class names may be shortened."""

    header: str
    cells: tuple[str, ...]
    style: str = ""
    is_name: bool = False
    numbers: tuple[str, ...] = ()
    """The numbers of the classes that the cells name: what is left of a name may be no name."""

    @property
    def width(self) -> int:
        """Columns of the terminal that it takes."""
        return max(map(cell_len, (self.header, *self.cells)), default=0)


def terminal_table(report: Report) -> str:
    """Return the report as the terminal shows it."""
    console = Console(highlight=False)
    totals = _figures(total_lines(report, full=False), ("loss",))
    with console.capture() as captured:
        console.print(Text(report.heading, style="bold"))
        if report.details:
            dim = [detail.ignored for detail in report.details]
            console.print(_drawn(_fitting(report, console.width - 1), dim, report.gap_after))
        console.print(totals)
        for section in small_tables(report, full=False):
            console.print()
            console.print(Text(section.title, style="bold"))
            console.print(drawn(section, console.width))
        console.print(Text(signature(report.outcome.problem), style="dim", overflow="fold"))
    return captured.get()


def cell_table(table: CellTable, bold: Sequence[str] = ()) -> str:
    """Return a table of any command as the terminal shows it; `bold` figures stand out."""
    console = Console(highlight=False)
    columns = [
        Column(printable(header), tuple(map(printable, cells)), is_name=header in table.names)
        for header, *cells in zip(table.header, *table.rows, strict=True)
    ]
    with console.capture() as captured:
        console.print(Text(table.heading, style="bold"))
        if table.rows:
            fitting = _most(columns, console.width - 1)
            console.print(_drawn(fitting, [False] * len(table.rows), table.gap_after))
        if table.figures:
            console.print(_figures(table.figures, bold))
    return captured.get()


def _most(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the label on the left and as many numbers as fit, the last among them."""
    widest = max((cell_len(cell) for column in columns for cell in column.cells), default=0)
    longest = max(SHORTEST_NAME, widest)
    kept, numbers = list(columns[:1]), list(columns[1:])
    left = width - sum(column.width + BETWEEN for column in kept)
    if sum(column.width + BETWEEN for column in numbers) > left:
        numbers = [replace(column, header=_cut(column.header, longest)) for column in numbers]
    head, tail = numbers, list[Column]()
    while sum(column.width + BETWEEN for column in (*head, *tail)) > left:
        shown = max((len(head) + len(tail)) - 1, 1)
        # One column is the gap; of the others the last one stays in sight.
        tail = numbers[-1:] if shown > 1 else []
        head = numbers[: shown - len(tail)]
        left = width - sum(column.width + BETWEEN for column in kept) - len(ACROSS) - BETWEEN
        if shown == 1:
            break
    if len(head) + len(tail) == len(numbers):
        return kept + numbers
    return [*kept, *head, Column(ACROSS, (ACROSS,) * len(numbers[0].cells), "dim"), *tail]


def _figures(figures: Iterable[tuple[str, str]], bold: Sequence[str]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, BETWEEN, 0, 0), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for what, text in figures:
        table.add_row(Text(what), Text(text, style="bold" if what in bold else ""))
    return table


def _drawn(columns: Sequence[Column], dim: Sequence[bool], gap_after: int | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(
            Text(column.header),
            justify="left" if column.is_name else "right",
            no_wrap=True,
            style=column.style,
        )
    gap = [Text(GAP, justify="center") for _ in columns]
    for i, is_dim in enumerate(dim):
        if i == gap_after:
            table.add_row(*gap, style="dim")
        row = [Text(column.cells[i]) for column in columns]
        table.add_row(*row, style="dim" if is_dim else "")
    if gap_after == len(dim):
        table.add_row(*gap, style="dim")
    return table


def _fitting(report: Report, width: int) -> list[Column]:
    """Return the columns that fit: names shortened first, then margin and p(target) left out."""
    columns = _columns(report)
    for dropped in ((), ("margin",), ("margin", "p(target)")):
        kept = [column for column in columns if column.header not in dropped]
        numbers = sum(column.width + BETWEEN for column in kept if not column.is_name)
        names = [column for column in kept if column.is_name]
        room = width - numbers - BETWEEN * len(names)
        if sum(column.width for column in names) <= room:
            break
        share = room // max(1, len(names))
        if share >= SHORTEST_NAME:
            kept = [_shortened(column, share) if column.is_name else column for column in kept]
            break
    left = width - sum(column.width + BETWEEN for column in kept)
    two = _two_slopes(report)
    # A class takes three columns at the least: thousands of them need not be written to be refused.
    sizes = [gradient.size for gradient in report.details[0].gradients.values()]
    every = _every_slope(report) if sum(sizes) * 3 <= left else two
    for gradient in (every, two, two[:1]):
        if sum(column.width + BETWEEN for column in gradient) <= left:
            return kept + gradient
    return kept


def _shortened(column: Column, width: int) -> Column:
    """Put the class's number before each name and cut the name."""
    numbered = zip(column.numbers, column.cells, strict=True)
    cells = tuple(_cut(f"{number} {name}".lstrip(), width) for number, name in numbered)
    return replace(column, header=_cut(column.header, width), cells=cells)


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


def _columns(report: Report) -> list[Column]:
    problem, details, digits = report.outcome.problem, report.details, report.digits

    def numbers(values: Sequence[float | None]) -> tuple[str, ...]:
        return tuple("" if value is None else shown(value, digits) for value in values)

    indices = tuple(",".join(map(str, problem.grid.index(d.term))) or "-" for d in details)
    columns = [Column("index", indices)]
    columns += [_cells(report, name) for name in problem.loss.columns]
    if problem.loss.picks:
        # A wrong prediction has a mark of its own, so that it shows without colour too.
        wrong = (not d.ignored and d.cells["target"] != d.cells["prediction"] for d in details)
        columns.append(Column("", tuple(WRONG if is_wrong else "" for is_wrong in wrong), "red"))
    for header, figure in target_figures(report).items():
        columns.append(Column(header, numbers([figure(detail) for detail in details])))
    return [*columns, Column("loss", numbers([d.loss for d in details]), "bold")]


def _cells(report: Report, header: str) -> Column:
    problem = report.outcome.problem
    cells = tuple(cell_text(report, detail, header, full=False) for detail in report.details)
    if not named(report, header):
        return Column(header, cells)
    numbers = []
    for detail in report.details:
        cell = detail.cells[header]
        if isinstance(cell, list) or not problem.names or (detail.ignored and header == "target"):
            numbers.append("")
        else:
            numbers.append(str(int(cell) + problem.settings.label_base))
    return Column(header, cells, "", True, tuple(numbers))


def _every_slope(report: Report) -> list[Column]:
    """Return the gradient, a column for each of its numbers."""
    problem, details = report.outcome.problem, report.details
    columns, roles = [], details[0].gradients
    for role in roles:
        headers = gradient_names(problem, role)
        for i, header in enumerate(headers):
            name = header if len(roles) == 1 else f"{role} {header}".rstrip()
            slopes = [float(d.gradients[role].T.reshape(-1)[i]) for d in details]
            columns.append(
                Column(f"d/d {printable(name or role)}", _slopes(report, slopes), "cyan")
            )
    return columns


def _two_slopes(report: Report) -> list[Column]:
    """Return the gradient where it says most: at the target, and the strongest other class."""
    details = report.details
    problem = report.outcome.problem
    if not details[0].gradients or problem.grid.classes == 1:
        return []
    if not problem.loss.picks:
        return _norms(report)
    own, others, names = [], [], []
    for detail in details:
        gradient = next(iter(detail.gradients.values()))
        target = detail.target
        sizes = np.abs(gradient)
        sizes[target] = -1
        strongest = int(sizes.argmax())
        own.append(float(gradient[target]))
        others.append(float(gradient[strongest]))
        names.append(class_text(report, strongest))
    other = zip(_slopes(report, others), names, strict=True)
    return [
        Column("d/d target", _slopes(report, own), "cyan"),
        Column("d/d strongest other", tuple(f"{slope} {name}" for slope, name in other), "cyan"),
    ]


def _norms(report: Report) -> list[Column]:
    """Return the length of each gradient, where its numbers do not fit or have no names."""
    columns = []
    for role in report.details[0].gradients:
        norms = [float(np.linalg.norm(detail.gradients[role])) for detail in report.details]
        columns.append(Column(f"|d/d {role}|", _slopes(report, norms), "cyan"))
    return columns


def _slopes(report: Report, values: Sequence[float]) -> tuple[str, ...]:
    """Return a gradient's numbers with one count of decimals: enough for the largest of them."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    zeros = -math.floor(math.log10(largest)) - 1 if largest else 0
    if zeros > 8:
        return tuple(f"{value:.{report.digits}g}" for value in values)
    return tuple(shown(value, report.digits + max(0, zeros)) for value in values)
