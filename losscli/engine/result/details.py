"""Single terms with everything that a table shows: roles, p(target), margin, loss, gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from losscli.engine.predictions import predict, true_classes
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.run import gradient_scale, kernel_terms, unscaled
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array

Cell = float | int | list[int]


class Detail(NamedTuple):
    """One term as a table shows it."""

    term: int
    ignored: bool
    cells: dict[str, Cell]
    """By column of the loss: a class index, a number, or a row of labels."""
    p_target: float | None
    margin: float | None
    loss: float
    gradients: dict[str, Array]

    @property
    def target(self) -> int:
        """The target's class; 0 for an ignored term."""
        return int(self.cells["target"])  # type: ignore[arg-type]

    @property
    def is_finite(self) -> bool:
        """Whether the loss and its gradients are finite."""
        every = (np.isfinite(gradient).all() for gradient in self.gradients.values())
        return math.isfinite(self.loss) and all(every)


def details(
    problem: Problem, terms: Sequence[int], *, grad: bool, normalizer: float | None
) -> list[Detail]:
    """Recompute some terms with all that a table shows, each on its own tile for the same bits."""
    found: dict[int, Detail] = {}
    by_tile: dict[Tile, list[int]] = {}
    for term in terms:
        by_tile.setdefault(problem.grid.tile_of(term), []).append(term)
    for tile, members in by_tile.items():
        data = problem.tile(problem.read(tile.start, tile.stop), tile, tile.start)
        with np.errstate(all="ignore"):
            values, raw = kernel_terms(problem, data, grad=grad)
            scale = gradient_scale(data, normalizer)
            gradients = {role: _scaled_gradient(problem, role, raw[role], scale) for role in raw}
        places = {int(flat): at for at, flat in enumerate(problem.grid.terms_of(tile))}
        for term in members:
            at = places[term]
            # Copies: a view would keep the gradients of the whole tile alive.
            own = {role: gradient[..., at].copy() for role, gradient in gradients.items()}
            found[term] = _detail(problem, data, term, at, float(values[at]), own)
    return [found[term] for term in terms]


def _scaled_gradient(problem: Problem, role: str, gradient: Array, scale: Array | float) -> Array:
    """Return a tile's gradient by term, scaled, summed and rounded as the engine writes it."""
    operand = problem.operand(role)
    scaled: Array = np.asarray(gradient * scale, gradient.dtype)
    return np.repeat(operand.summed(scaled), operand.repeat) if operand.repeat > 1 else scaled


def labels_of(column: Array, layout: Layout) -> list[int]:
    """Return the classes in one term's row of labels, or with a 1 in its row of 0/1 labels."""
    if layout is Layout.LABELS:
        return [int(label) for label in column if label >= 0]
    return [int(label) for label in np.flatnonzero(column == 1)]


def cells_of(problem: Problem, data: TileData, at: int) -> dict[str, Cell]:
    """Return the cells of a listed term."""
    cells: dict[str, Cell] = {}
    # One column only: an argmax of the whole tile for each of its terms would take minutes.
    one = data._replace(values={role: v[..., at : at + 1] for role, v in data.values.items()})
    for name in problem.loss.columns:
        if name == "prediction":
            cells[name] = predict(one)[0].item()
            continue
        layout = problem.operand(name).kind.layout
        if layout is Layout.TERMS:
            cells[name] = data.values[name][at].item()
        elif problem.loss.picks:
            cells[name] = int(true_classes(one)[0])
        else:
            cells[name] = labels_of(data.values[name][:, at], layout)
    return cells


def _detail(
    problem: Problem, data: TileData, term: int, at: int, value: float, gradients: dict[str, Array]
) -> Detail:
    ignored = data.ignored is not None and bool(data.ignored[at])
    p_target = margin = None
    cells = cells_of(problem, data, at)
    if problem.loss.picks and not ignored:
        column, target = data.input[:, at], int(cells["target"])  # type: ignore[arg-type]
        others = np.delete(column, target).max(initial=-math.inf)
        # Subtracted in the loss's precision; inf - inf without NumPy's warning.
        with np.errstate(all="ignore"):
            margin = float(column[target] - others)
        p_target = p_of(problem, column, target)
    loss = unscaled(value, problem)
    return Detail(term, ignored, cells, p_target, margin, loss, gradients)


def p_of(problem: Problem, column: Array, target: int) -> float | None:
    """Return the probability that the input gives to the target; None for other scores."""
    form = problem.input.kind.name
    x = column.astype(np.float64)
    with np.errstate(all="ignore"):
        if form == "probabilities":
            return float(x[target])
        if form == "log-probabilities":
            return float(np.exp(x[target]))
        if form == "logits":
            return float(np.exp(x[target] - x.max()) / np.exp(x - x.max()).sum())
    return None
