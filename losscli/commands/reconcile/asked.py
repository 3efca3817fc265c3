"""What is to be explained: one number, or one for each of several spans of the samples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from losscli.commands.reconcile.printed import SMALLEST, Printed
from losscli.commands.reconcile.tally import Tally
from losscli.numerics.arrays import Array

FEW = 50
"""Values within this many tolerances are counted, to estimate how many fit by chance."""


@dataclass(frozen=True)
class Asked:
    """The printed numbers; with `size`, each is of a span of `size` samples."""

    numbers: tuple[Printed, ...]
    size: int | None = None
    entries: tuple[int, ...] = ()
    """Of which span each number is, ascending; empty where the k-th is of the k-th."""
    name: str = ""
    """Where they were read, if they were not typed."""

    @property
    def last(self) -> Printed:
        """The last number."""
        return self.numbers[-1]

    def span(self, at: int) -> slice:
        """Return the samples of a number."""
        start = (self.entries[at] if self.entries else at) * (self.size or 0)
        return slice(start, start + (self.size or 0))

    def spans(self, tally: Tally) -> Iterator[Tally]:
        """Yield the tally of each number's samples."""
        if self.size is None:
            yield tally
            return
        wanted = set(self.entries or range(len(self.numbers)))
        for at, part in enumerate(tally.parts(self.size)):
            if at in wanted:
                yield part

    @property
    def loose(self) -> Asked:
        """The numbers to the precision of float32, where they have more digits than that."""
        return replace(self, numbers=tuple(printed.loose for printed in self.numbers))

    def distance(self, values: Sequence[float]) -> float:
        """Return by how many tolerances the values miss the numbers, in the worst case."""
        if len(values) < len(self.numbers):
            return math.inf
        numbers, tolerances = self._known
        with np.errstate(over="ignore"):
            off = np.abs(np.asarray(values[: len(numbers)]) - numbers) / tolerances
        return float(off.max()) if np.isfinite(off).all() else math.inf

    def agrees(self, values: Sequence[float]) -> bool:
        """Return whether the values would be printed like the numbers."""
        return len(values) >= len(self.numbers) and all(
            printed.agrees(value) for value, printed in zip(values, self.numbers, strict=False)
        )

    @cached_property
    def _known(self) -> Array:
        """The numbers and their tolerances."""
        return np.array([(one.value, one.tolerance or SMALLEST) for one in self.numbers]).T
