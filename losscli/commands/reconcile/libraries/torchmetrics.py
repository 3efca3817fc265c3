"""torchmetrics: metrics over a whole run; what is no probability goes through an activation."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from losscli.commands.reconcile.case import Case, quotient
from losscli.commands.reconcile.convention import SAME, Convention, joined
from losscli.commands.reconcile.forms import form_of, is_softmax, taken_as
from losscli.commands.reconcile.libraries.sklearn import without_target
from losscli.commands.reconcile.mapped import in_doubles, over_classes
from losscli.losses.transforms import sigmoid, softmax

SIMPLE = {
    "mse": "MeanSquaredError",
    "l1": "MeanAbsoluteError",
    "msle": "MeanSquaredLogError",
    "log-cosh": "LogCoshError",
}


def rows(case: Case) -> Iterator[Convention]:
    """Yield torchmetrics' calls for a case."""
    if case.settings.reduction not in ("mean", "batchmean") or case.sample_weight is not None:
        return
    name = case.loss.name
    if is_softmax(case):
        yield from _perplexity(case)
    elif name in SIMPLE:
        if name != "log-cosh" or len(case.input.shape) == 1:
            call = f"torchmetrics.{SIMPLE[name]}()(x, y)"
            yield Convention("torchmetrics", call, SAME, case)
    elif name == "mape":
        yield Convention(
            "torchmetrics",
            "torchmetrics.MeanAbsolutePercentageError()(x, y)",
            "a share, not percent; |y| is at least 1.17e-6",
            case,
            lambda tally: quotient(tally.numerator, tally.denominator) / 100,
        )
    elif name in ("hinge", "squared-hinge"):
        yield _hinge(case)
    elif name == "categorical-hinge" and case.class_axis == 1 and len(case.input.shape) == 2:
        outside = _outside(case)
        own = case.map_input(softmax, by_class=True) if outside else case
        why = "softmax first; " if outside else ""
        yield Convention(
            "torchmetrics",
            "torchmetrics.classification.MulticlassHingeLoss(c)(x, y)",
            f"{why}the target takes no part in the maximum",
            without_target(own),
        )
    elif name == "kl-div" and len(case.input.shape) == 2:
        yield _divergence(case)


def _perplexity(case: Case) -> Iterator[Convention]:
    if not case.has_labels or case.options.get("z_loss"):
        return
    why = ["exp of the mean"]
    if case.options.get("weight") is not None:
        why.append("there are no class weights")
        case = case.with_options(weight=None)
    if case.options.get("label_smoothing"):
        why.append("there is no label smoothing")
        case = case.with_options(label_smoothing=0.0)
    form = form_of(case)
    own = taken_as(case.map_input(np.log) if form == "probs" else case, "logits")
    ignores = case.class_counts.sum() < case.problem.grid.size
    given = f"ignore_index={case.ignored}" if ignores else ""
    x = "x.log()" if form == "probs" else "x"
    x = f"{x}[None]" if len(case.input.shape) == 2 else f"{x}.movedim({case.class_axis}, -1)"
    y = "y[None]" if len(case.input.shape) == 2 else "y"
    if len(case.input.shape) == 3 and case.class_axis == 2:
        x = x.removesuffix(".movedim(2, -1)")
    if len(case.input.shape) > 3:
        return
    yield Convention(
        "torchmetrics",
        f"torchmetrics.text.Perplexity({given})({joined(x, y)})",
        "; ".join(why),
        own,
        lambda tally: _exp(quotient(tally.numerator, tally.counted)),
    )


def _exp(value: float) -> float:
    return math.inf if value > 700 else math.exp(value)


def _outside(case: Case) -> bool:
    """Return whether an input is anywhere outside [0, 1]."""
    source, rows = case.input, case.problem.grid.block_rows
    size = source.shape[0]
    blocks = (source.read(at, min(at + rows, size)) for at in range(0, size, rows))
    return any(bool(((block < 0) | (block > 1)).any()) for block in blocks)


def _hinge(case: Case) -> Convention:
    squared = case.loss.name == "squared-hinge"
    outside = _outside(case)
    own = case.map_input(sigmoid) if outside else case
    given = "squared=True" if squared else ""
    return Convention(
        "torchmetrics",
        f"torchmetrics.classification.BinaryHingeLoss({given})(x, y > 0)",
        "what is outside [0, 1] goes through a sigmoid first" if outside else SAME,
        own,
    )


def _divergence(case: Case) -> Convention:
    rows = case.input.shape[0]
    if case.options["log_target"]:
        call, note, own = "torchmetrics.KLDivergence(log_prob=True)(y, x)", "", case
    else:
        call = "torchmetrics.KLDivergence()(y, x.exp())"
        note = "; rows are divided by their sums"
        share = over_classes(lambda p: p / p.sum(axis=0), 1)
        own = case.map_input(in_doubles(lambda x: np.log(share(np.exp(x)))))
        own = own.map_target(in_doubles(share))
    return Convention(
        "torchmetrics",
        call,
        f"summed over each sample, averaged over the samples{note}",
        own,
        lambda tally: quotient(tally.numerator, rows),
    )
