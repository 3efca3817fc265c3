"""Replays a problem's kernel on tiles of plain numbers, in arrays that each thread keeps."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence

import numpy as np

from losscli.engine.block import Block
from losscli.engine.partial import Partial
from losscli.engine.problem.grid import Tile, broadcast_tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.recorded.program import NotFiniteError, Program, recorded
from losscli.engine.result.notices import Notices
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.numerics.summation import SCALE, Sum, sum_of

FEWEST = 1 << 16
"""Fewer terms are computed before their formula is recorded."""


class Replayer:
    """One for all threads of a run. It may only succeed or hand over."""

    def __init__(self, problem: Problem, program: Program, notices: Notices, scale: float) -> None:
        """Replay a problem's program; gradients are multiplied by `scale`."""
        self._problem = problem
        self._program = program
        self._notices = notices
        self._scale = scale
        self._checked = [(o.role.name, o.kind) for o in problem.operands if o.kind.bounded]
        self._kept = threading.local()

    def parts(
        self, read: Mapping[str, Array], tiles: Sequence[Tile], out: Block
    ) -> Sequence[Partial | None]:
        """Compute the tiles of what was read, and write what the block asks for.

        None for a tile with a number that needs a closer look: it is to be computed as usual.
        """
        blocks = {operand.role.name: read[operand.role.name] for operand in self._problem.operands}
        if not all(block.flags.c_contiguous for block in blocks.values()):
            return [None] * len(tiles)
        flat = {role: block.reshape(-1) for role, block in blocks.items()}
        results = {role: gradient.reshape(-1) for role, gradient in out.gradients.items()}
        if out.terms is not None:
            results[""] = out.terms.reshape(-1)
        room = self._room(max(tile.terms for tile in tiles))
        return [self._part(flat, tile, room, results, out.start) for tile in tiles]

    def _part(
        self,
        flat: Mapping[str, Array],
        tile: Tile,
        room: Sequence[Array],
        results: Mapping[str, Array],
        offset: int,
    ) -> Partial | None:
        problem, size = self._problem, (tile.stop - tile.start) * (tile.last - tile.first)
        start = (tile.start - offset) * problem.grid.positions + tile.first
        here = slice(start, start + size)
        own = {role: block[here].astype(problem.dtype, copy=False) for role, block in flat.items()}
        for role, kind in self._checked:
            if kind.outside(own[role]) is not None:
                return None
        inputs = [
            *own.values(),
            *[broadcast_tile(problem.options[o], tile) for o in problem.by_term],
        ]
        try:
            found = self._program.replay(inputs, room)
        except NotFiniteError:
            return None
        total = sum_of(found[""])
        if not math.isfinite(total.value):
            return None
        for role, result in results.items():
            if not role:
                result[here] = found[role]
                continue
            written = np.multiply(found[role], self._scale, out=result[here])
            if not math.isfinite(np.einsum("i->", written)):
                return None
        if self._notices.watching:
            data = TileData(own, problem.options, None, None, None, {})
            self._notices.look(problem, data, tile)
        return Partial(total, Sum(float(size), 0.0, size * SCALE), size)

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
    if not plain or weighted or mapped or problem.grid.size < FEWEST:
        return None
    program = recorded(
        problem.loss.kernel,
        {operand.role.name: problem.dtype for operand in problem.operands},
        {name: problem.options[name].dtype for name in problem.by_term},
        problem.options,
        grad=grad,
    )
    return Replayer(problem, program, notices, scale) if program else None
