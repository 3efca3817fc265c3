"""What the input of a softmax loss is taken for: a softmax too many, one too few, another axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation, deviation
from losscli.losses.transforms import log_softmax, sigmoid, softmax
from losscli.numerics.arrays import Array

SOFTMAX = ("ce", "nll")


def form_of(case: Case) -> str:
    """Return what the input of a softmax loss is: logits, probs or log-probs."""
    if case.loss.name == "ce":
        return str(case.options["from_"])
    return "log-probs" if case.loss.name == "nll" else str(case.options.get("from_", "logits"))


def is_softmax(case: Case) -> bool:
    """Return whether the loss is cross entropy over classes."""
    return case.loss.name in SOFTMAX


def taken_as(case: Case, form: str) -> Case:
    """Return cross entropy of the same numbers, read as something else."""
    return case.as_loss("ce", from_=form)


@deviation("input")
def probabilities_or_logits(case: Case) -> Iterator[Deviation]:
    """The numbers are taken for something else than they are."""
    if not is_softmax(case):
        return
    form, call = form_of(case), "F.cross_entropy"
    if form != "logits":
        words = {
            "probs": "the probabilities are taken for logits: softmax is applied twice",
            "log-probs": "the log-probabilities are taken for logits: they are normalised",
        }[form]
        yield Deviation(
            words,
            1,
            lambda case: taken_as(case, "logits"),
            typed={"loss": "ce", "from_": "logits"},
            torch={"x": "{}", "function": call},
        )
    if form != "probs":
        yield Deviation(
            f"the input, here {_name(form)}, is taken for probabilities",
            1,
            lambda case: taken_as(case, "probs"),
            typed={"loss": "ce", "from_": "probs"},
            torch={"x": "{}.log()", "function": "F.nll_loss"},
        )
    if form != "log-probs":
        yield Deviation(
            f"the input, here {_name(form)}, is taken for log-probabilities: no softmax, no log",
            1,
            lambda case: taken_as(case, "log-probs"),
            typed={"loss": "ce", "from_": "log-probs"},
            torch={"x": "{}", "function": "F.nll_loss"},
        )


@deviation("input")
def activations_before_the_loss(case: Case) -> Iterator[Deviation]:
    """An activation stands before a loss that has its own, or in its place."""
    if not is_softmax(case):
        return
    form = form_of(case)
    if form == "log-probs":
        yield Deviation(
            "exp of the log-probabilities is taken for logits: softmax is applied twice",
            2,
            lambda case: taken_as(case.map_input(np.exp), "logits"),
            torch={"x": "{}.exp()", "function": "F.cross_entropy"},
        )
        yield Deviation(
            "probabilities where log-probabilities belong: no logarithm",
            1,
            lambda case: taken_as(case.map_input(np.exp), "log-probs"),
            torch={"x": "{}.exp()", "function": "F.nll_loss"},
        )
    if form == "probs":
        yield Deviation(
            "rows are divided by their sums first",
            1,
            lambda case: taken_as(case.map_input(np.log), "logits"),
            torch={"x": "{}.log()", "function": "F.cross_entropy"},
        )
    if form != "logits":
        return
    yield Deviation(
        "softmax is applied twice: before the loss, and inside",
        1,
        lambda case: taken_as(case.map_input(softmax, by_class=True), "logits"),
        typed={"through": "softmax"},
        torch={"x": "{}.softmax(1)"},
    )
    yield Deviation(
        "probabilities where log-probabilities belong: no logarithm",
        1,
        lambda case: taken_as(case.map_input(softmax, by_class=True), "log-probs"),
        typed={"through": "softmax", "from_": "log-probs"},
        torch={"x": "{}.softmax(1)", "function": "F.nll_loss"},
    )
    yield Deviation(
        "sigmoid in place of softmax",
        2,
        lambda case: taken_as(case.map_input(sigmoid), "probs"),
        typed={"through": "sigmoid", "from_": "probs"},
        torch={"x": "{}.sigmoid().log()", "function": "F.nll_loss"},
    )
    yield Deviation(
        "sigmoid before the loss's own softmax",
        2,
        lambda case: taken_as(case.map_input(sigmoid), "logits"),
        typed={"through": "sigmoid"},
        torch={"x": "{}.sigmoid()"},
    )
    yield Deviation(
        "a ReLU behind the last layer: negative logits are 0",
        3,
        lambda case: taken_as(case.map_input(lambda x: np.maximum(x, 0)), "logits"),
        torch={"x": "{}.relu()"},
        alone=True,
    )
    yield Deviation(
        "the logits have the other sign",
        3,
        lambda case: taken_as(case.map_input(np.negative), "logits"),
        torch={"x": "-{}"},
        alone=True,
    )


@deviation("input")
def softmax_over_another_axis(case: Case) -> Iterator[Deviation]:
    """The softmax runs over the samples, or over the positions, not over the classes."""
    if not is_softmax(case) or form_of(case) != "logits" or case.settings.shift:
        return
    shape = case.input.shape
    for axis in range(len(shape)):
        if axis == case.class_axis:
            continue
        where = "the samples" if axis == 0 else f"axis {axis}"
        yield Deviation(
            f"the softmax runs over {where}, not over the classes",
            2,
            _over(axis),
            torch={"x": f"{{}}.log_softmax({axis})", "function": "F.nll_loss"},
        )


def _over(axis: int) -> Callable[[Case], Case]:
    """Return the change to log-probabilities that are normalised over another axis."""

    def change(case: Case) -> Case:
        if axis:
            return taken_as(case.map_input(lambda x: _along(x, axis)), "log-probs")
        log_sum = _log_sum_over_samples(case)
        return taken_as(case.map_input(lambda x: x - log_sum), "log-probs")

    return change


def _along(x: Array, axis: int) -> Array:
    front = np.moveaxis(x, axis, 0)
    flat = log_softmax(np.ascontiguousarray(front).reshape(front.shape[0], -1))
    return np.moveaxis(flat.reshape(front.shape), 0, axis)


def _log_sum_over_samples(case: Case) -> Array:
    """Return log sum exp over axis 0, in one pass: a running maximum and the sum below it."""
    source = case.input
    rows = max(1, case.problem.grid.block_rows)
    top = np.full(source.shape[1:], -np.inf)
    total = np.zeros(source.shape[1:])
    with np.errstate(all="ignore"):
        for start in range(0, source.shape[0], rows):
            block = source.read(start, min(start + rows, source.shape[0])).astype(np.float64)
            higher = np.maximum(top, block.max(axis=0))
            total = np.where(top == higher, total, total * np.exp(top - higher))
            total += np.exp(block - higher).sum(axis=0)
            top = higher
    result: Array = top + np.log(total)
    return result


def _name(form: str) -> str:
    return {"logits": "logits", "probs": "probabilities", "log-probs": "log-probabilities"}[form]
