"""What counts, and how much: class weights, sample weights, smoothing, labels that do not count."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation, deviation, options
from losscli.engine.compute import array_source
from losscli.engine.problem.weights import read_whole
from losscli.numerics.arrays import Array

SMOOTHING = (0.1, 0.05, 0.2, 0.01, 0.02, 0.15, 0.25, 0.3)
SENTINELS = (-100, -1, 0, 255)
LONGEST_LIST = 20
"""Class weights are typed out up to this many."""


@deviation("smoothing")
def label_smoothing(case: Case) -> Iterator[Deviation]:
    """The target is smoothed, over all classes or over the others, or not smoothed."""
    if case.loss.option("label_smoothing") is None:
        return
    own, classes = float(case.options["label_smoothing"]), case.problem.grid.classes
    if own:
        yield Deviation(
            "no label smoothing",
            1,
            options(label_smoothing=0.0),
            typed={"label_smoothing": 0.0},
            torch={"label_smoothing": "0.0"},
            on_labels=True,
        )
    for epsilon in dict.fromkeys((own, *SMOOTHING)):
        if not epsilon:
            continue
        usual = epsilon in (own, 0.1)
        if epsilon != own:
            yield Deviation(
                f"label smoothing {epsilon:g}: (1 - e) onehot + e / c",
                1 if usual else 2,
                options(label_smoothing=epsilon),
                typed={"label_smoothing": epsilon},
                torch={"label_smoothing": f"{epsilon:g}"},
                on_labels=True,
            )
        # 1 - e at the target is (1 - f) + f / c at f = e c / (c - 1).
        spread = epsilon * classes / (classes - 1) if classes > 1 else 2.0
        if spread <= 1:
            yield Deviation(
                f"label smoothing {epsilon:g} over the other classes: 1 - e, and e / (c - 1) each",
                1 if epsilon == own else 2,
                options(label_smoothing=spread),
                typed={"label_smoothing": spread},
                torch={"label_smoothing": repr(spread)},
                on_labels=True,
            )


@deviation("weights")
def class_weights(case: Case) -> Iterator[Deviation]:
    """Classes have weights, other ones, or none."""
    if not case.has_labels or case.loss.option("weight") is None:
        return
    own = case.options["weight"]
    if own is not None:
        weights = read_whole(own).reshape(-1)
        yield Deviation(
            "no class weights",
            1,
            options(weight=None),
            typed={"weight": None},
            torch={"weight": "None"},
            on_labels=True,
        )
        if (weights > 0).all() and weights.size == case.problem.grid.classes:
            yield _weighted("one over the class weights", 2, 1 / weights, "1 / weight")
        return
    counts = case.class_counts
    seen = counts > 0
    if len(np.unique(counts[seen])) < 2:
        return
    size, classes = counts.sum(), len(counts)
    balanced = np.where(seen, size / (classes * np.where(seen, counts, 1)), 0)
    yield _weighted("balanced class weights, n / (c n_k): every class counts the same", 1, balanced)
    yield _weighted("class weights n_k / n: frequent classes count more", 3, counts / size)
    yield _weighted("class weights 1 / sqrt(n_k)", 3, np.sqrt(balanced))


def _weighted(words: str, plainness: int, weights: Array, torch: str = "") -> Deviation:
    text = ",".join(repr(float(weight)) for weight in weights)
    short = len(weights) <= LONGEST_LIST
    return Deviation(
        words,
        plainness,
        options(weight=array_source("weight", weights)),
        typed={"weight": text} if short else None,
        torch={"weight": torch or (f"torch.tensor([{text}])" if short else "weight")},
        on_labels=True,
    )


@deviation("sample weights")
def sample_weights(case: Case) -> Iterator[Deviation]:
    """Sample weights are left out."""
    if case.sample_weight is not None and case.counts is None:
        yield Deviation(
            "no sample weights",
            1,
            lambda case: case.changed(sample_weight=None),
            typed={"sample_weight": None},
        )


@deviation("ignored")
def labels_that_do_not_count(case: Case) -> Iterator[Deviation]:
    """A label is ignored here and counted there, or the other way."""
    if not case.has_labels or case.loss.option("ignore_index") is None:
        return
    base, classes, own = case.settings.label_base, case.problem.grid.classes, case.ignored
    counts = case.class_counts
    wanted = dict.fromkeys((*SENTINELS, classes - 1 + base))
    for value in wanted:
        index = value - base
        if value == own or not 0 <= index < classes or not counts[index]:
            continue
        usual = value in SENTINELS
        yield Deviation(
            f"label {value} is ignored" + ("" if usual else ", the last class"),
            1 if usual else 3,
            options(ignore_index=value),
            typed={"ignore_index": value},
            torch={"ignore_index": str(value)},
            on_labels=True,
        )
    if own is None:
        return
    if 0 <= own - base < classes:
        yield Deviation(
            f"label {own} counts like any other",
            1,
            options(ignore_index=-100),
            typed={"ignore_index": -100},
            torch={"ignore_index": "-100"},
            on_labels=True,
        )
    elif case.memory.setdefault("ignores", _ignores(case)):
        for name, cls in (("first", base), ("last", classes - 1 + base)):
            yield Deviation(
                f"label {own} is not ignored: it counts as the {name} class",
                2,
                _counted_as(cls),
                torch={"y": f"torch.where(y == {own}, {cls}, {{}})"},
                on_labels=True,
            )


def _ignores(case: Case) -> bool:
    terms = case.problem.grid.size if case.counts is None else float(case.counts.sum())
    return float(case.class_counts.sum()) < terms


def _counted_as(cls: int) -> Callable[[Case], Case]:
    def change(case: Case) -> Case:
        own = case.ignored
        return case.map_target(lambda raw: np.where(raw == own, cls, raw))

    return change
