"""The measures of every distribution, computed tile by tile, and the warnings of the sums."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np

from losscli.commands.entropy.distributions import Distributions, blame, tiles
from losscli.engine.result.notices import Notice
from losscli.engine.spooled import Spooled
from losscli.numerics.arrays import Array
from losscli.numerics.information import SYMBOLS, Base, information, measured


class Measures:
    """Every measure of every row of P, and of Q if there is one."""

    def __init__(
        self,
        p: Distributions,
        q: Distributions | None,
        base: Base,
        progress: Callable[[int, int], None],
    ) -> None:
        """Measure everything; `progress` is called with the rows done and their number."""
        self.p = p
        self.q = q
        self.base = base
        self.values = {name: Spooled() for name in (SYMBOLS if q else list(SYMBOLS)[:1])}
        self._progress = progress
        self._wrong: dict[str, tuple[int, str]] = {}
        for start, own, other in self._tiles(q):
            for name, values in measured(own, other, base).items():
                self.values[name].add(values)
            for found, columns in ((p, own), (q, other)):
                if found is not None and columns is not None:
                    self._count_wrong_sums(found, columns, start)

    def _tiles(self, q: Distributions | None) -> Iterator[tuple[int, Array, Array | None]]:
        for start, own, other in tiles(self.p, q):
            yield start, own, other
            self._progress(start + own.shape[1], self.p.n)

    def _count_wrong_sums(self, found: Distributions, columns: Array, start: int) -> None:
        """Count the columns that do not sum to 1, and keep the first in words."""
        bad = found.wrong_sums(columns)
        if not bad.any():
            return
        role, at = found.operand.role.name, int(bad.argmax())
        total = float(columns[:, at].sum())
        first = f"{found.place(start + at, 0)}: the probabilities sum to {total:.6g}, not to 1"
        count, text = self._wrong.get(role, (0, first))
        self._wrong[role] = count + int(np.count_nonzero(bad)), text

    @property
    def warnings(self) -> list[Notice]:
        """The notes on the sources, and the sums that are not 1."""
        notes = [*self.p.source.notes, *(self.q.source.notes if self.q else ())]
        warnings = [Notice("source", note) for note in dict.fromkeys(notes)]
        for count, text in self._wrong.values():
            text = f"{text} ({count} of {self.p.n}); computed as given"
            warnings.append(Notice("L105", text))
        return warnings

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the outcomes; nothing if no file has them."""
        return self.p.names or (self.q.names if self.q else ())

    @property
    def headline(self) -> str:
        """The measure that is printed alone."""
        return "cross_entropy" if self.q else "entropy"

    def listed(self, name: str) -> Iterator[float]:
        """Yield a measure of each row."""
        return chain.from_iterable(part.tolist() for part in self.values[name].pieces())

    def means(self) -> dict[str, float]:
        """Return the mean of each measure."""
        n = self.p.n
        return {
            name: next(self.listed(name)) if n == 1 else math.fsum(self.listed(name)) / n
            for name in self.values
        }

    def surprises(self) -> Iterator[tuple[int, Array]]:
        """Yield the first row of each tile, and -log p of its outcomes, (c, m)."""
        for start, own, _ in self._tiles(None):
            yield start, information(own, self.base)

    def not_finite(self, name: str) -> str:
        """Return why the first row of a measure that is not finite is not; nothing if all are."""
        for row, value in enumerate(self.listed(name)):
            if not math.isfinite(value):
                return blame(self.p, self.q, row, name)
        return ""
