"""The figures of the differences of models on the same samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.breakdown.interval import LEVEL, RESAMPLES, Interval, intervals_of
from losscli.engine.paired.losses import PairedLosses
from losscli.engine.paired.sign_flip import SignFlip, sign_flips
from losscli.engine.spooled import Pieces, quantiles_of
from losscli.numerics.mcnemar import McNemar, mcnemar

QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)


class How(NamedTuple):
    """How differences are computed."""

    moved: float = 0.0
    """A term that changes by at most this much counts as the same."""
    level: float | None = LEVEL
    """The level of intervals; None for neither intervals nor tests of the mean."""
    seed: int = 0
    threads: int | None = None

    @property
    def signed(self) -> list[str]:
        """What the signature says about it."""
        if self.level is None:
            return []
        return [f"ci:{self.level:g}", f"resamples:{RESAMPLES}", f"seed:{self.seed}"]


class RightWrong(NamedTuple):
    """How many predictions of two models are right and wrong."""

    both_right: int
    only_reference: int
    only_input: int
    both_wrong: int

    @property
    def test(self) -> McNemar:
        """McNemar's test of the two."""
        return mcnemar(self.only_reference, self.only_input)

    def as_json(self) -> dict[str, Any]:
        """Return the counts and the test for JSON."""
        test = self.test
        found = {"p": test.p, "test": test.test, "statistic": test.statistic}
        return {**self._asdict(), **found}


@dataclass(frozen=True)
class Difference:
    """A mean difference, in the unit of the loss, and how the terms changed."""

    mean: float
    stderr: float
    low: float
    high: float
    smallest: float
    largest: float
    better: int
    worse: int
    same: int
    flips: SignFlip | None
    right_wrong: RightWrong | None
    terms: Pieces = field(repr=False, compare=False)
    """The differences of the terms."""

    @cached_property
    def quantiles(self) -> dict[str, float]:
        """The quantiles of the differences, which take as long as everything else."""
        return dict(zip(map(str, QUANTILES), quantiles_of(self.terms, QUANTILES), strict=True))

    def as_json(self) -> dict[str, Any]:
        """Return the figures for JSON, without intervals."""
        return {
            "mean": self.mean,
            "stderr": self.stderr,
            "min": self.smallest,
            "max": self.largest,
            "quantiles": self.quantiles,
            "better": self.better,
            "worse": self.worse,
            "same": self.same,
        }


def intervals(
    found: PairedLosses, models: Sequence[int], other: int | None, how: How
) -> list[Interval]:
    """Return the differences of some models from another one, or the losses of each alone."""
    each = [partial(found.samples, model, other) for model in models]
    own = found.problem.positions
    positions = own if found.problem.settings.divides else found.sample_count
    return intervals_of(each, positions, level=how.level, seed=how.seed, threads=how.threads)


def differences(
    found: PairedLosses, models: Sequence[int], other: int, how: How
) -> list[Difference]:
    """Return the figures of some models, each less another one."""
    apart = intervals(found, models, other, how)
    flips: list[SignFlip | None] = [None] * len(models)
    if how.level is not None and models:
        tops = [(top for top, _ in found.samples(model, other)) for model in models]
        flips = list(sign_flips(tops, apart[0].samples, how.seed))
    return [
        _difference(found, model, other, how, interval, test)
        for model, interval, test in zip(models, apart, flips, strict=True)
    ]


def _difference(
    found: PairedLosses,
    model: int,
    other: int,
    how: How,
    interval: Interval,
    flips: SignFlip | None,
) -> Difference:
    pieces = partial(found.differences, model, other)
    better = worse = 0
    low, high = math.inf, -math.inf
    for part in pieces():
        better += int(np.count_nonzero(part < -how.moved))
        worse += int(np.count_nonzero(part > how.moved))
        if part.size:
            low, high = float(np.minimum(low, part.min())), float(np.maximum(high, part.max()))
    mean = interval.mean
    if math.isnan(mean):
        mean = found.value(model) - found.value(other)
    return Difference(
        mean,
        interval.stderr,
        interval.low,
        interval.high,
        low if found.count else math.nan,
        high if found.count else math.nan,
        better,
        worse,
        found.count - better - worse,
        flips,
        right_wrong(found, model, other),
        pieces,
    )


def right_wrong(found: PairedLosses, model: int, other: int) -> RightWrong | None:
    """Return how many predictions of both models are right, if the loss has predictions."""
    if found.accuracy(model) is None:
        return None
    both, ours, theirs = (
        int(found.right[pair]) for pair in ((model, other), (model, model), (other, other))
    )
    return RightWrong(both, theirs - both, ours - both, found.count - ours - theirs + both)
