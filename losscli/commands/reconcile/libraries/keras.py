"""Keras 3: probabilities renormalised and clipped at 1e-7, means over what is there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from losscli.commands.reconcile.case import Case, Tally, quotient
from losscli.commands.reconcile.clipping import KERAS, clipped, normalised
from losscli.commands.reconcile.convention import SAME, Convention, joined, keywords
from losscli.commands.reconcile.forms import form_of, is_softmax
from losscli.commands.reconcile.mapped import in_doubles
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.role_kind import Layout
from losscli.losses.transforms import softmax
from losscli.numerics.arrays import Array

CLIPPED = "p is clipped to [1e-7, 1 - 1e-7]"
SIMPLE = {
    "mse": "MeanSquaredError",
    "l1": "MeanAbsoluteError",
    "huber": "Huber",
    "log-cosh": "LogCosh",
    "hinge": "Hinge",
    "squared-hinge": "SquaredHinge",
}


def rows(case: Case) -> Iterator[Convention]:
    """Yield Keras's calls for a case."""
    if case.settings.reduction not in ("mean", "sum", "batchmean"):
        return
    if is_softmax(case):
        yield from _cross_entropy(case)
    elif case.loss.name in ("bce", "bce-logits"):
        yield from _binary(case)
    elif case.loss.name in SIMPLE:
        yield from _simple(case)
    elif case.loss.name in OTHERS:
        yield from OTHERS[case.loss.name](case)


def _call(name: str, settings: str, *arguments: str) -> str:
    return f"keras.losses.{name}({settings})({', '.join(a for a in arguments if a)})"


def _reduction(case: Case) -> str:
    return "reduction='sum'" if case.settings.reduction == "sum" else ""


def _mean(case: Case) -> Callable[[Tally], float]:
    """Return Keras's mean: over the terms that count, whatever their weights; 0 over none."""
    if case.settings.reduction == "sum":
        return lambda tally: tally.numerator
    return lambda tally: quotient(tally.numerator, tally.unweighted) if tally.unweighted else 0.0


def _divisor(case: Case) -> list[str]:
    parts = []
    if case.options.get("weight") is not None or case.sample_weight is not None:
        parts.append("divided by the number of targets, not by the sum of the weights")
    if case.ignored is not None and _ignores(case):
        parts.append("0, not nan, for a batch of which nothing counts")
    return parts if case.settings.reduction != "sum" else []


def _ignores(case: Case) -> bool:
    return bool(case.class_counts.sum() < case.problem.grid.size)


def _cross_entropy(case: Case) -> Iterator[Convention]:
    smoothing = case.options.get("label_smoothing") or None
    weight = case.options.get("weight") is not None
    if case.options.get("z_loss") or (weight and (smoothing or not case.has_labels)):
        return
    if smoothing and case.ignored is not None and _ignores(case):
        return
    axis = case.class_axis if case.class_axis < len(case.input.shape) - 1 else None
    name, y = "SparseCategoricalCrossentropy", "y"
    settings: dict[str, object] = {}
    if not case.has_labels or smoothing:
        name, settings["label_smoothing"] = "CategoricalCrossentropy", smoothing
        y = "one_hot(y)" if case.has_labels else "y"
    elif case.ignored is not None and _ignores(case):
        settings["ignore_class"] = case.ignored
    settings["axis"] = axis
    factors = (["w[y]"] if weight else []) + (["s"] if case.sample_weight is not None else [])
    weights = f"sample_weight={' * '.join(factors)}" if factors else ""
    form = form_of(case)
    why = _divisor(case)
    if form == "logits":
        inside = joined("from_logits=True", keywords(**settings), _reduction(case))
        note = "; ".join(why) or SAME
        yield Convention("Keras", _call(name, inside, y, "x", weights), note, case, _mean(case))
    p = {"logits": "softmax(x)", "probs": "x", "log-probs": "exp(x)"}[form]
    inside = joined(keywords(**settings), _reduction(case))
    note = "; ".join([f"rows are divided by their sums, {CLIPPED}", *why])
    own = clipped(normalised(case), KERAS)
    yield Convention("Keras", _call(name, inside, y, p, weights), note, own, _mean(case))


def _binary(case: Case) -> Iterator[Convention]:
    if case.options["weight"] is not None:
        return
    why = _divisor(case)
    if case.options.get("pos_weight") is not None:
        why.append("there is no pos_weight")
        case = case.with_options(pos_weight=None)
    name = "BinaryCrossentropy"
    if case.loss.name == "bce-logits":
        inside = joined("from_logits=True", _reduction(case))
        note = "; ".join(why) or SAME
        call = _call(name, inside, *_elements(case, "x"))
        yield Convention("Keras", call, note, case, _binary_mean(case))
    p = "sigmoid(x)" if case.loss.name == "bce-logits" else "x"
    yield Convention(
        "Keras",
        _call(name, _reduction(case), *_elements(case, p)),
        "; ".join([CLIPPED, *why]),
        clipped(case, KERAS),
        _binary_mean(case),
    )


def _elements(case: Case, x: str) -> tuple[str, ...]:
    """Return the arguments of an elementwise loss; weights want a sample a row."""
    if case.sample_weight is None:
        return "y", x
    column = "[:, None]" if len(case.input.shape) == 1 else ""
    return f"y{column}", f"{x}{column}", "sample_weight=s"


