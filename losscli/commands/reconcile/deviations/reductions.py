"""Deviations of the reduction: what the sum is divided by, and what is averaged."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
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
    sum_over,
)
from losscli.commands.reconcile.expression import short
from losscli.commands.reconcile.forms import LOGITS, PROBS
from losscli.commands.reconcile.tally import Tally, quotient
from losscli.losses.declare.role_kind import Layout
from losscli.losses.declare.standard_kinds import SIGNS
from losscli.numerics.arrays import Array

MOST_TARGETS = 1 << 22
"""Up to this many targets, their variance is computed."""


@deviation("fold")
def reductions(case: Case) -> Iterator[Deviation]:
    """Sum, mean, mean over samples, mean over samples and classes."""
    own, grid, loss = case.settings.reduction, case.problem.grid, case.loss
    if own != "mean":
        fold = Fold(
            "r.numerator / r.denominator",
            lambda tally: quotient(tally.numerator, tally.denominator),
            options={"reduction": "mean"},
        )
        mean = partial(Case.with_settings, reduction="mean") if loss.length else None
        yield Deviation("the mean", EVERY_DAY, mean, fold=fold)
    if own != "sum" and not loss.length:
        fold = Fold("r.numerator", lambda tally: tally.numerator, options={"reduction": "sum"})
        yield Deviation("the sum, not the mean", EVERY_DAY, fold=fold)
    if loss.length:
        yield from _without_lengths(case)
    several = grid.positions > 1 or (len(case.input.shape) > 1 and not loss.by_class)
    if several and (loss.by_class or own != loss.sample_mean):
        over = "the positions" if loss.by_class else "each sample"
        name = "" if loss.by_class or case.sample_weight is not None else loss.sample_mean
        named = f" ({loss.sample_mean})" if loss.sample_mean and not loss.by_class else ""
        yield Deviation(
            f"summed over {over}, averaged over the samples{named}",
            EVERY_DAY,
            fold=Fold(
                f"r.numerator / len({short(case.first)})",
                lambda tally: quotient(tally.numerator, tally.samples),
                options={"reduction": name} if name else {},
            ),
        )
    if case.loss.layout is Layout.TERMS and len(case.input.shape) > 2:
        last = case.input.shape[-1]
        yield _divided(
            "summed over the last axis, averaged over the rest",
            lambda tally: tally.denominator / last,
            f"(r.denominator / {last})",
            plainness=EVERY_DAY if loss.family == "distribution" else NOW_AND_THEN,
        )
    if several and case.sample_weight is not None:
        yield _divided(
            f"summed over {'the positions' if loss.by_class else 'each sample'}, divided by the "
            f"sum of the sample weights{f' ({loss.sample_mean})' if loss.sample_mean else ''}",
            lambda tally: tally.denominator / tally.positions,
            f"(r.denominator / {grid.positions})",
        )
    if loss.picks and grid.classes > 1:
        yield _divided(
            "averaged over the classes too: divided by n c",
            lambda tally: tally.total * grid.classes,
            f"(r.per_sample.size * {grid.classes})",
            plainness=NOW_AND_THEN,
        )
        yield _divided(
            "counted once for each class: c times as much",
            lambda tally: tally.denominator / grid.classes,
            f"(r.denominator / {grid.classes})",
            plainness=NOW_AND_THEN,
        )


def _without_lengths(case: Case) -> Iterator[Deviation]:
    """Yield the reductions of terms that the mean divides by a length."""
    change = partial(Case.with_settings, reduction="sum")
    if case.settings.reduction != "sum":
        yield Deviation("the sum, not the mean", EVERY_DAY, change)
    lengths = case.loss.length
    yield Deviation(
        f"averaged over the samples, not divided by the {lengths.replace('_', ' ')} first",
        EVERY_DAY,
        change,
        fold=Fold(
            f"r.numerator / len({short(lengths)})",
            lambda tally: quotient(tally.numerator, tally.samples),
        ),
    )
    for role in case.loss.roles:
        if any(kind.length_of for kind in role.kinds):
            total = sum(float(block.sum()) for block in blocks_of(case, role.name))
            yield Deviation(
                f"the sum over the total of the {role.name.replace('_', ' ')}",
                NOW_AND_THEN,
                change,
                fold=sum_over(f"{short(role.name)}.sum()", total),
            )
            if role.name != lengths:
                yield Deviation(
                    f"divided by the {role.name.replace('_', ' ')}, averaged over the samples",
                    NOW_AND_THEN,
                    change,
                    fold=_over_each(case, role.name),
                )


def _over_each(case: Case, role: str) -> Fold:
    """Return the fold that divides each sample by a number of its own."""
    lengths = np.concatenate([*blocks_of(case, role)]).astype(np.float64)

    def mean(tally: Tally) -> float:
        if tally.terms is None or len(tally.terms) != len(lengths):
            return math.nan
        return float((tally.terms[:, 0] / lengths).mean())

    return Fold(f"(r.per_sample / {short(role)}).mean()", mean, batches=True)


@deviation("fold")
def positives(case: Case) -> Iterator[Deviation]:
    """The normalizer counts the targets 1 alone."""
    target = case.problem.target
    if case.loss.layout is not Layout.TERMS or target is None or case.form not in (LOGITS, PROBS):
        return
    if target.kind.values != SIGNS and case.hard_targets and case.target_sum:
        focal = target.kind.values == (0, 1)
        yield _divided(
            "divided by the number of targets 1, not by that of all",
            lambda tally: case.target_sum * tally.samples / case.problem.grid.n,
            f"{short('target')}.sum()",
            plainness=EVERY_DAY if focal else NOW_AND_THEN,
        )


@deviation("fold")
def relative_to_the_target(case: Case) -> Iterator[Deviation]:
    """A squared error relative to the variance of the target, or R squared."""
    target = case.sources.get("target")
    if not case.loss.root or target is None or math.prod(target.shape) > MOST_TARGETS:
        return
    y = np.concatenate([np.ravel(block) for block in blocks_of(case, "target")])
    variance = float(y.var(dtype=np.float64)) if y.size > 1 else 0.0
    if not variance or case.settings.reduction != "mean" or case.sample_weight is not None:
        return
    # The target of the file, whatever is swapped or rounded before the loss.
    narrow = ", dtype=float" if target.dtype.kind == "f" and target.dtype.itemsize < 8 else ""
    share = f'r.value / np.var(d["target"]{narrow})'

    def fold(text: str, of: Callable[[float], float]) -> Fold:
        return Fold(text, lambda tally: of(quotient(case.value(tally), variance)))

    words = "divided by the variance of the target"
    yield Deviation(words, NOW_AND_THEN, fold=fold(share, float))
    words = "R squared: 1 minus the share of the variance"
    yield Deviation(words, NOW_AND_THEN, fold=fold(f"1 - {share}", lambda own: 1 - own))
    words = f"{case.loss.root} over the standard deviation of the target"
    yield Deviation(words, NOW_AND_THEN, fold=fold(f"np.sqrt({share})", math.sqrt))


@deviation("unit")
def averaged_classes(case: Case) -> Iterator[Deviation]:
    """A loss that divides by the number of classes is summed over them, or the reverse."""
    classes = case.problem.grid.classes
    if case.loss.averages_classes and classes > 2:
        words = "summed over the classes, not averaged"
        yield Deviation(words, EVERY_DAY, unit=f"{classes} * {{}}")
        words = "averaged over the other classes: divided by c - 1, not by c"
        yield Deviation(words, NOW_AND_THEN, unit=f"{classes} / {classes - 1} * {{}}")


@deviation("fold")
def normalizers(case: Case) -> Iterator[Deviation]:
    """The normalizer counts ignored terms, leaves out the weights, or has them."""
    if case.ignored is not None:
        yield _divided(
            "divided by all targets, ignored ones too",
            lambda tally: tally.total if tally.counted < tally.total else 0,
            "r.per_sample.size",
        )
    yield _divided(
        "divided by the number of targets, not by the sum of their weights",
        lambda tally: tally.counted if tally.denominator != tally.counted else 0,
        "r.count",
    )


def _divided(
    words: str,
    normalizer: Callable[[Tally], float],
    text: str,
    plainness: int = EVERY_DAY,
) -> Deviation:
    """Return the deviation that the sum is divided by another number; nan for 0."""
    fold = Fold(f"r.numerator / {text}", lambda tally: quotient(tally.numerator, normalizer(tally)))
    return Deviation(words, plainness, fold=fold)


@deviation("fold")
def statistics_of_terms(case: Case) -> Iterator[Deviation]:
    """A median, a mean of the terms above 0, or a mean of the roots of the samples."""

    def of_terms(words: str, plainness: int, text: str, of: Callable[[Array], float]) -> Deviation:
        def fold(tally: Tally) -> float:
            if tally.terms is None or tally.counted != tally.total or not tally.terms.size:
                return math.nan
            with np.errstate(all="ignore"):
                return float(of(tally.terms))

        return Deviation(words, plainness, fold=Fold(text, fold, batches=True))

    what = "samples" if case.problem.grid.positions == 1 else "terms"
    yield of_terms(
        f"the median of the {what}' losses, not their mean",
        NOW_AND_THEN,
        "np.median(r.per_sample)",
        np.median,
    )
    yield of_terms(
        "the mean of the nonzero terms only: a loss of 0 does not count",
        NOW_AND_THEN if case.loss.by_class else EVERY_DAY,
        "r.per_sample.sum() / np.count_nonzero(r.per_sample)",
        lambda terms: quotient(float(terms.sum()), float(np.count_nonzero(terms))),
    )
    if case.loss.root:
        axes = tuple(range(1, len(case.input.shape)))
        if axes:
            yield of_terms(
                "the mean of the norms: the square root of each sample's sum",
                NOW_AND_THEN,
                f"np.sqrt(r.per_sample.sum({axes if len(axes) > 1 else 1})).mean()",
                lambda terms: float(np.sqrt(terms.sum(axis=1)).mean()),
            )
            yield of_terms(
                f"the mean of the columns' {case.loss.root}s",
                EVERY_DAY,
                "np.sqrt(r.per_sample.mean(0)).mean()",
                lambda terms: float(np.sqrt(terms.mean(axis=0)).mean()),
            )
            yield of_terms(
                "the mean of the square roots of the samples' means",
                RARELY,
                f"np.sqrt(r.per_sample.mean({axes if len(axes) > 1 else 1})).mean()",
                lambda terms: float(np.sqrt(terms.mean(axis=1)).mean()),
            )
