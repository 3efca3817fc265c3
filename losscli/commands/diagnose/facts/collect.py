"""One pass over all files that collects the facts for the rules, tile by tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.facts.compared import Compared, compared_of, compared_operands
from losscli.commands.diagnose.facts.elements import Elements, elements_of
from losscli.commands.diagnose.facts.labels import Labels, labels_of
from losscli.commands.diagnose.facts.lenient_tile import (
    LenientTile,
    by_index,
    is_divergence,
)
from losscli.commands.diagnose.facts.neighbors import Neighbors, neighbors_of
from losscli.commands.diagnose.facts.numbers import (
    Numbers,
    Rows,
    distribution_axis,
    numbers_of,
    rows_of,
)
from losscli.commands.diagnose.facts.passes import Passes
from losscli.commands.diagnose.facts.scores import Scores, scores_of
from losscli.commands.diagnose.facts.sequences import Sequences, sequences_of
from losscli.commands.diagnose.facts.tallies import Span, Tally, span
from losscli.engine.confidence import has_softmax, is_binary
from losscli.engine.problem.operands import Operand
from losscli.engine.problem.problem import Problem
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.options import Effect
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array


@dataclass(frozen=True)
class Weights(Tally):
    """What each counted term adds to the normalizer, where weights take part in it."""

    count: int
    span: Span
    total: float
    shares: float
    """The normalizer with the weights of all classes that have a share in the target."""


@dataclass(frozen=True)
class Facts(Tally):
    """The facts about the whole files; None for facts that do not apply to the loss."""

    numbers: dict[str, Numbers]
    """By role, except labels and lengths."""
    rows: dict[str, Rows]
    """By role, for roles whose rows should be distributions."""
    labels: Labels | None
    scores: Scores | None
    elements: Elements | None
    weights: Weights | None
    after: Neighbors | None
    """The loss with the target of the next position."""
    before: Neighbors | None
    sequences: Sequences | None
    compared: Compared | None


def collect_facts(problem: Problem, passes: Passes) -> Facts:
    """Collect the facts in one pass."""
    weights = class_weights_of(problem)
    softmax, binary = has_softmax(problem), is_binary(problem)
    labels = problem.loss.picks or any(o.kind.layout is Layout.LABELS for o in problem.operands)
    sequence = softmax and len(problem.grid.axes) == 2 and by_index(problem)
    paths = problem.input.kind.layout is Layout.SEQUENCES
    alike = compared_operands(problem)
    real = [operand for operand in problem.operands if not operand.kind.is_integer]
    rows = [operand for operand in real if _holds_distributions(problem, operand)]
    axis = distribution_axis(problem) if is_divergence(problem) else 1

    def look(tile: LenientTile) -> Facts:
        return Facts(
            {operand.role.name: numbers_of(operand, tile) for operand in real},
            {operand.role.name: rows_of(operand, tile, axis) for operand in rows},
            labels_of(tile) if labels else None,
            scores_of(tile) if softmax else None,
            elements_of(tile) if binary else None,
            None if weights is None and tile.weight is None else _weights_of(tile, weights),
            neighbors_of(tile, 1) if sequence else None,
            neighbors_of(tile, -1) if sequence else None,
            sequences_of(tile) if paths else None,
            compared_of(alike, tile) if alike else None,
        )

    return passes.total(problem, look)


def class_weights_of(problem: Problem) -> Array | None:
    """Return the class weights that the mean divides by, as they were given, (c,)."""
    option = problem.loss.class_weight
    source = problem.weight_sources.get(option.name) if option else None
    if source is None:
        return None
    return np.broadcast_to(read_whole(source).reshape(-1), (problem.grid.classes,))


def smoothing_of(problem: Problem) -> float:
    """Return the share of each target that is spread over all classes."""
    return problem.value_of(Effect.SMOOTHS_TARGETS) or 0.0


def _holds_distributions(problem: Problem, operand: Operand) -> bool:
    if is_binary(problem):
        # One row may be the classes of a sample.
        return len(operand.shape) > 1 and operand.shape[1] > 1
    if operand.kind.layout is Layout.CLASSES:
        return operand.kind.is_target or (operand is problem.input and has_softmax(problem))
    return operand.kind.layout is Layout.SEQUENCES or is_divergence(problem)


def _weights_of(tile: LenientTile, class_weights: Array | None) -> Weights:
    parts: Array = np.ones(tile.labels.size)
    shares = parts
    if class_weights is not None:
        smoothing = smoothing_of(tile.problem)
        own = class_weights[tile.labels]
        if by_index(tile.problem):
            parts = own
        else:
            own = (tile.roles["target"] * class_weights[:, None]).sum(axis=0)
        shares = (1 - smoothing) * own + smoothing * class_weights.mean()
    if tile.weight is not None:
        parts, shares = parts * tile.weight, shares * tile.weight
    parts, shares = parts[tile.valid], shares[tile.valid]
    return Weights(parts.size, span(parts), float(parts.sum()), float(shares.sum()))
