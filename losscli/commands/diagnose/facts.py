"""One pass over all files: what the rules need, tile by tile, folded in order."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from losscli.commands.diagnose.distributions import Distributions, distributions_of
from losscli.commands.diagnose.elements import Elements, elements_of
from losscli.commands.diagnose.labels import Labels, labels_of
from losscli.commands.diagnose.lenient_tile import Piece, by_index
from losscli.commands.diagnose.numbers import Numbers, Rows, numbers_of, rows_of
from losscli.commands.diagnose.passes import Walk
from losscli.commands.diagnose.scores import FORMS, Scores, Softmax, scores_of, softmax_of
from losscli.commands.diagnose.sequences import LabelRows, Sequences, label_rows_of, sequences_of
from losscli.commands.diagnose.shift import Neighbours, neighbours_of
from losscli.commands.diagnose.tallies import Span, Tally, span
from losscli.engine.problem.operands import Operand
from losscli.engine.problem.problem import Problem
from losscli.engine.problem.weights import read_whole
from losscli.engine.tiles import Blocks
from losscli.losses.declare.role_kind import Layout
from losscli.losses.declare.standard_kinds import SIGNS
from losscli.numerics.arrays import Array

BINARY = ("logits", "probabilities")


class Table(dict[str, Any]):
    """Tallies by role, added role by role."""

    def __add__(self, other: Table) -> Table:
        """Return both."""
        return Table({name: tally + other[name] for name, tally in self.items()})


@dataclass(frozen=True)
class Weights(Tally):
    """What each counted term adds to the divisor of the mean, where weights take part in it."""

    count: int
    span: Span
    total: float
    shares: float
    """The same with each class's part of the target weighed, as a smoothed target has several."""


@dataclass(frozen=True)
class Survey:
    """The facts of the whole file; None where the loss has no such thing."""

    numbers: dict[str, Numbers]
    rows: dict[str, Rows]
    labels: Labels | None
    scores: Scores | None
    elements: Elements | None
    weights: Weights | None
    after: Neighbours | None
    """The loss with the target of the position behind."""
    before: Neighbours | None
    given: Distributions | None
    """The input of a divergence."""
    wanted: Distributions | None
    """Its target."""
    label_rows: LabelRows | None
    sequences: Sequences | None


def survey(problem: Problem, walk: Walk) -> Survey:
    """Read everything once."""
    class_weights = class_weights_of(problem)

    def look(tile: Piece, blocks: Blocks, offset: int) -> Table:
        soft = probabilities(problem, tile)
        found = Table(
            {
                f"numbers {o.role.name}": numbers_of(o, _kind(problem, o), tile)
                for o in _real(problem)
            }
        )
        for operand in problem.operands:
            if operand.kind.layout is Layout.CLASSES and (operand.kind.is_target or soft):
                log_sums = soft.log_sums if soft and operand is problem.input else None
                found[f"rows {operand.role.name}"] = rows_of(operand, tile, log_sums)
        if problem.loss.picks:
            found["labels"] = labels_of(problem, tile)
        if class_weights is not None or tile.weight is not None:
            found["weights"] = _weights(problem, tile, class_weights)
        if soft:
            x = tile.roles[problem.input.role.name]
            found["scores"] = scores_of(x, soft, tile.labels, tile.valid, tile.terms)
            if is_sequence(problem):
                block = blocks["target"]
                for name, by in (("after", 1), ("before", -1)):
                    found[name] = neighbours_of(problem, block, offset, tile, soft.log_p, by)
        elif is_binary(problem):
            x, y = tile.roles[problem.input.role.name], tile.roles["target"]
            found["elements"] = elements_of(x, y, problem.input.kind.name, tile.terms)
        elif is_divergence(problem):
            found["given"] = distributions_of(problem.input, tile)
            found["wanted"] = distributions_of(problem.operand("target"), tile)
        if any(operand.kind.layout is Layout.LABELS for operand in problem.operands):
            found["label_rows"] = label_rows_of(problem, tile)
        if problem.input.kind.layout is Layout.SEQUENCES:
            found["sequences"] = sequences_of(problem, tile)
        return found

    whole: Table = reduce(add, walk.over(problem, look))
    split = {
        kind: {key.partition(" ")[2]: value for key, value in whole.items() if key.startswith(kind)}
        for kind in ("numbers ", "rows ")
    }
    single = [field.name for field in fields(Survey) if field.name not in ("numbers", "rows")]
    return Survey(split["numbers "], split["rows "], *(whole.get(name) for name in single))


def probabilities(problem: Problem, tile: Piece) -> Softmax | None:
    """Return a tile's probabilities, where the loss has a softmax or is given what one gives."""
    if not has_softmax(problem):
        return None
    return softmax_of(tile.roles[problem.input.role.name], problem.input.kind.name)


def has_softmax(problem: Problem) -> bool:
    """Whether the input gives a probability to each of several classes."""
    several = problem.loss.picks and problem.grid.classes > 1
    return several and problem.input.kind.name in FORMS


def is_binary(problem: Problem) -> bool:
    """Whether the loss takes a logit or a probability an element, and a target in [0, 1]."""
    kinds = [operand.kind for operand in problem.operands]
    terms = len(kinds) == 2 and all(kind.layout is Layout.TERMS for kind in kinds)
    return terms and kinds[0].name in BINARY


def is_divergence(problem: Problem) -> bool:
    """Whether the loss compares distributions, a term an outcome."""
    kind = problem.input.kind
    return kind.layout is Layout.TERMS and kind.name == "log-probabilities"


def is_sequence(problem: Problem) -> bool:
    """Whether each sample is a row of positions with one class index each."""
    return len(problem.grid.axes) == 2 and by_index(problem)


def class_weights_of(problem: Problem) -> Array | None:
    """Return the class weights that the mean divides by, as they were given, (c,)."""
    source = problem.weight_sources.get("weight")
    if source is None or problem.loss.normalizer is None:
        return None
    return np.broadcast_to(read_whole(source).reshape(-1), (problem.grid.classes,))


def _real(problem: Problem) -> list[Operand]:
    return [operand for operand in problem.operands if not operand.kind.is_integer]


def _kind(problem: Problem, operand: Operand) -> Any:
    """Return the kind that the file should hold: 0 and 1 where these are turned into signs."""
    mapped = problem.settings.map_binary and operand.kind.values == SIGNS
    return replace(operand.kind, values=(0.0, 1.0)) if mapped else operand.kind


def _weights(problem: Problem, tile: Piece, class_weights: Array | None) -> Weights:
    mass: Array = np.ones(tile.labels.size)
    shares = mass
    if class_weights is not None:
        smoothing = problem.options.get("label_smoothing") or 0.0
        own = class_weights[tile.labels]
        if by_index(problem):
            mass = own
        else:
            own = (tile.roles["target"] * class_weights[:, None]).sum(axis=0)
        shares = (1 - smoothing) * own + smoothing * class_weights.mean()
    if tile.weight is not None:
        mass, shares = mass * tile.weight, shares * tile.weight
    mass, shares = mass[tile.valid], shares[tile.valid]
    return Weights(mass.size, span(mass), float(mass.sum()), float(shares.sum()))
