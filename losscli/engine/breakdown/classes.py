"""`--by target`: count, mean loss, accuracy and share of the loss of each target."""

from __future__ import annotations

from typing import Any

import numpy as np

from losscli.engine.breakdown.tallies import Seen, Tallies, Tally, seen_in
from losscli.engine.predictions import right_ones, true_classes
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.errors import DataError, option
from losscli.numerics.arrays import Array


class ByTarget:
    """The terms of each target class; labels 0/1 and -1/+1 are two classes."""

    def __init__(self, problem: Problem) -> None:
        target = problem.target
        self.problem = problem
        self.labels: tuple[float, ...] = ()
        """The two values of targets that are not classes of the input."""
        if problem.loss.picks:
            self._tallies = Tallies(problem.grid.classes)
            return
        assert target is not None, "a loss that is broken down by target has targets"
        self.labels = target.kind.values or (0.0, 1.0)
        self._tallies = Tallies(len(self.labels))

    def codes(self, problem: Problem, data: TileData, tile: Tile) -> Array:
        """Return the number of the class of each term of a tile."""
        if not self.labels:
            return true_classes(data)
        low, high = self.labels
        bad = (data.target != low) & (data.target != high)
        if bad.any():
            at = int(bad.argmax())
            index = problem.grid.index(problem.grid.term(tile, at))
            operand = problem.operand("target")
            raise DataError(
                f"{operand.place(index)}: target {float(data.target[at])!r} is neither "
                f"{low:g} nor {high:g}; {option('by', 'target')} is for labels; remove it"
            )
        codes: Array = (data.target == high).astype(np.intp)
        return codes

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Seen:
        """Return the sums of a tile by target."""
        right = None if self.labels else right_ones(problem, data, terms)
        return seen_in(problem, data, terms, self.codes(problem, data, tile), right)

    def add(self, seen: Any) -> None:
        """Add a tile."""
        self._tallies.add(seen)

    def listed(self) -> list[Tally]:
        """Return the classes in order."""
        return list(self._tallies.listed(self.problem))

    def name(self, group: int) -> str | int:
        """Return a class as the file names it."""
        return int(self.labels[group]) if self.labels else self.problem.class_label(group)

    def as_json(self) -> list[dict[str, Any]]:
        """Return the classes for JSON."""
        return [
            {
                "target": self.name(tally.group),
                "count": tally.count,
                "mean": tally.mean,
                **({} if self.labels else {"accuracy": tally.accuracy}),
                "share": tally.share,
            }
            for tally in self.listed()
        ]
