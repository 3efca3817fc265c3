"""Deviations of the reduction: the normalizer, and the unit of the result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from losscli.commands.reconcile.case import Case, Fold, Tally, quotient
from losscli.commands.reconcile.deviation import Deviation, deviation

BATCHES = (8, 16, 32, 64, 100, 128, 200, 256, 500, 512, 1000, 1024)


@deviation("fold")
def reductions(case: Case) -> Iterator[Deviation]:
    """Sum, mean, mean over samples, mean over samples and classes."""
    own, grid = case.settings.reduction, case.problem.grid
    by_class = case.loss.by_class
    for name, words, fold in (
        ("mean", "the mean", lambda tally: quotient(tally.numerator, tally.denominator)),
        ("sum", "the sum, not the mean", lambda tally: tally.numerator),
    ):
        if name != own:
            # A mean that divides each term by its length has other sums: a sum needs a run of its
            # own.
            change = partial(Case.with_settings, reduction=name) if case.loss.length else None
            typed, torch = {"reduction": name}, {"reduction": repr(name)}
            yield Deviation(words, 1, change, None if change else fold, typed=typed, torch=torch)
    several = grid.positions > 1 or (len(case.input.shape) > 1 and not by_class)
    if several and (by_class or own != case.loss.sample_mean):
        sample_mean = "" if by_class else case.loss.sample_mean
        words = f"summed over {'the positions' if by_class else 'each sample'}"
        yield _divided(
            f"{words}, averaged over the samples",
            lambda tally: tally.grid.n,
            "len(x)",
            {"reduction": sample_mean} if sample_mean else None,
        )
    if case.loss.picks and grid.classes > 1:
        yield _divided(
            "averaged over the classes too: divided by n c",
            lambda tally: tally.total * tally.grid.classes,
            "x.numel()",
        )


@deviation("fold")
def normalizers(case: Case) -> Iterator[Deviation]:
    """The normalizer counts ignored terms, or leaves out the weights."""
    if case.ignored is not None:
        yield _divided(
            "divided by all targets, ignored ones too",
            lambda tally: tally.total if tally.counted < tally.total else 0,
            "y.numel()",
        )
    yield _divided(
        "divided by the number of targets, not by the sum of their weights",
        lambda tally: tally.counted if tally.denominator != tally.counted else 0,
        "y.numel()",
    )


def _divided(
    words: str, normalizer: Fold, torch: str, typed: dict[str, str] | None = None
) -> Deviation:
    """Return the deviation that the sum is divided by another number; nan for 0."""
    return Deviation(
        words,
        1,
        fold=lambda tally: quotient(tally.numerator, normalizer(tally)),
        typed=typed,
        torch={"reduction": "'sum'", "value": f"{{}} / {torch}"},
    )


@deviation("fold")
def batch_means(case: Case) -> Iterator[Deviation]:
    """The mean of the means of batches, or their sum divided by something else."""
    samples = case.problem.grid.n
    if case.problem.grid.positions > 1 and samples > 1:
        yield _batched("the mean of the samples' means", 1, samples, 1)
    for size in BATCHES:
        if size >= samples:
            continue
        batches, rest, number = f"batches of {size}", samples % size, -(-samples // size)
        yield _batched(f"the mean of the means of {batches}", 2, number, size)
        if rest:
            words = f"the mean of the means of {batches}, the last {rest} samples left out"
            yield _batched(words, 3, samples // size, size, whole=samples - rest)
        words = f"the sum of the means of {batches}, divided by the number of samples"
        yield _batched(words, 3, samples, size)
        words = f"the mean of the perplexities of {batches}"
        yield _batched(words, 3, number, size, exp=True)


def _batched(
    words: str, plainness: int, over: int, size: int, *, whole: int = 0, exp: bool = False
) -> Deviation:
    """Return the deviation that means of batches are added up and divided by a number.

    `whole` is how many samples full batches have, where a smaller last one is left out.
    """

    def fold(tally: Tally) -> float:
        if tally.batches is None:
            return math.nan
        means = tally.batches.means(size, whole=bool(whole))
        return float((np.exp(means) if exp else means).sum() / over) if means.size else math.nan

    x, y = (f"{name}[:{whole}]" if whole else name for name in "xy")
    batches = f"zip({x}.split({size}), {y}.split({size}))"
    value = f"sum({{}}{'.exp()' if exp else ''} for x, y in {batches}) / {over}"
    return Deviation(words, plainness, fold=fold, torch={"value": value})


Unit = Callable[[float], float]
FACTORS = {0.5: "half of it", 2.0: "twice as much", 0.01: "a share, not percent"}


@deviation("unit")
def units(case: Case) -> Iterator[Deviation]:
    """Another logarithm, a perplexity, a root, a factor, a sign."""
    loss = case.loss
    summary = loss.likelihood and case.settings.reduction == "mean" and not case.adds_to_terms
    if loss.likelihood:
        words = "perplexity: exp of the mean"
        yield _unit(words, 1, _exp, "{}.exp()", "perplexity" if summary else "")
    if loss.nats:
        words = "bits: logarithms to the base 2"
        yield _unit(words, 1, _over(math.log(2)), "{} / math.log(2)", "bits" if summary else "")
        words = "logarithms to the base 10"
        yield _unit(words, 2, _over(math.log(10)), "{} / math.log(10)")
        yield _unit("2 to the power of the mean in nats", 3, _power_of_two, "2 ** {}")
        yield _unit("the opposite sign: the log-likelihood", 2, lambda value: -value, "-{}")
    if case.is_regression:
        words = f"the root of the mean{loss.root and f': {loss.root}'}"
        yield _unit(words, 1 if loss.root else 3, _root, "{} ** 0.5")
    for factor in dict.fromkeys((*loss.factors, 0.5, 2.0)):
        words = FACTORS.get(factor, f"{factor:g} times as much")
        value = f"{{}} / {1 / factor:g}" if factor < 1 else f"{factor:g} * {{}}"
        yield _unit(words, 1 if factor in loss.factors else 3, _over(1 / factor), value)


def _unit(words: str, plainness: int, unit: Unit, value: str, summary: str = "") -> Deviation:
    typed = {"summary": summary} if summary else None
    return Deviation(words, plainness, unit=unit, typed=typed, torch={"value": value})


def _over(divisor: float) -> Unit:
    return lambda value: value / divisor


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def _power_of_two(value: float) -> float:
    return 2.0**value if value < 1000 else math.inf


def _root(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan
