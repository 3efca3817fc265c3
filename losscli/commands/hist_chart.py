"""The chart of a histogram of losses, and its numbers."""

from __future__ import annotations

from losscli.commands.terms import left_out
from losscli.engine.breakdown.histogram import Histogram
from losscli.output.chart import Axis, Bars, Chart, Scale, labels
from losscli.output.page import Column, Table
from losscli.output.words import counted, percent

MOST_OF_IT = 0.25
"""The share of the loss that the title looks for in the largest losses."""
WORTH_A_LABEL = 0.005
HEADROOM = 1.06
"""So that the highest bar has room for its label."""


def hist_chart(found: Histogram, what: str) -> Chart:
    """Return the histogram of losses; `what` is what a term is called."""
    note = left_out(found.not_finite)
    ends = labels(found.edges)
    tips = [
        f"{low} to {high}: {counted(count, what)}, {percent(share)} of the loss"
        for low, high, count, share in zip(ends, ends[1:], found.counts, found.shares, strict=False)
    ]
    bars = Bars(
        found.counts,
        found.wrong,
        "wrong",
        [f"{share:.0%}" if share >= WORTH_A_LABEL else "" for share in found.shares],
        "share of loss",
        tips,
    )
    high = Axis(f"{what}s", 0, HEADROOM * max(found.counts))
    across = Axis(f"loss of a {what}", scale=Scale.EDGES, edges=found.edges)
    key = "Above a bar: its share of the loss."
    return Chart(_title(found, what), across, high, [bars], key, note)


def _title(found: Histogram, what: str) -> str:
    """Return how few of the terms make much of the loss, or else where most of them are."""
    total = sum(found.counts)
    count, share = 0, 0.0
    for own, part in zip(reversed(found.counts), reversed(found.shares), strict=True):
        count, share = count + own, share + part
        if share >= MOST_OF_IT:
            break
    if found.edges[0] >= 0 and count and 2 * count / total < share < 1.0:
        makes = "makes" if count == 1 else "make"
        return f"{count} of {counted(total, what)} {makes} {percent(share)} of the loss"
    most = max(range(len(found.counts)), key=lambda at: found.counts[at])
    low, high = labels(found.edges)[most : most + 2]
    if found.edges[0] == found.edges[-1]:
        return f"every {'finite ' * bool(found.not_finite)}loss is {low}"
    has = "has" if found.counts[most] == 1 else "have"
    return f"{found.counts[most]} of {counted(total, what)} {has} a loss from {low} to {high}"


def hist_table(found: Histogram) -> Table:
    """Return the histogram as the loss command's --hist has it, with the wrong predictions."""
    total = sum(found.counts) + found.not_finite
    columns = [
        Column("from", found.edges[:-1]),
        Column("to", found.edges[1:]),
        Column("count", found.counts),
        Column("share", [count / total for count in found.counts]),
        Column("share_of_loss", found.shares),
    ]
    return Table([*columns, *([Column("wrong", found.wrong)] if found.wrong else [])])
