"""Deviations of the loss: another loss, swapped roles, other options."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    EVERY_DAY,
    NOW_AND_THEN,
    Deviation,
    Fold,
    deviation,
    is_weighted,
    option_is,
    usual_values,
)
from losscli.commands.reconcile.deviations.clipping import DOUBLE, KERAS, clip
from losscli.commands.reconcile.expression import Pairs, short
from losscli.commands.reconcile.forms import (
    EXP,
    LOG,
    LOG_PROBS,
    LOGITS,
    PROBS,
    read_as,
    reading,
    through,
    to_probabilities,
)
from losscli.commands.reconcile.tally import quotient
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.options import Effect, Extent, Option, array_extent
from losscli.losses.declare.registry import Form, find
from losscli.losses.declare.role_kind import Kind, Layout

ELSEWHERE = (Effect.SMOOTHS_TARGETS, Effect.IGNORES_TARGETS)
"""Effects of options that other deviations change."""
MOST_PAIRS = 30_000_000
"""Up to this many pairs, all predictions are compared with all targets."""


@deviation("loss")
def binary_over_the_classes(case: Case) -> Iterator[Deviation]:
    """Binary cross entropy of each class, of the logits or after a softmax."""
    if not case.loss.other_activation or not case.loss.by_class or case.settings.shift:
        return
    if case.form not in (LOGITS, PROBS, LOG_PROBS) or case.counts is not None:
        return
    binary = find(case.loss.other_activation)
    forms = {form.kind.name: form for form in binary.forms("input")}
    ways: list[tuple[str, Form, tuple[str, ...]]] = []
    if case.form == LOGITS:
        ways.append(("binary cross entropy with a sigmoid for each class", forms[LOGITS], ()))
    if PROBS in forms:
        ways.append(
            (
                "softmax, then binary cross entropy of each class",
                forms[PROBS],
                to_probabilities(case),
            )
        )
        if case.form == LOGITS:
            clip = "np.clip({}, 1e-07, 1 - 1e-07)"
            steps = (*to_probabilities(case), clip)
            ways.append(
                (
                    "softmax clipped at 1e-7 as in Keras, then binary cross entropy of each class",
                    forms[PROBS],
                    steps,
                )
            )
    for words, form, steps in ways:
        change = partial(_one_hot, form=form, steps=steps)
        text = f"{words}, against the one-hot target"
        for how, name, fold in _folds_over_classes(case):
            yield Deviation(f"{text}, {how}", EVERY_DAY, change, fold=Fold(name, fold))


def _folds_over_classes(case: Case) -> Iterator[tuple[str, str, Callable[[Any], float]]]:
    classes, axis = case.problem.grid.classes, case.class_axis
    yield (
        "averaged over all",
        "r.per_sample.mean()",
        lambda tally: quotient(tally.numerator, tally.total),
    )
    yield (
        "summed over the classes, averaged over the samples",
        f"r.per_sample.sum({axis}).mean()",
        lambda tally: quotient(tally.numerator, tally.total / classes),
    )
    yield ("summed over all", "r.per_sample.sum()", lambda tally: tally.numerator)


def _one_hot(case: Case, form: Form, steps: tuple[str, ...]) -> Case:
    shape, axis = case.input.shape, case.class_axis
    changed = through(case, *steps)
    if case.has_labels:
        base, end = case.settings.label_base, len(shape) - 1
        numbers = (
            f"np.arange({base}, {base + shape[axis]})" if base else f"np.arange({shape[axis]})"
        )
        # A column of labels meets the row of classes as it is.
        column = "{}" if len(case.sources["target"].shape) > end else "{}[..., None]"
        hot = f"({column} == {numbers}) * 1.0"
        if axis != end:
            hot = f"np.moveaxis({hot}, -1, {axis})"
        changed = changed.map_target(hot.replace("{}", short("target")), shape)
    plain = changed.with_settings(label_base=0, class_axis=None)
    return plain.as_loss(form.loss.name, **form.options).without_weights()


@deviation("loss")
def softmax_over_the_columns(case: Case) -> Iterator[Deviation]:
    """A softmax over the columns in place of a sigmoid for each."""
    if not case.loss.other_activation or case.loss.by_class or case.form != LOGITS:
        return
    if len(case.input.shape) != 2 or case.input.shape[1] < 2:
        return
    other = find(case.loss.other_activation)
    yield Deviation(
        "softmax over the columns, not a sigmoid for each",
        EVERY_DAY,
        lambda case: case.as_loss(other.name).without_weights(),
    )
    step = 'losscli.transform("softmax", {}, class_axis=1)'
    words = "softmax over the columns, then binary cross entropy of each"
    yield from reading(case, words, EVERY_DAY, PROBS, (step,))


@deviation("loss")
def all_against_all(case: Case) -> Iterator[Deviation]:
    """Shapes (n, 1) and (n,) are broadcast to (n, n): every prediction meets every target."""
    shape, names = case.input.shape, [role.name for role in case.loss.roles]
    flat = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    if names != ["input", "target"] or not flat or case.loss.by_class:
        return
    if case.loss.layout is Layout.TERMS and shape[0] ** 2 <= MOST_PAIRS:
        yield Deviation(
            "(n, 1) against (n,) is broadcast to (n, n): every prediction meets every target",
            EVERY_DAY,
            _spread,
            whole=True,
            alone=True,
        )


def _spread(case: Case) -> Case:
    n = case.input.shape[0]
    return case.with_sources(
        f"x, y = np.broadcast_arrays(x.reshape(-1, 1), y.reshape(1, {n}))",
        input=Pairs(case.sources["input"], along_rows=True),
        target=Pairs(case.sources["target"], along_rows=False),
    )


@deviation("loss")
def swapped_roles(case: Case) -> Iterator[Deviation]:
    """Input and target, or two roles of one kind, are given in the other order."""
    for one, other, plainness in _exchangeable(case):
        words = f"{one} and {other} are swapped"
        change = partial(_swapped, one=one, other=other)
        yield Deviation(words, plainness, change)
    terms = case.loss.layout is Layout.TERMS
    bounded = any(kind.high == 1 for kind in case.loss.target_kinds)
    if terms and bounded and case.form in (LOGITS, PROBS) and case.form_as(PROBS):
        for eps, name in ((KERAS, "1e-7 as Keras does"), (DOUBLE, "2.2e-16 as scikit-learn does")):
            words = f"input and target are swapped, then clipped at {name}"
            yield Deviation(words, EVERY_DAY, partial(_swapped_and_clipped, eps=eps))
    binary = terms and case.loss.other_activation
    if case.form == LOGITS and binary and not is_weighted(case):
        yield Deviation(
            "input and target are swapped: the targets are treated as logits",
            NOW_AND_THEN,
            partial(Case.as_terms, text="np.logaddexp(0, y) - x * y"),
        )
    target = case.problem.target
    if case.form == LOG_PROBS and case.loss.layout is Layout.TERMS and target is not None:
        logarithms = target.kind.name == LOG_PROBS
        steps = () if logarithms else (LOG, EXP)

        def swapped(case: Case) -> Case:
            case = _swapped(case, "input", "target")
            return case.map_input(steps[0]).map_target(steps[1]) if steps else case

        yield Deviation("the input and the target are swapped", EVERY_DAY, swapped)


def _swapped_and_clipped(case: Case, eps: float) -> Case:
    probabilities = read_as(case, PROBS, *to_probabilities(case))
    return _swapped(probabilities, probabilities.first, "target").map_input(clip(eps))


def _exchangeable(case: Case) -> Iterator[tuple[str, str, int]]:
    """Yield pairs of roles that may be taken for each other, and how often that happens."""
    roles = case.loss.roles
    plain = [role for role in roles if len(role.kinds) == 1]
    for at, one in enumerate(plain):
        for other in plain[at + 1 :]:
            kinds = one.kinds[0], other.kinds[0]
            same = kinds[0].name == kinds[1].name and kinds[0].layout is kinds[1].layout
            bounded = all((kind.low, kind.high) == (0, 1) for kind in kinds)
            if case.sources[one.name].shape != case.sources[other.name].shape:
                continue
            if same or bounded:
                yield one.name, other.name, EVERY_DAY
            elif all(_may_be_any_number(kind) for kind in kinds):
                yield one.name, other.name, NOW_AND_THEN


def _may_be_any_number(kind: Kind) -> bool:
    return kind.layout is Layout.TERMS and not kind.values and kind.high > 1 and not kind.length_of


def _swapped(case: Case, one: str, other: str) -> Case:
    names = short(one), short(other)
    line = f"{names[0]}, {names[1]} = {names[1]}, {names[0]}"
    return case.with_sources(line, **{one: case.sources[other], other: case.sources[one]})


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
            if option.default is not None and not (given == 1).all():
                yield _is(option, 1.0)
            continue
        changes_form = option.choices and option.kinds_of(case.loss.roles[0].name)
        if not changes_form and option.effect not in ELSEWHERE:
            for value in usual_values(case, option):
                yield _is(option, value)


def _is(option: Option, value: Any) -> Deviation:
    text = "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    plainness = EVERY_DAY if option.type is bool or value == option.default else NOW_AND_THEN
    return option_is(f"{option.flag} is {text}", plainness, option, value)
