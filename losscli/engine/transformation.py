"""Runs a transform on an array of any size: shapes first, then block by block.

With float32, numbers are rounded when they are read and when they are written, never in between.
Memory holds a few blocks, unless the samples are not the first axis of what becomes text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from losscli.engine.pool import in_order
from losscli.engine.problem.grid import Grid, grid_of, place
from losscli.engine.problem.operands import Operand, axes_of, leading_operand
from losscli.engine.problem.settings import DTYPES, require_whole
from losscli.errors import CORRECT, DataError, UsageError, call, called, option
from losscli.losses.transforms import Transform
from losscli.numerics.arrays import Array
from losscli.readers.source import Source

WORK = np.dtype(np.float64)
"""The dtype that formulas compute in."""


@dataclass(frozen=True)
class Transformation:
    """A transform of one array: everything that is known before the first block."""

    transform: Transform
    operand: Operand
    grid: Grid
    dtype: np.dtype[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the input and of the output."""
        return self.operand.source.shape

    @property
    def width(self) -> int:
        """Numbers per row: the classes, or the last axis of an array without classes."""
        if self.transform.by_class:
            return self.grid.classes
        return self.shape[-1] if len(self.shape) > 1 else 1

    @property
    def row_axes(self) -> tuple[int, ...]:
        """The shape of the rows: of the positions, or of all axes but the last."""
        if self.transform.by_class:
            return self.grid.axes
        return self.shape[:-1] if len(self.shape) > 1 else self.shape

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, if the file has them."""
        names = self.operand.source.names
        return names if self.operand.in_rows and len(names) == self.width else ()

    @property
    def warnings(self) -> list[str]:
        """What is valid about the input, but looks like a mistake."""
        if not (self.transform.by_class and self.width == 1):
            return []
        certain = "1" if self.transform.name == "softmax" else "0"
        return [
            f"{self.operand.source.label}: one column is one class, and its {self.transform.name} "
            f"is {certain} whatever it holds; for one output per sample, use "
            f"{call(self.transform.for_one, 'transform')}"
        ]

    def samples(self, start: int, stop: int) -> Array:
        """Return the output of samples start to stop, the class axis second.

        `start` is the first sample of a tile, so that a number has the same bits in any block.
        """
        block = self.operand.block(start, stop)
        out = np.empty(block.shape, self.dtype)
        with np.errstate(all="ignore"):
            for tile in self.grid.tiles(0, stop - start):
                values = self.operand.cut(block, tile, 0, self.dtype)
                place(out, tile, self.transform.formula(values.astype(WORK, copy=False)), 1.0)
        return out

    def blocks(self, threads: int | None) -> Iterator[Array]:
        """Yield the output block by block, in order, each as `samples` returns it."""
        grid = self.grid

        def work(rows: tuple[int, int]) -> Array:
            return self.samples(*rows)

        return in_order(work, grid.blocks(), threads, more=grid.n > grid.block_rows)

    def in_place(self, blocks: Iterator[Array]) -> Iterator[Array]:
        """Yield blocks in the input's layout; with samples on another axis, all as one."""
        axis = self.operand.sample_axis
        stored = self.stored(blocks)
        yield from [np.concatenate(list(stored), axis)] if axis else stored

    def stored(self, blocks: Iterator[Array]) -> Iterator[Array]:
        """Yield blocks in the input's layout, one after another on its axis of samples."""
        for block in blocks:
            yield self.operand.as_stored_order(block.reshape(-1) if len(self.shape) == 1 else block)

    def rows(self, block: Array) -> Array:
        """Return a block as rows, (rows, width)."""
        if self.transform.by_class:
            block = np.moveaxis(block, 1, -1)
        return block.reshape(-1, self.width)

    def chosen(self, numbers: Iterable[int]) -> Iterator[Array]:
        """Yield the rows with these numbers, in ascending order; only their tiles are computed."""
        tile_rows, each = self.grid.tile_rows, math.prod(self.row_axes[1:])
        at, rows = -1, np.empty(0)
        for number in numbers:
            sample = number // each
            start = sample - sample % tile_rows
            if start != at:
                rows = self.rows(self.samples(start, min(start + tile_rows, self.grid.n)))
                at = start
            yield rows[number - start * each]

    def first_not_finite(self, start: int, rows: Array) -> tuple[int, int] | None:
        """Return the row and column of the first output that is not finite; rows begin at `start`.

        A class or number that was -inf and stays -inf is not reported.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            total = float(rows.sum(dtype=np.float64))
        if math.isfinite(total):
            return None
        given = self._input_rows(start, start + rows.shape[0])
        places = np.argwhere(~np.isfinite(rows) & (np.isnan(rows) | (given != -math.inf)))
        return (start + int(places[0][0]), int(places[0][1])) if len(places) else None

    def _input_rows(self, start: int, stop: int) -> Array:
        """Return the input of rows start to stop."""
        each = math.prod(self.row_axes[1:])
        first = start // each
        rows = self.rows(self.operand.block(first, -(-stop // each)))
        return rows[start - first * each : stop - first * each]

    def blame(self, row: int, column: int) -> str:
        """Return one line that says why the output at a place is not finite."""
        given = self._input_rows(row, row + 1)[0]
        with np.errstate(over="ignore"):
            read = given.astype(self.dtype).astype(np.float64)
        what = f"the output of row {row} (counted from 0) is not finite"
        if not self.transform.by_class:
            bad = column
        elif (read == -math.inf).all() and (given == -math.inf).all():
            said = "input holds -inf for every class of the row"
            return f"{self._place(row, 0)}: {said}, so {what}; {CORRECT}"
        else:
            wrong = np.isnan(read) | (read == math.inf)
            bad = int(wrong.argmax()) if wrong.any() else column
        value = given[bad].item()
        if math.isfinite(read[bad]):
            said = f"input {value!r} less the row's largest overflows float64"
        else:
            said = f"input {value!r} overflows {self.dtype}"
            said = said if math.isfinite(value) else f"input is {value!r}"
        return f"{self._place(row, bad)}: {said}, so {what}; {CORRECT}"

    def _place(self, row: int, column: int) -> str:
        index = row_index(row, self.row_axes)
        if self.transform.by_class:
            return self.operand.place(index, (column,))
        return self.operand.place((*index, column) if len(self.shape) > 1 else index)


def row_index(row: int, axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index of a row among rows of shape `axes`; () for a single row."""
    return tuple(int(i) for i in np.unravel_index(row, axes)) if axes else ()


