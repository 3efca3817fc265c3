"""Other axes of a role with which the files fit, and the loss that they then have."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from typing import NamedTuple

import numpy as np

from losscli.commands.diagnose.inspection import Inspection
from losscli.errors import LossError
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.readers.source import ArraySource, Source

LARGEST = 10_000_000
"""Numbers of a file that is read at once to compute the loss with other axes."""
BATCH_FIRST = (1, 0, 2)


class Refit(NamedTuple):
    """A role with its axes in a different order, or without an axis of length 1."""

    role: str
    how: str
    """What makes it fit, as the start of a sentence."""
    shape: tuple[int, ...]
    """The shape that fits."""
    typed: str
    """How NumPy makes it."""
    value: float | None
    """The loss; None where it is refused, or the file is too large."""


def transposed(inspection: Inspection, orders: Sequence[tuple[int, ...]]) -> Iterator[Refit]:
    """Yield the orders of the input's axes with which the files fit."""
    role = inspection.loss.roles[0].name
    source = inspection.sources[role]
    for order in orders:
        shape = tuple(source.shape[axis] for axis in order)
        if fits(inspection, role, shape):
            typed = f"numpy.transpose(x, {order})"
            value = None
            if math.prod(shape) <= LARGEST:
                value = _value(inspection, role, np.transpose(_whole(source), order))
            second = order == BATCH_FIRST
            how = f"With {'the batch second' if second else 'its axes in a different order'}"
            yield Refit(role, how, shape, typed, value)


def batch_first(inspection: Inspection) -> Iterator[Refit]:
    """Yield orders of the axes of sequences with which the files fit, the likeliest first."""
    shape = inspection.sources[inspection.loss.roles[0].name].shape
    if inspection.loss.layout is Layout.SEQUENCES and len(shape) == 3:
        others = [order for order in permutations(range(3)) if order != BATCH_FIRST]
        yield from transposed(inspection, [BATCH_FIRST, *others[1:]])


def squeezed(inspection: Inspection) -> Iterator[Refit]:
    """Yield the axes of length 1, except the samples, without which the files fit."""
    for role in (role.name for role in inspection.loss.roles):
        source = inspection.sources[role]
        ones = tuple(axis for axis, size in enumerate(source.shape) if axis and size == 1)
        for axes in dict.fromkeys([*((axis,) for axis in ones), ones]):
            shape = tuple(n for axis, n in enumerate(source.shape) if axis not in axes)
            if axes and fits(inspection, role, shape):
                value = None
                if math.prod(shape) <= LARGEST:
                    value = _value(inspection, role, _whole(source).reshape(shape))
                which = axes[0] if len(axes) == 1 else axes
                how = f"Without {'axis' if len(axes) == 1 else 'the axes'} {which} of length 1"
                yield Refit(role, how, shape, f"numpy.squeeze(x, {which})", value)


def fits(inspection: Inspection, role: str, shape: tuple[int, ...]) -> bool:
    """Return whether the files fit if a role has another shape."""
    # Shapes alone: a number that is repeated takes no memory.
    empty = np.broadcast_to(np.zeros((), inspection.sources[role].dtype), shape)
    try:
        return _with_array(inspection, role, empty).fits
    except LossError:
        return False


def _value(inspection: Inspection, role: str, array: Array) -> float | None:
    return _with_array(inspection, role, array).value()


def _with_array(inspection: Inspection, role: str, array: Array) -> Inspection:
    source = ArraySource(array, inspection.sources[role].label)
    return replace(inspection, sources={**inspection.sources, role: source})


def _whole(source: Source) -> Array:
    return source.read(0, source.shape[0] if source.shape else 1)
