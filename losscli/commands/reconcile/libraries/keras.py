"""Keras 3: probabilities are renormalized and clipped at 1e-7; means divide by counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import SAME, Convention, joined, name_in, noted, without
from losscli.commands.reconcile.deviation import Fold
from losscli.commands.reconcile.deviations.clipping import KERAS, clip, clipped
from losscli.commands.reconcile.forms import (
    LOG_PROBS,
    LOGITS,
    PROBS,
    normalized,
    read_as,
    softmax,
)
from losscli.commands.reconcile.tally import quotient
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.role_kind import Layout

NAME = "Keras"
CLIPPED = "p is clipped to [1e-7, 1 - 1e-7]"
SIMPLE = ("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh", "Hinge", "SquaredHinge")
"""The losses that take the target and the input as they are."""


def rows(case: Case) -> Iterator[Convention]:
    """Yield Keras's calls for a case."""
    name = name_in(case.loss, "keras")
    plain = case.settings.reduction == "mean" and case.sample_weight is None
    if case.loss.likelihood:
        yield from _cross_entropy(case)
    elif name == "BinaryCrossentropy":
        yield from _binary(case)
    elif name in SIMPLE:
        settings = f"delta={case.options['delta']}" if name == "Huber" else ""
        why = [*_normalizer(case)]
        if case.settings.reduction == "sum":
            why.append("the mean over the last axis is summed")
        call = _call(name, joined(settings, _reduction(case)), *_elements(case, "x"))
        yield Convention(call, noted(*why), case, _mean_of_rows(case))
    elif name == "KLDivergence" and case.sample_weight is None:
        yield from _divergence(case)
    elif plain and name in OTHERS:
        yield from OTHERS[name](case)


def _call(name: str, settings: str, *arguments: str) -> str:
    return f"keras.losses.{name}({settings})({joined(*arguments)})"


def _reduction(case: Case) -> str:
    return "reduction='sum'" if case.settings.reduction == "sum" else ""


def _mean(case: Case) -> Fold:
    """Return Keras's mean: over the terms that count, whatever their weights; 0 over none."""
    if case.settings.reduction == "sum":
        return Fold("r.numerator", lambda tally: tally.numerator)
    return Fold(
        "r.numerator / max(r.count, 1)",
        lambda tally: quotient(tally.numerator, tally.counted) if tally.counted else 0.0,
    )


def _normalizer(case: Case) -> Iterator[str]:
    if case.settings.reduction == "sum":
        return
    if case.options.get("weight") is not None or case.sample_weight is not None:
        yield "divided by the number of targets, not by the sum of the weights"
    if case.ignores:
        yield "0, not nan, for a batch in which nothing counts"


def _cross_entropy(case: Case) -> Iterator[Convention]:
    smoothing = case.options.get("label_smoothing")
    weight = case.options.get("weight") is not None
    if (weight and (smoothing or not case.has_labels)) or (smoothing and case.ignores):
        return
    name, y, settings = "SparseCategoricalCrossentropy", "y", ""
    if not case.has_labels or smoothing:
        name, y = "CategoricalCrossentropy", "one_hot(y)" if case.has_labels else "y"
        settings = f"label_smoothing={smoothing}" if smoothing else ""
    elif case.ignores:
        settings = f"ignore_class={case.ignored}"
    axis = case.class_axis
    settings = joined(settings, f"axis={axis}" if axis < len(case.input.shape) - 1 else "")
    settings = joined(settings, _reduction(case))
    factors = " * ".join(["w[y]"] * weight + ["s"] * (case.sample_weight is not None))
    weights = f"sample_weight={factors}" if factors else ""
    if case.form == LOGITS:
        call = _call(name, joined("from_logits=True", settings), y, "x", weights)
        yield Convention(call, noted(*_normalizer(case)), case, _mean(case))
    p = {LOGITS: "softmax(x)", PROBS: "x", LOG_PROBS: "exp(x)"}[case.form]
    yield Convention(
        _call(name, settings, y, p, weights),
        noted(f"rows are divided by their sums, {CLIPPED}", *_normalizer(case)),
        clipped(case, KERAS, normalized(case)),
        _mean(case),
    )


def _binary(case: Case) -> Iterator[Convention]:
    if case.options["weight"] is not None:
        return
    name, own = "BinaryCrossentropy", case
    case, lacking = without(case, {"pos_weight": "there is no pos_weight"})
    why = [*_normalizer(own), *lacking]
    if case.form == LOGITS:
        inside = joined("from_logits=True", _reduction(case))
        call = _call(name, inside, *_elements(case, "x"))
        yield Convention(call, noted(*why), case, _mean_of_rows(case))
    p = "sigmoid(x)" if case.form == LOGITS else "x"
    call = _call(name, _reduction(case), *_elements(case, p))
    yield Convention(call, noted(CLIPPED, *why), clipped(case, KERAS), _mean_of_rows(case))


