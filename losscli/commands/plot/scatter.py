"""`loss plot scatter`: the loss of each sample by its confidence, or by its group."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from losscli.commands.call import command
from losscli.commands.density import COLUMNS, ROWS, borders, cells, cells_table, loss_axis
from losscli.commands.plot.options import ScatterOptions
from losscli.commands.plot.plot import Drawn, LossPlot
from losscli.commands.terms import index_of, left_out, noun
from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.breakdown.scattered import FEW, Point, Scattered
from losscli.engine.breakdown.scattered import counted as counts_of
from losscli.engine.confidence import picks_classes, picks_labels, rates_predictions
from losscli.engine.run import Observer
from losscli.errors import DataError, UsageError
from losscli.losses.declare.registry import Loss
from losscli.numerics.arrays import Array
from losscli.output.chart import Axis, Chart, Line, Points, Scale, Shape
from losscli.output.page import Column, Table
from losscli.output.streams import Streams
from losscli.output.words import are, counted, percent, shortened, some

HELP = """The loss of each sample by the probability of its prediction, or by group with --groups.

Up to 2,000 samples are single points, more are counted in a grid of cells. Wrong predictions are
crosses. Sample weights multiply the losses.
"""
SURE = 0.9
"""From here on a wrong prediction is a confident one."""
MOST_GROUPS = 20
SPREAD = 0.6
"""How far the points of a group are spread, of the room that it has."""
GOLDEN = 0.6180339887498949


def scatter_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss plot scatter` and a loss."""
    return command(partial(Scatter, loss), ScatterOptions, streams, HELP, loss=loss)


