"""Replays a problem's kernel on tiles of plain numbers, in arrays that each thread keeps."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence

import numpy as np

from losscli.engine.block import Block
from losscli.engine.problem.grid import Tile, broadcast_tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.recorded.program import NotFiniteError, Program, recorded
from losscli.engine.result.notices import Notices
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.numerics.summation import surely_finite


class Replayer:
    """One for all threads of a run. It may only succeed or hand over.

    Threads wait for each other while one of them is between two operations: it does as little as
    it can for each tile.
    """

    def __init__(self, problem: Problem, program: Program, notices: Notices, scale: float) -> None:
        """Replay a problem's program; gradients are multiplied by `scale`."""
        self._problem = problem
        self._program = program
        self._notices = notices
        self._scale = scale
        self._checks = [(at, o.kind) for at, o in enumerate(problem.operands) if o.kind.bounded]
        self._kept = threading.local()

    def totals(
        self, read: Mapping[str, Array], tiles: Sequence[Tile], out: Block
    ) -> list[float | None]:
        """Return the sum of the terms of each tile, and write what the block asks for.

        None for a tile with a number that needs a closer look: it is to be computed as usual.
        """
        problem, program = self._problem, self._program
        dtype, positions = problem.dtype, problem.grid.positions
        blocks = [read[operand.role.name] for operand in problem.operands]
        if not all(block.flags.c_contiguous for block in blocks):
            return [None] * len(tiles)
        flat = [block.reshape(-1) for block in blocks]
        gradients = [
            (at, out.gradients[role].reshape(-1)) for role, at in program.gradients.items()
        ]
        terms = None if out.terms is None else out.terms.reshape(-1)
        room = self._room(max(tile.terms for tile in tiles))
        found: list[float | None] = []
        for tile in tiles:
            size = tile.terms
            start = (tile.start - out.start) * positions + tile.first
            here = slice(start, start + size)
            places = [values[here].astype(dtype, copy=False) for values in flat]
            whole = all(kind.contains(places[at]) for at, kind in self._checks)
            places += [broadcast_tile(problem.options[name], tile) for name in problem.by_term]
            places += program.numbers
            places += room if size == room[0].size else [kept[:size] for kept in room]
            found.append(self._total(places) if whole else None)
            if terms is not None:
                terms[here] = places[program.terms]
            for at, gradient in gradients:
                written = np.multiply(places[at], self._scale, out=gradient[here])
                if not surely_finite(written):
                    found[-1] = None
            if self._notices.watching and found[-1] is not None:
                values = {o.role.name: v for o, v in zip(problem.operands, places, strict=False)}
                data = TileData(values, problem.options, None, None, None, {})
                self._notices.look(problem, data, tile)
        return found

    def _total(self, places: Sequence[Array]) -> float | None:
        try:
            self._program.replay(places)
        except NotFiniteError:
            return None
        total = float(np.add.reduce(places[self._program.terms], dtype=np.float64))
        return total if math.isfinite(total) else None

    def _room(self, size: int) -> list[Array]:
        """Return the thread's arrays, made for its first tile."""
        room: list[Array] = getattr(self._kept, "room", [])
        if not room or room[0].size < size:
            room = self._kept.room = self._program.room(size)
        return room


def replayer(problem: Problem, notices: Notices, scale: float, *, grad: bool) -> Replayer | None:
    """Return what replays a problem's kernel; None if its terms need more than the formula."""
    plain = all(
        operand.kind.layout is Layout.TERMS
        and not operand.kind.is_integer
        and operand.repeat == 1
        and operand.order is None
        for operand in problem.operands
    )
    weighted = problem.sample_weight is not None or problem.weight_exponent
    mapped = problem.settings.map_binary or problem.loss.length or problem.loss.normalizer
    if not plain or weighted or mapped:
        return None
    program = recorded(
        problem.loss.kernel,
        {operand.role.name: problem.dtype for operand in problem.operands},
        {name: problem.options[name].dtype for name in problem.by_term},
        problem.options,
        grad=grad,
    )
    # A formula that returns too little is refused where it runs as it is.
    asked = problem.loss.differentiable if grad else ()
    complete = program is not None and set(program.gradients) == set(asked)
    return Replayer(problem, program, notices, scale) if program and complete else None
