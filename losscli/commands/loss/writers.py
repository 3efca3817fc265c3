"""Writers of a run's blocks, for files and standard output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from losscli.commands.loss.rows import by_term, cells, columns, gradient_columns
from losscli.commands.role_cells import given
from losscli.engine.block import Block
from losscli.engine.problem.problem import Problem
from losscli.numerics.arrays import Array
from losscli.output.encoders import Encoder, JsonList, JsonObjects, Npy, NumberRows, Separated
from losscli.output.output_files import Chunk
from losscli.output.row_formats import ROW_FORMATS


class Writer:
    """The parts of each block that are written, as the blocks are done, in order."""

    def __init__(
        self,
        encoder: Encoder[Any],
        parts: Callable[[Block], Iterable[Any]],
        rest: Callable[[], Iterable[Any]] = tuple,
    ) -> None:
        self.encoder = encoder
        self.parts = parts
        self.rest = rest
        """Returns the parts that had to wait for the last block."""

    def head(self) -> Iterable[Chunk]:
        """Return the text before the first block."""
        return self.encoder.head()

    def block(self, block: Block) -> Iterator[Chunk]:
        """Yield a block."""
        for part in self.parts(block):
            yield from self.encoder.part(part)

    def tail(self) -> Iterator[Chunk]:
        """Yield the parts after the last block."""
        for part in self.rest():
            yield from self.encoder.part(part)
        yield from self.encoder.tail()


def row_writer(problem: Problem, roles: Sequence[str], delimiter: str | None) -> Writer:
    """Return what writes one row per term: CSV or TSV, or JSON Lines without a delimiter."""
    names = columns(problem, roles)
    encoder = JsonObjects(names) if delimiter is None else Separated(delimiter, names)
    return Writer(encoder, lambda block: [cells(problem, block, roles)])


def value_writer() -> Writer:
    """Return what writes the terms, one number per line."""
    return Writer(NumberRows(","), lambda block: [given(block.terms).reshape(-1)])


def gradient_writer(problem: Problem, role: str, extension: str) -> Writer:
    """Return what writes a gradient to a file with this extension; CSV has one row per term."""
    if extension == ".npy":
        return npy_writer(problem, role)
    encoder = NumberRows(",", gradient_columns(problem, role))
    return Writer(encoder, lambda block: [by_term(problem, role, block.gradients[role])])


def list_writer(problem: Problem, role: str | None) -> Writer:
    """Return what writes the terms, or the gradient of a role, as one list of JSON."""
    if role is None or not problem.operand(role).sample_axis:
        return Writer(JsonList(), lambda block: [_stored(problem, role, block)])
    # Each line of text needs all samples.
    waiting: list[Array] = []

    def wait(block: Block) -> tuple[()]:
        waiting.append(_stored(problem, role, block))
        return ()

    axis = problem.operand(role).sample_axis
    return Writer(JsonList(), wait, lambda: [np.concatenate(waiting, axis)])


def npy_writer(problem: Problem, role: str | None) -> Writer:
    """Return what writes the terms, or the gradient of a role, as NPY."""
    shape, axis = problem.grid.axes, 0
    if role is not None:
        operand = problem.operand(role)
        shape, axis = operand.source.shape, operand.sample_axis
    encoder = Npy(problem.dtype, shape, axis)
    return Writer(encoder, lambda block: [_stored(problem, role, block)])


def _stored(problem: Problem, role: str | None, block: Block) -> Array:
    """Return the terms, or the gradient of a role, with its axes as in the file."""
    if role is None:
        return given(block.terms)
    operand, gradient = problem.operand(role), block.gradients[role]
    if operand.squeeze is not None:
        return np.expand_dims(gradient, operand.squeeze)
    return operand.as_stored_order(gradient)


def term_writer(problem: Problem, roles: Sequence[str], extension: str) -> Writer:
    """Return what writes the terms to a file with this extension."""
    if extension == ".npy":
        return npy_writer(problem, None)
    return row_writer(problem, roles, ROW_FORMATS[extension.removeprefix(".")])