class Scatter(LossPlot):
    """One scatter plot."""

    options: ScatterOptions
    tool = "plot scatter"

    def check(self) -> None:
        """Refuse groups that are asked for and not given."""
        super().check()
        if self.options.by and self.options.groups is None:
            raise UsageError(
                "--by group needs the groups; give --groups FILE, one label per sample"
            )

    def draw(self) -> Drawn:
        """Gather confidence or group, and loss."""
        sources = self.open()
        source = sources.pop("groups", None)
        problem = self.problem(sources)
        self.groups = None if source is None else ByGroup(problem, source, self.given.words)
        if self.groups is None and not rates_predictions(problem):
            raise DataError(
                f"{self.loss.name} of {problem.input.kind.name} gives predictions no probability; "
                "give --groups FILE for the loss by group"
            )
        self.what = noun(problem)
        self.has_wrong = picks_classes(problem) or picks_labels(problem)
        self.points = Scattered(problem, self.groups)
        observers: list[Observer] = [self.points]
        self.observe(problem, *observers, *([self.groups] if self.groups else []))
        if not self.points.size:
            raise DataError(
                "no loss is finite, so there is nothing to draw; loss diagnose says why"
            )
        self.y = loss_axis(f"loss of a {self.what}", lambda: (p.y for p in self.points.pieces()))
        if self.groups:
            self.order, self.x, title = self._by_group(self.groups)
            drawn: Callable[[], Iterator[Point]] = self._renumbered
        else:
            self.order, self.x, title = [], Axis("confidence"), self._title()
            drawn = self.points.pieces
        pieces = list(drawn()) if self.points.size <= FEW else drawn
        return self._few(pieces, title) if isinstance(pieces, list) else self._many(pieces, title)

    @property
    def _across(self) -> str:
        return "group" if self.groups else "confidence"

    def _by_group(self, groups: ByGroup) -> tuple[list[int], Axis, str]:
        """Return the groups by their mean loss, the axis, and the title."""
        tallies = sorted(groups.listed(), key=lambda tally: -tally.mean)
        first, mean = tallies[0], self.outcome.mean
        chosen = tallies[:MOST_GROUPS]
        names = [str(groups.name(tally.group)) for tally in chosen]
        title = (
            f"{shortened(names[0])} has the largest mean loss, {first.mean:.4g}; "
            f"all together {mean:.4g}"
        )
        self.means = [tally.mean for tally in chosen]
        across = "group, by mean loss"
        if len(chosen) < len(tallies):
            across += f" (the first {MOST_GROUPS} of {len(tallies)})"
        return (
            [tally.group for tally in chosen],
            Axis(across, scale=Scale.NAMES, names=names),
            title,
        )

    def _renumbered(self) -> Iterator[Point]:
        """Return the points of the groups that are shown, with their places."""
        assert self.groups is not None, "points have groups"
        place = np.full(len(self.groups.names), -1.0)
        place[self.order] = np.arange(len(self.order))

        def moved(part: Point) -> Point:
            x = place[part.x.astype(np.intp)]
            keep = x >= 0
            return Point(x[keep], part.y[keep], part.wrong[keep])

        return map(moved, self.points.pieces())

    def _title(self) -> str:
        """Return how many predictions are wrong and yet confident, and what they cost."""
        wrong = sure = 0
        cost = total = 0.0
        for part in self.points.pieces():
            confident = part.wrong & (part.x >= SURE)
            wrong += int(np.count_nonzero(part.wrong))
            sure += int(np.count_nonzero(confident))
            cost += float(part.y[confident].sum())
            total += float(part.y.sum())
        if not wrong:
            return f"none of {counted(self.points.size, self.what)} is predicted wrongly"
        text = f"{some(wrong, self.points.size, self.what)} {are(wrong)} predicted wrongly"
        if not sure:
            return f"{text}, none with a confidence of {SURE:g} or more"
        who = "it" if wrong == 1 else f"{sure} of them"
        has, makes = ("has", "makes") if sure == 1 else ("have", "make")
        share = f" and {makes} {percent(cost / total)} of the loss" if 0 < total < math.inf else ""
        return f"{text}; {who} {has} a confidence of {SURE:g} or more{share}"

    def _few(self, pieces: Sequence[Point], title: str) -> Drawn:
        part = pieces[0]
        x, y, wrong = part
        low, high = self.y.low, self.y.high
        drawn = np.clip(y, low, high)
        places = x.astype(np.float64)
        if self.groups:
            places = places + SPREAD * ((np.arange(len(x)) * GOLDEN) % 1 - 0.5)
        terms = np.array(self.points.terms)
        if self.groups:
            terms = terms[self._is_shown()]
        index = [index_of(self.outcome.problem, int(term)) for term in terms]
        tips = [f"{at}: loss {value:.4g}" for at, value in zip(index, y.tolist(), strict=True)]
        marks: list[Points | Line] = []
        for kind, shape, name in ((False, Shape.DOT, "right"), (True, Shape.CROSS, "wrong")):
            own = wrong == kind
            if own.any():
                some = [tips[at] for at in np.flatnonzero(own).tolist()]
                shown = name if self.has_wrong else ""
                marks.append(
                    Points(
                        places[own].tolist(),
                        drawn[own].tolist(),
                        shown,
                        shape,
                        tips=some,
                        tint=int(kind),
                    )
                )
        columns = [Column("index", index), Column(self._across, self._cells(x))]
        columns += [Column("loss", y.tolist())]
        columns += [Column("wrong", wrong.astype(int).tolist())] if self.has_wrong else []
        chart = Chart(
            title,
            self.x,
            self.y,
            [*marks, *self._means()],
            self._about(),
            left_out(self.points.not_finite),
        )
        return Drawn(chart, Table(columns), "points", {"not_finite": self.points.not_finite})

    def _is_shown(self) -> Array:
        x = np.concatenate([part.x for part in self.points.pieces()]).astype(np.intp)
        return np.isin(x, self.order)

    def _about(self) -> str:
        return "Lines: the mean of each group." if self.groups else ""

    def _cells(self, x: Array) -> list[float | str]:
        return [self.x.names[int(at)] for at in x] if self.groups else x.tolist()

    def _means(self) -> list[Line]:
        """Return a line at the mean of each group."""
        if not self.groups:
            return []
        low, high = self.y.low, self.y.high
        inside = [min(max(mean, low), high) for mean in self.means]
        return [
            Line([at - 0.4, at + 0.4], [mean, mean], tint=None) for at, mean in enumerate(inside)
        ]

    def _many(self, pieces: Callable[[], Iterator[Point]], title: str) -> Drawn:
        x, y = borders(self.x, COLUMNS), borders(self.y, ROWS)
        counts = counts_of(pieces(), x, y)
        kind = "wrong" if self.has_wrong else ""
        drawn = cells(counts, x, y, self.what, "most of them wrong")
        key = f"Shade: {self.what}s in a cell. {self._about()}".strip()
        chart = Chart(
            title, self.x, self.y, [drawn, *self._means()], key, left_out(self.points.not_finite)
        )
        table = cells_table(counts, x, y, (self._across, "loss", kind))
        return Drawn(chart, table, "cells", {"not_finite": self.points.not_finite})
