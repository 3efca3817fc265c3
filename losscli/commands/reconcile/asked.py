"""What is to be explained: one number, or one for each of several spans of the samples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from losscli.commands.reconcile.printed import Printed
from losscli.commands.reconcile.tally import Tally

FEW = 50
"""Values within this many tolerances are counted, to estimate how many fit by chance."""


@dataclass(frozen=True)
class Asked:
    """The printed numbers; with `size`, the k-th is of the k-th span of `size` samples."""

    numbers: tuple[Printed, ...]
    size: int | None = None

    @property
    def last(self) -> Printed:
        """The last number."""
        return self.numbers[-1]

    def spans(self, tally: Tally) -> Iterator[Tally]:
        """Yield the tally of each number's samples."""
        if self.size is None:
            yield tally
        else:
            yield from tally.parts(self.size)

    def distance(self, values: Sequence[float]) -> float:
        """Return by how many tolerances the values miss the numbers, in the worst case."""
        if len(values) < len(self.numbers):
            return math.inf
        off = [
            abs(value - printed.value) / printed.tolerance if printed.tolerance else math.inf
            for value, printed in zip(values, self.numbers, strict=False)
        ]
        return max(off) if all(map(math.isfinite, values)) else math.inf

    def agrees(self, values: Sequence[float]) -> bool:
        """Return whether the values would be printed like the numbers."""
        return len(values) >= len(self.numbers) and all(
            printed.agrees(value) for value, printed in zip(values, self.numbers, strict=False)
        )
