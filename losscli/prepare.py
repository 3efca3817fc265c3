"""From sources and options to a problem: shapes settled, weights read; no role is broadcast."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from losscli.errors import DataError, UsageError, show
from losscli.kinds import Kind, Layout, given_as
from losscli.layout import Grid, grid_of
from losscli.operands import Operand, Problem, Settings
from losscli.options import Extent
from losscli.readers.source import Source
from losscli.registry import Loss, Role, array_extent

Array = NDArray[Any]


def prepare(
    loss: Loss,
    sources: Mapping[str, Source],
    options: Mapping[str, Any],
    settings: Settings,
    sample_weight: Source | None = None,
) -> Problem:
    """Check shapes and options and return the problem.

    `options` holds checked values; array options (weight, pos_weight) as sources. Raises UsageError
    for options that do not fit together and DataError for shapes that do not.
    """
    settings.check(loss)
    dtype = np.dtype(settings.dtype)
    first = _operand(
        loss.roles[0], given_as(loss.roles[0].kinds[0], options.get("from_")), sources, settings
    )
    shape = _class_second(first)
    _refuse_empty(first)
    if loss.by_class:
        axes, classes = (shape[0], *shape[2:]), shape[1]
    else:
        axes, classes = shape, 1
    others = [_match(role, sources[role.name], first, axes, shape) for role in loss.roles[1:]]
    operands = (first, *others)
    target = next(operand for operand in operands if operand.role.name == "target")
    grid = grid_of(axes, classes, dtype.itemsize)
    if target.kind.layout is Layout.CLASSES:
        _refuse_label_options(loss, options, settings)
    if options.get("z_loss") and options.get("from_", "logits") != "logits":
        raise UsageError(f"--z-loss is for logits; this input is --from {options['from_']}")
    weighs_the_mean = loss.normalizer is not None and target.kind.index
    values, exponent = _array_options(
        loss, options, grid, shape, dtype, first.source, weighs_the_mean
    )
    sample_exponent = 0 if sample_weight is None else _check_sample_weight(sample_weight, grid)
    # With the classes in rows, the header names samples.
    names = first.source.names if loss.by_class and first.turned is None else ()
    return Problem(
        loss=loss,
        settings=settings,
        operands=operands,
        options=values,
        grid=grid,
        sample_weight=sample_weight,
        class_exponent=exponent,
        sample_exponent=sample_exponent,
        weight_sources={
            option.name: options[option.name]
            for option in loss.options
            if array_extent(option) and options[option.name] is not None
        },
        names=names if len(names) == classes else (),
        dtype=dtype,
    )


def _refuse_label_options(loss: Loss, options: Mapping[str, Any], settings: Settings) -> None:
    ignore = loss.option("ignore_index")
    for flag, given in (
        ("--ignore-index", ignore is not None and options[ignore.name] != ignore.default),
        ("--label-base", bool(settings.label_base)),
    ):
        if given:
            raise UsageError(f"{flag} is for class indices; this target is class probabilities")


def _refuse_other_order(what: str, source: Source, first: Source) -> None:
    """Refuse columns with the input's names in another order: they would be paired wrongly."""
    names, known = source.names, first.names
    if names != known and len(names) > 1 and sorted(names) == sorted(known):
        raise DataError(
            f"{source.label}: the columns of {what} are those of the input in another order; "
            f"choose them in the input's: ::{','.join(known)}"
        )


def _operand(role: Role, kind: Kind, sources: Mapping[str, Source], settings: Settings) -> Operand:
    source = sources[role.name]
    if kind.layout is not Layout.CLASSES:
        return Operand(role, kind, source, None)
    shape = source.shape
    if len(shape) < 2:
        what = "a scalar" if not shape else f"1-d, shape {shape}"
        raise DataError(
            f"{source.label}: {role.name} is {what}, {kind.name} have the shape {kind.shape}: "
            "a row a sample, a column a class"
        )
    axis = settings.class_axis
    if not -len(shape) <= axis < len(shape):
        raise UsageError(f"--class-axis: {axis} is not an axis of the input, shape {shape}")
    return _with_classes(role, kind, source, axis % len(shape))


def _with_classes(role: Role, kind: Kind, source: Source, axis: int) -> Operand:
    """Return an operand with a class axis; classes by samples are read once and turned."""
    turned = np.moveaxis(source.read(0, source.shape[0]), 0, 1) if axis == 0 else None
    return Operand(role, kind, source, axis, turned=turned)


def _class_second(operand: Operand) -> tuple[int, ...]:
    shape = list(operand.source.shape)
    if operand.class_axis is not None:
        shape.insert(1, shape.pop(operand.class_axis))
    return tuple(shape)


def _refuse_empty(operand: Operand) -> None:
    shape = operand.source.shape
    if math.prod(shape):
        return
    what = "no samples" if shape[0] == 0 else "no classes" if 0 in shape[1:2] else "no values"
    raise DataError(f"{operand.source.label}: {operand.role.name} is empty, shape {shape}: {what}")


