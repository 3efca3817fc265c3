"""scikit-learn: probabilities clipped at the eps of their dtype, weights in the divisor."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from losscli.commands.reconcile.case import Case, quotient
from losscli.commands.reconcile.clipping import DOUBLE, clipped
from losscli.commands.reconcile.convention import SAME, Convention, joined
from losscli.commands.reconcile.forms import form_of, is_softmax

CLIPPED = "p is clipped to [eps, 1 - eps], eps of its dtype: 2.2e-16 in float64"
SIMPLE = {
    "mse": "mean_squared_error",
    "l1": "mean_absolute_error",
    "msle": "mean_squared_log_error",
}


def rows(case: Case) -> Iterator[Convention]:
    """Yield scikit-learn's calls for a case."""
    if case.settings.reduction != "mean" or case.settings.shift:
        return
    weights = "sample_weight=s" if case.sample_weight is not None else ""
    if is_softmax(case):
        yield from _cross_entropy(case, weights)
    elif case.loss.name in ("bce", "bce-logits") and len(case.input.shape) == 1:
        yield from _binary(case, weights)
    elif len(case.input.shape) > 2:
        return
    elif case.loss.name in SIMPLE:
        call = f"sklearn.metrics.{SIMPLE[case.loss.name]}({joined('y', 'x', weights)})"
        yield Convention("scikit-learn", call, SAME, case)
        if case.loss.name == "mse" and len(case.input.shape) == 1:
            call = f"sklearn.metrics.root_mean_squared_error({joined('y', 'x', weights)})"
            yield Convention(
                "scikit-learn",
                call,
                "the root of the mean",
                case,
                lambda tally: math.sqrt(quotient(tally.numerator, tally.denominator)),
            )
    elif case.loss.name in OTHERS:
        yield from OTHERS[case.loss.name](case, weights)


def _cross_entropy(case: Case, weights: str) -> Iterator[Convention]:
    if not case.has_labels or len(case.input.shape) != 2 or case.problem.grid.positions > 1:
        return
    if case.options.get("z_loss") or case.class_axis != 1:
        return
    why = [CLIPPED]
    if case.options.get("label_smoothing"):
        why.append("there is no label smoothing")
        case = case.with_options(label_smoothing=0.0)
    y, p = "y", {"logits": "softmax(x)", "probs": "x", "log-probs": "exp(x)"}[form_of(case)]
    if case.options.get("weight") is not None:
        weights = "sample_weight=w[y]" + (" * s" if weights else "")
    counted = case.class_counts.sum()
    if not counted:
        return
    if counted < case.problem.grid.size:
        why.append("what does not count is left out by hand")
        y, p = "y[m]", f"{p}[m]"
        weights = weights.replace("w[y]", "w[y[m]]").replace("* s", "* s[m]")
    call = f"sklearn.metrics.log_loss({joined(y, p, weights, 'labels=range(c)')})"
    yield Convention("scikit-learn", call, "; ".join(why), clipped(case, DOUBLE))


def _binary(case: Case, weights: str) -> Iterator[Convention]:
    target = case.sources["target"]
    whole = target.read(0, target.shape[0])
    if case.options["weight"] is not None or not np.isin(whole, (0, 1)).all():
        return
    why = [CLIPPED]
    if case.options.get("pos_weight") is not None:
        why.append("there is no pos_weight")
        case = case.with_options(pos_weight=None)
    p = "sigmoid(x)" if case.loss.name == "bce-logits" else "x"
    call = f"sklearn.metrics.log_loss({joined('y', p, weights)})"
    yield Convention("scikit-learn", call, "; ".join(why), clipped(case, DOUBLE))


def _share(case: Case, weights: str) -> Iterator[Convention]:
    call = f"sklearn.metrics.mean_absolute_percentage_error({joined('y', 'x', weights)})"
    yield Convention(
        "scikit-learn",
        call,
        "a share, not percent",
        case,
        lambda tally: quotient(tally.numerator, tally.denominator) / 100,
    )


def _pinball(case: Case, weights: str) -> Iterator[Convention]:
    given = joined("y", "x", f"alpha={case.options['tau']:g}", weights)
    yield Convention("scikit-learn", f"sklearn.metrics.mean_pinball_loss({given})", SAME, case)


def _hinge(case: Case, weights: str) -> Iterator[Convention]:
    if len(case.input.shape) == 1:
        call = f"sklearn.metrics.hinge_loss({joined('y', 'x', weights)})"
        yield Convention("scikit-learn", call, SAME, case)


def _categorical_hinge(case: Case, weights: str) -> Iterator[Convention]:
    if case.problem.grid.classes > 2 and case.class_axis == 1:
        call = f"sklearn.metrics.hinge_loss({joined('y', 'x', weights, 'labels=range(c)')})"
        note = "the target takes no part in the maximum"
        yield Convention("scikit-learn", call, note, without_target(case))


def without_target(case: Case) -> Case:
    """Return a categorical hinge of scores from 0 on: the target's 0 is no maximum then."""
    return case.map_input(lambda x: x - x.min(axis=0), by_class=True)


OTHERS: dict[str, Callable[[Case, str], Iterator[Convention]]] = {
    "mape": _share,
    "quantile": _pinball,
    "hinge": _hinge,
    "categorical-hinge": _categorical_hinge,
}
