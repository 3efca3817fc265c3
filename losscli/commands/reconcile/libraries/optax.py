"""Optax: unreduced losses, so the mean is the caller's; no weights, no labels that do not count."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from losscli.commands.reconcile.case import Case, Tally, quotient
from losscli.commands.reconcile.convention import SAME, Convention, joined
from losscli.commands.reconcile.forms import form_of, is_softmax, taken_as

SIMPLE = {
    "mse": "squared_error",
    "huber": "huber_loss",
    "log-cosh": "log_cosh",
    "hinge": "hinge_loss",
    "bce-logits": "sigmoid_binary_cross_entropy",
    "sigmoid-focal": "sigmoid_focal_loss",
    "multiclass-perceptron": "losses.multiclass_perceptron_loss",
    "sparsemax": "losses.multiclass_sparsemax_loss",
}


def rows(case: Case) -> Iterator[Convention]:
    """Yield Optax's calls for a case."""
    if case.settings.reduction == "none" or case.sample_weight is not None:
        return
    end = ".sum()" if case.settings.reduction == "sum" else ".mean()"
    if is_softmax(case):
        yield from _cross_entropy(case)
    elif case.loss.name == "kl-div":
        yield from _divergence(case)
    elif case.loss.name == "poly":
        if form_of(case) == "logits" and case.class_axis == len(case.input.shape) - 1:
            given = f"x, jax.nn.one_hot(y, c), epsilon={case.options['epsilon']:g}"
            call = f"optax.losses.poly_loss_cross_entropy({given}){end}"
            yield Convention("Optax", call, SAME, case)
    elif case.loss.name in SIMPLE:
        why = [SAME]
        if case.options.get("weight") is not None:
            return
        if case.options.get("pos_weight") is not None:
            case, why = case.with_options(pos_weight=None), ["there is no pos_weight"]
        names = ("delta", "alpha", "gamma")
        given = joined(*(f"{n}={case.options[n]:g}" for n in names if n in case.options))
        call = f"optax.{SIMPLE[case.loss.name]}({joined('x', 'y', given)}){end}"
        yield Convention("Optax", call, "; ".join(why), case)
        if case.loss.name == "mse":
            yield Convention(
                "Optax",
                f"optax.l2_loss(x, y){end}",
                "half of the squared error",
                case,
                _half(case),
            )


def _half(case: Case) -> Callable[[Tally], float]:
    return lambda tally: case.value(tally) / 2


def _cross_entropy(case: Case) -> Iterator[Convention]:
    if case.options.get("z_loss"):
        return
    why = []
    if case.options.get("weight") is not None:
        why.append("there are no class weights")
        case = case.with_options(weight=None)
    form = form_of(case)
    x = {"logits": "x", "probs": "log(x)", "log-probs": "x"}[form]
    own = case
    if form != "logits":
        own = taken_as(case.map_input(np.log) if form == "probs" else case, "logits")
        why.append("the softmax inside divides rows by their sums")
    axis = case.class_axis
    where = f"axis={axis}" if axis < len(case.input.shape) - 1 else ""
    smoothing = case.options.get("label_smoothing")
    ignores = case.ignored is not None and case.class_counts.sum() < case.problem.grid.size
    counted = f"where=y != {case.ignored}" if ignores else ""
    end = f".{'sum' if case.settings.reduction == 'sum' else 'mean'}({counted})"
    if ignores:
        why.append("what does not count is left out by hand")
    if case.has_labels and not smoothing:
        call = f"optax.softmax_cross_entropy_with_integer_labels({joined(x, 'y', where)}){end}"
    else:
        y = "jax.nn.one_hot(y, c)" if case.has_labels else "y"
        y = f"optax.smooth_labels({y}, {smoothing:g})" if smoothing else y
        call = f"optax.softmax_cross_entropy({joined(x, y, where)}){end}"
    yield Convention("Optax", call, "; ".join(why) or SAME, own)


def _divergence(case: Case) -> Iterator[Convention]:
    if case.settings.reduction == "sum":
        return
    y = "exp(y)" if case.options["log_target"] else "y"
    rows = math.prod(case.input.shape[:-1])
    yield Convention(
        "Optax",
        f"optax.kl_divergence(x, {y}).mean()",
        "summed over the last axis, averaged over the rest",
        case,
        lambda tally: quotient(tally.numerator, rows),
    )
