"""Deviations of the weighting: class weights, sample weights, smoothing, ignored labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from losscli.commands.reconcile.case import Case, blocks_of
from losscli.commands.reconcile.deviation import Deviation, deviation, option_is
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.options import Effect, Extent, array_extent

SMOOTHING = (0.1, 0.05, 0.2, 0.01, 0.02, 0.15, 0.25, 0.3)
SENTINELS = (-100, -1, 0, 255)


@deviation("smoothing")
def label_smoothing(case: Case) -> Iterator[Deviation]:
    """The target is smoothed, over all classes or over the others, or not smoothed."""
    option = case.loss.with_effect(Effect.SMOOTHS_TARGETS)
    if option is None:
        return
    own, classes = float(case.options[option.name]), case.problem.grid.classes
    if own:
        yield option_is("no label smoothing", 1, option, 0.0, on_labels=True)
    for epsilon in dict.fromkeys((own, *SMOOTHING)):
        if not epsilon:
            continue
        if epsilon != own:
            words = f"label smoothing {epsilon:g}: (1 - e) onehot + e / c"
            plainness = 1 if epsilon == SMOOTHING[0] else 2
            yield option_is(words, plainness, option, epsilon, on_labels=True)
        # 1 - e at the target is (1 - f) + f / c for f = e c / (c - 1).
        spread = epsilon * classes / (classes - 1) if classes > 1 else 2.0
        if spread <= 1:
            words = f"label smoothing {epsilon:g} over the other classes"
            words += ": 1 - e, and e / (c - 1) each"
            yield option_is(words, 1 if epsilon == own else 2, option, spread, on_labels=True)


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
        yield weighted("no class weights", 1, value=None)
        if (weights > 0).all() and weights.size == case.problem.grid.classes:
            torch = f"1 / {option.name}"
            yield weighted("one over the class weights", 2, value=1 / weights, torch=torch)
        return
    counts = case.class_counts
    seen = counts > 0
    if len(np.unique(counts[seen])) < 2:
        return
    size, classes = counts.sum(), len(counts)
    balanced = np.where(seen, size / (classes * np.where(seen, counts, 1)), 0)
    words = "balanced class weights, n / (c n_k): every class counts the same"
    yield weighted(words, 1, value=balanced)
    words = "class weights n_k / n: frequent classes count more"
    yield weighted(words, 3, value=counts / size)
    yield weighted("class weights 1 / sqrt(n_k)", 3, value=np.sqrt(balanced))


@deviation("weights")
def positive_weight(case: Case) -> Iterator[Deviation]:
    """Positive targets have a weight, another one, or none."""
    option = case.loss.with_effect(Effect.WEIGHTS_POSITIVES)
    if option is None or case.options[option.name] is not None:
        return
    positive = sum(float(block.sum(dtype=np.float64)) for block in blocks_of(case, "target"))
    negative = case.problem.grid.size - positive
    if positive > 0 and negative > 0 and positive != negative:
        words = f"{option.flag} n_negative / n_positive: both count the same"
        yield option_is(words, 2, option, negative / positive)


@deviation("sample weights")
def sample_weights(case: Case) -> Iterator[Deviation]:
    """Sample weights are left out."""
    if case.sample_weight is not None and case.counts is None:
        yield Deviation(
            "no sample weights",
            1,
            lambda case: replace(case, sample_weight=None),
            typed={"sample_weight": None},
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
            yield option_is(words, 1 if usual else 3, option, value, on_labels=True)
    if own is None:
        return
    if 0 <= own - base < classes:
        words = f"label {own} counts like any other"
        yield option_is(words, 1, option, option.default, on_labels=True)
    elif case.ignores:
        for name, cls in (("first", base), ("last", classes - 1 + base)):
            yield Deviation(
                f"label {own} is not ignored: it counts as the {name} class",
                2,
                _counted_as(cls),
                torch={"y": f"torch.where(y == {own}, {cls}, {{}})"},
                on_labels=True,
            )


def _counted_as(cls: int) -> Callable[[Case], Case]:
    def change(case: Case) -> Case:
        own = case.ignored
        return case.map_target(lambda raw: np.where(raw == own, cls, raw))

    return change
