"""Differences by class, by group, or by the length of a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.breakdown.classes import ByTarget
from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.breakdown.tallies import Seen, Tallies, summed_by
from losscli.engine.normalizer import normalizer_terms, numerator_terms
from losscli.engine.paired.losses import PairedLosses
from losscli.engine.paired.models import Models
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.numerics.arrays import Array


class Change(NamedTuple):
    """A mean with its standard error."""

    mean: float
    stderr: float


class Part(NamedTuple):
    """One class, group or range of lengths."""

    name: str | int | float
    size: int
    means: list[float]
    """The mean loss of each model."""
    changes: list[Change]
    """The difference of each model but the baseline from the baseline; without one, its loss."""


class Sums:
    """Sums of each model's losses, and of the squares of their differences, by group."""

    def __init__(self, models: int, baseline: int | None, size: int) -> None:
        self._models = models
        self._baseline = baseline
        self._others = [model for model in range(models) if model != baseline]
        self.tallies = Tallies(size, models + 3 + 2 * len(self._others))

    def seen(self, groups: Array, losses: Sequence[Array], normalizers: Array) -> Seen:
        """Return the sums of some terms or samples, which have a group each."""
        rows = [*losses, normalizers, np.ones(len(groups)), normalizers * normalizers]
        with np.errstate(all="ignore"):
            for model in self._others:
                own = losses[model]
                own = own if self._baseline is None else own - losses[self._baseline]
                rows += [own * own, own * normalizers]
        return summed_by(groups, rows)

    def parts(self, names: Sequence[str | int | float], positions: int) -> list[Part]:
        """Return every group; a mean over samples divides by `positions` fewer terms."""
        sums, found = self.tallies.sums, []
        for name, own in zip(names, sums.T.tolist(), strict=True):
            losses, (total, count, square), crosses = (
                own[: self._models],
                own[self._models : self._models + 3],
                own[self._models + 3 :],
            )
            base = 0.0 if self._baseline is None else losses[self._baseline]
            changes = [
                _change(losses[model] - base, total, count, square, *crosses[2 * at : 2 * at + 2])
                for at, model in enumerate(self._others)
            ]
            changes = [Change(positions * mean, positions * error) for mean, error in changes]
            means = [positions * loss / total if total else np.nan for loss in losses]
            found.append(Part(name, int(count), means, changes))
        return found


def _change(
    top: float, total: float, count: float, square: float, tops: float, cross: float
) -> Change:
    """Return a ratio of sums with its standard error, from sums of squares and products."""
    if not total:
        return Change(np.nan, np.nan)
    mean = top / total
    if count < 2:
        return Change(mean, np.nan)
    spread = max(tops - 2 * mean * cross + mean * mean * square, 0.0) * count / (count - 1)
    return Change(mean, float(np.sqrt(spread)) / total)


class ByTerm:
    """Observes a run: the differences by the class or group of each term."""

    def __init__(self, models: Models, baseline: int | None, of: ByTarget | ByGroup) -> None:
        self._models = models
        self._of = of
        self._sums = Sums(models.count, baseline, len(of.listed()))

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Seen:
        """Return the sums of a tile by class or group."""
        counted = slice(None) if data.ignored is None else ~data.ignored
        losses = [
            numerator_terms(problem, data, own)[counted]
            for own in self._models.terms_of(data, terms)
        ]
        normalizers = normalizer_terms(problem, data, len(terms))[counted]
        return self._sums.seen(self._of.codes(problem, data, tile)[counted], losses, normalizers)

    def add(self, seen: Any) -> None:
        """Add a tile."""
        self._sums.tallies.add(seen)

    def parts(self) -> list[Part]:
        """Return the classes or groups in order."""
        size = len(self._of.listed())
        names = [self._of.name(group) for group in range(size)]
        return self._sums.parts(names, self._models.problem.positions)


def by_length(found: PairedLosses, baseline: int | None) -> list[Part]:
    """Return the differences by length: 1, 2-3, 4-7, 8-15, ... positions."""
    longest = max(int(found.lengths(*rows).max(initial=0)) for rows in found.stretches())
    sums = Sums(found.models.count, baseline, longest.bit_length() + 1)
    for start, stop in found.stretches():
        normalizers = found.normalizers(start, stop)
        counts = normalizers > 0
        losses = [
            found.numerators(model, start, stop)[counts] for model in range(found.models.count)
        ]
        # The exponent of 8 to 15 is 4.
        exponents = np.frexp(found.lengths(start, stop)[counts])[1]
        sums.tallies.add(sums.seen(exponents.astype(np.intp), losses, normalizers[counts]))
    ranges = [(2 ** (e - 1), 2**e - 1) for e in range(1, longest.bit_length() + 1)]
    names = [str(low) if low == high else f"{low}-{high}" for low, high in ranges]
    return [part for part in sums.parts(["0", *names], found.problem.positions) if part.size]
