"""A diagnosis drawn for a terminal: a block a finding, the next command on a line of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from losscli.commands.diagnose.calibrate import Calibration
from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.registry import Rule
from losscli.commands.diagnose.report import (
    NO_CALIBRATION,
    Report,
    calibration_lines,
    evidence_text,
    heading,
    loss_in_words,
    more_rows,
    reliability_rows,
    row_text,
    summary,
    title_of,
)
from losscli.errors import printable

MARKS = {"error": ("✗", "bold red"), "warning": ("!", "bold yellow"), "info": ("i", "bold cyan")}
"""A mark and a colour: the mark shows without colour too."""
INDENT = 2
BAR = 20
"""Columns of an accuracy's bar."""


def drawn(report: Report) -> str:
    """Return the report as the terminal shows it."""
    console = Console(highlight=False)
    with console.capture() as captured:
        console.print(
            Text(heading(report, loss_in_words(report.inspection, full=False)), style="bold")
        )
        for finding in report.diagnosis.findings:
            console.print()
            draw(console, finding)
        if report.calibration:
            console.print()
            _draw_calibration(console, report.calibration)
        elif report.inspection.shows_calibration:
            console.print(Text(f"\n{NO_CALIBRATION}", style="dim"))
        console.print()
        mark = Text("✓ ", style="bold green") if not report.diagnosis.findings else Text()
        console.print(mark + Text(summary(report), style="dim"))
    return captured.get()


def draw(console: Console, finding: Finding) -> None:
    """Print one finding."""
    mark, style = MARKS[finding.severity]
    head = Text.assemble((f"{mark} {finding.code} {finding.severity}", style), "  ")
    head.append(title_of(finding), style="bold")
    console.print(head)
    _indented(console, Text(printable(finding.message)))
    lines = [Text(row_text(row)) for row in finding.rows]
    if more := more_rows(finding):
        lines.append(Text(more, style="dim"))
    facts = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for number, line in enumerate(lines):
        facts.add_row(Text("" if number else "at"), line)
    if finding.evidence:
        facts.add_row(Text("evidence"), Text(evidence_text(finding.evidence, full=False), "dim"))
    if finding.next:
        facts.add_row(Text("next"), Text())
    _indented(console, facts)
    if finding.next:
        # The terminal wraps it, not this: copied, it is one line again.
        console.print(Text(" " * INDENT + finding.next, style="cyan"), soft_wrap=True)


def _indented(console: Console, what: Text | Table) -> None:
    console.print(Padding(what, (0, 0, 0, INDENT), expand=False))


def _draw_calibration(console: Console, found: Calibration) -> None:
    console.print(Text("calibration", style="bold"))
    totals = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    totals.add_column(style="dim", no_wrap=True)
    totals.add_column(overflow="fold")
    for what, figures in calibration_lines(found, full=False):
        totals.add_row(Text(what), Text(figures))
    _indented(console, totals)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for name in ("confidence", "count", "mean", "accuracy", "gap"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("accuracy █, confidence ┃", no_wrap=True)
    for low, high, count, confidence, accuracy in reliability_rows(found.bins):
        gap = accuracy - confidence
        table.add_row(
            f"{low:.2f} to {high:.2f}",
            str(count),
            f"{confidence:.3f}",
            f"{accuracy:.3f}",
            Text(f"{gap:+.3f}", style="red" if abs(gap) > 0.1 else ""),
            _bar(accuracy, confidence),
        )
    _indented(console, table)


def _bar(accuracy: float, confidence: float) -> Text:
    """Draw the accuracy as a bar with the confidence as a line across it."""
    cells = ["█" if i < round(accuracy * BAR) else "·" for i in range(BAR)]
    cells[min(BAR - 1, round(confidence * BAR))] = "┃"
    return Text("".join(cells), style="cyan")


SERIES = {
    "1": "The input",
    "2": "The targets",
    "3": "The reduction",
    "4": "Numbers",
    "5": "Shapes",
    "6": "Sequences",
    "7": "The result",
    "8": "Calibration",
}


def drawn_list(meant: Sequence[Rule]) -> str:
    """Return all rules, hundred by hundred."""
    console = Console(highlight=False)
    with console.capture() as captured:
        for digit, name in SERIES.items():
            table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
            table.add_column(no_wrap=True, style="bold")
            table.add_column(no_wrap=True)
            table.add_column()
            of_series = [rule for rule in meant if rule.code[1] == digit]
            for rule in of_series:
                mark, style = MARKS[rule.severity]
                table.add_row(rule.code, Text(f"{mark} {rule.severity}", style), Text(rule.title))
            if of_series:
                console.print(Text(name, style="bold"))
                console.print(Padding(table, (0, 0, 1, INDENT)))
    return captured.get()


@dataclass(frozen=True)
class Page:
    """A rule with its example, as it is drawn."""

    rule: Rule
    paragraphs: Sequence[str]
    command: str
    near_command: str
    files: Sequence[str]
    findings: Sequence[Finding]
    near_files: Sequence[str]


def drawn_page(page: Page) -> str:
    """Return one rule: what it means, a file in which it is found, and one in which it is not."""
    console = Console(highlight=False)
    rule = page.rule
    mark, style = MARKS[rule.severity]
    with console.capture() as captured:
        head = Text.assemble((f"{mark} {rule.code} {rule.severity}", style), "  ")
        console.print(head.append(rule.title, style="bold"))
        for paragraph in page.paragraphs:
            console.print()
            _indented(console, Text(paragraph))
        if rule.unless:
            console.print()
            causes = f"Not looked for where one of these is found: {', '.join(rule.unless)}"
            _indented(console, Text(causes, style="dim"))
        console.print(Text("\nFound in", style="bold"))
        _draw_files(console, page.command, page.files)
        for finding in page.findings:
            console.print()
            draw(console, finding)
        console.print(Text("\nNot found in", style="bold"))
        _draw_files(console, page.near_command, page.near_files)
        _indented(console, Text(rule.near.why, style="dim"))
    return captured.get()


def _draw_files(console: Console, command: str, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(Text("    " + line, style="" if line.startswith(" ") else "dim"))
    console.print(Text(" " * INDENT + command, style="cyan"), soft_wrap=True)
