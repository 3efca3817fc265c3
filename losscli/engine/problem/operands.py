"""An operand: a role, its source, the order of the source's axes, and where each number is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.problem.grid import Tile, class_tile, place, sequence_tile, term_tile
from losscli.engine.problem.settings import Settings
from losscli.errors import MisfitError, UsageError, called, option, show
from losscli.losses.declare.registry import Loss, Role
from losscli.losses.declare.role_kind import Kind, Layout
from losscli.numerics.arrays import Array
from losscli.readers.source import AnyAxis, Source

BATCH_FIRST = "its axes are steps, samples, classes: is it batch first? exchange the first two"
_AXES = 5
"""Longer shapes are shortened in messages."""


class Operand(NamedTuple):
    """A role with its source and the kind that the source was found to have.

    Blocks, tiles and gradients have their axes in one order: samples, the numbers of a term
    (classes, then steps), further axes.
    """

    role: Role
    kind: Kind
    source: Source
    order: tuple[int, ...] | None = None
    """The source's axes in that order; None where each term is one number."""
    squeeze: int | None = None
    """The axis of length 1 that is left out: (n, d..., 1) or (n, 1, d...) is read as (n, d...)."""
    repeat: int = 1
    """How many terms share a number: more than 1 where a last axis of 1 is repeated."""
    turned: Array | None = None
    """The whole source in that order, if it cannot be read sample by sample."""
    starts: Array | None = None
    """Where the labels of each sample start in a source of concatenated labels."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape in that order."""
        if self.turned is not None:
            return self.turned.shape
        if self.order is not None:
            return tuple(self.source.shape[axis] for axis in self.order)
        return without(self.source.shape, self.squeeze)

    @property
    def sample_axis(self) -> int:
        """The source's axis of the samples."""
        return 0 if self.order is None else self.order[0]

    @property
    def in_rows(self) -> bool:
        """Whether the first axis of the source runs over the samples."""
        return self.turned is None and not self.sample_axis

    @property
    def class_axis(self) -> int | None:
        """The source's axis of the numbers of a term; None for one number per term."""
        return None if self.order is None else self.order[1]

    def block(self, start: int, stop: int) -> Array:
        """Return rows start to stop."""
        if self.turned is not None:
            return self.turned[start:stop]
        if self.repeat > 1 and len(self.source.shape) == 1:
            return self.source.read(0, 1)
        if self.sample_axis and isinstance(self.source, AnyAxis):
            block = self.source.read_along(self.sample_axis, start, stop)
        else:
            block = self.source.read(start, stop)
        if self.squeeze is not None:
            return block.squeeze(self.squeeze)
        block = block if self.order is None else block.transpose(self.order)
        # Tiles merge further axes into one: cheaper to copy once here than for every tile.
        return np.ascontiguousarray(block) if block.ndim > 3 else block

    def cut(self, block: Array, tile: Tile, offset: int, dtype: np.dtype[Any]) -> Array:
        """Return a tile of a block whose first row is `offset`; labels keep their dtype."""
        layout = self.kind.layout
        if layout is Layout.SEQUENCES:
            return sequence_tile(block, tile, offset, dtype)
        if layout is not Layout.TERMS:
            return class_tile(block, tile, offset, block.dtype if self.kind.is_integer else dtype)
        if self.repeat > 1:
            return np.repeat(
                term_tile(block, self._shared_tile(tile), offset).astype(dtype), self.repeat
            )
        values = term_tile(block, tile, offset)
        return values if self.kind.is_integer else values.astype(dtype, copy=False)

    def put(self, out: Array, tile: Tile, gradient: Array, scale: Array | float) -> Array:
        """Write scale * gradient to the tile's place in an array of this operand's shape."""
        if self.repeat > 1:
            return place(out, self._shared_tile(tile), self.summed(gradient * scale), 1)
        return place(out, tile, gradient, scale)

    def summed(self, gradient: Array) -> Array:
        """Return the sum over the terms that share a number."""
        total: Array = gradient.reshape(-1, self.repeat).sum(axis=1)
        return total

    def _shared_tile(self, tile: Tile) -> Tile:
        """Return the tile of the numbers that a tile of terms shares."""
        if len(self.shape) == 1:
            return Tile(0, 1, 0, 1)
        return tile._replace(first=tile.first // self.repeat, last=tile.last // self.repeat)

    def as_stored_order(self, array: Array) -> Array:
        """Return an array of this operand's shape with its axes in the source's order."""
        return array if self.order is None else array.transpose(np.argsort(self.order))

    def place(self, term: Sequence[int], inner: Sequence[int] = ()) -> str:
        """Name the place of a number by its term's index and its index within the term."""
        index = [*term[:1], *inner, *term[1:]]
        if self.starts is not None:
            index = [int(self.starts[term[0]]) + inner[0]] if inner else [int(self.starts[term[0]])]
        elif self.order is not None and len(index) == len(self.order):
            index = [index[self.order.index(axis)] for axis in range(len(index))]
        elif self.squeeze is not None and self.squeeze < len(index):
            index.insert(self.squeeze, 0)
        if self.repeat > 1:
            index[-1] = 0
        return self.source.locate(index)


def without(shape: tuple[int, ...], axis: int | None) -> tuple[int, ...]:
    """Return a shape without one of its axes."""
    return tuple(size for at, size in enumerate(shape) if at != axis)


def first_operand(
    loss: Loss, sources: Mapping[str, Source], options: Mapping[str, Any], settings: Settings
) -> Operand:
    """Return the loss's first role, whose shape determines the shapes of the others."""
    role = loss.roles[0]
    kind = loss.kinds(role, options)[0]
    return leading_operand(role, kind, sources[role.name], settings.axis_of(loss))


def leading_operand(role: Role, kind: Kind, source: Source, class_axis: int) -> Operand:
    """Return the operand of a role of any shape; MisfitError if its kind does not allow the shape.

    `class_axis` is the source's class axis, if the kind has one.
    """
    shape = source.shape
    if kind.layout is Layout.TERMS:
        operand = Operand(role, kind, source)
    else:
        axes = {Layout.VECTORS: (2, 2), Layout.SEQUENCES: (3, 3)}.get(kind.layout, (2, math.inf))
        if not axes[0] <= len(shape) <= axes[1]:
            raise MisfitError(_axes_refusal(role, kind, source))
        operand = _ordered(role, kind, source, _order(kind, shape, class_axis))
    if not math.prod(shape):
        name = called(source.label, role.name)
        what = "no samples" if operand.shape[0] == 0 else "no values"
        by_class = kind.layout in (Layout.CLASSES, Layout.SEQUENCES)
        if by_class and operand.shape[1] == 0 and operand.shape[0]:
            what = "no classes"
        raise MisfitError(f"{name} is empty, shape {_shape_text(shape)}: {what}; give at least one")
    return operand


def _axes_refusal(role: Role, kind: Kind, source: Source) -> str:
    shape = source.shape
    what = f"has shape {shape}" if shape else "is a scalar"
    text = f"{called(source.label, role.name)} {what}, expected {kind.shape} for {kind.name}"
    if kind.layout is Layout.CLASSES:
        return f"{text}; give one row per sample and one column per class"
    if kind.layout is Layout.VECTORS:
        return f"{text}; give one row per sample"
    return f"{text}; give an array of steps by samples by classes"


def _order(kind: Kind, shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    if not -len(shape) <= axis < len(shape):
        raise UsageError(
            f"{option('class_axis')}: {axis} is not an axis of the input, shape {shape}; give "
            f"{' or '.join(map(str, range(len(shape))))}"
        )
    axis %= len(shape)
    others = [at for at in range(len(shape)) if at != axis]
    # The samples of sequences are the second axis, the steps the first.
    sample = others.pop(1 if kind.layout is Layout.SEQUENCES else 0)
    return (sample, axis, *others)


def _ordered(role: Role, kind: Kind, source: Source, order: tuple[int, ...]) -> Operand:
    """Return an operand with ordered axes; a table with samples in columns is read at once."""
    turned = None
    if order[0] and not isinstance(source, AnyAxis):
        turned = source.read(0, source.shape[0]).transpose(order)
    return Operand(role, kind, source, order, turned=turned)


def matched(
    loss: Loss, role: Role, source: Source, first: Operand, options: Mapping[str, Any]
) -> Operand:
    """Return the operand of the first kind that fits the source's shape; nothing is broadcast."""
    kinds, axes = loss.kinds(role, options), axes_of(first)
    fits = source.shape
    for kind in kinds:
        if kind.layout is Layout.LABELS:
            _refuse_bool(role, source, "write the index of each label")
        if kind.layout is not Layout.TERMS:
            if first.order is not None and fits == first.source.shape:
                refuse_names_in_another_order(role.name, source, first.source)
                return _ordered(role, kind, source, first.order)
            if first.kind.layout is Layout.SEQUENCES:
                if len(fits) == 1:
                    return Operand(role, kind, source)
                if len(fits) == 2 and fits[0] == axes[0]:
                    return Operand(role, kind, source, (0, 1))
        elif fits == axes or (kind.index and _channel(fits, first) is not None):
            if kind.is_integer:
                _refuse_bool(role, source, "cast it to int")
            if kind.index and first.order is not None:
                _refuse_rounded(role, source, first.shape[1])
            refuse_names_in_another_order(role.name, source, first.source)
            return Operand(role, kind, source, squeeze=_channel(fits, first))
        elif kind.broadcasts and axes and fits == (*axes[:-1], 1):
            return Operand(role, kind, source, repeat=axes[-1])
    raise MisfitError(_shape_refusal(role, kinds, source, first))


def _channel(shape: tuple[int, ...], first: Operand) -> int | None:
    """Return the axis of length 1 without which a shape is that of the terms.

    It is the last one, or the second, which is the channel of a mask.
    """
    axes = axes_of(first)
    for axis in (len(axes), 1):
        one = axes and len(shape) == len(axes) + 1 and shape[axis] == 1
        if one and without(shape, axis) == axes:
            return axis
    return None


def _refuse_bool(role: Role, source: Source, fix: str) -> None:
    if source.dtype.kind == "b":
        raise MisfitError(
            f"{called(source.label, role.name)} is an array of bool, expected integers; {fix}"
        )


def _refuse_rounded(role: Role, source: Source, classes: int) -> None:
    """Refuse class indices in a type of float that has no room for all of them."""
    if source.dtype.kind == "f" and classes > (exact := 2 ** (np.finfo(source.dtype).nmant + 1)):
        raise MisfitError(
            f"{called(source.label, role.name)} is an array of {source.dtype.name}, which rounds "
            f"class indices above {exact}, and there are {classes} classes; save it as integers"
        )


def axes_of(first: Operand) -> tuple[int, ...]:
    """Return the shape of the terms, (n, d...)."""
    shape = first.shape
    if first.kind.layout is Layout.SEQUENCES:
        return shape[:1]
    return shape if first.order is None else (shape[0], *shape[2:])


def refuse_names_in_another_order(what: str, source: Source, first: Source) -> None:
    """Refuse columns in a different order from the input's: they would be paired wrongly."""
    names, known = source.names, first.names
    if names != known and len(names) > 1 and sorted(names) == sorted(known):
        in_memory = source.label == what
        choice = f"{what}[{first.label}.columns]" if in_memory else f"::{','.join(known)}"
        raise MisfitError(
            f"{called(source.label, what)} has the input's columns in a different order; "
            f"choose them in the input's order: {choice}"
        )


def _shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as text, shortened if it has many axes."""
    if len(shape) <= _AXES:
        return str(shape)
    return f"({', '.join(map(str, shape[:_AXES]))}, ... {len(shape)} axes)"


def _shape_refusal(role: Role, kinds: Sequence[Kind], source: Source, first: Operand) -> str:
    got, axes, shape = source.shape, axes_of(first), first.shape
    name = called(source.label, role.name)
    by_term = [kind for kind in kinds if kind.layout is Layout.TERMS]
    by_class = [kind for kind in kinds if kind.layout is not Layout.TERMS]
    expected = _shape_text(axes if by_term else first.source.shape)
    if first.kind.layout is Layout.SEQUENCES and not by_term:
        expected = f"({axes[0]}, s) or one vector"
    if by_term and by_class:
        expected += (
            f" ({by_term[0].name}) or {_shape_text(first.source.shape)} ({by_class[0].name})"
        )
    elif by_term and by_term[0].broadcasts and axes:
        expected += f" or {_shape_text((*axes[:-1], 1))}"
    if not math.prod(got):
        return (
            f"{name} is empty, shape {_shape_text(got)}, expected {expected}; give one value for "
            "each"
        )
    text = f"{name} has shape {_shape_text(got)}, expected {expected}"
    text += f" for an {first.role.name} of shape {_shape_text(first.source.shape)}"
    if source.names and got[0] == axes[0] - 1:
        head = show(",".join(source.names))
        return (
            f"{text}; its first line, {head}, was read as a header; "
            f"if it is data, use {option('header', False)}"
        )
    if first.kind.layout is Layout.SEQUENCES:
        steps, samples = first.source.shape[:2]
        batch_first = got[0] == steps != samples
        return f"{text}; {BATCH_FIRST if batch_first else 'give one row per sample'}"
    if first.kind.layout is Layout.CLASSES and by_term:
        if len(got) == 1 and got[0] == shape[1] and got[0] != shape[0] and len(shape) == 2:
            # The other axis of two: not the one that was typed.
            axis = 1 - (first.class_axis or 0)
            return f"{text}; are the classes on axis {axis}? use {option('class_axis', axis)}"
        if len(got) >= 2 and len(shape) == 1 + len(axes) and got[:1] == axes and len(axes) == 1:
            either = f", or {shape[1]} columns of probabilities" if by_class else ""
            return f"{text}; give one column of labels{either}"
        for axis in range(2, len(shape)):
            others = [size for at, size in enumerate(first.source.shape) if at != axis]
            if got == tuple(others) and first.class_axis == 1:
                return f"{text}; are the classes on axis {axis}? use {option('class_axis', axis)}"
        return f"{text}; give one target per {'sample' if len(axes) == 1 else 'position'}"
    same_size = math.prod(got) == math.prod(axes if by_term else shape)
    return f"{text}; give both the same shape{' (nothing is broadcast)' * same_size}"
