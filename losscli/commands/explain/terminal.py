"""An explanation drawn with rich: for a terminal of any width, and as SVG or HTML."""

from __future__ import annotations

import math
import os
import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from losscli.commands.explain import page
from losscli.commands.explain.explanation import Explanation
from losscli.commands.explain.number import Number
from losscli.commands.explain.page import Line
from losscli.commands.explain.standing import in_words, remarks
from losscli.commands.explain.step import Grid, Step
from losscli.commands.explain.writing import UNICODE, text_of
from losscli.output.digits import shown

# The color-blind-safe palette of Okabe and Ito 2008, without its black and its pale yellow.
COLORS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#0072b2", "#999999")
TARGET, WRONG, RIGHT = "◆", "✗", "✓"
ANSWER = " → "
WIDE = 120
"""From this width on the reasons are beside the numbers."""
REASONS = 46
EIGHTHS = " ▏▎▍▌▋▊▉"


class Drawing:
    """One explanation and the choices of how to draw it."""

    def __init__(
        self,
        explanation: Explanation,
        digits: int,
        steps: tuple[int, int] | None,
        *,
        verbose: bool,
    ) -> None:
        self.explanation = explanation
        self.digits = digits
        self.steps = steps
        self.verbose = verbose
        self.targets = explanation.walk.targets
        self.longest = max(len(step.name) for step in explanation.walk.steps) + 2
        self.has_colors = explanation.problem.loss.by_class

    def parts(self, width: int) -> Iterator[RenderableType]:
        """Yield the page from top to bottom."""
        yield from self._top()
        for number, step in page.numbered(self.explanation, self.steps):
            yield Text()
            yield self._step(number, step, width)
        for part in (self._naive, self._what_if, self._bottom):
            drawn_part = list(part())
            if drawn_part:
                yield Text()
                yield from drawn_part

    def _top(self) -> Iterator[RenderableType]:
        loss = self.explanation.problem.loss
        yield Text(f"{loss.name}, step by step", style="bold").append(
            f"   {loss.summary}", "not bold"
        )
        yield Text(f"{loss.facts['formula']}", style="cyan")
        yield Text()
        sample = self.explanation.sample
        for what, text in page.heading(self.explanation):
            line = Text().append(f"{what:<12}", style="dim")
            cls = {"target": sample.target, "prediction": sample.prediction}.get(what)
            if cls is None:
                yield line.append(text)
                continue
            line.append_text(self._class(cls, text))
            if what == "prediction":
                wrong = sample.prediction != sample.target
                line.append(f" {WRONG}" if wrong else f" {RIGHT}", "red" if wrong else "green")
            yield line

    def _class(self, cls: int, text: str) -> Text:
        mark = f"{TARGET} " if cls in self.targets else ""
        return Text(f"{mark}{text}", style=f"bold {self._color(cls)}")

    def _color(self, cls: int | None) -> str:
        if cls is None or not self.has_colors:
            return ""
        shown = self.explanation.walk.shown
        return COLORS[shown.index(cls) % len(COLORS)] if cls in shown else ""

    def _step(self, number: int, step: Step, width: int) -> RenderableType:
        wide = width >= WIDE
        room = width - REASONS - 6 if wide else width - 4
        formula = "" if step.formula is None else text_of(step.formula, UNICODE, self._number)
        badge = str(number).rjust(len(str(len(self.explanation.walk.steps))))
        head = _head(badge, step.name.ljust(self.longest), formula)
        body: list[RenderableType] = list(self._rows(step, room))
        if step.grid:
            body.append(self._grid(step.grid))
        body += [
            self._check(text_of(check.formula, UNICODE, self._number), check.holds)
            for check in step.checks
        ]
        if self.verbose:
            body += self._derivation(step)
        why = Text(step.why, style="italic dim")
        if not wide:
            return Group(head, Padding(Group(*body, why), (0, 0, 0, 4)))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=room)
        grid.add_column(width=REASONS)
        grid.add_row(Padding(Group(*body), (0, 0, 0, 4)), why)
        return Group(head, grid)

    def _rows(self, step: Step, room: int) -> Iterator[Text]:
        rows = page.lines(step, UNICODE, self.digits)
        names = max((len(row.label) for row in rows), default=0)
        hows = max((len(row.how) for row in rows), default=0)
        values = max((len(row.value) for row in rows), default=0)
        for row in rows:
            yield self._row(row, step, (names, hows, values), room)

    def _row(self, row: Line, step: Step, widths: Sequence[int], room: int) -> Text:
        names, hows, values = widths
        is_target = row.cls in self.targets
        color = self._color(row.cls)
        line = Text()
        if step.by_class:
            line.append(f"{TARGET} " if is_target else "  ", style=f"bold {color}")
        if names:
            style = f"{'bold ' if is_target else ''}{color}"
            line.append(row.label.ljust(names), style=style).append("  ")
        left = line.cell_len
        if row.how and left + hows + values + 3 > room:
            folded = textwrap.wrap(row.how, max(20, room - left), break_long_words=False)
            line.append(("\n" + " " * left).join(folded))
            line.append("\n" + " " * left + "= ", style="dim")
            return line.append(row.value, style=f"bold {color}")
        if hows:
            line.append(row.how.ljust(hows))
            sign = ANSWER if row.is_answer else " = "
            line.append(sign if row.how and row.value else "   ", style="dim")
        line.append(row.value.rjust(values), style=f"bold {color}")
        if row.share is not None:
            line.append("  ").append(_bar(row.share, min(40, room - line.cell_len - 4)), color)
        return line

    def _grid(self, grid: Grid) -> RenderableType:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        table.add_column()
        for column in grid.columns:
            table.add_column(Text(column), justify="right", no_wrap=True)
        for i, (name, cells) in enumerate(zip(grid.rows, grid.cells, strict=True)):
            row = [Text(name)]
            for j, cell in enumerate(cells):
                on_path = (i, j) in grid.marks
                text = f"{TARGET} {self._write(cell.value)}" if on_path else self._write(cell.value)
                row.append(Text(text, style=f"bold {COLORS[0]}" if on_path else ""))
            table.add_row(*row)
        return table

    def _check(self, text: str, holds: bool) -> Text:
        sign, color = (RIGHT, "green") if holds else (WRONG, "bold red")
        return Text(f"{sign} ", style=color).append(text, style=color)

    def _derivation(self, step: Step) -> list[RenderableType]:
        lines: list[RenderableType] = []
        for reason in step.derivation:
            formula = text_of(reason.formula, UNICODE, self._number)
            lines.append(Text(f"  {formula}", style="cyan"))
            lines.append(Text(f"      {reason.why}", style="dim"))
        return lines

    def _bottom(self) -> Iterator[RenderableType]:
        explanation = self.explanation
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for holds, what, figures in page.verdict(explanation, self._write):
            mark = Text(
                f"{RIGHT if holds else WRONG} {what}", "bold green" if holds else "bold red"
            )
            grid.add_row(mark, Text(figures, style="bold" if what.startswith("walk") else ""))
        for what, figures in remarks(explanation.sample, explanation.walk, self._write):
            grid.add_row(Text(f"  {what}", style="dim"), Text(figures))
        yield Panel(grid, expand=False, border_style="dim", padding=(0, 1))
        if words := in_words(explanation.sample, explanation.walk, self._write):
            yield Text()
            yield Text(words, style="bold")

    def _number(self, number: Number) -> str:
        return shown(number.value, self.digits)

    def _write(self, value: float) -> str:
        return shown(value, self.digits)

    def _naive(self) -> Iterator[RenderableType]:
        """Yield both columns in the widest precision that fails, a line for each of the others."""
        trials = self.explanation.trials
        if not trials:
            return
        first = trials[0]
        yield _head(WRONG, f"Naive beside stable, in {first.precision}  ", first.name)
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        for title, style in (("naive", ""), ("", "red"), ("stable", ""), ("", "green")):
            table.add_column(
                title, style=style, overflow="fold", justify="right" if style else "left"
            )
        for at in range(max(len(first.naive), len(first.stable))):
            cells = []
            for column, dies in ((first.naive, first.dies_at), (first.stable, -1)):
                symbol, value = column[at] if at < len(column) else ("", math.nan)
                mark = f" {WRONG}" if at == dies else "  "
                cells += [Text(symbol), Text(f"{_significant(value)}{mark}" if symbol else "")]
            table.add_row(*cells)
        yield Padding(table, (0, 0, 0, 4))
        for trial in trials:
            yield Text(f"    {trial.precision}: {trial.how}", style="italic dim")

    def _what_if(self) -> Iterator[RenderableType]:
        """Yield loss and gradient before and after `--set`."""
        rows = page.differences(self.explanation, self._write)
        if not rows:
            return
        changes = page.changes(self.explanation)
        yield _head(
            "?", "What if  ", ", ".join(f"{what} {old} → {new}" for what, old, new in changes)
        )
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        for title in ("", "before", "", "after"):
            table.add_column(title, no_wrap=True, justify="right" if title else "left")
        for what, old, new in rows:
            table.add_row(Text(what), Text(old), Text("→", style="dim"), Text(new, style="bold"))
        yield Padding(table, (0, 0, 0, 4))