def transformation(
    transform: Transform, source: Source, class_axis: int = 1, dtype: str = "float64"
) -> Transformation:
    """Return the transform of one source, its shapes checked.

    A vector with class axis 0 is one row of classes. Raises UsageError for a class axis or an
    unknown dtype, DataError for an array that is empty or has no class axis.
    """
    if dtype not in DTYPES:
        raise UsageError(f"{option('dtype')}: {dtype!r} is not one of {', '.join(DTYPES)}")
    require_whole("class_axis", class_axis)
    if transform.by_class and len(source.shape) == 1:
        if class_axis not in (0, -1):
            raise DataError(
                f"{called(source.label, 'input')} has shape {source.shape}, expected (n, c, d...); "
                f"for the logits of one sample, use {option('class_axis', 0)}; for one logit per "
                f"sample, use {call(transform.for_one, 'transform')}"
            )
        if not source.shape[0]:
            raise DataError(
                f"{called(source.label, 'input')} is empty, shape {source.shape}; "
                "give at least one number"
            )
        vector = source.read(0, source.shape[0])[np.newaxis]
        operand = Operand(transform.role, transform.kind, source, turned=vector)
        axes: tuple[int, ...] = ()
    else:
        operand = leading_operand(transform.role, transform.kind, source, class_axis)
        axes = axes_of(operand)
    classes = operand.shape[1] if transform.by_class else 1
    return Transformation(
        transform, operand, grid_of(axes, classes, WORK.itemsize), np.dtype(dtype)
    )
