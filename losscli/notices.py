"""What is computed as asked but most likely a mistake: cheap checks, tile by tile, as warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.kind import Layout
from losscli.layout import Tile
from losscli.operands import Operand
from losscli.problem import Problem, TileData

Array = NDArray[Any]

BINARY_ROUNDING = {2: 4e-4, 4: 1e-6, 8: 0.0}
"""Rounding of a probability by the bytes of a binary file's floats."""


class Notice(NamedTuple):
    """A warning: its code, or `source` for a remark on a file."""

    code: str
    message: str


class Tally(NamedTuple):
    """Terms that a check found: how many, and the first with its number."""

    size: int
    first: int
    value: float


@dataclass
class Notices:
    """The checks of one run; `look` is called from several threads, in any order."""

    found: dict[tuple[str, str], Tally] = field(default_factory=dict)
    softmax_twice: bool = False
    """Whether every row seen so far is a row of probabilities though logits were announced."""
    _lock: Lock = field(default_factory=Lock)

    def start(self, problem: Problem) -> None:
        """Decide which checks the problem needs."""
        by_class = problem.input.kind.layout is Layout.CLASSES
        self.softmax_twice = by_class and _form(problem.input, problem) == "logits"

    def look(self, problem: Problem, data: TileData, tile: Tile) -> None:
        """Check one tile."""
        for operand, values in zip(problem.operands, data.values.values(), strict=True):
            if operand.kind.slack:
                self._note(problem, data, tile, "L407", operand, *_clipped(operand, values))
            form = _form(operand, problem)
            if form == "logits" and operand.kind.layout is Layout.CLASSES:
                # Only ever turned off: threads that come late must not turn it on again.
                if self.softmax_twice and not _are_probabilities(operand, values):
                    self.softmax_twice = False
            elif form == "log-probabilities":
                self._note(problem, data, tile, "L104", operand, *_positive(values))
            elif form.endswith("probabilities") and operand.kind.layout is Layout.CLASSES:
                self._note(problem, data, tile, "L105", operand, *_sums(operand, values))

    def _note(
        self,
        problem: Problem,
        data: TileData,
        tile: Tile,
        code: str,
        operand: Operand,
        bad: Array,
        numbers: Array,
    ) -> None:
        if data.ignored is not None:
            bad = bad & ~data.ignored
        if not bad.any():
            return
        at = int(bad.argmax())
        new = Tally(
            int(np.count_nonzero(bad)), int(problem.grid.terms_of(tile)[at]), float(numbers[at])
        )
        key = (code, operand.role.name)
        with self._lock:
            old = self.found.get(key, new._replace(size=0))
            first = min(old, new, key=lambda tally: tally.first)
            self.found[key] = first._replace(size=old.size + new.size)

    def listed(self, problem: Problem) -> list[Notice]:
        """Return the warnings of the whole run, in a fixed order."""
        sources = [operand.source for operand in problem.operands]
        sources += problem.weight_sources.values()
        sources += [] if problem.sample_weight is None else [problem.sample_weight]
        notes = dict.fromkeys(note for source in sources for note in source.notes)
        notices = [Notice("source", note) for note in notes]
        size, label = problem.grid.size, problem.input.source.label
        if problem.loss.by_class and problem.grid.classes == 1:
            notices.append(
                Notice(
                    "L504",
                    f"{label}: one column is one class{_nothing(problem)}; "
                    "for one output a sample use bce-logits or mse",
                )
            )
        elif self.softmax_twice:
            notices.append(
                Notice(
                    "L101",
                    f"{label}: every row is in [0, 1] and sums to 1, so these look like "
                    "probabilities and softmax is applied twice; if so: --from probs",
                )
            )
        for (code, name), tally in sorted(self.found.items()):
            operand = problem.operand(name)
            where = operand.place(problem.grid.index(tally.first))
            count = f"{tally.size} of {size}"
            if code == "L105":
                text = f"the {operand.kind.name} sum to {tally.value:.6g}, not to 1 ({count})"
            elif code == "L407":
                text = f"{tally.value!r} is beyond {operand.kind.domain} by rounding ({count})"
            else:
                text = f"{tally.value:.6g} is no log-probability, it is above 0 ({count})"
            done = "clipped" if code == "L407" else "computed as given"
            notices.append(Notice(code, f"{where}: {text}; {done}"))
        return notices


def _form(operand: Operand, problem: Problem) -> str:
    if operand.kind.layout is Layout.CLASSES and problem.grid.classes == 1:
        return ""
    return operand.kind.name


def _nothing(problem: Problem) -> str:
    """Say that a softmax of one class is 1; nothing where the loss still depends on the number."""
    return ", and the loss is 0 whatever it holds" if problem.input.kind.name == "logits" else ""


def row_sum_tolerance(operand: Operand, classes: int) -> float:
    """Return how far a row of probabilities may be from 1 by the rounding of its numbers alone."""
    decimals = operand.source.decimals
    itemsize = operand.source.dtype.itemsize
    rounding = BINARY_ROUNDING.get(itemsize, 0.0) if decimals is None else 0.5 * 10.0**-decimals
    return min(0.1, max(1e-5, classes * rounding))


def _are_probabilities(operand: Operand, values: Array) -> bool:
    if not ((values[0] >= 0).all() and (values >= 0).all() and (values <= 1).all()):
        return False
    return not _sums(operand, values)[0].any()


def _sums(operand: Operand, values: Array) -> tuple[Array, Array]:
    sums = values.sum(axis=0, dtype=np.float64)
    # A sum printed as 0.9 is off by 0.1 less a rounding: the edge itself counts as off.
    edge = row_sum_tolerance(operand, values.shape[0]) * (1 - 1e-9)
    return np.abs(sums - 1) >= edge, sums


def _positive(values: Array) -> tuple[Array, Array]:
    top = values.reshape(-1, values.shape[-1]).max(axis=0)
    return top > 0, top


def _clipped(operand: Operand, values: Array) -> tuple[Array, Array]:
    """Return the columns with a number beyond the domain, and that number."""
    low, high = values.min(axis=0), values.max(axis=0)
    above = high > operand.kind.high
    return above | (low < operand.kind.low), np.where(above, high, low)
