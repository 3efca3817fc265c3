"""What a gradient is often mistaken for, computed as a whole."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from losscli.engine.problem.problem import Problem
from losscli.engine.run import Wanted, gradient_normalizer, run
from losscli.engine.transform import transform
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.readers.source import ArraySource, Source

MOST = 1 << 22
"""Larger gradients are not computed again."""
ACTIVATIONS = {Layout.CLASSES: "softmax", Layout.TERMS: "sigmoid"}
"""Of logits, by their layout."""
Again = Callable[[Mapping[str, Source], Mapping[str, Any]], Problem]
"""Returns the problem with other sources and options."""


def mistakes(problem: Problem, role: str, again: Again) -> Iterator[tuple[str, Array]]:
    """Yield gradients of other things in words, each in the shape of its file."""
    operand = problem.operand(role)
    shape = operand.source.shape
    if problem.grid.size * problem.grid.classes * problem.grid.steps > MOST or not shape:
        return
    if len(shape) == 2 and shape[0] == shape[1]:
        yield "it is transposed", _gradient(problem, role).T
    activation = ACTIVATIONS.get(operand.kind.layout)
    if operand is not problem.input or operand.kind.name != "logits" or activation is None:
        return
    logits = operand.source.read(0, shape[0])
    axis = 1 if operand.class_axis is None else operand.class_axis
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        probs = transform(activation, logits, class_axis=axis)
    yield (
        f"it is the {activation} alone: the target is not subtracted",
        probs / (gradient_normalizer(problem) or 1.0),
    )
    options = next(
        (
            form.options
            for form in problem.loss.forms(role)
            if form.loss is problem.loss and form.kind.name == "probabilities"
        ),
        None,
    )
    if options is None:
        return
    other = again({role: ArraySource(probs, role)}, options)
    yield (
        f"it is the gradient of the probabilities, not of the logits: the {activation} is missing",
        _gradient(other, role),
    )


def _gradient(problem: Problem, role: str) -> Array:
    return run(problem, Wanted(gradient=True, notices=False)).gradients[role]
