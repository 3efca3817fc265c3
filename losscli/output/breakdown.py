"""What a breakdown says to people: lines beside the loss, and small tables below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from losscli.engine.breakdown.classes import ByTarget
from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.breakdown.histogram import Histogram
from losscli.engine.breakdown.interval import LEVEL, RESAMPLES
from losscli.engine.breakdown.parts import Breakdown
from losscli.engine.breakdown.tallies import Tally
from losscli.errors import printable

Number = Callable[[float], str]
LONGEST = 20
"""Classes or groups that a table shows, unless all are asked for."""


@dataclass(frozen=True)
class Section:
    """A small table: a title, and cells by header; the first column holds names if `named`."""

    title: str
    columns: dict[str, list[str]]
    named: bool
    bars: tuple[float, ...] = ()
    """Lengths from 0 to 1, one a row."""


def lines(breakdown: Breakdown, mean: float, number: Number) -> Iterator[tuple[str, str]]:
    """Yield what stands beside the loss, as (what, figures); `mean` is that of all terms."""
    if breakdown.by_sample:
        found = breakdown.by_sample.interval()
        yield "standard error", f"{number(found.stderr)} (of the mean, {found.samples} samples)"
        interval = f"{number(found.low)} to {number(found.high)}"
        how = f"bootstrap, {RESAMPLES} resamples, seed {breakdown.by_sample.seed}"
        yield f"{LEVEL:.0%} interval", f"{interval} ({how})"
    if breakdown.by_group:
        own = breakdown.by_group.mean_of_means()
        where = "above" if own > mean else "below"
        text = number(own)
        if own != mean:
            text += f", {number(abs(own - mean))} {where} the mean of all"
        yield "mean of means", f"{text} ({len(breakdown.by_group.names)} groups)"


def sections(breakdown: Breakdown, number: Number, *, every: bool) -> Iterator[Section]:
    """Yield the tables; of many classes or groups those with the largest share, or every one."""
    most = None if every else LONGEST
    if breakdown.by_target:
        yield _tallied("by target", "target", breakdown.by_target, most, number)
    if breakdown.by_group:
        yield _tallied("by group", "group", breakdown.by_group, most, number)
    if breakdown.by_size:
        yield _spread(breakdown.by_size.histogram(), number)


def _tallied(
    title: str, what: str, part: ByTarget | ByGroup, most: int | None, number: Number
) -> Section:
    tallies = part.listed()
    if most is not None and len(tallies) > most:
        # A class without a term, or with a nan, has no share to be ordered by.
        tallies.sort(key=lambda tally: -tally.share if tally.share == tally.share else 0.0)
        title += f", the {most} of {len(tallies)} with the largest share of the loss (--all: all)"
        tallies = tallies[:most]
    columns = {
        what: [printable(str(part.name(tally.group))) for tally in tallies],
        "count": [str(tally.count) for tally in tallies],
        "mean loss": [_mean(tally, number) for tally in tallies],
    }
    if isinstance(part, ByTarget) and not part.labels:
        columns["accuracy"] = [number(t.accuracy) if t.count else "-" for t in tallies]
    columns["share of loss"] = [number(tally.share) for tally in tallies]
    return Section(title, columns, True, _bars([tally.share for tally in tallies]))


def _mean(tally: Tally, number: Number) -> str:
    return number(tally.mean) if tally.count else "-"


def _spread(found: Histogram, number: Number) -> Section:
    total = sum(found.counts) + found.not_finite
    pairs = list(zip(found.edges, found.edges[1:], strict=False))
    columns = {
        "from": [f"{low:.12g}" for low, _ in pairs],
        "to": [f"{high:.12g}" for _, high in pairs],
        "count": [str(count) for count in found.counts],
        "share": [number(count / total) for count in found.counts],
        "share of loss": [number(share) for share in found.shares],
    }
    title = "losses by size"
    if found.not_finite:
        title += f"; {found.not_finite} of {total} are not finite"
    return Section(title, columns, False, _bars(found.counts))


def _bars(values: Sequence[float]) -> tuple[float, ...]:
    largest = max((value for value in values if 0 < value < float("inf")), default=0.0)
    if not largest:
        return (0.0,) * len(values)
    return tuple(min(max(value / largest, 0.0), 1.0) for value in values)
