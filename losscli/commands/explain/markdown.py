"""An explanation as Markdown, its formulas as LaTeX between dollars."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.explain import shared_parts as shared
from losscli.commands.explain.explanation import Explanation
from losscli.commands.explain.latex import equation
from losscli.commands.explain.number import GIVEN, MADE
from losscli.commands.explain.standing import in_words, remarks
from losscli.commands.explain.step import Grid, Step
from losscli.commands.explain.writing import latex_of
from losscli.engine.result.result import signature
from losscli.output.digits import shown
from losscli.output.markdown import escaped

Range = tuple[int, int] | None


def markdown(
    explanation: Explanation, steps: Range, digits: int, *, verbose: bool
) -> Iterator[str]:
    """Yield the explanation as Markdown with LaTeX formulas between dollars."""
    loss = explanation.problem.loss
    yield f"# `{loss.name}`, step by step\n\n"
    for what, text in shared.heading(explanation):
        yield f"- {what}: {escaped(text)}\n"
    for what, old, new in shared.changes(explanation):
        yield f"- set {escaped(what)}: {old} → {new}\n"
    for number, step in shared.numbered(explanation, steps):
        yield f"\n## {number}. {step.name}\n\n"
        if step.formula:
            yield f"$${latex_of(step.formula, shared.formatter(digits))}$$\n\n"
        if step.grid:
            yield from _grid(step.grid, digits)
        elif step.by_class or len(step.rows) > 1:
            yield from _table(explanation, step, digits)
        else:
            yield f"$${equation(step, step.rows[0], digits)}$$\n\n"
        for check in step.checks:
            text = latex_of(check.formula, shared.formatter(digits))
            yield f"{'✓' if check.holds else '✗'} ${text}$\n\n"
        yield f"{step.why}\n"
        if verbose and step.derivation:
            yield "\n"
            for reason in step.derivation:
                yield f"- ${latex_of(reason.formula, shared.formatter(digits))}$: {reason.why}\n"
    yield "\n## The result\n\n"

    def write(value: float) -> str:
        return shown(value, digits)

    for holds, what, figures in shared.verdict(explanation):
        yield f"- {'✓' if holds else '✗'} {what}: {shared.phrase_text(figures, write)}\n"
    for what, figures in remarks(explanation.sample, explanation.walk):
        yield f"- {what}: {shared.phrase_text(figures, write)}\n"
    for what, before, after in shared.differences(explanation):
        yield f"- {escaped(what)}: {write(before)} → {write(after)}\n"
    for trial in explanation.trials:
        yield f"- naive in {trial.precision}: {trial.how}\n"
    if words := in_words(explanation.sample, explanation.walk):
        yield f"\n{shared.phrase_text(words, write)}\n"
    yield f"\n`{signature(explanation.problem)}`\n"


def _table(explanation: Explanation, step: Step, digits: int) -> Iterator[str]:
    write = shared.formatter(digits)
    yield "| | numbers | result |\n|---|---|---:|\n"
    for row in step.rows:
        label = row.label
        name = escaped(label) if isinstance(label, str) else f"${latex_of(label, write)}$"
        if row.cls in explanation.walk.targets:
            name = f"**{name}** (target)"
        how, value = f"${latex_of(row.result, write)}$", row.answer or write(row.result)
        if row.span:
            how, value = "", " to ".join(shown(end.value, digits) for end in row.span)
        elif row.result.op in (GIVEN, MADE):
            how = ""
        yield f"| {name} | {how} | {value} |\n"
    yield "\n"


def _grid(grid: Grid, digits: int) -> Iterator[str]:
    yield f"| | {' | '.join(grid.columns)} |\n|---|{'---:|' * len(grid.columns)}\n"
    for i, (name, cells) in enumerate(zip(grid.rows, grid.cells, strict=True)):
        texts = [shown(cell.value, digits) for cell in cells]
        marked = [f"**{text}**" if (i, j) in grid.marks else text for j, text in enumerate(texts)]
        yield f"| {escaped(name)} | {' | '.join(marked)} |\n"
    yield "\n"
