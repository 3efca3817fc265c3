"""Deviations that score the same predictions in another way: Brier scores, errors, swapped rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    EVERY_DAY,
    NOW_AND_THEN,
    RARELY,
    Deviation,
    deviation,
    is_weighted,
)
from losscli.commands.reconcile.forms import LOG_PROBS, LOGITS, PROBS, through, to_probabilities
from losscli.losses.declare.role_kind import Layout


def _targets(case: Case) -> str:
    """Return the target's probabilities, one for each of the input's; empty where it has none."""
    target = case.problem.target
    if target is None or case.form not in (LOGITS, PROBS, LOG_PROBS) or is_weighted(case):
        return ""
    if not case.has_labels:
        same = target.kind.layout is case.loss.layout is not Layout.SEQUENCES
        return "y" if same and target.kind.high == 1 and case.loss.other_activation else ""
    if case.ignores or case.settings.shift or case.loss.layout is not Layout.CLASSES:
        return ""
    base, axis = case.settings.label_base, case.class_axis
    hot = f"(y[..., None] == np.arange({base}, {base + case.input.shape[axis]}))"
    return hot if axis == len(case.input.shape) - 1 else f"np.moveaxis({hot}, -1, {axis})"


@deviation("loss")
def scores_of_probabilities(case: Case) -> Iterator[Deviation]:
    """A Brier score, an absolute error, an accuracy or an error rate."""
    y = _targets(case)
    if not y:
        return

    def scored(words: str, plainness: int, text: str) -> Deviation:
        return Deviation(words, plainness, partial(_of_probabilities, text=text))

    if case.loss.layout is Layout.TERMS:
        words = "the Brier score: squared errors of the probabilities"
        yield scored(words, NOW_AND_THEN, f"(x - {y}) ** 2")
        yield scored("absolute errors of the probabilities", RARELY, f"np.abs(x - {y})")
        wrong = f"((x > 0.5) != ({y} > 0.5))"
    else:
        axis = case.class_axis
        words = "the Brier score: squared errors of the probabilities, {} over the classes"
        for how, reduced in (("summed", "sum"), ("averaged", "mean")):
            text = f"((x - {y}) ** 2).{reduced}({axis})"
            yield scored(words.format(how), NOW_AND_THEN, text)
        wrong = f"(x.argmax({axis}) != {y}.argmax({axis}))"
    yield scored("the error rate: the share of wrong predictions", RARELY, f"{wrong} * 1.0")
    yield scored("the accuracy: the share of correct predictions", RARELY, f"1.0 - {wrong}")


@deviation("loss")
def distributions_swapped(case: Case) -> Iterator[Deviation]:
    """The target's probabilities are predictions, and the predictions are the target."""
    y = _targets(case)
    if not y or case.loss.layout is not Layout.CLASSES:
        return
    axis, words = case.class_axis, "input and target are swapped"
    if case.has_labels:
        y = f"({y} * 1.0)"
    text = f"-(x * np.log(np.clip({y}, 1e-07, 1 - 1e-07))).sum({axis})"
    change = partial(_of_probabilities, text=text)
    usual = EVERY_DAY if case.has_labels else NOW_AND_THEN
    yield Deviation(f"{words}, then clipped at 1e-7 as Keras does", usual, change)
    if not case.has_labels:
        text = f"-(x * np.log({y})).sum({axis})"
        yield Deviation(words, EVERY_DAY, partial(_of_probabilities, text=text))


def _of_probabilities(case: Case, text: str) -> Case:
    return through(case, *to_probabilities(case)).as_terms(text)
