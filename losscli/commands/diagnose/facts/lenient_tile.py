"""A tile as the files have it: nothing is refused, and every number keeps its value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem
from losscli.engine.tiles import Blocks
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array

DOUBLE = np.dtype(np.float64)


class Softmax(NamedTuple):
    """The probabilities of the classes, (c, m)."""

    p: Array
    log_p: Array
    log_sums: Array | None
    """Log-sum-exp of each column, (m,); None where the input is probabilities."""


@dataclass(eq=False)
class LenientTile:
    """One tile of a problem."""

    problem: Problem
    blocks: Blocks
    """The tile's place in the grid."""
    offset: int
    """The first sample of the block that the tile was cut from."""
    extent: Tile
    terms: Array
    """Flat indices of the terms, (m,)."""
    roles: dict[str, Array]
    """The numbers of each role, terms last, in float64; labels and lengths as the file has them."""
    beyond: dict[str, Array]
    """Where a role's numbers are past the end of their term and never read, (steps, m)."""
    counted: Array
    """Mask (m,) of the terms that are not ignored."""
    labels: Array
    """The class of each target, counted from 0, (m,); 0 where it has none, argmax if soft."""
    valid: Array
    """Mask (m,) of the counted terms whose target is a class."""
    weight: Array | None
    """Sample weights (m,), where there are any."""

    @property
    def input(self) -> Array:
        """The numbers of the first role."""
        return self.roles[self.problem.input.role.name]

    @cached_property
    def softmax(self) -> Softmax:
        """The probabilities that the input stands for; they are never normalized."""
        x = self.input
        if self.problem.input.kind.name == "probabilities":
            return Softmax(x, np.log(x), None)
        top = x.max(axis=0)
        e = np.exp(x - top)
        total = e.sum(axis=0)
        log_total = np.log(total)
        if self.problem.input.kind.name == "logits":
            return Softmax(e / total, (x - top) - log_total, top + log_total)
        return Softmax(np.exp(x), x, top + log_total)


def lenient_tile(problem: Problem, blocks: Blocks, extent: Tile, offset: int) -> LenientTile:
    """Cut a tile from blocks whose first row is `offset`."""
    roles: dict[str, Array] = {}
    beyond: dict[str, Array] = {}
    counted = valid = np.ones(extent.terms, bool)
    labels = np.zeros(extent.terms, np.intp)
    # Lengths first: they determine how far the others are read.
    for operand in sorted(problem.operands, key=lambda operand: not operand.kind.length_of):
        name, kind = operand.role.name, operand.kind
        values = operand.cut(blocks[name], extent, offset, DOUBLE)
        past = problem.past_end(operand, values, roles)
        if past is not None:
            beyond[name] = past
        if kind.is_target and kind.index:
            labels, valid, counted = class_indices(problem, values)
        elif kind.is_target:
            labels = values.argmax(axis=0)
        roles[name] = values
    weight = blocks.get("sample_weight")
    if weight is not None:
        rows = weight.reshape(-1)[extent.start - offset : extent.stop - offset].astype(DOUBLE)
        weight = np.repeat(rows, extent.last - extent.first)
    terms = problem.grid.terms_of(extent)
    return LenientTile(
        problem, blocks, offset, extent, terms, roles, beyond, counted, labels, valid, weight
    )


def is_divergence(problem: Problem) -> bool:
    """Whether the loss compares distributions, one term per outcome."""
    kind = problem.input.kind
    return kind.layout is Layout.TERMS and kind.name == "log-probabilities"


def by_index(problem: Problem) -> bool:
    """Whether the target of each term is a class index."""
    target = problem.target
    return target is not None and target.kind.is_target and target.kind.index


def class_indices(problem: Problem, raw: Array) -> tuple[Array, Array, Array]:
    """Return classes counted from 0, which labels are classes, and which are not ignored."""
    low, high = label_bounds(problem)
    counted = np.ones(raw.shape, bool)
    if problem.ignore_index is not None:
        counted = raw != problem.ignore_index
    valid = counted & in_bounds(raw, low, high)
    return np.where(valid, raw, low).astype(np.intp) - low, valid, counted


def in_bounds(raw: Array, low: int, high: int) -> Array:
    """Return which numbers are integers from low to high."""
    inside: Array = (raw >= low) & (raw <= high)
    return inside & (raw == np.floor(raw)) if raw.dtype.kind == "f" else inside


def label_bounds(problem: Problem) -> tuple[int, int]:
    """Return the smallest and the largest label that is a class."""
    base = problem.settings.label_base
    return base, base + problem.grid.classes - 1
