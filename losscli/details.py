"""Single terms with all that a table shows: target, prediction, p(target), margin, gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine import gradient_scale, kernel_terms, predict, true_classes, unscaled
from losscli.layout import Tile
from losscli.operands import Problem, TileData

Array = NDArray[Any]


class Detail(NamedTuple):
    """One term as a table shows it."""

    term: int
    target: float | int | None
    """Class index, or the target's number; None where the term is ignored."""
    prediction: float | int
    p_target: float | None
    margin: float | None
    loss: float
    gradients: dict[str, Array]

    @property
    def is_finite(self) -> bool:
        """Whether the loss and its gradients are numbers."""
        every = (np.isfinite(gradient).all() for gradient in self.gradients.values())
        return math.isfinite(self.loss) and all(every)


def details(
    problem: Problem, terms: Sequence[int], *, grad: bool, divisor: float | None
) -> list[Detail]:
    """Compute some terms again with all that a table shows, each on its own tile: same bits."""
    found: dict[int, Detail] = {}
    by_tile: dict[Tile, list[int]] = {}
    for term in terms:
        by_tile.setdefault(problem.grid.tile_of(term), []).append(term)
    for tile, members in by_tile.items():
        data = problem.tile(problem.read(tile.start, tile.stop), tile, tile.start)
        with np.errstate(all="ignore"):
            values, gradients = kernel_terms(problem, data, grad=grad)
        scale = gradient_scale(data, divisor)
        places = {int(flat): at for at, flat in enumerate(problem.grid.terms_of(tile))}
        for term in members:
            at = places[term]
            found[term] = _detail(
                problem,
                data,
                term,
                at,
                float(values[at]),
                _gradients(gradients, scale, at),
            )
    return [found[term] for term in terms]


def _gradients(gradients: dict[str, Array], scale: Array | float, at: int) -> dict[str, Array]:
    """Return one term's gradients, scaled and rounded as the engine writes them."""
    own = scale[at] if isinstance(scale, np.ndarray) else scale
    return {role: np.asarray(g[..., at] * own, g.dtype) for role, g in gradients.items()}


def _detail(
    problem: Problem, data: TileData, term: int, at: int, value: float, gradients: dict[str, Array]
) -> Detail:
    ignored = data.ignored is not None and bool(data.ignored[at])
    target = None if ignored else true_classes(data)[at].item()
    p_target = margin = None
    if data.roles[0].ndim == 2 and target is not None:
        column = data.roles[0][:, at]
        margin = float(column[target] - np.delete(column, target).max(initial=-math.inf))
        p_target = p_of(problem, column, int(target))
    loss = unscaled(value, problem)
    return Detail(term, target, predict(data)[at].item(), p_target, margin, loss, gradients)


def p_of(problem: Problem, column: Array, target: int) -> float | None:
    """Return the probability that the input gives the target, where the input says one."""
    form = problem.options.get("from_") or problem.input.kind.name
    x = column.astype(np.float64)
    with np.errstate(all="ignore"):
        if form in ("probs", "probabilities"):
            return float(x[target])
        if form in ("log-probs", "log-probabilities"):
            return float(np.exp(x[target]))
        if form == "logits":
            return float(np.exp(x[target] - x.max()) / np.exp(x - x.max()).sum())
    return None
