"""Many points as a grid of cells, and the axes that both kinds of drawing share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from losscli.engine.breakdown.histogram import ORDINARY, SKEWED
from losscli.engine.spooled import Pieces, quantiles_of
from losscli.numerics.arrays import Array
from losscli.output.chart import Axis, Cells, Scale, axis_of
from losscli.output.page import Column, Table
from losscli.output.words import counted, figure

COLUMNS, ROWS = 64, 40
"""The cells of a grid."""
DECADES = 6
"""A logarithmic axis shows so many at most; smaller values are drawn at its end."""


def loss_axis(title: str, pieces: Pieces) -> Axis:
    """Return the axis of losses: logarithmic where most are small and a few are large."""
    low, middle, high = quantiles_of(pieces, [0.0, 0.5, 1.0])
    skewed = low >= 0 and middle > 0 and high > SKEWED * middle and high < ORDINARY[1]
    if not skewed:
        return axis_of(title, low, high)
    least = max(low, high * 10.0**-DECADES)
    smaller = f", from {figure(least)} or less" if low < least else ""
    return axis_of(f"{title} (log scale{smaller})".strip(), least, high, log=True)


def borders(axis: Axis, most: int) -> list[float]:
    """Return the borders of the cells along an axis."""
    if axis.scale is Scale.NAMES:
        return [at - 0.5 for at in range(len(axis.names) + 1)]
    if axis.scale is Scale.LOG:
        ends = np.linspace(math.log(axis.low), math.log(axis.high), most + 1)
        return [float(end) for end in np.exp(ends)]
    share = np.linspace(0.0, 1.0, most + 1)
    return [float(axis.low * (1 - at) + axis.high * at) for at in share]


def cells(
    counts: tuple[Array, Array], x: Sequence[float], y: Sequence[float], what: str, name: str
) -> Cells:
    """Return counts as cells, from the top; those where most are of the second kind are tinted."""
    whole, second = counts[0][::-1], counts[1][::-1]
    shares = whole / max(1, int(whole.max(initial=0)))
    lows = y[-2::-1]
    tips = [
        [
            f"{counted(int(count), what)} from {x[j]:.4g}, {lows[i]:.4g}" if count else ""
            for j, count in enumerate(row)
        ]
        for i, row in enumerate(whole)
    ]
    tints = (2 * second > whole).astype(int).tolist()
    return Cells(shares.tolist(), tips=tips, tints=tints, name=name if second.any() else "")


def cells_table(
    counts: tuple[Array, Array], x: Sequence[float], y: Sequence[float], names: tuple[str, str, str]
) -> Table:
    """Return the cells that hold something as rows."""
    whole, second = counts
    rows, columns = np.nonzero(whole)
    across, along, kind = names
    found = [
        Column(f"{across}_from", [x[at] for at in columns.tolist()]),
        Column(f"{across}_to", [x[at + 1] for at in columns.tolist()]),
        Column(f"{along}_from", [y[at] for at in rows.tolist()]),
        Column(f"{along}_to", [y[at + 1] for at in rows.tolist()]),
        Column("count", whole[rows, columns].tolist()),
    ]
    return Table([*found, *([Column(kind, second[rows, columns].tolist())] if kind else [])])
