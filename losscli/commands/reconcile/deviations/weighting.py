"""Deviations of the weighting: class weights, sample weights, smoothing, ignored labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from losscli.commands.reconcile.case import Case, blocks_of
from losscli.commands.reconcile.deviation import (
    EVERY_DAY,
    NOW_AND_THEN,
    RARELY,
    Deviation,
    Fold,
    deviation,
    option_is,
    sum_over,
)
from losscli.commands.reconcile.forms import LOGITS, PROBS
from losscli.commands.reconcile.tally import Tally, quotient
from losscli.engine.arrays import array_source
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.options import Effect, Extent, array_extent
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array

SMOOTHING = (0.1, 0.05, 0.2, 0.01, 0.02, 0.15, 0.25, 0.3)
EFFECTIVE = (0.9, 0.99, 0.999, 0.9999)
"""The beta of class-balanced losses."""
SENTINELS = (-100, -1, 0, 255)


@deviation("smoothing")
def label_smoothing(case: Case) -> Iterator[Deviation]:
    """The target is smoothed, over all classes or over the others, or not smoothed."""
    option = case.loss.with_effect(Effect.SMOOTHS_TARGETS)
    if option is None:
        return
    own, classes = float(case.options[option.name]), case.problem.grid.classes
    if own:
        yield option_is("no label smoothing", EVERY_DAY, option, 0.0, on_labels=True)
        yield from _divergences(case, own)
    for epsilon in dict.fromkeys((own, *SMOOTHING)):
        if not epsilon:
            continue
        if epsilon != own:
            words = f"label smoothing {epsilon:g}: (1 - e) onehot + e / c"
            plainness = EVERY_DAY if epsilon == SMOOTHING[0] else NOW_AND_THEN
            yield option_is(words, plainness, option, epsilon, on_labels=True)
        # 1 - e at the target is (1 - f) + f / c for f = e c / (c - 1).
        spread = epsilon * classes / (classes - 1) if classes > 1 else 2.0
        if spread <= 1:
            words = f"label smoothing {epsilon:g} over the other classes"
            words += ": 1 - e, and e / (c - 1) each"
            plainness = EVERY_DAY if epsilon == own else NOW_AND_THEN
            yield option_is(words, plainness, option, spread, on_labels=True)


def _divergences(case: Case, epsilon: float) -> Iterator[Deviation]:
    """Yield the divergence from the smoothed target: the loss less the target's entropy."""
    classes = case.problem.grid.classes
    option = case.loss.with_effect(Effect.SMOOTHS_TARGETS)
    if classes < 2 or not case.has_labels or option is None:
        return
    for others, where in ((True, " over the other classes"), (False, "")):
        each = epsilon / (classes - 1 if others else classes)
        top = 1 - epsilon + (0 if others else each)
        spread = epsilon * classes / (classes - 1) if others else epsilon
        if not 0 < spread <= 1 or top <= 0:
            continue
        entropy = -top * math.log(top) - (classes - 1) * each * math.log(each)
        change = option_is("", EVERY_DAY, option, spread).change
        yield Deviation(
            f"the divergence from the target smoothed by {epsilon:g}{where}: less its entropy",
            NOW_AND_THEN,
            change,
            unit=f"{{}} - {entropy!r}",
            on_labels=True,
        )


@deviation("weights")
def class_weights(case: Case) -> Iterator[Deviation]:
    """Classes have weights, other ones, or none."""
    by_class = (o for o in case.loss.options if array_extent(o) is Extent.CLASS)
    option = next((option for option in by_class if option.default is None), None)
    if not case.has_labels or option is None:
        return
    weighted = partial(option_is, option=option, on_labels=True)
    if (own := case.options[option.name]) is not None:
        weights = read_whole(own).reshape(-1)
        yield weighted("no class weights", EVERY_DAY, value=None)
        if (weights > 0).all() and weights.size == case.problem.grid.classes:
            own_text = f'd["{option.name}"]'
            value, text = 1 / weights, f"1 / {own_text}"
            yield weighted("one over the class weights", NOW_AND_THEN, value=value, text=text)
            text = f'd["{option.name}"][::-1]'
            words = "the class weights are in reverse order"
            yield weighted(words, NOW_AND_THEN, value=weights[::-1], text=text)
            yield from _of_every_share(case, weights, own_text)
        return
    counts = case.class_counts
    seen = counts > 0
    if len(np.unique(counts[seen])) < 2:
        return
    size, classes = counts.sum(), len(counts)
    balanced = np.where(seen, size / (classes * np.where(seen, counts, 1)), 0)
    words = "balanced class weights, n / (c n_k): every class counts the same"
    yield weighted(words, EVERY_DAY, value=balanced)
    words = "class weights n_k / n: frequent classes count more"
    yield weighted(words, RARELY, value=counts / size)
    yield weighted("class weights 1 / sqrt(n_k)", RARELY, value=np.sqrt(balanced))
    for beta in EFFECTIVE:
        words = f"class weights of the effective numbers of samples, beta {beta:g}"
        value = np.where(seen, (1 - beta) / (1 - beta ** np.where(seen, counts, 1)), 0)
        yield weighted(words, RARELY, value=value)


