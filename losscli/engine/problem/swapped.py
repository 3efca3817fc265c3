"""Whether the input and the target are each other's, in the only cases where numbers can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from losscli.engine.input_checks import in_unit
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.operands import Operand, first_operand, matched
from losscli.engine.problem.settings import Settings
from losscli.errors import DataError, LossError, SwappedError, called
from losscli.losses.declare.registry import Loss
from losscli.losses.declare.role_kind import Kind
from losscli.numerics.arrays import Array
from losscli.readers.source import ArraySource, Source

if TYPE_CHECKING:
    from losscli.engine.problem.problem import Problem

TARGET = "target"
LOOKED_AT = 4096
"""Rows that show whether numbers are labels."""
ENOUGH, FEWEST = 0.25, 2
"""Share and number of the targets outside their domain: fewer are faults of a file in its place."""


def refuse_swapped(
    loss: Loss, sources: Mapping[str, Source], options: Mapping[str, Any], settings: Settings
) -> None:
    """Refuse shapes that would fit if the input and the target were each other's."""
    name, role = loss.roles[0].name, next((r for r in loss.roles if r.name == TARGET), None)
    first, target = sources[name], sources.get(TARGET)
    if role is None or target is None or target.shape == first.shape:
        return
    for shape, other in product(_shapes(target.shape), _shapes(first.shape)):
        # Shapes alone: a number that is repeated takes no memory.
        shapes = {
            label: ArraySource(np.broadcast_to(np.zeros((), source.dtype), axes), label)
            for label, source, axes in ((name, target, shape), (TARGET, first, other))
        }
        try:
            operand = first_operand(loss, shapes, options, settings)
            kind = matched(loss, role, shapes[TARGET], operand, options).kind
            fits = not kind.index or _are_whole(first.read(0, LOOKED_AT))
        except LossError:
            continue
        as_they_are = (shape, other) == (target.shape, first.shape)
        if fits and (kind.index or as_they_are):
            raise SwappedError(
                f"{called(first.label, name)} has shape {first.shape}, and "
                f"{called(target.label, TARGET)} has shape {target.shape}",
                name,
            )


def _shapes(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield a shape, and the one that the same numbers have when they are typed for another role.

    A row and a vector are typed alike.
    """
    yield shape
    if len(shape) == 1:
        yield (1, *shape)
    elif len(shape) == 2 and shape[0] == 1:
        yield shape[1:]


def _are_whole(values: Array) -> bool:
    return bool((values == np.floor(values)).all())


def swapped_or(
    error: DataError, problem: Problem, blocks: Mapping[str, Array], tile: Tile, offset: int
) -> DataError:
    """Return an error about a tile, or one that says that the two roles look swapped there.

    They do if the numbers of the input are targets, as many of the targets are not, and the target
    can be an input.
    """
    first, target = problem.input, problem.target
    if target is None or not {first.role.name, TARGET} <= blocks.keys():
        return error
    if target.source.shape != first.source.shape or _domain(first.kind) == _domain(target.kind):
        return error

    def numbers(operand: Operand) -> Array:
        return operand.cut(blocks[operand.role.name], tile, offset, problem.dtype)

    inputs, targets = numbers(first), numbers(target)
    outside = _outside(target.kind, targets)
    if outside is not None and in_unit(targets[None]) and _are_whole(targets):
        return error  # Labels, of another kind.
    fit = _outside(target.kind, inputs) is None and first.kind.outside(targets) is None
    if outside is None or not fit or outside.mean() < ENOUGH or outside.sum() < FEWEST:
        return error
    found, _, _ = error.message.partition("; ")
    return SwappedError(f"{found}, but every number of the input is", first.role.name)


def _domain(kind: Kind) -> tuple[object, ...]:
    return kind.low, kind.high, kind.values, kind.index


def _outside(kind: Kind, values: Array) -> Array | None:
    """Return the mask of the numbers outside a kind's domain; None where there are none."""
    if kind.nonzero:
        return None
    if not kind.index:
        return kind.outside(values)
    broken = values != np.floor(values)
    return broken if broken.any() else None
