"""`--groups FILE`: the mean of each group of samples, and the mean of those means."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from losscli.engine.breakdown.tallies import Seen, Tallies, Tally, seen_in
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.errors import DataError, option
from losscli.numerics.arrays import Array
from losscli.readers.class_names import Words
from losscli.readers.source import Source


class ByGroup:
    """The terms of each group; `words` names the groups that are words."""

    def __init__(self, problem: Problem, source: Source, words: Words) -> None:
        self.problem = problem
        labels = _labels(problem, source, words)
        found, codes = np.unique(labels, return_inverse=True)
        self.names = [words.name(label) for label in found.tolist()]
        self._codes = codes.reshape(-1)
        self._each_term = self._codes.size == problem.grid.size
        self._tallies = Tallies(len(found))

    def codes(self, problem: Problem, data: TileData, tile: Tile) -> Array:  # noqa: ARG002
        """Return the number of the group of each term of a tile."""
        if self._each_term:
            return self._codes[problem.grid.terms_of(tile)]
        return np.repeat(self._codes[tile.start : tile.stop], tile.last - tile.first)

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Seen:
        """Return the sums of a tile by group."""
        return seen_in(problem, data, terms, self.codes(problem, data, tile), None)

    def add(self, seen: Any) -> None:
        """Add a tile."""
        self._tallies.add(seen)

    def listed(self) -> list[Tally]:
        """Return the groups: numbers in order, then words as they first appear."""
        return list(self._tallies.listed(self.problem))

    def name(self, group: int) -> str | int | float:
        """Return a group as the file names it."""
        return self.names[group]

    def mean_of_means(self) -> float:
        """Return the mean of the groups' means, without groups that have no terms."""
        means = [tally.mean for tally in self.listed() if not math.isnan(tally.mean)]
        return sum(means) / len(means) if means else math.nan

    def as_json(self) -> dict[str, Any]:
        """Return the groups for JSON."""
        return {
            "mean_of_means": self.mean_of_means(),
            "groups": [
                {
                    "group": self.name(tally.group),
                    "count": tally.count,
                    "mean": tally.mean,
                    "share": tally.share,
                }
                for tally in self.listed()
            ],
        }


def _labels(problem: Problem, source: Source, words: Words) -> Array:
    """Return one label per sample or per term; an extra word above them is a header."""
    axes, shape = problem.grid.axes, source.shape
    n = problem.grid.n
    if shape == (n + 1,) and words.is_header(labels := source.read(0, n + 1)):
        return labels[1:]
    if shape not in ((n,), (n, 1), axes, (*axes, 1)):
        by_term = len(axes) > 1
        raise DataError(
            f"{source.label}: {option('groups')} has shape {shape}, "
            f"expected ({n},){f' or {axes}' if by_term else ''}; "
            f"give one label per sample{' or per term' if by_term else ''}"
        )
    labels = source.read(0, shape[0] if shape else 1).reshape(-1)
    if (bad := ~np.isfinite(labels)).any():
        index = np.unravel_index(int(bad.argmax()), shape)
        place = source.locate([int(i) for i in index])
        raise DataError(f"{place}: the group is {labels[bad][0]}; give every sample a group")
    return labels
