"""Deviations of the input: an activation too many or too few, a softmax over another axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from losscli.commands.reconcile.case import Case, blocks_of
from losscli.commands.reconcile.deviation import Deviation, deviation
from losscli.commands.reconcile.libraries.torch import function_of
from losscli.errors import UsageError
from losscli.losses.declare.role_kind import Layout
from losscli.losses.transforms import log_softmax, sigmoid, softmax
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import log_sum_exp

LOGITS, PROBS, LOG_PROBS = "logits", "probabilities", "log-probabilities"


class Step(NamedTuple):
    """A function that the input goes through before the loss."""

    change: Callable[[Array], Array]
    torch: str
    """How PyTorch writes it; `{}` stands for the input."""
    command: str = ""
    """The command of losscli that does it, if there is one."""
    by_class: bool = False
    """Whether the function expects (c, m), the classes first."""


def _rows_log_softmax(x: Array) -> Array:
    if x.ndim < 2:
        raise UsageError("a vector has no rows")
    return _log_softmax_along(x, -1)


def _log_softmax_along(x: Array, axis: int) -> Array:
    front = np.moveaxis(x, axis, 0)
    flat = log_softmax(np.ascontiguousarray(front).reshape(front.shape[0], -1))
    return np.moveaxis(flat.reshape(front.shape), 0, axis)


SOFTMAX = Step(softmax, "{}.softmax(1)", "softmax", by_class=True)
LOG_SOFTMAX = Step(_rows_log_softmax, "{}.log_softmax(-1)", "log-softmax")
SIGMOID = Step(sigmoid, "{}.sigmoid()", "sigmoid")
EXP = Step(np.exp, "{}.exp()")
LOG = Step(np.log, "{}.log()")
RELU = Step(lambda x: np.maximum(x, 0), "{}.relu()")
NEGATED = Step(np.negative, "-{}")
Reading = tuple[int, str, tuple[Step, ...], str]
"""A plainness, the form that the input is treated as, the steps before that, and a description."""
TWICE = "is applied twice: before the loss, and inside"
NO_LOG = "probabilities where log-probabilities belong: no logarithm"
BY_CLASS: dict[str, tuple[Reading, ...]] = {
    LOGITS: (
        (1, PROBS, (), "the input, here logits, is treated as probabilities"),
        (1, LOG_PROBS, (), "the input, here logits, is treated as log-probabilities: no softmax"),
        (1, LOGITS, (SOFTMAX,), f"softmax {TWICE}"),
        (1, LOG_PROBS, (SOFTMAX,), NO_LOG),
        (2, PROBS, (SIGMOID,), "sigmoid in place of softmax"),
        (2, LOGITS, (SIGMOID,), "sigmoid before the loss's own softmax"),
        (3, LOGITS, (RELU,), "a ReLU after the last layer: negative logits are 0"),
        (3, LOGITS, (NEGATED,), "the logits have the opposite sign"),
    ),
    PROBS: (
        (1, LOGITS, (), "the probabilities are treated as logits: softmax is applied twice"),
        (1, LOG_PROBS, (), "the input, here probabilities, is treated as log-probabilities"),
        (1, LOGITS, (LOG,), "rows are divided by their sums first"),
    ),
    LOG_PROBS: (
        (1, LOGITS, (), "the log-probabilities are treated as logits: they are normalized"),
        (1, PROBS, (), "the input, here log-probabilities, is treated as probabilities"),
        (1, LOG_PROBS, (EXP,), NO_LOG),
        (2, LOGITS, (EXP,), "exp of the log-probabilities is treated as logits"),
    ),
}
"""By the kind of an input with a class axis."""
BY_ELEMENT: dict[str, tuple[Reading, ...]] = {
    LOGITS: (
        (1, PROBS, (), "the input, here logits, is treated as probabilities"),
        (1, LOGITS, (SIGMOID,), f"sigmoid {TWICE}"),
    ),
    PROBS: ((1, LOGITS, (), "the probabilities are treated as logits: sigmoid is applied twice"),),
    "scores": ((2, "scores", (SIGMOID,), "the scores go through a sigmoid first"),),
    LOG_PROBS: (
        (1, LOG_PROBS, (EXP,), NO_LOG),
        (1, LOG_PROBS, (LOG,), "the input goes through log: it is treated as probabilities"),
        (1, LOG_PROBS, (LOG_SOFTMAX,), "the input goes through log_softmax first"),
    ),
}


def read_as(case: Case, form: str, *steps: Step) -> Case:
    """Return the loss of an input that goes through some steps and is then treated as a form."""
    taken = case.form_as(form)
    if taken is None:
        raise UsageError(f"{case.loss.name} has no counterpart that takes {form}")
    for step in steps:
        case = case.map_input(step.change, by_class=step.by_class)
    return case.as_loss(taken.loss.name, **taken.options)


def reading(
    case: Case, words: str, plainness: int, form: str, steps: tuple[Step, ...], **more: Any
) -> Iterator[Deviation]:
    """Yield the deviation that `read_as` makes, where a loss takes the form."""
    taken = case.form_as(form)
    if taken is None:
        return
    function, x = function_of(taken.loss, form), "{}"
    for step in steps:
        x = step.torch.format(x)
    typed = {"loss": taken.loss.name, **taken.options}
    through = steps[0].command if len(steps) == 1 else ""
    if through:
        typed["through"] = through
    change = more.pop("change", lambda case: read_as(case, form, *steps))
    torch = {"x": x + function.after, "function": function.name}
    if not function.name:
        torch = {"x": x, **{name: repr(value) for name, value in taken.options.items()}}
    yield Deviation(
        words, plainness, change, typed=typed if through or not steps else None, torch=torch, **more
    )


def to_probabilities(case: Case) -> tuple[Step, ...]:
    """Return the steps from what a case's input holds to probabilities."""
    activation = SIGMOID if case.loss.layout is Layout.TERMS else SOFTMAX
    return {LOGITS: (activation,), LOG_PROBS: (EXP,)}.get(case.form, ())


@deviation("input")
def activations(case: Case) -> Iterator[Deviation]:
    """The input is treated as something it is not, or goes through an activation first."""
    readings = BY_ELEMENT if case.loss.layout is Layout.TERMS else BY_CLASS
    for plainness, form, steps, words in readings.get(case.form, ()):
        yield from reading(case, words, plainness, form, steps)


@deviation("input")
def softmax_over_another_axis(case: Case) -> Iterator[Deviation]:
    """The softmax runs over the samples, or over the positions, not over the classes."""
    if case.form != LOGITS or case.loss.layout is not Layout.CLASSES or case.settings.shift:
        return
    for axis in range(len(case.input.shape)):
        if axis != case.class_axis:
            words = f"the softmax runs over {f'axis {axis}' if axis else 'the samples'}"
            step = Step(partial(_log_softmax_along, axis=axis), f"{{}}.log_softmax({axis})")
            # Samples come in blocks: their softmax needs the sums of a pass before.
            how = {} if axis else {"change": _softmax_over_samples}
            words = f"{words}, not over the classes"
            yield from reading(case, words, 2, LOG_PROBS, (step,), **how)


def _softmax_over_samples(case: Case) -> Case:
    """Return the case minus log sum exp over axis 0, which one pass over it finds."""
    log_sum = np.full(case.input.shape[1:], -np.inf)
    with np.errstate(all="ignore"):
        for block in blocks_of(case, case.loss.roles[0].name):
            log_sum = np.logaddexp(log_sum, log_sum_exp(block.astype(np.float64)))
    return read_as(case, LOG_PROBS, Step(lambda x: x - log_sum, ""))
