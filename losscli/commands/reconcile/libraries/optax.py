"""Optax: unreduced losses, so the mean is the caller's; no weights, no ignored labels."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import SAME, Convention, joined, name_in, noted, without
from losscli.commands.reconcile.deviation import Fold
from losscli.commands.reconcile.forms import LOG, LOGITS, PROBS, read_as
from losscli.commands.reconcile.tally import quotient

NAME = "Optax"
SIMPLE = {
    "squared_error": "",
    "huber_loss": "",
    "log_cosh": "",
    "hinge_loss": "",
    "sigmoid_binary_cross_entropy": "",
    "sigmoid_focal_loss": "",
    "multiclass_perceptron_loss": "losses.",
    "multiclass_sparsemax_loss": "losses.",
}
"""The functions that take the input and the target as they are, and their modules."""
LACKING = {"weight": "there are no class weights", "pos_weight": "there is no pos_weight"}


def rows(case: Case) -> Iterator[Convention]:
    """Yield Optax's calls for a case."""
    if case.sample_weight is not None:
        return
    end = ".sum()" if case.settings.reduction == "sum" else ".mean()"
    name = name_in(case.loss, "optax")
    if case.loss.likelihood:
        yield from _cross_entropy(case)
    elif name == "kl_divergence" and case.settings.reduction != "sum":
        y, positions = "exp(y)" if case.options["log_target"] else "y", case.input.shape[:-1]
        yield Convention(
            f"optax.kl_divergence(x, {y}).mean()",
            "summed over the last axis, averaged over the rest",
            case,
            Fold(
                f"r.numerator / {math.prod(positions)}",
                lambda tally: quotient(tally.numerator, math.prod(positions)),
            ),
        )
    elif name == "poly_loss_cross_entropy":
        if case.form == LOGITS and case.class_axis == len(case.input.shape) - 1:
            given = f"x, jax.nn.one_hot(y, c), epsilon={case.options['epsilon']:g}"
            yield Convention(f"optax.losses.{name}({given}){end}", SAME, case)
    elif name in SIMPLE and case.options.get("weight") is None:
        case, why = without(case, LACKING)
        names = ("delta", "alpha", "gamma")
        given = joined(*(f"{n}={case.options[n]:g}" for n in names if n in case.options))
        call = f"optax.{SIMPLE[name]}{name}({joined('x', 'y', given)}){end}"
        yield Convention(call, noted(*why), case)
        if name == "squared_error":
            half = "half of the squared error"
            own = case
            fold = Fold("r.value / 2", lambda tally: own.value(tally) / 2)
            yield Convention(f"optax.l2_loss(x, y){end}", half, own, fold)


def _cross_entropy(case: Case) -> Iterator[Convention]:
    case, why = without(case, LACKING)
    own = case
    if case.form != LOGITS:
        own = read_as(case, LOGITS, *([LOG] if case.form == PROBS else []))
        why.append("the softmax inside divides rows by their sums")
    x = "log(x)" if case.form == PROBS else "x"
    axis = case.class_axis
    where = f"axis={axis}" if axis < len(case.input.shape) - 1 else ""
    smoothing = case.options.get("label_smoothing")
    if case.ignores:
        why.append("ignored targets are left out by hand")
    reduced = "sum" if case.settings.reduction == "sum" else "mean"
    end = f".{reduced}({f'where=y != {case.ignored}' if case.ignores else ''})"
    name, y = "softmax_cross_entropy", "jax.nn.one_hot(y, c)" if case.has_labels else "y"
    if smoothing:
        y = f"optax.smooth_labels({y}, {smoothing:g})"
    elif case.has_labels:
        name, y = f"{name}_with_integer_labels", "y"
    yield Convention(f"optax.{name}({joined(x, y, where)}){end}", noted(*why), own)