def _match(
    role: Role, source: Source, first: Operand, axes: tuple[int, ...], shape: tuple[int, ...]
) -> Operand:
    """Find which of the role's kinds the source's shape fits; nothing is broadcast."""
    fits = source.shape
    by_class = next((kind for kind in role.kinds if kind.layout is Layout.CLASSES), None)
    by_term = next((kind for kind in role.kinds if kind.layout is Layout.TERMS), None)
    if by_class and first.class_axis is not None and fits == first.source.shape:
        _refuse_other_order(role.name, source, first.source)
        return _with_classes(role, by_class, source, first.class_axis)
    if by_term and (fits == axes or (by_term.index and fits == (*axes, 1))):
        if by_term.index and source.dtype.kind == "b":
            raise DataError(
                f"{source.label}: {role.name} is an array of bool, class indices are whole numbers;"
                " cast it to int (bool labels fit bce)"
            )
        _refuse_other_order(role.name, source, first.source)
        return Operand(role, by_term, source, None, squeeze=fits != axes)
    raise DataError(_shape_refusal(role, source, first, axes, shape, by_class is not None))


def _shape_refusal(
    role: Role,
    source: Source,
    first: Operand,
    axes: tuple[int, ...],
    shape: tuple[int, ...],
    probabilities: bool,
) -> str:
    got = source.shape
    text = f"{source.label}: {role.name} has shape {got}, expected {axes}"
    if probabilities:
        text += f" (class indices) or {first.source.shape} (class probabilities)"
    text += f" for an input of shape {first.source.shape}"
    if not math.prod(got):
        return f"{source.label}: {role.name} is empty, shape {got}"
    if source.names and got[0] == axes[0] - 1:
        head = show(",".join(source.names))
        return f"{text}; its first line, {head}, was taken as a header: --no-header if it is a row"
    if first.class_axis is not None:
        if len(got) == 1 and got[0] == shape[1] and got[0] != shape[0] and len(shape) == 2:
            return f"{text}; is the input transposed (classes by samples)? --class-axis 0"
        if len(got) >= 2 and len(shape) == 1 + len(axes) and got[:1] == axes and len(axes) == 1:
            either = f", or {shape[1]} columns of probabilities" if probabilities else ""
            return f"{text}: one column of labels{either}"
        for axis in range(2, len(shape)):
            others = [size for at, size in enumerate(first.source.shape) if at != axis]
            if got == tuple(others) and first.class_axis == 1:
                return f"{text}; are the classes the last axis? --class-axis {axis}"
        return text if got[:1] == axes[:1] else f"{text}: {axes[0]} samples against {got[:1]}"
    if math.prod(got) == math.prod(axes):
        return f"{text}; nothing is broadcast: give both the same shape"
    return text


def _array_options(
    loss: Loss,
    options: Mapping[str, Any],
    grid: Grid,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    first: Source,
    weighs_the_mean: bool,
) -> tuple[dict[str, Any], int]:
    values, exponent = dict(options), 0
    for option in loss.options:
        extent, source = array_extent(option), options.get(option.name)
        if extent is None or source is None:
            continue
        array = _read_weight(option.flag, cast(Source, source))
        if extent is Extent.CLASS:
            _refuse_other_order(option.flag, source, first)
            array = _class_weight(option.flag, array, cast(Source, source), grid)
            if weighs_the_mean:
                exponent = rescaling(array)
                array = np.ldexp(array, exponent)
        with np.errstate(over="ignore"):
            array = array.astype(dtype)
        if extent is Extent.TERM:
            array = _term_weight(option.flag, array, cast(Source, source), shape)
        values[option.name] = array
    return values, exponent


def _term_weight(flag: str, array: Array, source: Source, shape: tuple[int, ...]) -> Array:
    if array.size == 1:
        return array.reshape(())
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise DataError(
            f"{source.label}: {flag} has shape {array.shape}, which does not broadcast to the "
            f"input's {shape}"
        ) from None


def read_whole(source: Source) -> Array:
    """Return a small source's numbers as float64."""
    return source.read(0, source.shape[0] if source.shape else 1).astype(np.float64)


def _read_weight(flag: str, source: Source) -> Array:
    if not math.prod(source.shape):
        raise DataError(f"{source.label}: {flag} is empty")
    array = read_whole(source)
    bad = ~(np.isfinite(array) & (array >= 0))
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0]) if array.ndim else ()
        raise DataError(
            f"{source.label} {source.place(index)}: {flag} {array[index]:g} is "
            f"{'negative' if array[index] < 0 else 'not finite'}; weights are numbers from 0 on"
        )
    return array


def _class_weight(flag: str, array: Array, source: Source, grid: Grid) -> Array:
    classes = grid.classes
    if array.ndim == 0:
        return np.full(classes, array)
    if array.shape not in ((classes,), (1, classes), (classes, 1)):
        text = f"{source.label}: {flag} has shape {array.shape}, expected ({classes},): one a class"
        if array.shape[:1] == (grid.n,):
            text += f"; one weight for each of the {grid.n} samples is --sample-weight"
        raise DataError(text)
    return array.reshape(-1)


def _check_sample_weight(source: Source, grid: Grid) -> int:
    if source.shape not in ((grid.n,), (grid.n, 1)):
        raise DataError(
            f"{source.label}: --sample-weight has shape {source.shape}, expected ({grid.n},): "
            "one weight a sample"
        )
    return rescaling(source.read(0, grid.n).astype(np.float64))


def rescaling(weights: Array) -> int:
    """Return the power of two that brings extreme weights within reach; 0 for ordinary ones.

    A mean does not change when all weights are multiplied alike, but products with weights of
    1e-320 lose their digits and sums of 1e308 overflow. Huge ones come down to 2**100 only, so that
    small ones beside them keep their digits.
    """
    largest = float(weights.max(initial=0.0))
    if not 0 < largest < math.inf or 1e-30 < largest < 1e30:
        return 0
    exponent = -math.frexp(largest)[1]
    return exponent + 100 if exponent < 0 else min(1000, exponent)
