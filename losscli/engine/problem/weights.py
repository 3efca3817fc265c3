"""Class, term and sample weights: read, checked, and scaled into the range of the arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import numpy as np

from losscli.engine.problem.grid import Grid
from losscli.errors import DataError, MisfitError, called, option
from losscli.losses.declare.options import Extent, array_extent
from losscli.losses.declare.registry import Loss
from losscli.numerics.arrays import Array
from losscli.readers.source import Source


class ArrayOptions(NamedTuple):
    """The options of a problem, with arrays in place of sources."""

    values: dict[str, Any]
    exponent: int
    """Class weights were multiplied by 2 to this power, exactly; see `rescaling`."""


def array_options(
    loss: Loss,
    options: Mapping[str, Any],
    grid: Grid,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    *,
    weighs_the_mean: bool,
) -> ArrayOptions:
    """Read the array options; `shape` is the input's, in the order of its operand."""
    values, exponent = dict(options), 0
    for declared in loss.options:
        extent, source = array_extent(declared), options.get(declared.name)
        if extent is None or source is None:
            continue
        flag, source = declared.flag, cast(Source, source)
        name = called(source.label, flag, option(declared.name))
        # The shape before a number is read: the wrong file may be large.
        if extent is Extent.CLASS:
            _check_class_shape(name, source, grid)
        else:
            _check_term_shape(name, source, shape)
        array = _read_weight(flag, source)
        if extent is Extent.CLASS:
            array = np.full(grid.classes, array) if array.ndim == 0 else array.reshape(-1)
            if weighs_the_mean:
                exponent = rescaling(array, dtype)
                array = np.ldexp(array, exponent)
        with np.errstate(over="ignore"):
            array = array.astype(dtype)
        if extent is Extent.TERM:
            array = array.reshape(()) if array.size == 1 else np.broadcast_to(array, shape)
        values[declared.name] = array
    return ArrayOptions(values, exponent)


def read_whole(source: Source) -> Array:
    """Return all numbers of a small source as float64."""
    return source.read(0, source.shape[0] if source.shape else 1).astype(np.float64)


def _read_weight(flag: str, source: Source) -> Array:
    array = read_whole(source)
    bad = ~(np.isfinite(array) & (array >= 0))
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0]) if array.ndim else ()
        raise DataError(
            f"{source.locate(index)}: {flag} {array[index]:g} is "
            f"{'negative' if array[index] < 0 else 'not finite'}; give a non-negative number"
        )
    return array


def _check_class_shape(name: str, source: Source, grid: Grid) -> None:
    classes, shape = grid.classes, source.shape
    _refuse_empty(name, source)
    if shape not in ((), (classes,), (1, classes), (classes, 1)):
        text = f"{name} has shape {shape}, expected ({classes},)"
        fix = "give one number per class"
        if shape[:1] == (grid.n,):
            fix += f"; for one weight per sample, use {option('sample_weight')}"
        raise MisfitError(f"{text}; {fix}")


def _check_term_shape(name: str, source: Source, shape: tuple[int, ...]) -> None:
    own = source.shape
    _refuse_empty(name, source)
    if math.prod(own) == 1:
        return
    # Axes are matched from the last one; a missing one, or one of length 1, is repeated.
    known = zip(own[::-1], shape[::-1], strict=False)
    if len(own) > len(shape) or any(size not in (1, wanted) for size, wanted in known):
        raise MisfitError(
            f"{name} has shape {own}, expected one that broadcasts "
            f"to the input's {shape}; give one number or an array of that shape"
        )


def _refuse_empty(name: str, source: Source) -> None:
    if not math.prod(source.shape):
        raise MisfitError(f"{name} is empty; give at least one number")


def check_sample_weight(source: Source, grid: Grid) -> int:
    """Check the shape of the sample weights and return their rescaling exponent."""
    if source.shape not in ((grid.n,), (grid.n, 1)):
        raise MisfitError(
            f"{called(source.label, 'sample_weight', option('sample_weight'))} has shape "
            f"{source.shape}, expected ({grid.n},); give one weight per sample"
        )
    largest, least = 0.0, math.inf
    for start, stop in grid.blocks():
        # NumPy's maximum of a block with a NaN is NaN, which stays; the rows are refused later.
        part = source.read(start, stop).astype(np.float64)
        largest = float(np.maximum(largest, part.max()))
        least = min(least, float(part.min(initial=math.inf, where=part > 0)))
    return _rescaling(largest, least, np.dtype(np.float64))


def rescaling(weights: Array, dtype: np.dtype[Any]) -> int:
    """Return the exponent of the power of two that moves extreme weights into range; else 0.

    A mean does not change if all weights are multiplied by the same number, but products with
    weights of 1e-320 lose digits and sums of 1e308 overflow. Huge weights are scaled down to
    2**100, or as far as the smallest weights keep their digits.
    """
    least = float(weights.min(initial=math.inf, where=weights > 0))
    return _rescaling(float(weights.max(initial=0.0)), least, dtype)


def _rescaling(largest: float, least: float, dtype: np.dtype[Any]) -> int:
    if not 0 < largest < math.inf or 1e-30 < largest < 1e30:
        return 0
    exponent = -math.frexp(largest)[1]
    if exponent > 0:
        return min(1000, exponent)
    finfo = np.finfo(dtype)
    keeping = finfo.minexp + 62 - math.frexp(least)[1]
    return max(exponent + 100, min(0, keeping, exponent + 7 * finfo.maxexp // 8))
