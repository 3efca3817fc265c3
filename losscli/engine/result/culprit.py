"""The cause of a loss that is not finite: the first NaN or infinity, by file and place."""

from __future__ import annotations

import math

import numpy as np

from losscli.engine.problem.operands import Operand
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.run import Outcome, kernel_terms
from losscli.errors import CORRECT, for_command_line, option
from losscli.losses.declare.options import Effect, Extent, array_extent
from losscli.numerics.arrays import Array


def culprit(outcome: Outcome, term: int | None, *, sums: bool = True) -> str:
    """Return one line that says why the result is not finite; `term` is the first such term.

    `sums` says whether the command has a sum to use instead of the mean.
    """
    return for_command_line(_reason(outcome, term, sums=sums))


def _reason(outcome: Outcome, term: int | None, *, sums: bool) -> str:
    problem = outcome.problem
    or_sum = f" or use {option('reduction', 'sum')}" if sums else ""
    if outcome.partial.counted == 0:
        label = "" if problem.target is None else f"{problem.target.source.label}: "
        ignoring = problem.loss.with_effect(Effect.IGNORES_TARGETS)
        name = ignoring.name if ignoring else ""
        return (
            f"{label}all {outcome.partial.ignored} targets are ignored "
            f"({option(name, problem.ignore_index)}), so the mean is 0/0; "
            f"give another {option(name)}{or_sum}"
        )
    if term is None:
        if outcome.partial.denominator.total == 0:
            by_class = problem.loss.class_weight
            sources = (
                problem.weight_sources.get(by_class.name) if by_class else None,
                problem.sample_weight,
            )
            labels = ", ".join(source.label for source in sources if source is not None)
            return (
                f"{labels}: the counted weights sum to zero, so the mean is 0/0; "
                f"give a weight above 0{or_sum}"
            )
        mean = "" if problem.settings.divides else f" or use {option('reduction', 'mean')}"
        return f"the sum overflows float64; rescale the numbers{mean}"
    index = problem.grid.index(term)
    at = f" of sample {','.join(map(str, index))} (counted from 0)" if index else ""
    data, at_term = problem.term(term)
    what = f"the {'gradient' if _is_finite(problem, data, at_term) else 'loss'}{at}"
    if problem.loss.infinite and not _is_finite(problem, _of_finite_numbers(data), at_term):
        return f"{problem.input.place(index)}: {what} is not finite: {problem.loss.infinite}"
    share = _share(problem, data, at_term)
    largest = []
    for operand, tile_values in zip(problem.operands, data.values.values(), strict=True):
        if operand.kind.is_integer:
            continue
        values = tile_values[..., at_term]
        if found := _to_blame(problem, operand, values, share, index):
            return f"{found[0]}, so {what} is not finite; {found[1]}"
        largest.append((float(np.abs(values).max(initial=0)), operand.place(index)))
    place = max(largest, key=lambda one: one[0])[1]
    fix = "rescale the numbers or remove the row"
    if problem.dtype == np.float32:
        fix = f"use {option('dtype', 'float64')}"
    return f"{place}: {what} overflows {problem.dtype}; {fix}"


def _is_finite(problem: Problem, data: TileData, at_term: int) -> bool:
    """Return whether the loss of one term of a tile is finite."""
    with np.errstate(all="ignore"):
        terms, _ = kernel_terms(problem, data, grad=False)
    return math.isfinite(terms[at_term])


def _of_finite_numbers(data: TileData) -> TileData:
    """Return a tile with 0 in place of NaN and infinities, to see whether they are the cause."""
    values = {
        role: np.where(np.isfinite(numbers), numbers, 0).astype(numbers.dtype)
        for role, numbers in data.values.items()
    }
    return data._replace(values=values)


def _share(problem: Problem, data: TileData, at_term: int) -> Array | None:
    """Return the classes that one term depends on; None where the target is not a class."""
    if not problem.loss.picks:
        return None
    target, classes = data.target[..., at_term], problem.grid.classes
    share: Array = np.arange(classes) == target if target.ndim == 0 else target > 0
    if problem.value_of(Effect.SMOOTHS_TARGETS):
        share = np.ones(classes, bool)
    for declared in problem.loss.options:
        weight = problem.options[declared.name]
        if array_extent(declared) is Extent.CLASS and weight is not None:
            share = share & (weight != 0)
    return share


def _to_blame(
    problem: Problem, operand: Operand, values: Array, share: Array | None, index: tuple[int, ...]
) -> tuple[str, str] | None:
    """Return the number in one term's role that is the cause, if any, and the fix."""
    name, impossible = operand.role.name, operand.kind.zero_probability
    never = np.zeros(values.shape, bool) if impossible is None else values == impossible.value
    bad = ~np.isfinite(values) | never
    # A class in which the target has no share, such as a masked one, does not matter.
    asked = share if operand is problem.input else None
    if asked is not None:
        if (values == -math.inf).all():
            where = operand.place(index, (0,))
            return f"{where}: {name} holds -inf for every class of the row", CORRECT
        bad &= asked | ~(never | (values == -math.inf))
    if not bad.any():
        return None
    inner = [int(i) for i in np.argwhere(bad)[0]]
    stored = float(problem.as_stored(operand, index, inner))
    found = f"{operand.place(index, inner)}: {name}"
    if impossible is not None and never[tuple(inner)]:
        several = asked is not None and np.count_nonzero(asked) > 1
        why = impossible.why.format("a class in the target" if several else "the target")
        return f"{found} is {stored:g}: {why}", impossible.fix
    if math.isfinite(stored):
        return f"{found} {stored!r} overflows {problem.dtype}", f"use {option('dtype', 'float64')}"
    return f"{found} is {stored}", CORRECT
