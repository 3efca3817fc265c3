"""A tile as the files have it: nothing is refused, and what a label or a weight lacks is told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem
from losscli.engine.tiles import Blocks
from losscli.numerics.arrays import Array

DOUBLE = np.dtype(np.float64)


@dataclass(frozen=True)
class Piece:
    """One tile, read leniently."""

    tile: Tile
    terms: Array
    """Flat indices of its terms, (m,)."""
    roles: dict[str, Array]
    """The numbers of each role, terms last, in float64; labels and lengths as the file has them."""
    beyond: dict[str, Array]
    """Where a role's numbers are past the end of their term and never read, (steps, m)."""
    counted: Array
    """Mask (m,) of the terms that are not ignored."""
    labels: Array
    """The class of each target from 0 on, (m,); 0 where it has none, argmax of probabilities."""
    valid: Array
    """Mask (m,) of the counted terms whose target is a class."""
    weight: Array | None
    """Sample weights (m,), where there are any."""


def piece(problem: Problem, blocks: Blocks, tile: Tile, offset: int) -> Piece:
    """Cut a tile from blocks whose first row is `offset`."""
    roles: dict[str, Array] = {}
    beyond: dict[str, Array] = {}
    counted = valid = np.ones(tile.terms, bool)
    labels = np.zeros(tile.terms, np.intp)
    # Lengths first: they say how far the others are read.
    for operand in sorted(problem.operands, key=lambda operand: not operand.kind.length_of):
        name, kind = operand.role.name, operand.kind
        values = operand.cut(blocks[name], tile, offset, DOUBLE)
        past = problem.beyond(operand, values, roles)
        if past is not None:
            beyond[name] = past
        if kind.is_target and kind.index:
            labels, valid, counted = class_indices(problem, values)
        elif kind.is_target:
            labels = values.argmax(axis=0)
        roles[name] = values
    weight = blocks.get("sample_weight")
    if weight is not None:
        rows = weight.reshape(-1)[tile.start - offset : tile.stop - offset].astype(DOUBLE)
        weight = np.repeat(rows, tile.last - tile.first)
    terms = problem.grid.terms_of(tile)
    return Piece(tile, terms, roles, beyond, counted, labels, valid, weight)


def by_index(problem: Problem) -> bool:
    """Whether the target of each term is a class index."""
    target = problem.target
    return target is not None and target.kind.is_target and target.kind.index


def class_indices(problem: Problem, raw: Array) -> tuple[Array, Array, Array]:
    """Return classes from 0 on, which of them are classes, and which are not ignored."""
    low, high = label_bounds(problem)
    counted = np.ones(raw.shape, bool)
    if problem.ignore_index is not None:
        counted = raw != problem.ignore_index
    valid = counted & in_bounds(raw, low, high)
    return np.where(valid, raw, low).astype(np.intp) - low, valid, counted


def in_bounds(raw: Array, low: int, high: int) -> Array:
    """Return which numbers are whole and from low to high."""
    inside: Array = (raw >= low) & (raw <= high)
    return inside & (raw == np.floor(raw)) if raw.dtype.kind == "f" else inside


def label_bounds(problem: Problem) -> tuple[int, int]:
    """Return the smallest and the largest label that is a class."""
    base = problem.settings.label_base
    return base, base + problem.grid.classes - 1
