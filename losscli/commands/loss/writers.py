"""Writers of a run's blocks, for files and standard output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from losscli.commands.loss.options import ROW_FORMATS
from losscli.commands.loss.rows import by_term, cells, columns, gradient_columns
from losscli.commands.role_cells import given
from losscli.engine.block import Block
from losscli.engine.problem.problem import Problem
from losscli.numerics.arrays import Array
from losscli.output.encoders import Encoder, JsonObjects, Npy, NumberRows, Separated
from losscli.output.output_files import Chunk


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


def array_writer(problem: Problem, role: str | None, encoder: Encoder[Any]) -> Writer:
    """Return what writes the terms, or the gradient of a role, in the shape of the file."""
    if role is None:
        return Writer(encoder, lambda block: [given(block.terms)])
    operand = problem.operand(role)
    if operand.order and operand.order[0]:
        # Samples are not the first axis: every block waits for the last one.
        waiting: list[Array] = []

        def wait(block: Block) -> tuple[()]:
            waiting.append(block.gradients[role])
            return ()

        return Writer(encoder, wait, lambda: [operand.as_stored_order(np.concatenate(waiting))])

    def parts(block: Block) -> list[Array]:
        gradient = block.gradients[role]
        if operand.squeeze is not None:
            return [np.expand_dims(gradient, operand.squeeze)]
        return [operand.as_stored_order(gradient)]

    return Writer(encoder, parts)


def npy_writer(problem: Problem, role: str | None) -> Writer:
    """Return what writes the terms, or the gradient of a role, as NPY."""
    shape = problem.operand(role).source.shape if role else problem.grid.axes
    return array_writer(problem, role, Npy(problem.dtype, shape))


def term_writer(problem: Problem, roles: Sequence[str], extension: str) -> Writer:
    """Return what writes the terms to a file with this extension."""
    if extension == ".npy":
        return npy_writer(problem, None)
    return row_writer(problem, roles, ROW_FORMATS[extension.removeprefix(".")])
