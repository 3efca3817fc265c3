"""Losses element by element: a sigmoid too many, swapped roles, another loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from losscli.commands.reconcile.case import Case, quotient
from losscli.commands.reconcile.deviation import Deviation, deviation, options
from losscli.commands.reconcile.forms import form_of
from losscli.commands.reconcile.mapped import Mapped, Pairs, in_doubles
from losscli.engine.compute import array_source
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.options import array_extent
from losscli.losses.declare.role_kind import Layout
from losscli.losses.index import INDEX
from losscli.losses.transforms import log_softmax, sigmoid
from losscli.numerics.arrays import Array

TORCH = {
    "l1": "F.l1_loss",
    "mse": "F.mse_loss",
    "huber": "F.huber_loss",
    "smooth-l1": "F.smooth_l1_loss",
    "bce": "F.binary_cross_entropy",
    "bce-logits": "F.binary_cross_entropy_with_logits",
}
LIKE_REGRESSION = ("mse", "l1", "huber", "smooth-l1", "log-cosh", "msle")
MOST_PAIRS = 30_000_000
"""All numbers against all are computed up to this many pairs."""
USUAL = {
    "gamma": (2.0, 0.0, 1.0, 5.0),
    "alpha": (0.25, 0.5, 0.75),
    "delta": (1.0, 0.5, 1.345, 2.0),
    "beta": (1.0, 0.5, 0.1, 1 / 9),
    "margin": (1.0, 0.5, 0.2, 0.1, 0.0),
    "tau": (0.5, 0.1, 0.9),
    "log_input": (True, False),
    "full": (True, False),
    "log_target": (True, False),
    "p": (1, 2),
}


@deviation("input")
def sigmoid_once_or_twice(case: Case) -> Iterator[Deviation]:
    """A sigmoid stands before a loss that has its own, or is missing."""
    name = case.loss.name
    if name == "bce-logits":
        yield Deviation(
            "sigmoid is applied twice: before the loss, and inside",
            1,
            lambda case: case.map_input(sigmoid),
            typed={"through": "sigmoid"},
            torch={"x": "{}.sigmoid()"},
        )
        yield Deviation(
            "the input, here logits, is taken for probabilities",
            1,
            lambda case: case.as_loss("bce"),
            typed={"loss": "bce"},
            torch={"function": TORCH["bce"]},
        )
    elif name == "bce":
        yield Deviation(
            "the probabilities are taken for logits: sigmoid is applied twice",
            1,
            lambda case: case.as_loss("bce-logits"),
            typed={"loss": "bce-logits"},
            torch={"function": TORCH["bce-logits"]},
        )
    elif name == "hinge":
        yield Deviation(
            "the scores go through a sigmoid first",
            2,
            lambda case: case.map_input(sigmoid),
            typed={"through": "sigmoid"},
            torch={"x": "{}.sigmoid()"},
        )


@deviation("target")
def other_binary_targets(case: Case) -> Iterator[Deviation]:
    """Targets 0 and 1 are swapped, smoothed, or -1/+1."""
    if case.loss.name not in ("bce", "bce-logits", "sigmoid-focal"):
        return
    yield Deviation(
        "the targets 0 and 1 are swapped",
        1,
        lambda case: case.map_target(in_doubles(lambda y: 1 - y)),
        torch={"y": "(1 - {})"},
    )
    for epsilon in (0.1, 0.05, 0.2, 0.01):
        yield Deviation(
            f"label smoothing {epsilon:g}, as Keras does: y (1 - e) + e / 2",
            2,
            _smoothed(epsilon),
            torch={"y": f"({{}} * {1 - epsilon:g} + {epsilon / 2:g})"},
        )


def _smoothed(epsilon: float) -> Callable[[Case], Case]:
    smooth = in_doubles(lambda y: y * (1 - epsilon) + epsilon / 2)
    return lambda case: case.map_target(smooth)


@deviation("weights")
def positive_weight(case: Case) -> Iterator[Deviation]:
    """The positive part has a weight, or another one."""
    option = case.loss.option("pos_weight")
    if option is None or case.options["pos_weight"] is not None:
        return
    target = case.sources["target"]
    rows = case.problem.grid.block_rows
    size = target.shape[0] if target.shape else 1
    blocks = (target.read(start, min(start + rows, size)) for start in range(0, size, rows))
    positive = sum(float(block.sum(dtype=np.float64)) for block in blocks)
    negative = case.problem.grid.size - positive
    if positive > 0 and negative > 0 and positive != negative:
        ratio = negative / positive
        yield Deviation(
            "pos_weight n_negative / n_positive: both count the same",
            2,
            options(pos_weight=array_source("pos_weight", ratio)),
            typed={"pos_weight": repr(ratio)},
            torch={"pos_weight": f"torch.tensor({ratio!r})"},
        )


@deviation("loss")
def binary_over_the_classes(case: Case) -> Iterator[Deviation]:
    """Binary cross entropy of each class against a one-hot target, or the other way."""
    if case.loss.name == "ce" and form_of(case) == "logits" and case.has_labels:
        if case.counts is not None or case.settings.shift:
            return
        function, x = TORCH["bce-logits"], {"y": "F.one_hot({}, x.shape[1]).double()"}
        yield Deviation(
            "binary cross entropy of each class against the one-hot target, averaged over all",
            1,
            lambda case: _one_hot(case),
            fold=lambda tally: quotient(tally.numerator, tally.total),
            torch={**x, "function": function},
        )
        yield Deviation(
            "binary cross entropy of each class against the one-hot target, summed over the "
            "classes, averaged over the samples",
            1,
            lambda case: _one_hot(case),
            fold=lambda tally: quotient(tally.numerator, tally.total / case.problem.grid.classes),
            torch={**x, "function": function, "reduction": "'sum'", "value": "{} / y.numel()"},
        )
    if case.loss.name == "bce-logits" and len(case.input.shape) == 2 and case.input.shape[1] > 1:
        yield Deviation(
            "softmax over the columns, not a sigmoid for each",
            1,
            lambda case: case.as_loss("ce", weight=None),
            typed={"loss": "ce"},
            torch={"function": "F.cross_entropy"},
        )


def _one_hot(case: Case) -> Case:
    shape, axis = case.input.shape, case.class_axis
    classes, base = shape[axis], case.settings.label_base

    def change(block: Array) -> Array:
        squeezed = block.reshape(block.shape[: len(shape) - 1])
        hot = (squeezed[..., None] - base) == np.arange(classes)
        moved: Array = np.moveaxis(hot, -1, axis).astype(np.float64)
        return moved

    target = Mapped(case.sources["target"], change, shape=shape)
    plain = case.with_source("target", target).as_loss("bce-logits", weight=None)
    return plain.with_settings(label_base=0, class_axis=None)


@deviation("loss")
def another_loss(case: Case) -> Iterator[Deviation]:
    """Another loss of the same numbers."""
    own = case.loss.name
    if own not in LIKE_REGRESSION:
        return
    for name in LIKE_REGRESSION:
        if name == own:
            continue
        yield Deviation(
            f"{name}: {INDEX[name].summary[0].lower()}{INDEX[name].summary[1:].rstrip('.')}",
            1 if name in ("mse", "l1") else 2,
            _as_loss(name),
            typed={"loss": name},
            torch={"function": TORCH[name]} if name in TORCH else {"call": "none of PyTorch's"},
        )


def _as_loss(name: str) -> Callable[[Case], Case]:
    return lambda case: case.as_loss(name)


@deviation("loss")
def all_against_all(case: Case) -> Iterator[Deviation]:
    """Shapes (n, 1) and (n,) are broadcast to (n, n): every prediction meets every target."""
    names = [role.name for role in case.loss.roles]
    if names != ["input", "target"] or case.loss.layout is not Layout.TERMS:
        return
    shape = case.input.shape
    flat = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    if not flat or case.loss.family != "regression" or shape[0] ** 2 > MOST_PAIRS:
        return

    def spread(case: Case) -> Case:
        pairs = case.with_source("input", Pairs(case.sources["input"], along_rows=True))
        return pairs.with_source("target", Pairs(case.sources["target"], along_rows=False))

    yield Deviation(
        "(n, 1) against (n,) is broadcast to (n, n): every prediction meets every target",
        1,
        spread,
        torch={"x": "{}.reshape(-1, 1)", "y": "{}.reshape(-1)"},
        alone=True,
    )


@deviation("loss")
def swapped_distributions(case: Case) -> Iterator[Deviation]:
    """Divergences: input and target are swapped, or one is not what it should be."""
    if case.loss.name != "kl-div":
        return
    log_target = bool(case.options["log_target"])

    def swapped(case: Case) -> Case:
        x, y = case.sources["input"], case.sources["target"]
        case = case.with_source("input", y).with_source("target", x)
        return case if log_target else case.map_input(np.log).map_target(np.exp)

    torch = {"x": "y", "y": "x"} if log_target else {"x": "y.log()", "y": "x.exp()"}
    yield Deviation("KL(input || target): the roles are swapped", 1, swapped, torch=torch)
    yield Deviation(
        "the input goes through exp: probabilities where log-probabilities belong",
        1,
        lambda case: case.map_input(np.exp),
        torch={"x": "{}.exp()"},
    )
    yield Deviation(
        "the input goes through log: it is taken for probabilities",
        1,
        lambda case: case.map_input(np.log),
        torch={"x": "{}.log()"},
    )
    if len(case.input.shape) == 2:
        yield Deviation(
            "the input goes through log_softmax first",
            1,
            lambda case: case.with_source(
                "input",
                Mapped(
                    case.sources["input"],
                    lambda x: np.ascontiguousarray(log_softmax(x.astype(np.float64).T).T),
                ),
            ),
            typed={"through": "log-softmax"},
            torch={"x": "{}.log_softmax(1)"},
        )


@deviation("option")
def other_options(case: Case) -> Iterator[Deviation]:
    """An option of the loss has its default, or another usual value."""
    for option in case.loss.options:
        if option.name in ("from_", "label_smoothing", "ignore_index"):
            continue
        own = case.options[option.name]
        if hasattr(own, "read"):
            given = read_whole(own)
            usual = given.size == 1 and given.item() == option.default
            if not usual and not (option.name == "weight" and case.has_labels):
                yield _optional(option.name, option.flag, option.default, 1)
            continue
        for value in dict.fromkeys((option.default, *USUAL.get(option.name, ()))):
            if value != own and value is not None:
                usual = value == option.default
                yield _optional(option.name, option.flag, value, 1 if usual else 2)


def _optional(name: str, flag: str, value: Any, plainness: int) -> Deviation:
    def change(case: Case) -> Case:
        option = case.loss.option(name)
        checked = value
        if value is not None and option is not None:
            is_array = array_extent(option) is not None
            checked = array_source(option.flag, value) if is_array else option.check(value)
        return case.with_options(**{name: checked})

    text = "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return Deviation(
        f"{flag} is {text}",
        plainness,
        change,
        typed={name: value},
        torch={name: str(value)},
    )
