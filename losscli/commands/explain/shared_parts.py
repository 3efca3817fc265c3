"""The parts of an explanation that all formats share: the sample, the changes, the verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from losscli.commands.explain.explanation import Explanation
from losscli.commands.explain.number import GIVEN, Number
from losscli.commands.explain.step import Row, Step
from losscli.commands.explain.writing import ASCII, Tree, text_of
from losscli.output.digits import shortest, written
from losscli.output.page import Form, Signs
from losscli.output.page import Number as Shown


def row_name(row: Row) -> str:
    """Return what a row is called, without its formula."""
    if isinstance(row.label, str):
        return row.label
    return ascii_text(row.label.args[0] if row.label.op == "=" else row.label)


def formatter(digits: int) -> Callable[[Number], str]:
    """Return how a number is written alone: computed ones with fixed decimals."""

    def write(number: Number) -> str:
        form = Form.GIVEN if number.op == GIVEN else Form.FIXED
        return written(Shown(number.value, form), digits)

    return write


def exact(number: Number) -> str:
    """Return a number with every digit."""
    return shortest(number.value)


def ascii_text(tree: Tree) -> str:
    """Return a formula as text for a pipe."""
    return text_of(tree, ASCII, exact)


def phrase_text(phrase: Sequence[str | float], write: Callable[[float], str]) -> str:
    """Return a phrase as text, its numbers as `write` writes them."""
    return "".join(part if isinstance(part, str) else write(float(part)) for part in phrase)


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


def verdict(explanation: Explanation) -> list[tuple[bool, str, list[str | float]]]:
    """Yield the comparisons: whether both agree, a name, the figures."""
    check = explanation.check
    walk, kernel = explanation.value, explanation.kernel
    alike = walk == kernel or (math.isnan(walk) and math.isnan(kernel))
    same: list[str | float] = [walk, " = " if alike else Signs(" ≈ "), kernel]
    rows = [] if explanation.walk.is_generic else [(explanation.agrees, "walk = kernel", same)]
    how: list[str | float]
    if check.convention:
        how = [f"as the kernel's; {check.convention}"]
    elif check.kinks:
        left, right = check.kinks[0].sides or (0.0, 0.0)
        how = ["at a kink: the slope is ", left, " to the left, ", right, " to the right"]
    elif check.largest is None:
        how = ["as the kernel's; no finite difference exists here"]
    else:
        power = math.floor(math.log10(check.largest)) + 1 if check.largest else 0
        gap = f"off by less than 1e{power}" if check.largest else "the same"
        how = [f"central difference: {gap}"]
    rows.append((check.agrees, "gradient", how))
    return rows


def changes(explanation: Explanation) -> list[tuple[str, str, str]]:
    """Return what `--set` changed, as (what, before, after)."""
    if explanation.before is None:
        return []
    return [(change.what, change.before, change.after) for change in explanation.before.changes]


def differences(explanation: Explanation) -> list[tuple[str, float, float]]:
    """Return loss and gradient before and after `--set`, as (what, before, after)."""
    before, walk = explanation.before, explanation.walk
    if before is None:
        return []
    rows = [("loss of the sample", before.loss, explanation.kernel)]
    if walk.whole.reduction != "none":
        rows.append(("loss of the file", before.value, walk.whole.value))
    for role, gradient in explanation.sample.detail.gradients.items():
        old, new = before.gradients[role].reshape(-1), gradient.reshape(-1)
        for entry in walk.measured(new.size):
            name = role if new.size == 1 else f"{role}[{walk.entry(entry)}]"
            rows.append((f"d/d {name}", float(old[entry]), float(new[entry])))
    return rows
