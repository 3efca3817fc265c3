"""Deviations of the loss: another loss, swapped roles, other options."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from losscli.commands.reconcile.case import Case, quotient
from losscli.commands.reconcile.deviation import Deviation, deviation, option_is
from losscli.commands.reconcile.forms import LOG_PROBS, LOGITS
from losscli.commands.reconcile.libraries.torch import function_of
from losscli.commands.reconcile.mapped import Mapped, Pairs
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.options import Bounds, Effect, Extent, Option, array_extent
from losscli.losses.declare.registry import Loss, find
from losscli.losses.declare.role_kind import Layout
from losscli.losses.index import INDEX
from losscli.numerics.arrays import Array

MOST_PAIRS = 30_000_000
"""Up to this many pairs, all predictions are compared with all targets."""
EVERYWHERE = ("torch", "keras", "sklearn")
"""A loss that all of these libraries have is a likely one."""


@deviation("loss")
def other_activation(case: Case) -> Iterator[Deviation]:
    """A sigmoid for each class in place of a softmax over the classes, or the reverse."""
    if not case.loss.other_activation or case.form != LOGITS or case.counts is not None:
        return
    other = find(case.loss.other_activation)
    torch = {"function": function_of(other, LOGITS).name}
    if case.has_labels and not case.settings.shift:
        classes = case.problem.grid.classes
        torch["y"] = "F.one_hot({}, x.shape[1]).double()"
        words = f"{other.name} of each class against the one-hot target"
        yield Deviation(
            f"{words}, averaged over all",
            1,
            partial(_one_hot, other=other),
            fold=lambda tally: quotient(tally.numerator, tally.total),
            torch=torch,
        )
        yield Deviation(
            f"{words}, summed over the classes, averaged over the samples",
            1,
            partial(_one_hot, other=other),
            fold=lambda tally: quotient(tally.numerator, tally.total / classes),
            torch={**torch, "reduction": "'sum'", "value": "{} / y.numel()"},
        )
    elif other.by_class and len(case.input.shape) == 2 and case.input.shape[1] > 1:
        yield Deviation(
            "softmax over the columns, not a sigmoid for each",
            1,
            partial(_without_weights, other=other),
            typed={"loss": other.name},
            torch=torch,
        )


def _without_weights(case: Case, other: Loss) -> Case:
    """Return the other loss, without the weights of this one, which do not fit."""
    return case.as_loss(other.name, **{o.name: o.default for o in other.options if array_extent(o)})


def _one_hot(case: Case, other: Loss) -> Case:
    shape, axis = case.input.shape, case.class_axis
    classes, base = shape[axis], case.settings.label_base

    def change(block: Array) -> Array:
        squeezed = block.reshape(block.shape[: len(shape) - 1])
        hot = (squeezed[..., None] - base) == np.arange(classes)
        moved: Array = np.moveaxis(hot, -1, axis).astype(np.float64)
        return moved

    target = Mapped(case.sources["target"], change, shape=shape)
    plain = _without_weights(case.with_source("target", target), other)
    return plain.with_settings(label_base=0, class_axis=None)


@deviation("loss")
def another_loss(case: Case) -> Iterator[Deviation]:
    """Another loss of the same numbers."""
    if not _compares_numbers(case.loss):
        return
    family = [find(name) for name in INDEX if INDEX[name].family == case.loss.family]
    for other in filter(_compares_numbers, family):
        if other is not case.loss:
            function = function_of(other, case.form).name
            yield Deviation(
                f"{other.name}: {other.summary[0].lower()}{other.summary[1:].rstrip('.')}",
                1 if all(other.libraries[name] for name in EVERYWHERE) else 2,
                partial(Case.as_loss, name=other.name),
                typed={"loss": other.name},
                torch={"function": function} if function else {"call": "none of PyTorch's"},
            )


def _compares_numbers(loss: Loss) -> bool:
    kinds = [role.kinds[0] for role in loss.roles]
    return len(kinds) == 2 and all(kind.name == "numbers" for kind in kinds)


@deviation("loss")
def all_against_all(case: Case) -> Iterator[Deviation]:
    """Shapes (n, 1) and (n,) are broadcast to (n, n): every prediction meets every target."""
    shape, names = case.input.shape, [role.name for role in case.loss.roles]
    flat = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    if not case.is_regression or names != ["input", "target"] or not flat:
        return
    if shape[0] ** 2 <= MOST_PAIRS:
        yield Deviation(
            "(n, 1) against (n,) is broadcast to (n, n): every prediction meets every target",
            1,
            _spread,
            torch={"x": "{}.reshape(-1, 1)", "y": "{}.reshape(-1)"},
            alone=True,
        )


def _spread(case: Case) -> Case:
    pairs = case.with_source("input", Pairs(case.sources["input"], along_rows=True))
    return pairs.with_source("target", Pairs(case.sources["target"], along_rows=False))


@deviation("loss")
def swapped_distributions(case: Case) -> Iterator[Deviation]:
    """The input and the target of a divergence are swapped."""
    target = case.problem.target
    if case.form != LOG_PROBS or case.loss.layout is not Layout.TERMS or target is None:
        return
    logarithms = target.kind.name == LOG_PROBS

    def swapped(case: Case) -> Case:
        x, y = case.sources["input"], case.sources["target"]
        case = case.with_source("input", y).with_source("target", x)
        return case if logarithms else case.map_input(np.log).map_target(np.exp)

    torch = {"x": "y", "y": "x"} if logarithms else {"x": "y.log()", "y": "x.exp()"}
    yield Deviation("the input and the target are swapped", 1, swapped, torch=torch)


@deviation("option")
def other_options(case: Case) -> Iterator[Deviation]:
    """An option of the loss has its default, or another usual value."""
    for option in case.loss.options:
        own = case.options[option.name]
        if hasattr(own, "read"):
            given = read_whole(own)
            is_default = given.size == 1 and given.item() == option.default
            of_classes = array_extent(option) is Extent.CLASS and case.has_labels
            if not is_default and not (of_classes and option.default is None):
                yield _is(option, option.default)
            continue
        for value in _usual(case, option):
            if value not in (own, None):
                yield _is(option, value)


def _is(option: Option, value: Any) -> Deviation:
    text = "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return option_is(f"{option.flag} is {text}", 1 if value == option.default else 2, option, value)


def _usual(case: Case, option: Option) -> Iterator[Any]:
    """Yield the default and other usual values, except those that other deviations change."""
    changes_form = option.choices and option.kinds_of(case.loss.roles[0].name)
    if changes_form or option.effect in (Effect.SMOOTHS_TARGETS, Effect.IGNORES_TARGETS):
        return
    usual = option.spec.usual if isinstance(option.spec, Bounds) else option.choices
    yield from dict.fromkeys(
        (option.default, *usual, *([True, False] if option.type is bool else []))
    )