def _elements(case: Case, x: str) -> tuple[str, ...]:
    """Return the arguments of an elementwise loss; weights need one sample per row."""
    if case.sample_weight is None:
        return "y", x
    column = "[:, None]" if len(case.input.shape) == 1 else ""
    return f"y{column}", f"{x}{column}", "sample_weight=s"


def _mean_of_rows(case: Case) -> Fold:
    """Return the mean of elementwise losses: over the last axis first, then summed or averaged."""
    if case.settings.reduction != "sum":
        return Fold(
            "r.numerator / r.per_sample.size",
            lambda tally: quotient(tally.numerator, tally.total),
        )
    # A vector is one row; with weights it is a column of samples.
    width = case.input.shape[-1]
    if len(case.input.shape) == 1 and case.sample_weight is not None:
        width = 1
    return Fold(f"r.numerator / {width}", lambda tally: tally.numerator / width)


def _divergence(case: Case) -> Iterator[Convention]:
    if case.settings.reduction == "sum":
        return
    y, first = ("exp(y)", "np.exp({})") if case.options["log_target"] else ("y", "{}")
    own = case.with_options(log_target=False)
    own = own.map_input(f"np.log(np.clip(np.exp({{}}), {KERAS!r}, 1))")
    own = own.map_target(f"np.clip({first}, {KERAS!r}, 1)")
    positions = math.prod(case.input.shape[:-1])
    yield Convention(
        f"keras.losses.KLDivergence()({y}, exp(x))",
        "both are clipped to [1e-7, 1]; summed over the last axis, averaged over the rest",
        own,
        Fold(f"r.numerator / {positions}", lambda tally: quotient(tally.numerator, positions)),
    )


def _squared_logarithmic(case: Case) -> Iterator[Convention]:
    floor = f"np.maximum({{}}, {KERAS!r})"
    own = case.map_input(floor).map_target(floor)
    call = "keras.losses.MeanSquaredLogarithmicError()(y, x)"
    yield Convention(call, "numbers are at least 1e-7", own)


def _percentage(case: Case) -> Iterator[Convention]:
    call = "keras.losses.MeanAbsolutePercentageError()(y, x)"
    yield Convention(call, "|y| is at least 1e-7", case)


def _categorical_hinge(case: Case) -> Iterator[Convention]:
    if case.loss.layout is Layout.CLASSES:
        yield Convention("keras.losses.CategoricalHinge()(one_hot(y), x)", SAME, case)


def _binary_focal(case: Case) -> Iterator[Convention]:
    alpha, gamma = case.options["alpha"], case.options["gamma"]
    name = "keras.losses.BinaryFocalCrossentropy"
    yield Convention(
        f"{name}(gamma={gamma:g}, from_logits=True)(y, x)",
        "alpha only on request: apply_class_balancing=True",
        case.with_options(alpha=0.5),
        Fold("2 * r.value", lambda tally: 2 * quotient(tally.numerator, tally.denominator)),
    )
    balanced = f"apply_class_balancing=True, alpha={alpha:g}, gamma={gamma:g}, from_logits=True"
    yield Convention(f"{name}({balanced})(y, x)", SAME, case)


def _categorical_focal(case: Case) -> Iterator[Convention]:
    alpha = read_whole(case.options["alpha"])
    if alpha.size > 1 or not case.has_labels or case.form != LOGITS:
        return
    settings = f"alpha={alpha.item():g}, gamma={case.options['gamma']:g}, from_logits=True"
    call = f"keras.losses.CategoricalFocalCrossentropy({settings})(one_hot(y), x)"
    yield Convention(call, CLIPPED, read_as(case, PROBS, softmax(case), clip(KERAS)))


def _generalized(case: Case) -> Iterator[Convention]:
    if case.form == LOGITS and len(case.input.shape) == 2:
        name = f"keras.losses.CategoricalGeneralizedCrossEntropy(q={case.options['q']:g})"
        yield Convention(f"{name}(y, softmax(x))", SAME, case)


def _poisson(case: Case) -> Iterator[Convention]:
    if case.options["full"]:
        return
    own, x = case, "x"
    if case.options["log_input"]:
        own, x = case.map_input("np.exp({})"), "exp(x)"
    yield Convention(
        f"keras.losses.Poisson()(y, {x})",
        "of rates: the logarithm is of the rate plus 1e-7",
        own.with_options(log_input=False, eps=KERAS),
    )


OTHERS: dict[str, Callable[[Case], Iterator[Convention]]] = {
    "MeanSquaredLogarithmicError": _squared_logarithmic,
    "MeanAbsolutePercentageError": _percentage,
    "CategoricalHinge": _categorical_hinge,
    "BinaryFocalCrossentropy": _binary_focal,
    "CategoricalFocalCrossentropy": _categorical_focal,
    "CategoricalGeneralizedCrossEntropy": _generalized,
    "Poisson": _poisson,
}
