"""Deviations of logs: numbers that are made of the losses of batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial, reduce

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    EVERY_DAY,
    NOW_AND_THEN,
    RARELY,
    Deviation,
    Fold,
    deviation,
)
from losscli.commands.reconcile.tally import Tally
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array

USUAL = (8, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512, 1024)
OF_SEQUENCES = (2, 4)
"""Usual numbers of sequences in a batch, beside these."""
SELDOM = (2, 3, 4, 5, 6, 10, 12, 24, 30, 40, 48, 80, 96, 150, 192, 200, 250, 300, 384, 400, 500)
SELDOM_LARGE = (640, 768, 1000, 2000, 2048, 4096, 5000, 8192, 10000)
DECAYS = (0.9, 0.95, 0.98, 0.99)
TINY = 1e-17
"""The weight of a mean that adds nothing to a moving average."""
MOST_BATCHES = 1 << 20
MOST_SORTED = 1 << 17
"""Of more batches than this, no median is taken."""
FEWEST = 2
"""Batches from which a number of batches differs from the number of one."""
Of = Callable[[Array], float]


@deviation("fold")
def means_of_batches(case: Case) -> Iterator[Deviation]:
    """The mean, the sum, the last, the median of the means of batches, and the like."""
    samples, name = case.problem.grid.n, case.counting
    if any(
        role.kinds[0].layout is Layout.LABELS and len(case.sources[role.name].shape) < 2
        for role in case.loss.roles
    ):
        # The labels of all samples are one row: those of a batch are not rows of it.
        return
    found: list[Deviation] = []
    if case.problem.grid.positions > 1 and samples > 1:
        found += _of_samples(name, nats=case.loss.nats)
    usual = (*USUAL, *OF_SEQUENCES) if found else USUAL
    for size in sorted((*USUAL, *SELDOM, *SELDOM_LARGE)):
        if samples / MOST_BATCHES < size < samples:
            rarer = 0 if size in usual else 1
            found += _of_batches(size, samples, name, rarer, nats=case.loss.nats)
            if case.loss.root:
                found.append(_roots(size, name, rarer, case.loss.root))
    if case.settings.reduction == "mean" or not case.loss.length:
        yield from found
        return
    # A sum of terms is one of terms that were not divided by their lengths.
    mean = partial(Case.with_settings, reduction="mean")
    yield from (replace(one, change=mean) for one in found)


def _of_samples(name: str, *, nats: bool) -> Iterator[Deviation]:
    """Yield what is made of the means of the samples, each of several positions."""
    each = f"[loss([i]).value for i in range(len({name}))]"
    yield _fold("the mean of the samples' means", EVERY_DAY, f"np.mean({each})", 1, np.mean)
    yield _fold("the sum of the samples' means", NOW_AND_THEN, f"np.sum({each})", 1, np.sum)
    if nats:
        yield _fold(
            "the mean of the samples' perplexities, each exp of its own mean",
            EVERY_DAY,
            f"np.mean(np.exp({each}))",
            1,
            lambda means: np.exp(means).mean(),
        )
    yield _fold(
        "the median of the samples' means", NOW_AND_THEN, f"np.median({each})", 1, np.median
    )


def _of_batches(
    size: int, samples: int, name: str, rarer: int, *, nats: bool
) -> Iterator[Deviation]:
    """Yield what is made of the means of batches of one size."""
    rest, number = samples % size, -(-samples // size)
    batches = f"batches of {size}"
    each = f"[loss(slice(i, i + {size})).value for i in range(0, len({name}), {size})]"

    def made(words: str, plainness: int, text: str, of: Of) -> Deviation:
        return _fold(words, min(RARELY, plainness + rarer), text, size, of)

    if rest:
        yield made(
            f"the mean of the means of {batches}: the last one, of {rest}, counts in full",
            NOW_AND_THEN,
            f"np.mean({each})",
            np.mean,
        )
        full = f"[loss(slice(i, i + {size})).value for i in range(0, {samples - rest}, {size})]"
        yield _fold(
            f"the mean of the means of {batches}, the last {rest} samples left out",
            min(RARELY, NOW_AND_THEN + rarer),
            f"np.mean({full})",
            size,
            np.mean,
            whole=True,
        )
    else:
        mean = made(
            f"the mean of the means of {batches}: each counts the same, whatever its normalizer",
            NOW_AND_THEN,
            f"np.mean({each})",
            np.mean,
        )
        yield replace(mean, fold=_of_uneven(mean.fold)) if mean.fold else mean
    if number < FEWEST:
        return
    yield made(f"the sum of the means of {batches}", NOW_AND_THEN, f"np.sum({each})", np.sum)
    yield made(
        f"the sum of the means of {batches}, divided by the number of samples",
        NOW_AND_THEN,
        f"np.sum({each}) / len({name})",
        lambda means: means.sum() / samples,
    )
    last = f"loss(slice({(number - 1) * size}, None)).value"
    yield made(
        f"the last batch only, of {batches}: {rest or size} samples",
        NOW_AND_THEN,
        last,
        lambda means: means[-1],
    )
    yield made(
        f"the first batch only, of {batches}",
        RARELY,
        f"loss(slice({size})).value",
        lambda means: means[0],
    )
    if number <= MOST_SORTED:
        yield made(f"the median of the means of {batches}", RARELY, f"np.median({each})", np.median)
    if nats:
        yield made(
            f"the mean of the perplexities of {batches}, each exp of its own mean",
            NOW_AND_THEN,
            f"np.mean(np.exp({each}))",
            lambda means: np.exp(means).mean(),
        )
    yield _sums(size, name, rarer)
    for decay in DECAYS:
        words = f"a moving average of the means of {batches}, {decay:g} of the last value kept"
        kept = (
            f"functools.reduce(lambda kept, new: {decay:g} * kept + {1 - decay:.3g} * new, {each})"
        )
        yield made(words, RARELY, kept, partial(_moving, decay=decay))


def _roots(size: int, name: str, rarer: int, root: str) -> Deviation:
    """Return the mean of the roots of the means of batches."""
    each = f"[loss(slice(i, i + {size})).value for i in range(0, len({name}), {size})]"
    return _fold(
        f"the mean of the {root}s of batches of {size}",
        min(RARELY, NOW_AND_THEN + rarer),
        f"np.mean(np.sqrt({each}))",
        size,
        lambda means: np.sqrt(means).mean(),
    )


def _sums(size: int, name: str, rarer: int) -> Deviation:
    """Return the mean of the sums of batches."""

    def of(tally: Tally) -> float:
        sums = tally.sums(size)
        return float(sums.mean()) if sums.size else math.nan

    numerators = f"[loss(slice(i, i + {size})).numerator for i in range(0, len({name}), {size})]"
    fold = Fold(f"np.mean({numerators})", of, batches=True)
    words = f"the mean of the sums of batches of {size}"
    return Deviation(words, min(RARELY, NOW_AND_THEN + rarer), fold=fold)


def _of_uneven(fold: Fold) -> Fold:
    """Return the fold where the batches have different normalizers; else it is the mean."""
    return replace(
        fold,
        of=lambda tally: math.nan if tally.denominator == tally.total else fold.of(tally),
    )


def _moving(means: Array, decay: float) -> float:
    """Return the moving average that starts at the first of the means."""
    # What is older has no digit left.
    late = means[-math.ceil(math.log(TINY) / math.log(decay)) :]
    return float(reduce(lambda kept, new: decay * kept + (1 - decay) * new, late.tolist()))


def _fold(
    words: str, plainness: int, text: str, size: int, of: Of, *, whole: bool = False
) -> Deviation:
    """Return the deviation that the number is made of the means of batches."""

    def fold(tally: Tally) -> float:
        means = tally.means(size, whole=whole)
        with np.errstate(over="ignore"):
            return float(of(means)) if means.size else math.nan

    return Deviation(words, plainness, fold=Fold(text, fold, batches=True))
