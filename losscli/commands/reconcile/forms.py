"""The forms that an input may be read in, and the steps that it goes through before that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation
from losscli.commands.reconcile.spelling import transformed
from losscli.errors import UsageError
from losscli.losses.declare.role_kind import Layout

LOGITS, PROBS, LOG_PROBS = "logits", "probabilities", "log-probabilities"
SIGMOID, EXP, LOG = 'losscli.transform("sigmoid", {})', "np.exp({})", "np.log({})"


def read_as(case: Case, form: str, *steps: str) -> Case:
    """Return the loss of an input that goes through some steps and is then treated as a form."""
    taken = case.form_as(form)
    if taken is None:
        raise UsageError(f"{case.loss.name} has no counterpart that takes {form}")
    return through(case, *steps).as_loss(taken.loss.name, **taken.options)


def through(case: Case, *steps: str) -> Case:
    """Return the case with its input changed step by step, each an expression of `{}`."""
    for step in steps:
        case = case.map_input(step)
    return case


def reading(
    case: Case, words: str, plainness: int, form: str, steps: tuple[str, ...], **more: Any
) -> Iterator[Deviation]:
    """Yield the deviation that `read_as` makes, where a loss takes the form."""
    if case.form_as(form) is not None:
        yield Deviation(words, plainness, lambda case: read_as(case, form, *steps), **more)


def softmax(case: Case) -> str:
    """Return the softmax over the classes of a case."""
    return transformed(case, "softmax")


def to_probabilities(case: Case) -> tuple[str, ...]:
    """Return the steps from what a case's input holds to probabilities."""
    activation = SIGMOID if case.loss.layout is Layout.TERMS else softmax(case)
    return {LOGITS: (activation,), LOG_PROBS: (EXP,)}.get(case.form, ())


def normalized(case: Case) -> str:
    """Return the division of the rows by their sums."""
    return f"{{0}} / {{0}}.sum({case.class_axis}, keepdims=True)"