def _head(badge: str, name: str, formula: str) -> Text:
    """Return the line that a part of the page begins with."""
    head = Text().append(f" {badge} ", style="bold reverse").append(f" {name} ", style="bold")
    return head.append(formula, style="cyan")


def _significant(value: float) -> str:
    return f"{value:.5g}" if math.isfinite(value) else str(value)


def _bar(share: float, width: int) -> str:
    """Return a bar of that share of the width, to an eighth of a character."""
    if not 0 <= share <= 1 or width < 4:
        return ""
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def drawn(drawing: Drawing) -> str:
    """Return the page as the terminal shows it."""
    console = Console(highlight=False)
    with console.capture() as captured:
        console.print(Padding(Group(*drawing.parts(console.width - 2)), (1, 1)))
    return captured.get()


def saved(drawing: Drawing, ending: str, width: int) -> str:
    """Return the page as the text of an SVG or HTML file."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(
            record=True,
            width=width,
            file=nowhere,
            force_terminal=True,
            color_system="truecolor",
            highlight=False,
            no_color=False,
        )
        console.print(Padding(Group(*drawing.parts(width - 2)), (1, 1)))
    name = drawing.explanation.problem.loss.name
    if ending == ".svg":
        return console.export_svg(title=f"loss explain {name}")
    return console.export_html(inline_styles=True)
