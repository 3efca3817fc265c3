"""The breakdowns on a page: facts next to the loss, and small tables below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from losscli.engine.breakdown.classes import ByTarget
from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.breakdown.histogram import Histogram
from losscli.engine.breakdown.interval import LEVEL, RESAMPLES
from losscli.engine.breakdown.parts import Breakdown
from losscli.output.page import Block, Column, Fact, Form, Heading, Kind, Phrase, Table

LONGEST = 20
"""Classes or groups that a table shows, unless all are asked for."""


def breakdown_facts(breakdown: Breakdown, mean: float) -> Iterator[Fact]:
    """Yield what is shown next to the loss; `mean` is the mean of all terms."""
    if breakdown.by_sample:
        found = breakdown.by_sample.interval()
        yield Fact("standard error", [found.stderr, f" (of the mean, {found.samples} samples)"])
        how = f" (bootstrap, {RESAMPLES} resamples, seed {breakdown.by_sample.seed})"
        yield Fact(f"{100 * LEVEL:g} % interval", [found.low, " to ", found.high, how])
    if breakdown.by_group:
        own = breakdown.by_group.mean_of_means()
        phrase: list[str | float] = [own]
        if own != mean:
            side = "above" if own > mean else "below"
            phrase += [", ", abs(own - mean), f" {side} the mean of all"]
        yield Fact("mean of means", [*phrase, f" ({len(breakdown.by_group.names)} groups)"])


def breakdown_blocks(breakdown: Breakdown, *, every: bool) -> Iterator[Block]:
    """Yield the tables; of many classes or groups those with the largest share, or every one."""
    most = None if every else LONGEST
    if breakdown.by_target:
        yield from tallied_blocks("by target", "target", breakdown.by_target, most)
    if breakdown.by_group:
        yield from tallied_blocks("by group", "group", breakdown.by_group, most)
    if breakdown.by_size:
        yield from _histogram_blocks(breakdown.by_size.histogram())


def breakdown_table(breakdown: Breakdown) -> Table:
    """Return the only part that was asked for, with every class or group."""
    if breakdown.by_sample:
        figures = breakdown.by_sample.as_json()
        return Table([Column(name, [value]) for name, value in figures.items()])
    return next(
        block for block in breakdown_blocks(breakdown, every=True) if isinstance(block, Table)
    )


def tallied_blocks(
    title: str, what: str, part: ByTarget | ByGroup, most: int | None, hint: str = " (--all: all)"
) -> Iterator[Block]:
    """Yield a table of classes or groups; of more than `most` those with the largest share."""
    tallies = part.listed()
    if most is not None and len(tallies) > most:
        # A class without a term, or with a nan, has no share to be ordered by.
        tallies.sort(key=lambda tally: -tally.share if tally.share == tally.share else 0.0)
        title += f", the {most} of {len(tallies)} with the largest share of the loss{hint}"
        tallies = tallies[:most]
    names: list[Phrase] = [str(part.name(tally.group)) for tally in tallies]
    means: list[Phrase] = [tally.mean if tally.count else "-" for tally in tallies]
    columns = [
        Column(what, names, Kind.NAME),
        Column("count", [tally.count for tally in tallies]),
        Column("mean loss", means, plain_header="mean_loss"),
    ]
    if isinstance(part, ByTarget) and not part.labels:
        accuracies = [tally.accuracy if tally.count else "-" for tally in tallies]
        columns.append(Column("accuracy", accuracies))
    shares = [tally.share for tally in tallies]
    columns.append(Column("share of loss", shares, plain_header="share_of_loss"))
    yield Heading(title, is_part=True)
    yield Table([*columns, _bars(shares)])


def _histogram_blocks(found: Histogram) -> Iterator[Block]:
    total = sum(found.counts) + found.not_finite
    title = "losses by size"
    if found.not_finite:
        title += f"; {found.not_finite} of {total} are not finite"
    yield Heading(title, is_part=True)
    yield Table(
        [
            Column("from", found.edges[:-1], form=Form.GENERAL),
            Column("to", found.edges[1:], form=Form.GENERAL),
            Column("count", found.counts),
            Column("share", [count / total for count in found.counts]),
            Column("share of loss", found.shares, plain_header="share_of_loss"),
            _bars(found.counts),
        ]
    )


def _bars(values: Sequence[float]) -> Column:
    largest = max((value for value in values if 0 < value < float("inf")), default=0.0)
    shares = [min(max(value / largest, 0.0), 1.0) if largest else 0.0 for value in values]
    return Column("", shares, Kind.BAR)
