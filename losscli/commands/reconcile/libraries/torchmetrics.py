"""torchmetrics: metrics over a whole run; other inputs than probabilities get an activation."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import SAME, Convention, joined, name_in, noted, without
from losscli.commands.reconcile.deviation import Fold
from losscli.commands.reconcile.forms import (
    LOG,
    LOGITS,
    PROBS,
    SIGMOID,
    normalized,
    read_as,
    softmax,
)
from losscli.commands.reconcile.libraries.sklearn import without_target
from losscli.commands.reconcile.tally import quotient

NAME = "torchmetrics"
SIMPLE = {
    "MeanSquaredError": "MeanSquaredError",
    "MeanAbsoluteError": "MeanAbsoluteError",
    "MeanSquaredLogarithmicError": "MeanSquaredLogError",
    "LogCosh": "LogCoshError",
}
"""The metrics that take the input and the target as they are, by the name that Keras gives them."""
LACKING = {
    "weight": "there are no class weights",
    "label_smoothing": "there is no label smoothing",
}


def rows(case: Case) -> Iterator[Convention]:
    """Yield torchmetrics' calls for a case."""
    if case.settings.reduction not in ("mean", "batchmean") or case.sample_weight is not None:
        return
    name, axes = name_in(case.loss, "keras"), len(case.input.shape)
    if case.loss.likelihood:
        yield from _perplexity(case)
    elif name in SIMPLE:
        if name != "LogCosh" or axes == 1:
            yield Convention(f"torchmetrics.{SIMPLE[name]}()(x, y)", SAME, case)
    elif name == "MeanAbsolutePercentageError":
        yield Convention(
            f"torchmetrics.{name}()(x, y)",
            "a share, not percent; |y| is at least 1.17e-6",
            case,
            Fold(
                "r.value / 100",
                lambda tally: quotient(tally.numerator, tally.denominator) / 100,
            ),
        )
    elif name in ("Hinge", "SquaredHinge"):
        outside = _outside(case)
        yield Convention(
            "torchmetrics.classification.BinaryHingeLoss"
            f"({'squared=True' if name == 'SquaredHinge' else ''})(x, y > 0)",
            noted("what is outside [0, 1] goes through a sigmoid first" if outside else ""),
            case.map_input(SIGMOID) if outside else case,
        )
    elif name == "CategoricalHinge" and case.class_axis == 1 and axes == 2:
        outside = _outside(case)
        yield Convention(
            "torchmetrics.classification.MulticlassHingeLoss(c)(x, y)",
            noted("softmax first" if outside else "", "the maximum leaves out the target"),
            without_target(case.map_input(softmax(case)) if outside else case),
        )
    elif name == "KLDivergence" and axes == 2:
        yield _divergence(case)


def _perplexity(case: Case) -> Iterator[Convention]:
    axes, axis = len(case.input.shape), case.class_axis
    if not case.has_labels or axes > 3:
        return
    case, why = without(case, LACKING)
    own = read_as(case, LOGITS, *([LOG] if case.form == PROBS else []))
    given = f"ignore_index={case.ignored}" if case.ignores else ""
    x = "x.log()" if case.form == PROBS else "x"
    if axes == 2:
        x, y = f"{x}[None]", "y[None]"
    else:
        x, y = x if axis == 2 else f"{x}.movedim({axis}, -1)", "y"
    yield Convention(
        f"torchmetrics.text.Perplexity({given})({joined(x, y)})",
        noted("exp of the mean", *why),
        own,
        Fold(
            "math.exp(r.numerator / r.count)",
            lambda tally: _exp(quotient(tally.numerator, tally.counted)),
        ),
    )


def _exp(value: float) -> float:
    return math.inf if value > 700 else math.exp(value)


def _outside(case: Case) -> bool:
    """Return whether an input is anywhere outside [0, 1]."""
    low, high = case.input_range
    return low < 0 or high > 1


def _divergence(case: Case) -> Convention:
    samples = case.input.shape[0]
    why = "summed over each sample, averaged over the samples"
    if case.options["log_target"]:
        call, own = "torchmetrics.KLDivergence(log_prob=True)(y, x)", case
    else:
        call, why = (
            "torchmetrics.KLDivergence()(y, x.exp())",
            f"{why}; rows are divided by their sums",
        )
        share = normalized(case)
        own = case.map_input("np.exp({})").map_input(share).map_input("np.log({})")
        own = own.map_target(share)
    fold = Fold(f"r.numerator / {samples}", lambda tally: quotient(tally.numerator, samples))
    return Convention(call, why, own, fold)
