"""The second pass over the data: several cases at once, on rows that are read once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from threading import Lock

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.tally import Tally
from losscli.engine.run import Outcome, Wanted, running
from losscli.errors import LossError
from losscli.numerics.arrays import Array
from losscli.readers.source import DerivedSource, Source

AHEAD = 8
"""Blocks that are kept for the cases that have not read them yet."""
Change = Callable[[Case], Case]


class Shared(DerivedSource):
    """A source that reads each block once for several readers that go along it together."""

    def __init__(self, source: Source, rows: int) -> None:
        super().__init__(source)
        self._rows = rows
        self._blocks: dict[int, Array] = {}
        self._lock = Lock()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop."""
        if not self.shape:
            return self._source.read(start, stop)
        stop = min(stop, self.shape[0])
        firsts = range(start - start % self._rows, max(stop, start + 1), self._rows)
        parts = [self._block(first)[max(0, start - first) : stop - first] for first in firsts]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _block(self, first: int) -> Array:
        with self._lock:
            if first not in self._blocks:
                while len(self._blocks) >= AHEAD:
                    del self._blocks[min(self._blocks)]
                self._blocks[first] = self._source.read(
                    first, min(first + self._rows, self.shape[0])
                )
            return self._blocks[first]


def verified(
    case: Case,
    changes: Sequence[Sequence[Change]],
    *,
    batches: Sequence[bool],
    deadline: float,
    progress: Callable[[float], None],
) -> Iterator[tuple[Case, Tally] | None]:
    """Yield the case after each list of changes and its sums, all from one pass over the data.

    `batches` says for which of them what each sample adds is kept. None where the changes do not
    fit; nothing more once the deadline has passed.
    """
    rows = case.problem.grid.block_rows
    shared = {name: Shared(source, rows) for name, source in case.sources.items()}
    weight = case.sample_weight
    base = replace(
        case,
        sources={**case.sources, **shared},
        sample_weight=None if weight is None else Shared(weight, rows),
    )
    vars(base).update({"class_counts": case.class_counts} if case.has_labels else {})
    cases: list[tuple[Case, Wanted] | None] = []
    for own, keeps in zip(changes, batches, strict=True):
        try:
            changed = base
            for change in own:
                changed = change(changed)
            cases.append((changed, changed.wanted(batches=keeps)))
        except LossError:
            cases.append(None)
    outcomes: dict[int, Outcome] = {}
    done: dict[int, float] = {}
    with ExitStack() as stack:
        runs = {}
        for at, made in enumerate(cases):
            if made is not None:
                runs[at] = running(made[0].problem, made[1])
                stack.callback(runs[at].close)
                done[at] = 0
        while runs and time.monotonic() < deadline:
            # The one that is furthest behind goes on, so that all read the same rows.
            at = min(runs, key=done.__getitem__)
            try:
                outcome, row = next(runs[at])
            except LossError:
                cases[at] = None
                del runs[at]
                continue
            if row is None:
                outcomes[at] = outcome
                del runs[at]
                continue
            done[at] = row / max(1, outcome.problem.grid.n)
            progress(sum(done.values()) / len(done))
    for at, made in enumerate(cases):
        if made is None:
            yield None
        elif at in outcomes:
            yield made[0], made[0].tally_of(outcomes[at], made[1])
        else:
            return
