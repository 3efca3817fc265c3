"""The loss of every term under each of several models: an observer of one run.

Quantiles, resamples and lists need every term: 8 bytes are kept for each term and model, in a
temporary file when there are many.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.normalizer import normalizer_terms, numerator_terms
from losscli.engine.paired.models import Models
from losscli.engine.partial import largest
from losscli.engine.predictions import right_ones
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.run import Outcome
from losscli.engine.spooled import IN_MEMORY, PIECE, Spooled
from losscli.numerics.arrays import Array
from losscli.numerics.summation import Sum, sum_of


class Seen(NamedTuple):
    """What is kept of a tile."""

    kept: dict[str, Array]
    sums: list[Sum]
    """The sum of each model's losses."""
    right: Array
    """(models, models): how often both are right; on the diagonal, how often one is."""
    odd: tuple[int, int] | None
    """The first term with a loss that is not finite, and its model."""


class PairedLosses:
    """The observer, and what it found when the run is over."""

    outcome: Outcome
    """The finished run."""

    def __init__(self, models: Models, *, keep: bool = True, correct: bool = True) -> None:
        """Take the models; without `keep` only sums are found, and counts of `correct` terms."""
        self.models = models
        self.problem = problem = models.problem
        self.sums = [Sum()] * models.count
        self.right = np.zeros((models.count, models.count), np.int64)
        self.odd: tuple[int, int] | None = None
        self._correct = correct and problem.loss.picks
        self._kept: dict[str, Spooled] = {}
        if not keep:
            return
        weighted = problem.loss.normalizer is not None or problem.sample_weight is not None
        room = IN_MEMORY // models.count
        self._kept |= {self._name(m): Spooled(room=room) for m in range(models.count)}
        if weighted or problem.ignore_index is not None:
            self._kept["normalizer"] = Spooled()
        if problem.ignore_index is not None:
            self._kept["counted"] = Spooled(np.uint8)
        if problem.loss.length:
            self._kept["length"] = Spooled()

    @staticmethod
    def _name(model: int) -> str:
        return str(model)

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Seen:
        """Return what is kept of a tile."""
        found = self.models.terms_of(data, terms)
        sums = [sum_of(numerator_terms(problem, data, own)) for own in found]
        right = np.zeros((len(found), len(found)), np.int64)
        if self._correct:
            views = (self.models.view(data, model) for model in range(len(found)))
            masks = [right_ones(problem, *pair) for pair in zip(views, found, strict=True)]
            right = np.array([[np.count_nonzero(a & b) for b in masks] for a in masks])
        odd = None
        for model, (own, total) in enumerate(zip(found, sums, strict=True)):
            if not math.isfinite(total.value) and (bad := ~np.isfinite(own)).any():
                first = problem.grid.term(tile, int(bad.argmax())), model
                odd = first if odd is None else min(odd, first)
        return Seen(self._kept_of(data, found) if self._kept else {}, sums, right, odd)

    def _kept_of(self, data: TileData, found: Sequence[Array]) -> dict[str, Array]:
        size = len(found[0])
        kept = {self._name(model): own for model, own in enumerate(found)}
        if "normalizer" in self._kept:
            kept["normalizer"] = normalizer_terms(self.problem, data, size)
        if "counted" in self._kept:
            everything = np.ones(size, bool)
            kept["counted"] = everything if data.ignored is None else ~data.ignored
        if data.length is not None:
            kept["length"] = data.length
        return kept

    def add(self, seen: Any) -> None:
        """Add a tile."""
        for name, values in seen.kept.items():
            self._kept[name].add(values)
        self.sums = [total.plus(*part) for total, part in zip(self.sums, seen.sums, strict=True)]
        self.right = self.right + seen.right
        self.odd = seen.odd if self.odd is None else self.odd

    @property
    def count(self) -> int:
        """The number of counted terms."""
        return self.outcome.partial.counted

    def of(self, model: int) -> Outcome:
        """Return the outcome of a model, as if it had run alone."""
        correct = int(self.right[model, model])
        partial = self.outcome.partial._replace(numerator=self.sums[model], correct=correct)
        return replace(self.outcome, problem=self.models.alone(model), partial=partial)

    def value(self, model: int) -> float:
        """Return the reduced loss of a model."""
        return self.of(model).value

    @property
    def sample_count(self) -> int:
        """The number of samples that count."""
        return sum(len(bottom) for _, bottom in self.samples(0, None))

    def accuracy(self, model: int) -> float | None:
        """Return the share of terms that a model predicts correctly, if the loss has one."""
        if not self.problem.loss.picks or self.problem.input.source.of_target or not self.count:
            return None
        return float(self.right[model, model] / self.count)

    def read(self, model: int, start: int, stop: int) -> Array:
        """Return the losses of terms start to stop, in the unit of the data."""
        losses = self._kept[self._name(model)].read(start, stop)
        exponent = self.problem.weight_exponent
        return np.ldexp(losses, -exponent) if exponent else losses

    def counted(self, start: int, stop: int) -> Array | None:
        """Return the mask of terms start to stop that count; None if all do."""
        kept = self._kept.get("counted")
        return None if kept is None else kept.read(start, stop) == 1

    def every(self, model: int, other: int | None) -> Iterator[Array]:
        """Yield the differences of all terms; without another model, the losses."""
        for start, stop in self._pieces():
            yield self._difference(self.read, model, other, start, stop)

    def differences(self, model: int, other: int | None) -> Iterator[Array]:
        """Yield the differences of the terms that count, or the losses."""
        for (start, stop), values in zip(self._pieces(), self.every(model, other), strict=True):
            counted = self.counted(start, stop)
            yield values if counted is None else values[counted]

    def _pieces(self) -> Iterator[tuple[int, int]]:
        size = self.problem.grid.size
        return ((start, min(start + PIECE, size)) for start in range(0, size, PIECE))

    def samples(self, model: int, other: int | None) -> Iterator[tuple[Array, Array]]:
        """Yield what the samples that count add to the numerator and to the normalizer.

        Their numerators are the differences of two models, or the losses of one.
        """
        divides, exponent = self.problem.settings.divides, self.problem.weight_exponent
        for start, stop in self.stretches():
            top = self._difference(self.numerators, model, other, start, stop)
            bottom = self.normalizers(start, stop)
            counts = bottom > 0
            top, bottom = top[counts], bottom[counts]
            # A sum is the mean of samples that weigh the same, times their number.
            yield (top, bottom) if divides else (np.ldexp(top, -exponent), np.ones(len(top)))

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Yield samples in stretches that fit into memory."""
        rows = max(1, PIECE // max(1, self.problem.grid.positions))
        n = self.problem.grid.n
        return ((start, min(start + rows, n)) for start in range(0, n, rows))

    def numerators(self, model: int, start: int, stop: int) -> Array:
        """Return what samples start to stop add to a model's numerator."""
        divides = self.problem.settings.divides
        return self._by_sample(self._name(model), start, stop, over_length=divides)

    def normalizers(self, start: int, stop: int) -> Array:
        """Return what samples start to stop add to the normalizer."""
        if "normalizer" in self._kept:
            return self._by_sample("normalizer", start, stop)
        return np.full(stop - start, float(self.problem.grid.positions))

    def lengths(self, start: int, stop: int) -> Array:
        """Return the lengths of samples: what divides their loss, or their counted positions."""
        for name in ("length", "counted"):
            if name in self._kept:
                return self._by_sample(name, start, stop)
        return np.full(stop - start, float(self.problem.grid.positions))

    def _by_sample(self, name: str, start: int, stop: int, *, over_length: bool = False) -> Array:
        positions = self.problem.grid.positions
        values = self._kept[name].read(start * positions, stop * positions)
        if over_length and "length" in self._kept:
            values = values / self._kept["length"].read(start, stop)
        if positions == 1 and values.dtype == np.float64:
            return values
        total: Array = values.reshape(-1, positions).sum(axis=1, dtype=np.float64)
        return total

    @staticmethod
    def _difference(read: Any, model: int, other: int | None, start: int, stop: int) -> Array:
        values: Array = read(model, start, stop)
        if other is None:
            return values
        with np.errstate(invalid="ignore"):
            less: Array = values - read(other, start, stop)
        return less

    def furthest(self, model: int, other: int | None, top: int) -> list[int]:
        """Return the counted terms with the largest differences, largest first; 0 is left out."""
        found: list[tuple[float, int]] = []
        for start, stop in self._pieces() if top else ():
            sizes = np.abs(self._difference(self.read, model, other, start, stop))
            here = np.arange(start, stop)
            if (counted := self.counted(start, stop)) is not None:
                sizes, here = sizes[counted], here[counted]
            if len(sizes):
                found += largest(sizes, here, top)
        order = sorted(found, key=lambda entry: (not np.isnan(entry[0]), -entry[0], entry[1]))
        return [term for size, term in order[:top] if size != 0]
