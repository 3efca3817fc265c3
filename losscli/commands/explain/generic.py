"""The walk of a loss that has none of its own, because another package declares it.

Its formula is text, so the kernel computes the loss and the gradient. What is checked is the
gradient, by a finite difference, and the way to the loss of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from losscli.commands.explain.formula import formula, symbol
from losscli.commands.explain.gradient import scale_of
from losscli.commands.explain.number import Number, given
from losscli.commands.explain.sample import Sample
from losscli.commands.explain.step import Row, Step
from losscli.commands.explain.walk import Walk, largest_rows
from losscli.losses.declare.options import Bounds, Effect
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array

SYMBOLS = {"input": "x", "target": "y"}
"""What formulas call these roles; others are called by their names."""


def walk_without_formulas(w: Walk, sample: Sample) -> None:
    """Show the numbers, what the kernel makes of them, the reduction and the gradient."""
    loss = sample.problem.loss
    w.is_generic = True
    _numbers(w, sample)
    value, gradients = sample.computed(sample.columns, grad=True)
    why = f"{loss.facts['formula']}: computed by the kernel, as {loss.package} states no steps."
    w.steps.append(Step("The loss", None, (Row(symbol("L"), given(value)),), why))
    weighted = loss.class_weight and sample.options[loss.class_weight.name] is not None
    w.reduce(given(value), given(1.0) if weighted else None)
    is_only = len(gradients) == 1
    scale = scale_of(sample) * (1.0 if sample.weight is None else sample.weight)
    for role, derivative in gradients.items():
        name, gradient = "Gradient" if is_only else f"Gradient, {role}", derivative * scale
        why = "Computed by the kernel, and compared with a finite difference of the loss."
        w.gradients[role] = _values(gradient)
        _add(w, name, f"dL/d{SYMBOLS.get(role, role)}", gradient, why, role)


def _numbers(w: Walk, sample: Sample) -> None:
    """Add a step for each role with several numbers, and one for those of one number."""
    problem, single = sample.problem, {}
    for name, column in sample.columns.items():
        kind, text = problem.operand(name).kind, SYMBOLS.get(name, name)
        if kind.layout is Layout.LABELS:
            rows = [Row(f"label {at}", value) for at, value in enumerate(_values(column))]
            w.steps.append(Step(name.capitalize(), None, (*rows,), f"--{name}: {kind.name}."))
        elif column.ndim:
            _add(w, name.capitalize(), text, column, f"--{name}: {kind.name}.")
        elif not kind.index:
            single[text] = given(float(column))
    why = "The numbers of this sample"
    for option in problem.loss.options:
        if isinstance(option.spec, Bounds) and option.effect is not Effect.IGNORES_TARGETS:
            single[option.name] = given(float(sample.options[option.name]))
            why = "The numbers of this sample, and the options"
    if single:
        w.numbers(f"{why}.", **single)


def _add(w: Walk, name: str, text: str, column: Array, why: str, role: str = "") -> None:
    """Add a step of one number, of a number per class, or of numbers with names of their own."""
    values, names = _values(column), _names(w, column)
    if names:
        w.entry_names = names
    tree = formula(f"{text}_j" if column.ndim else text)
    rows = largest_rows(values, names) if names else (Row(tree, values[0]),)
    by_class = column.ndim > 0 and not names
    if by_class:
        rows = w.rows(values, "j", adds=bool(role))
    title = tree if column.ndim else None
    w.steps.append(Step(name, title, rows, why, role=role, by_class=by_class))


def _values(column: Array) -> list[Number]:
    return [given(float(x)) for x in column.reshape(-1)]


def _names(w: Walk, column: Array) -> Sequence[str]:
    """Return the places of numbers, where there is not one per class."""
    if column.ndim == 0 or column.shape == (len(w.labels),):
        return ()
    places = product(*map(range, column.shape))
    return [",".join(map(str, place)) for place in places]