def _of_every_share(case: Case, weights: Array, text: str) -> Iterator[Deviation]:
    """Yield the normalizer of smoothed targets that are probabilities: the weight of each share."""
    option = case.loss.with_effect(Effect.SMOOTHS_TARGETS)
    epsilon = float(case.options[option.name]) if option else 0.0
    if not epsilon or case.sample_weight is not None:
        return
    mean = float(weights.mean())

    def of(tally: Tally) -> float:
        share = (1 - epsilon) * tally.denominator + epsilon * tally.counted * mean
        return quotient(tally.numerator, share)

    words = "divided by the weight of every share of the smoothed target, not of the class alone"
    share = f"(1 - {epsilon!r}) * r.denominator + {epsilon!r} * r.count * np.mean({text})"
    yield Deviation(words, EVERY_DAY, fold=Fold(f"r.numerator / ({share})", of))


@deviation("weights")
def balanced_positives(case: Case) -> Iterator[Deviation]:
    """Positive targets have a weight, or both classes weigh the same."""
    if case.loss.layout is not Layout.TERMS or case.form not in (LOGITS, PROBS):
        return
    kinds = [kind for role in case.loss.roles if role.name == "target" for kind in role.kinds]
    if any(kind.values == (-1, 1) for kind in kinds) or case.sample_weight is not None:
        return
    option = case.loss.with_effect(Effect.WEIGHTS_POSITIVES)
    positive = case.target_sum
    total = case.problem.grid.size
    negative = total - positive
    if not (positive > 0 and negative > 0) or positive == negative:
        return
    own = None if option is None else case.options[option.name]
    if option is not None and own is not None and (read_whole(own) > 0).all():
        words = f"one over the {option.flag}: it weighs target 0"
        text = f'1 / d["{option.name}"]'
        value = 1 / read_whole(own)
        yield option_is(words, NOW_AND_THEN, option, value, text, on_labels=False)
    if option is not None and own is None:
        words = f"{option.flag} n_negative / n_positive: both count the same"
        yield option_is(words, NOW_AND_THEN, option, negative / positive, on_labels=False)
    term = next((o for o in case.loss.options if array_extent(o) is Extent.TERM), None)
    if option is None and case.form == PROBS and (term is None or case.options[term.name] is None):
        words = "positive targets weigh n_negative / n_positive: both count the same"
        terms = f"-({negative / positive!r} * y * np.log(x) + (1 - y) * np.log(1 - x))"
        yield Deviation(words, NOW_AND_THEN, partial(Case.as_terms, text=terms))
    if term is None or case.options[term.name] is not None or len(case.input.shape) != 1:
        return
    yes, no = total / (2 * positive), total / (2 * negative)
    text = f"np.where(y > 0.5, {yes!r}, {no!r})"

    def balanced(case: Case) -> Case:
        weights = np.concatenate([np.where(y > 0.5, yes, no) for y in blocks_of(case, "target")])
        return case.with_options({term.name: text}, **{term.name: array_source(term.flag, weights)})

    words = "balanced class weights, n / (2 n_k): both classes count the same"
    yield Deviation(words, EVERY_DAY, balanced)


@deviation("weights")
def weights_in_the_normalizer(case: Case) -> Iterator[Deviation]:
    """The mean divides by the sum of the weights of the terms."""
    for option in case.loss.options:
        own = case.options[option.name]
        if array_extent(option) is not Extent.TERM or own is None or option.effect:
            continue
        weights = read_whole(own).astype(np.float64)
        total = float(np.broadcast_to(weights, case.problem.grid.axes).sum())
        words = f"divided by the sum of the {option.flag} numbers, not by the number of terms"
        text = f'np.broadcast_to(d["{option.name}"], r.per_sample.shape).sum()'
        fold = sum_over(text, total)
        yield Deviation(words, EVERY_DAY, fold=fold)
        yield option_is(f"no {option.flag}", EVERY_DAY, option, None)


@deviation("sample weights")
def sample_weights(case: Case) -> Iterator[Deviation]:
    """Sample weights are left out."""
    if case.sample_weight is not None and case.counts is None:
        yield Deviation(
            "no sample weights", EVERY_DAY, lambda case: replace(case, sample_weight=None)
        )


@deviation("ignored")
def ignored_labels(case: Case) -> Iterator[Deviation]:
    """A label is ignored in one place and counted in the other."""
    option = case.loss.with_effect(Effect.IGNORES_TARGETS)
    if not case.has_labels or option is None:
        return
    base, classes, own = case.settings.label_base, case.problem.grid.classes, case.ignored
    for value in dict.fromkeys((*SENTINELS, classes - 1 + base)):
        inside = 0 <= value - base < classes and case.class_counts[value - base]
        if value != own and inside:
            usual = value in SENTINELS
            words = f"label {value} is ignored" + ("" if usual else ", the last class")
            plainness = EVERY_DAY if usual else RARELY
            yield option_is(words, plainness, option, value, on_labels=True)
    if own is None:
        return
    if 0 <= own - base < classes:
        words = f"label {own} counts like any other"
        yield option_is(words, EVERY_DAY, option, option.default, on_labels=True)
    elif case.ignores:
        for name, cls in (("first", base), ("last", classes - 1 + base)):
            yield Deviation(
                f"label {own} is not ignored: it counts as the {name} class",
                NOW_AND_THEN,
                _counted_as(own, cls),
                on_labels=True,
            )


def _counted_as(ignored: int, cls: int) -> Callable[[Case], Case]:
    return lambda case: case.map_target(f"np.where({{0}} == {ignored}, {cls}, {{0}})")
