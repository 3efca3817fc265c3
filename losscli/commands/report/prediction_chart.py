"""Predicted numbers by their targets, as a chart."""

from __future__ import annotations

from dataclasses import replace

from losscli.commands.density import ROWS, borders, cells
from losscli.engine.breakdown.predicted import Predicted
from losscli.engine.breakdown.scattered import counted as counts_of
from losscli.engine.spooled import quantiles_of
from losscli.output.chart import Cells, Chart, Line, Points, Shape, axis_of
from losscli.output.words import counted, figure

FEW = 400
"""Up to this many terms are single points."""


def prediction_chart(found: Predicted, what: str) -> Chart:
    """Return the chart of what an observer saw, at least one term; `what` is a term's name."""
    low, high = quantiles_of(found.both, [0.0, 1.0])
    axis = axis_of("", low, high)
    diagonal = Line([axis.low, axis.high], [axis.low, axis.high], is_guide=True)
    title = f"predictions are off by {figure(found.mean_size)} on average"
    if found.mean_error:
        side = "high" if found.mean_error > 0 else "low"
        title += f"; their mean is {figure(abs(found.mean_error))} too {side}"
    key = "Above the diagonal: too high."
    marks: list[Points | Cells]
    if found.size <= FEW:
        marks = list(_single(found))
    else:
        edges = borders(axis, ROWS)
        counts = counts_of(found.pieces(), edges, edges)
        marks = [cells(counts, edges, edges, what, "most of them too high")]
        key += f" Shade: {what}s in a cell."
    note = f"Left out: {counted(found.not_finite, what)} with a number that is not finite."
    x, y = (replace(axis, title=name) for name in ("target", "prediction"))
    said = note if found.not_finite else ""
    return Chart(title, x, y, [*marks, diagonal], key, said, is_square=True)


def _single(found: Predicted) -> list[Points]:
    points = []
    for part in found.pieces():
        for high, shape in ((False, Shape.DOT), (True, Shape.CROSS)):
            x, y = part.x[part.wrong == high].tolist(), part.y[part.wrong == high].tolist()
            name = f"too high ({len(x)})" if high else f"too low, or right ({len(x)})"
            tips = [
                f"{one:.4g} is predicted as {other:.4g}" for one, other in zip(x, y, strict=True)
            ]
            if x:
                points.append(Points(x, y, name, shape, tips=tips, tint=int(high)))
    return points
