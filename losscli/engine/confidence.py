"""Whether predictions are right, and how confident they are: of classes, or of two labels."""

from __future__ import annotations

import numpy as np

from losscli.engine.predictions import predict, right_ones, true_classes
from losscli.engine.problem.problem import Problem, TileData
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.numerics.entries import Entries

SOFTMAX_FORMS = ("logits", "log-probabilities", "probabilities")
"""The kinds of an input with a class axis whose probabilities are known."""
SIGNED_FORMS = ("logits", "scores")
"""The kinds of single numbers whose sign is the prediction."""


def has_softmax(problem: Problem) -> bool:
    """Whether the input gives a probability to each of several classes."""
    several = problem.loss.picks and problem.grid.classes > 1
    return several and problem.input.kind.name in SOFTMAX_FORMS


def is_binary(problem: Problem) -> bool:
    """Whether each number is a logit or a probability, with a target in [0, 1] or a sign."""
    if not _has_two_sides(problem):
        return False
    kind = problem.input.kind
    # Scores whose loss is a logarithm of probabilities are logits.
    logits = kind.name == "logits" or (kind.name == "scores" and problem.loss.nats)
    return logits or kind.name == "probabilities"


def _has_two_sides(problem: Problem) -> bool:
    if len(problem.operands) != 2:
        return False
    input, target = (operand.kind for operand in problem.operands)
    own_target = input.layout is target.layout and not target.is_target
    return own_target and ((target.low, target.high) == (0, 1) or len(target.values) == 2)


def picks_classes(problem: Problem) -> bool:
    """Whether each term predicts one of several classes, and its target is one."""
    return problem.loss.picks and not problem.input.source.of_target


def picks_labels(problem: Problem) -> bool:
    """Whether each term predicts one of two labels."""
    signed = _has_two_sides(problem) and problem.input.kind.name in SIGNED_FORMS
    return problem.input.kind.layout is Layout.TERMS and (signed or is_binary(problem))


def rates_predictions(problem: Problem) -> bool:
    """Whether each prediction has a probability."""
    if is_binary(problem):
        return picks_labels(problem)
    return picks_classes(problem) and has_softmax(problem)


def confidences(problem: Problem, data: TileData) -> Array:
    """Return the probability of each term's prediction, (m,)."""
    if is_binary(problem):
        of_label = label_probabilities(problem, data)
        return np.asarray(np.maximum(of_label, 1 - of_label))
    x = data.input
    p: Array = x.max(axis=0)
    if problem.input.kind.name == "logits":
        with np.errstate(all="ignore"):
            p = 1 / np.exp(x - p).sum(axis=0)
    elif problem.input.kind.name == "log-probabilities":
        p = np.exp(p)
    return p.astype(np.float64)


def label_probabilities(problem: Problem, data: TileData) -> Array:
    """Return the probability of the second of two labels, (m,)."""
    x = data.input.astype(np.float64).reshape(-1)
    if problem.input.kind.name == "probabilities":
        return x
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def label_shares(problem: Problem, data: TileData) -> Array:
    """Return how much of each target is the second of two labels, (m,)."""
    assert problem.target is not None, "two labels are targets"
    shares = data.target.astype(np.float64).reshape(-1)
    low, high = _labels(problem)
    return np.asarray((shares - low) / (high - low))


def _labels(problem: Problem) -> tuple[float, float]:
    assert problem.target is not None, "two labels are targets"
    kind = problem.target.kind
    return (kind.values[0], kind.values[1]) if kind.values else (kind.low, kind.high)


def label_names(problem: Problem) -> list[str]:
    """Return the two labels as the file has them."""
    low, high = _labels(problem)
    return [f"{low:g}", f"{high:+g}" if low < 0 else f"{high:g}"]


def class_pairs(problem: Problem, data: TileData) -> tuple[Array, Array]:
    """Return the target's class and the predicted one, of each term."""
    if problem.loss.picks:
        return true_classes(data), predict(data)
    middle = 0.5 if problem.input.kind.name == "probabilities" else 0.0
    guess = data.input.reshape(-1) > middle
    return (label_shares(problem, data) > 0.5).astype(np.intp), guess.astype(np.intp)


def of_prediction(problem: Problem, data: TileData, guess: Array) -> Array:
    """Return the input of each term that its prediction is due to; nan where one is nan."""
    if not problem.loss.picks:
        return data.input.reshape(-1)
    # The first nan is the largest number to argmax.
    return Entries(guess, len(data.input)).of(data.input)


def wrong_ones(problem: Problem, data: TileData, terms: Array) -> Array | None:
    """Return the mask of counted terms with a wrong prediction; None where terms have none."""
    if picks_classes(problem):
        wrong = ~right_ones(problem, data, terms)
    elif picks_labels(problem):
        truth, guess = class_pairs(problem, data)
        wrong = truth != guess
    else:
        return None
    return wrong if data.ignored is None else wrong & ~data.ignored
