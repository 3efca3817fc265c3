"""scikit-learn: probabilities clipped at the eps of their dtype, weights in the normalizer."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import SAME, Convention, joined, name_in, noted, without
from losscli.commands.reconcile.deviation import Fold
from losscli.commands.reconcile.deviations.clipping import DOUBLE, clipped
from losscli.commands.reconcile.forms import LOG_PROBS, LOGITS, PROBS
from losscli.commands.reconcile.tally import Tally, quotient

NAME = "scikit-learn"
CLIPPED = "p is clipped to [eps, 1 - eps], eps of its dtype: 2.2e-16 in float64"
LACKING = {
    "label_smoothing": "there is no label smoothing",
    "pos_weight": "there is no pos_weight",
}
SIMPLE = {
    "mean_squared_error": "",
    "mean_absolute_error": "",
    "mean_squared_log_error": "",
    "mean_absolute_percentage_error": "",
    "mean_pinball_loss": "alpha={tau:g}",
}
"""The metrics that take the target and the input as they are, and their keywords."""


def rows(case: Case) -> Iterator[Convention]:
    """Yield scikit-learn's calls for a case."""
    if case.settings.reduction != "mean" or case.settings.shift or len(case.input.shape) > 2:
        return
    weights = "sample_weight=s" if case.sample_weight is not None else ""
    name, vector = name_in(case.loss, "sklearn"), len(case.input.shape) == 1
    if case.loss.likelihood:
        yield from _cross_entropy(case, weights)
    elif name_in(case.loss, "keras") == "BinaryCrossentropy":
        if vector:
            yield from _binary(case, weights)
    elif name in SIMPLE:
        given = joined("y", "x", SIMPLE[name].format(**case.options), weights)
        note, fold = SAME, None
        if name == "mean_absolute_percentage_error":
            note, fold = (
                "a share, not percent",
                Fold("r.value / 100", lambda tally: _mean(tally) / 100),
            )
        yield Convention(f"sklearn.metrics.{name}({given})", note, case, fold)
        if name == "mean_squared_error" and vector:
            root = f"sklearn.metrics.root_{name}({given})"
            yield Convention(root, "the root of the mean", case, ROOT)
    elif name == "hinge_loss" and not case.loss.by_class:
        if vector:
            call = f"sklearn.metrics.hinge_loss({joined('y', 'x', weights)})"
            yield Convention(call, SAME, case)
    elif name == "hinge_loss" and case.problem.grid.classes > 2 and case.class_axis == 1:
        call = f"sklearn.metrics.hinge_loss({joined('y', 'x', weights, 'labels=range(c)')})"
        note = "the maximum leaves out the target"
        yield Convention(call, note, without_target(case))


def _mean(tally: Tally) -> float:
    return quotient(tally.numerator, tally.denominator)


ROOT = Fold("math.sqrt(r.value)", lambda tally: math.sqrt(_mean(tally)))


def _cross_entropy(case: Case, weights: str) -> Iterator[Convention]:
    counted = case.has_labels and case.problem.grid.positions == 1 and case.class_counts.sum()
    if not counted or case.class_axis != 1:
        return
    case, why = without(case, LACKING)
    y, p = "y", {LOGITS: "softmax(x)", PROBS: "x", LOG_PROBS: "exp(x)"}[case.form]
    if case.options.get("weight") is not None:
        weights = "sample_weight=w[y]" + (" * s" if weights else "")
    if case.ignores:
        why.append("ignored targets are left out by hand")
        y, p = "y[m]", f"{p}[m]"
        weights = weights.replace("w[y]", "w[y[m]]").replace("* s", "* s[m]")
    call = f"sklearn.metrics.log_loss({joined(y, p, weights, 'labels=range(c)')})"
    yield Convention(call, noted(CLIPPED, *why), clipped(case, DOUBLE))


def _binary(case: Case, weights: str) -> Iterator[Convention]:
    if case.options["weight"] is not None or not case.hard_targets:
        return
    case, why = without(case, LACKING)
    p = "sigmoid(x)" if case.form == LOGITS else "x"
    call = f"sklearn.metrics.log_loss({joined('y', p, weights)})"
    yield Convention(call, noted(CLIPPED, *why), clipped(case, DOUBLE))


def without_target(case: Case) -> Case:
    """Return the case with scores of 0 and above, where the target's 0 is never the maximum."""
    return case.map_input(f"{{0}} - {{0}}.min({case.class_axis}, keepdims=True)")