def _binary_mean(case: Case) -> Callable[[Tally], float]:
    """Return the mean of elementwise losses: over the last axis first, then summed or averaged."""
    width = case.input.shape[-1] if len(case.input.shape) > 1 else _all(case)
    if case.sample_weight is not None and len(case.input.shape) == 1:
        width = 1
    if case.settings.reduction == "sum":
        return lambda tally: tally.numerator / width
    return lambda tally: quotient(tally.numerator, tally.total)


def _all(case: Case) -> int:
    return math.prod(case.input.shape)


def _simple(case: Case) -> Iterator[Convention]:
    settings = f"delta={case.options['delta']}" if case.loss.name == "huber" else ""
    why = _divisor(case)
    if case.settings.reduction == "sum":
        why.append("the mean over the last axis is summed")
    given = _elements(case, "x")
    call = _call(SIMPLE[case.loss.name], joined(settings, _reduction(case)), *given)
    yield Convention("Keras", call, "; ".join(why) or SAME, case, _binary_mean(case))


def _plain(case: Case) -> bool:
    return case.settings.reduction == "mean" and case.sample_weight is None


def _divergence(case: Case) -> Iterator[Convention]:
    if case.sample_weight is not None or case.settings.reduction == "sum":
        return
    log_target = bool(case.options["log_target"])
    y = "exp(y)" if log_target else "y"

    def inside(values: Array) -> Array:
        return np.asarray(np.clip(values, KERAS, 1))

    own = case.with_options(log_target=False).map_input(lambda x: np.log(inside(np.exp(x))))
    first = np.exp if log_target else np.asarray
    own = own.map_target(in_doubles(lambda t: inside(first(t))))
    rows = _all(case) / (case.input.shape[-1] if case.input.shape else 1)
    yield Convention(
        "Keras",
        f"keras.losses.KLDivergence()({y}, exp(x))",
        "both are clipped to [1e-7, 1]; summed over the last axis, averaged over the rest",
        own,
        lambda tally: quotient(tally.numerator, rows),
    )


def _msle(case: Case) -> Iterator[Convention]:
    if _plain(case):
        floor = in_doubles(lambda x: np.maximum(x, KERAS))
        own = case.map_input(floor).map_target(floor)
        call = "keras.losses.MeanSquaredLogarithmicError()(y, x)"
        yield Convention("Keras", call, "numbers are at least 1e-7", own)


def _mape(case: Case) -> Iterator[Convention]:
    if _plain(case):
        call = "keras.losses.MeanAbsolutePercentageError()(y, x)"
        yield Convention("Keras", call, "|y| is at least 1e-7", case)


def _categorical_hinge(case: Case) -> Iterator[Convention]:
    if _plain(case) and case.loss.layout is Layout.CLASSES:
        call = "keras.losses.CategoricalHinge()(one_hot(y), x)"
        yield Convention("Keras", call, SAME, case)


def _sigmoid_focal(case: Case) -> Iterator[Convention]:
    if not _plain(case):
        return
    alpha, gamma = case.options["alpha"], case.options["gamma"]
    name = "keras.losses.BinaryFocalCrossentropy"
    yield Convention(
        "Keras",
        f"{name}(gamma={gamma:g}, from_logits=True)(y, x)",
        "alpha only where asked for: apply_class_balancing=True",
        case.with_options(alpha=0.5),
        lambda tally: 2 * quotient(tally.numerator, tally.denominator),
    )
    yield Convention(
        "Keras",
        f"{name}(apply_class_balancing=True, alpha={alpha:g}, gamma={gamma:g}, "
        "from_logits=True)(y, x)",
        SAME,
        case,
    )


def _softmax_focal(case: Case) -> Iterator[Convention]:
    alpha = read_whole(case.options["alpha"])
    if not _plain(case) or alpha.size > 1 or not case.has_labels or form_of(case) != "logits":
        return
    own = case.map_input(lambda x: np.clip(softmax(x), KERAS, 1 - KERAS), by_class=True)
    yield Convention(
        "Keras",
        f"keras.losses.CategoricalFocalCrossentropy(alpha={alpha.item():g}, "
        f"gamma={case.options['gamma']:g}, from_logits=True)(one_hot(y), x)",
        CLIPPED,
        own.with_options(from_="probs"),
    )


def _generalized(case: Case) -> Iterator[Convention]:
    if _plain(case) and form_of(case) == "logits" and len(case.input.shape) == 2:
        name = f"keras.losses.CategoricalGeneralizedCrossEntropy(q={case.options['q']:g})"
        yield Convention("Keras", f"{name}(y, softmax(x))", SAME, case)


def _poisson(case: Case) -> Iterator[Convention]:
    if not _plain(case) or case.options["full"]:
        return
    own, x = case, "x"
    if case.options["log_input"]:
        own, x = case.map_input(np.exp), "exp(x)"
    yield Convention(
        "Keras",
        f"keras.losses.Poisson()(y, {x})",
        "of rates: the logarithm is of the rate plus 1e-7",
        own.with_options(log_input=False, eps=KERAS),
    )


OTHERS: dict[str, Callable[[Case], Iterator[Convention]]] = {
    "kl-div": _divergence,
    "msle": _msle,
    "mape": _mape,
    "categorical-hinge": _categorical_hinge,
    "sigmoid-focal": _sigmoid_focal,
    "softmax-focal": _softmax_focal,
    "gce": _generalized,
    "poisson-nll": _poisson,
}
