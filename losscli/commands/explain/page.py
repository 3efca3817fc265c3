"""What a page shows of a step, for people: its rows as text, decimals and columns aligned."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from losscli.commands.explain.explanation import Explanation
from losscli.commands.explain.number import GIVEN, MADE, Number
from losscli.commands.explain.step import Row, Step
from losscli.commands.explain.writing import ASCII, Leaf, Style, Tree, bracketed, text_of, tokens
from losscli.engine.result.result import number as shortest
from losscli.output.digits import shown

LEAVES = (GIVEN, MADE)


class Line(NamedTuple):
    """One row of a step as text."""

    label: str
    cls: int | None
    how: str
    """The numbers put into the formula; empty where the row is a number that was given."""
    value: str
    share: float | None
    """The number itself, where it is a share of 1."""
    is_answer: bool = False
    """Whether the value says which case applies."""


def label(row: Row, style: Style) -> str:
    """Return the name of a row, or its formula as text."""
    return row.label if isinstance(row.label, str) else text_of(row.label, style, exact)


def left(row: Row) -> str:
    """Return what a row is called, without its formula."""
    if isinstance(row.label, str):
        return row.label
    return ascii_text(row.label.args[0] if row.label.op == "=" else row.label)


def lines(step: Step, style: Style, digits: int) -> list[Line]:
    """Return the rows of a step with fixed decimals, number under number."""
    made = [row.result for row in step.rows if row.result.op not in LEAVES]
    hows = iter(_aligned(made, style, digits))
    values = _values(step, digits)
    found = []
    for row, value in zip(step.rows, values, strict=True):
        how = _span(row.span, digits) if row.span else ""
        if row.result.op not in LEAVES:
            how = next(hows)
        share = row.result.value if step.bars else None
        found.append(Line(label(row, style), row.cls, how, value, share, bool(row.answer)))
    return found


def _values(step: Step, digits: int) -> list[str]:
    """Return the results with one count of decimals; small ones of a gradient with more."""
    results = [row.result for row in step.rows if not row.span]
    decimals = digits
    if all(result.op == GIVEN for result in results):
        decimals = _decimals(results, digits)
    elif step.role:
        decimals += _leading_zeros([result.value for result in results])
    return [
        row.answer or ("" if row.span else shown(row.result.value, decimals)) for row in step.rows
    ]


def _leading_zeros(values: Sequence[float]) -> int:
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    zeros = -math.floor(math.log10(largest)) - 1 if largest else 0
    return zeros if 0 < zeros <= 8 else 0


def _span(span: tuple[float, float], digits: int) -> str:
    low, high = (shown(end, digits) for end in span)
    return low if low == high else f"{low} to {high}"


def _aligned(results: Sequence[Number], style: Style, digits: int) -> list[str]:
    """Write expressions of one shape so that their numbers are aligned."""
    written = [list(tokens(result, style)) for result in results]
    shapes = {tuple(t if isinstance(t, str) else "" for t in tokens_) for tokens_ in written}
    if len(shapes) > 1 or len(written) < 2:
        return [text_of(result, style, formatter(digits)) for result in results]
    columns = []
    for column in zip(*written, strict=True):
        leaves = [token for token in column if isinstance(token, Leaf)]
        if not leaves:
            columns.append([str(token) for token in column])
            continue
        decimals = _decimals([leaf.number for leaf in leaves], digits)
        texts = [bracketed(leaf, shown(leaf.number.value, decimals)) for leaf in leaves]
        width = max(map(len, texts))
        columns.append([text.rjust(width) for text in texts])
    return ["".join(parts) for parts in zip(*columns, strict=True)]


def _decimals(leaves: Sequence[Number], digits: int) -> int:
    """Return the decimals of a column: those that were given, or `digits` where it was computed."""
    if any(leaf.op == MADE for leaf in leaves):
        return digits
    return max((min(digits, _given_decimals(leaf.value)) for leaf in leaves), default=0)


def _given_decimals(value: float) -> int:
    if not math.isfinite(value):
        return 0
    text = shortest(value)
    return 99 if "e" in text else len(text.partition(".")[2])


def formatter(digits: int) -> Callable[[Number], str]:
    """Return how a number is written alone: computed ones with fixed decimals."""

    def write(number: Number) -> str:
        return shown(number.value, _decimals([number], digits))

    return write


def exact(number: Number) -> str:
    """Return a number with every digit."""
    return shortest(number.value)


def ascii_text(tree: Tree) -> str:
    """Return a formula as text for a pipe."""
    return text_of(tree, ASCII, exact)


def numbered(explanation: Explanation, wanted: tuple[int, int] | None) -> list[tuple[int, Step]]:
    """Return the steps with their numbers, of `--steps A-B` those only."""
    steps = list(enumerate(explanation.walk.steps, 1))
    first, last = wanted or (1, len(steps))
    return steps[first - 1 : last]


def heading(explanation: Explanation) -> list[tuple[str, str]]:
    """Return what the sample is, as (what, text)."""
    sample, problem = explanation.sample, explanation.problem
    index = ",".join(map(str, sample.index)) or "0"
    size = problem.grid.size
    rows = [("sample", f"{index} of {size}, counted from 0: {sample.place}")]
    labels = sample.labels()
    if sample.is_ignored:
        rows.append(("target", "ignored"))
    elif sample.target is not None and sample.prediction is not None:
        rows.append(("target", labels[sample.target]))
        rows.append(("prediction", labels[sample.prediction]))
    return rows


def verdict(explanation: Explanation, write: Callable[[float], str]) -> list[tuple[bool, str, str]]:
    """Return what was compared with what: whether they agree, its name, the figures."""
    check = explanation.check
    walk, kernel = write(explanation.value), write(explanation.kernel)
    same = f"{walk} = {kernel}"
    if walk != kernel:
        same = f"{walk} and {kernel}: equal up to rounding"
    rows = [(explanation.agrees, "walk = kernel", same)]
    if check.convention:
        how = f"as the kernel's; {check.convention}"
    elif check.kinks:
        left, right = check.kinks[0].sides or (0.0, 0.0)
        how = f"at a kink: the slope is {write(left)} to the left, {write(right)} to the right"
    elif check.largest is None:
        how = "as the kernel's; no finite difference exists here"
    else:
        power = math.floor(math.log10(check.largest)) + 1 if check.largest else 0
        gap = f"off by less than 1e{power}" if check.largest else "the same"
        how = f"central difference: {gap}"
    rows.append((check.agrees, "gradient", how))
    return rows


def changes(explanation: Explanation) -> list[tuple[str, str, str]]:
    """Return what `--set` changed, as (what, before, after)."""
    if explanation.before is None:
        return []
    return [(change.what, change.before, change.after) for change in explanation.before.changes]


def differences(
    explanation: Explanation, write: Callable[[float], str]
) -> list[tuple[str, str, str]]:
    """Return loss and gradient before and after `--set`, as (what, before, after)."""
    before, walk = explanation.before, explanation.walk
    if before is None:
        return []
    rows = [("loss of the sample", write(before.loss), write(explanation.kernel))]
    if walk.whole.reduction != "none":
        rows.append(("loss of the file", write(before.value), write(walk.whole.value)))
    for role, gradient in explanation.sample.detail.gradients.items():
        old, new = before.gradients[role].reshape(-1), gradient.reshape(-1)
        for entry in walk.measured(new.size):
            name = role if new.size == 1 else f"{role}[{walk.entry(entry)}]"
            rows.append((f"d/d {name}", write(float(old[entry])), write(float(new[entry]))))
    return rows
