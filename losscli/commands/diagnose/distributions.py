"""What a pass keeps of kl-div's roles: whether they are distributions, as they are or by exp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.lenient_tile import Piece
from losscli.commands.diagnose.tallies import Places, Tally, places
from losscli.engine.input_checks import above_zero, in_unit, row_sum_tolerance, sums_off
from losscli.engine.problem.operands import Operand


@dataclass(frozen=True)
class Distributions(Tally):
    """The distributions of a role whose terms are their outcomes."""

    count: int
    no_probabilities: Places
    """Distributions that are none, with their sums."""
    no_logarithms: Places
    """Distributions whose exp is none, with the log of its sum, or the number above 0."""


def distributions_of(operand: Operand, piece: Piece) -> Distributions:
    """Look at samples of shape (c, ...): each column of c numbers is a distribution.

    A vector is one distribution. What a tile cuts in two is not looked at.
    """
    x = piece.roles[operand.role.name]
    shape, tile = operand.shape, piece.tile
    samples = tile.stop - tile.start
    cut = tile.last - tile.first < int(np.prod(shape[1:])) or (
        len(shape) == 1 and samples < shape[0]
    )
    if cut or not shape:
        return Distributions(0, Places(), Places())
    c = shape[0] if len(shape) == 1 else shape[1]
    rows = x.reshape(1 if len(shape) == 1 else samples, c, -1)
    columns = rows.transpose(1, 0, 2).reshape(c, -1)
    terms = piece.terms.reshape(rows.shape)[:, 0, :].reshape(-1)
    tolerance = row_sum_tolerance(operand.source, c)
    off, sums = sums_off(columns, tolerance)
    positive, top = above_zero(columns)
    log_sums = top + np.log(np.exp(columns - top).sum(axis=0))
    unnormalized = np.abs(log_sums) >= tolerance
    outside = (
        np.zeros_like(off) if in_unit(columns) else ((columns < 0) | (columns > 1)).any(axis=0)
    )
    return Distributions(
        columns.shape[1],
        places(off | outside, terms, sums),
        places(positive | unnormalized, terms, np.where(positive, top, log_sums)),
    )
