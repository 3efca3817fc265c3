"""An explanation as plain text for a pipe: every digit, no color, whatever the width."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.explain import page
from losscli.commands.explain.explanation import Explanation
from losscli.commands.explain.number import GIVEN, MADE
from losscli.commands.explain.standing import in_words, remarks
from losscli.commands.explain.step import Grid, Row, Step
from losscli.commands.explain.writing import ASCII
from losscli.engine.result.result import signature


def plain_text(
    explanation: Explanation, steps: tuple[int, int] | None, *, verbose: bool
) -> Iterator[str]:
    """Yield the page line by line."""
    loss = explanation.problem.loss
    yield f"{loss.name}, step by step: {loss.summary}\n"
    yield f"{loss.facts['formula']}\n"
    for what, text in page.heading(explanation):
        yield f"{what}: {text}\n"
    for what, old, new in page.changes(explanation):
        yield f"set {what}: {old} -> {new}\n"
    for number, step in page.numbered(explanation, steps):
        yield "\n"
        symbol = page.ascii_text(step.formula) if step.formula else ""
        yield f"{number}. {step.name}{_colon(step.name, symbol)}{symbol}\n"
        for row in step.rows:
            yield f"{_row(row, row.cls in explanation.walk.targets)}\n"
        if step.grid:
            yield from _grid(step.grid)
        for check in step.checks:
            yield f"  {'ok' if check.holds else 'WRONG'}: {page.ascii_text(check.formula)}\n"
        yield f"  {step.why}\n"
        if verbose:
            yield from _derivation(step)
    yield "\n"
    for trial in explanation.trials:
        yield f"naive {trial.name} in {trial.precision}: {trial.how}\n"
        for title, steps_ in (("naive", trial.naive), ("stable", trial.stable)):
            for symbol, value in steps_:
                yield f"  {title}: {symbol} = {value!r}\n"
    for holds, what, figures in page.verdict(explanation, repr):
        yield f"{'ok' if holds else 'WRONG'}: {what}: {figures}\n"
    for what, figures in remarks(explanation.sample, explanation.walk, repr):
        yield f"{what}: {figures}\n"
    for what, old, new in page.differences(explanation, repr):
        yield f"{what}: {old} -> {new}\n"
    if words := in_words(explanation.sample, explanation.walk, repr):
        yield f"{words}\n"
    yield f"{signature(explanation.problem)}\n"


def _colon(name: str, symbol: str) -> str:
    return "" if not symbol else " " if name.endswith("?") else ": "


def _row(row: Row, is_target: bool) -> str:
    label = page.label(row, ASCII)
    name = f"{label} (target)" if is_target else label
    value = row.answer or (" to ".join(map(repr, row.span)) if row.span else page.exact(row.result))
    how = "" if row.result.op in (GIVEN, MADE) else page.ascii_text(row.result)
    if row.answer:
        return f"  {how}: {value}"
    return "  " + " = ".join(part for part in (name, how, value) if part)


def _derivation(step: Step) -> Iterator[str]:
    for reason in step.derivation:
        yield f"    {page.ascii_text(reason.formula)} ({reason.why})\n"


def _grid(grid: Grid) -> Iterator[str]:
    table = [["", *grid.columns]]
    for i, (name, cells) in enumerate(zip(grid.rows, grid.cells, strict=True)):
        marked = [
            f"{page.exact(n)}{'*' if (i, j) in grid.marks else ''}" for j, n in enumerate(cells)
        ]
        table.append([name, *marked])
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        yield "  " + "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) + "\n"
