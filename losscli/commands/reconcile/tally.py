"""The sums of a run, from which every reduction is made, of the whole or of a span of samples."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from losscli.engine.breakdown.batches import Batches
from losscli.numerics.arrays import Array


@dataclass(frozen=True)
class Tally:
    """The sums of the terms of some samples."""

    numerator: float
    denominator: float
    """What the mean divides by: the terms that count, or their weights."""
    counted: float
    """The terms that count."""
    samples: int
    positions: int
    """Terms per sample."""
    classes: int
    divided: bool = False
    """Whether the numerator of a term is not the term, but divided by its length."""
    batches: Batches | None = None
    """What each sample adds, where it was kept."""
    own_terms: Array | None = None
    """Each term, (samples, positions), where they were kept and a sample has several."""

    @property
    def total(self) -> int:
        """All terms, ignored ones too."""
        return self.samples * self.positions

    @property
    def terms(self) -> Array | None:
        """Each term, (samples, positions), where they were kept: an ignored one is 0."""
        if self.positions == 1 and self.batches is not None and not self.divided:
            return self.batches.numerators(1)[:, None]
        return self.own_terms

    def means(self, size: int, *, whole: bool = False) -> Array:
        """Return the mean of each batch of `size` samples; nothing where it was not kept."""
        if self.batches is None:
            return np.empty(0)
        return self.batches.means(size, whole=whole)

    def sums(self, size: int) -> Array:
        """Return the sum of each batch of `size` samples; nothing where it was not kept."""
        return np.empty(0) if self.batches is None else self.batches.numerators(size)

    def parts(self, size: int) -> Iterator[Tally]:
        """Yield the tallies of consecutive spans of `size` samples; the last may be shorter."""
        if self.batches is None:
            return
        for start in range(0, self.samples, size):
            batches = self.batches.part(start, min(start + size, self.samples))
            own = None if self.own_terms is None else self.own_terms[start : start + size]
            top = float(batches.numerators(1).sum())
            bottom = float(batches.normalizers(1).sum())
            tally = self._of(top, bottom, batches.samples)
            yield replace(tally, batches=batches, own_terms=own)

    def groups(self, count: int, samples: int) -> Iterator[Tally]:
        """Yield tallies of every `count`-th sample, each as if it were all `samples`."""
        if self.batches is None or self.batches.samples < count:
            return
        tops, bottoms = (
            sums[: len(sums) - len(sums) % count].reshape(-1, count).sum(axis=0).tolist()
            for sums in (self.batches.numerators(1), self.batches.normalizers(1))
        )
        factor = samples * count / (self.batches.samples - self.batches.samples % count)
        for top, bottom in zip(tops, bottoms, strict=True):
            yield self._of(top * factor, bottom * factor, samples)

    def scaled(self, samples: int) -> Tally:
        """Return the tally of a sample of the data as if it were all `samples`."""
        factor = samples / self.samples
        return Tally(
            self.numerator * factor,
            self.denominator * factor,
            self.counted * factor,
            samples,
            self.positions,
            self.classes,
        )

    def _of(self, top: float, bottom: float, samples: int) -> Tally:
        total = samples * self.positions
        # Where a term adds its weight to the normalizer, how many count is known only if all do.
        counted = math.nan
        if self.counted == self.total:
            counted = total
        elif self.counted == self.denominator:
            counted = bottom
        return Tally(top, bottom, counted, samples, self.positions, self.classes, self.divided)


def quotient(top: float, bottom: float) -> float:
    """Return a quotient; nan over 0."""
    return top / bottom if bottom else math.nan
