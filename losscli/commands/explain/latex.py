"""An explanation as LaTeX, ready to paste into notes."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.explain import shared_parts as shared
from losscli.commands.explain.explanation import Explanation
from losscli.commands.explain.formula import Formula, symbol
from losscli.commands.explain.number import GIVEN, MADE, Number
from losscli.commands.explain.step import Grid, Row, Step
from losscli.commands.explain.writing import latex_of
from losscli.engine.result.result import signature
from losscli.output.digits import shown
from losscli.output.latex import escaped

Range = tuple[int, int] | None


def latex(explanation: Explanation, steps: Range, digits: int, *, verbose: bool) -> Iterator[str]:
    """Yield the explanation as LaTeX to paste; it needs the package amsmath, and amssymb."""
    loss = explanation.problem.loss
    yield f"% loss explain {loss.name}; \\usepackage{{amsmath, amssymb}}\n"
    for what, text in shared.heading(explanation):
        yield f"% {what}: {text}\n"
    for number, step in shared.numbered(explanation, steps):
        yield f"\n\\paragraph{{{number}. {escaped(step.name)}.}} {escaped(step.why)}\n"
        yield "\\begin{align*}\n"
        body = []
        if step.formula:
            body.append(f"  {_aligned(latex_of(step.formula, shared.formatter(digits)))}")
        body += [f"  {_aligned(equation(step, row, digits))}" for row in step.rows]
        if step.grid:
            body = [f"  {_grid(step.grid, digits)}"]
        if verbose:
            body += [
                f"  {_aligned(latex_of(reason.formula, shared.formatter(digits)))}"
                f" && \\text{{{escaped(reason.why)}}}"
                for reason in step.derivation
            ]
        yield " \\\\\n".join(body) + "\n\\end{align*}\n"

    def write(value: float) -> str:
        return shown(value, digits)

    yield "\n"
    for holds, what, figures in shared.verdict(explanation):
        yield f"% {'ok' if holds else 'WRONG'}: {what}: {shared.phrase_text(figures, write)}\n"
    yield f"% {signature(explanation.problem)}\n"


def _grid(grid: Grid, digits: int) -> str:
    lines = [" & ".join(["", *grid.columns])]
    for i, (name, cells) in enumerate(zip(grid.rows, grid.cells, strict=True)):
        texts = [shown(cell.value, digits) for cell in cells]
        marked = [rf"\mathbf{{{t}}}" if (i, j) in grid.marks else t for j, t in enumerate(texts)]
        lines.append(" & ".join([rf"\text{{{escaped(name)}}}", *marked]))
    body = r" \\ ".join(lines)
    return rf"\begin{{array}}{{l{'r' * len(grid.columns)}}} {body} \end{{array}}"


def _aligned(text: str) -> str:
    left, equals, right = text.partition(" = ")
    return f"{left} &= {right}" if equals else f"& {text}"


def equation(step: Step, row: Row, digits: int) -> str:
    """Return one row as an equation: the left side with the class put in, numbers, result."""
    write = shared.formatter(digits)
    if not isinstance(row.label, str):
        left = latex_of(row.label, write)
    elif step.by_class and step.formula is not None:
        left = latex_of(_with_class(step.formula), write)
        left = left.replace("@", rf"\text{{{escaped(row.label)}}}")
    else:
        left = rf"\text{{{escaped(row.label)}}}" if row.label else ""
    if row.answer:
        return f"{latex_of(row.result, write)} \\quad \\text{{{escaped(row.answer)}}}"
    if row.span:
        ends = [shown(end.value, digits) for end in row.span]
        return f"{left} = {ends[0]} \\ldots {ends[1]}"
    value = latex_of(Number(row.result.value, op=MADE), write)
    how = "" if row.result.op in (GIVEN, MADE) else latex_of(row.result, write)
    if not how:
        value = latex_of(row.result, write)
    return " = ".join(part for part in (left, how, value) if part)


def _with_class(tree: Formula) -> Formula:
    """Return the left side with a mark for the class in the place of the running index."""
    left = tree.args[0] if tree.op == "=" else tree
    *above, last = left.args or (left,)
    base, _, index = last.text.partition("_")
    marked = symbol(f"{base}_@") if index else last
    return Formula(left.op, (*above, marked)) if left.args else marked
