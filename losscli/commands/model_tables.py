"""Tables with one row per model, or per class, group or length: on a page, and to paste."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from losscli.commands.model_labels import short_labels
from losscli.commands.study import Study
from losscli.engine.breakdown.interval import RESAMPLES
from losscli.engine.paired.by import Part
from losscli.engine.paired.difference import Difference
from losscli.engine.paired.ranking import Entry
from losscli.output.encoders import JsonObjects, Separated
from losscli.output.latex import latex_table
from losscli.output.page import Column, Form, Kind, Number, Phrase, Signs, Style, Styled, Table
from losscli.output.row_formats import ROW_FORMATS
from losscli.output.words import counted

PLUS_MINUS = Signs(" ± ")


@dataclass(frozen=True)
class Summary:
    """A table for people, and the same with every digit for programs."""

    table: Table
    rows: list[dict[str, Any]]

    def text(self, form: str, digits: int, signature: str) -> Iterator[str]:
        """Yield it as csv, tsv, jsonl or latex, with the signature as a comment where one fits."""
        if form in ROW_FORMATS:
            columns = list(self.rows[0]) if self.rows else []
            cells = [[row[name] for row in self.rows] for name in columns]
            delimiter = ROW_FORMATS[form]
            encoder = Separated(delimiter, columns) if delimiter else JsonObjects(columns)
            yield from encoder.whole([cells])
        else:
            yield from latex_table(self.table, digits)
            yield f"% {signature}\n"


def labels(study: Study) -> list[str]:
    """Return the models' files without what they have in common."""
    return short_labels(study.models.labels)


def plus_minus(mean: float, error: float) -> Phrase:
    """Return a mean with its standard error, if it has one."""
    return mean if math.isnan(error) else [mean, PLUS_MINUS, error]


def interval(low: float, high: float) -> Phrase | None:
    """Return an interval; one sample has none."""
    return None if math.isnan(low) else ["[", low, ", ", high, "]"]


def level_of(study: Study) -> str:
    """Return the level of the intervals: `95 %`."""
    return f"{100 * (study.how.level or 0):g} %"


def of_losses(study: Study, *, own: bool = False) -> Summary:
    """Return the models with their losses, the reference first, then best first.

    With `own` each loss has an interval of its own.
    """
    entries = [
        *([study.ranking.baseline] if study.ranking.baseline else []),
        *study.ranking.entries,
    ]
    columns = [
        Column("model", names_of(study, entries), Kind.NAME),
        Column("loss", [one.value for one in entries]),
    ]
    if own:
        ends = [interval(*study.intervals[one.model][2:4]) for one in entries]
        how = f"of the loss itself: bootstrap, {RESAMPLES} resamples, seed {study.how.seed}"
        columns.append(Column(f"{level_of(study)} of loss", ends, rank=4, about=how))
    columns += changes(study, entries)
    against = "best" if study.baseline is None else "reference"
    if entries[0].accuracy is not None:
        columns.append(Column("accuracy", [one.accuracy for one in entries], rank=6))
    found = [one.change for one in entries]
    about = f"{unit_of(study)}s with a %s loss than the {against}'s"
    better, worse = cells(found, lambda d: d.better), cells(found, lambda d: d.worse)
    columns.append(Column("better", better, rank=1, about=about % "lower"))
    columns.append(Column("worse", worse, rank=1, about=about % "higher"))
    if entries[0].accuracy is not None:
        p = cells(found, lambda d: None if d.right_wrong is None else p_value(d.right_wrong.test.p))
        about = f"whether its predictions are right as often as the {against}'s"
        columns.append(Column("McNemar p", p, rank=2, plain_header="mcnemar_p", about=about))
    return Summary(Table(columns), [_row(study, one, own=own) for one in entries])


def names_of(study: Study, entries: Sequence[Entry]) -> list[Phrase]:
    """Return what models are called in a table; the best one stands out."""
    names, best = labels(study), study.ranking.entries[0]
    return [
        Styled(names[one.model], Style.STRONG) if one is best else names[one.model]
        for one in entries
    ]


def changes(study: Study, entries: Sequence[Entry]) -> Iterator[Column]:
    """Yield how far each model is from what it is compared with, and how certain that is."""
    best, level = study.baseline is None, study.how.level
    found = [one.change for one in entries]
    of = "best" if best else "reference"
    means: list[Phrase] = [of if one is None else one.mean for one in found]
    about = f"the loss less that of the {of}, over {counted(study.found.count, unit_of(study))}"
    yield Column("change", means, about=about)
    errors = cells(found, lambda d: None if math.isnan(d.stderr) else d.stderr)
    yield Column("SE", errors, rank=3, about="the standard error of the change")
    if level is None:
        return
    ends = cells(found, lambda d: interval(d.low, d.high))
    how = f"of the change: paired bootstrap, {RESAMPLES} resamples, seed {study.how.seed}"
    yield Column(f"{level_of(study)} interval", ends, plain_header="interval", about=how)
    flips = [one.flips.flips for one in found if one and one.flips]
    tried = counted(max(flips, default=0), "sign pattern")
    how = f"sign-flip test, {tried}; not corrected for the number of inputs"
    p = cells(found, lambda d: None if d.flips is None else p_value(d.flips.p))
    yield Column("p", p, rank=5, about=how)


def cells(
    found: Sequence[Difference | None], of: Callable[[Difference], Phrase | None]
) -> list[Phrase | None]:
    """Return the cells of a column, empty where a model is not compared."""
    return [None if one is None else of(one) for one in found]


def unit_of(study: Study) -> str:
    """Return what is counted: samples, or the terms of which a sample has several."""
    return "sample" if len(study.models.problem.grid.axes) == 1 else "term"


def p_value(p: float) -> Number:
    """Return a p value, which may be small."""
    return Number(p, Form.SHORT)


def _row(study: Study, entry: Entry, *, own: bool) -> dict[str, Any]:
    change = entry.change
    ends = None if study.how.level is None else change
    row: dict[str, Any] = {"model": entry.label, "loss": entry.value}
    if own:
        _, error, low, high, _ = study.intervals[entry.model]
        row |= {"loss_stderr": error, "loss_low": low, "loss_high": high}
    found = {
        "change": change and change.mean,
        "stderr": change and change.stderr,
        "low": ends and ends.low,
        "high": ends and ends.high,
        "p": change and change.flips and change.flips.p,
        "better": change and change.better,
        "worse": change and change.worse,
        "same": change and change.same,
        "accuracy": entry.accuracy,
        "mcnemar_p": change and change.right_wrong and change.right_wrong.test.p,
        "tied": entry.tied if change and len(study.ranking.entries) > 1 else None,
    }
    return row | found


def of_parts(study: Study, name: str, value: str, some: Sequence[Part] | None = None) -> Summary:
    """Return one row per class, group or length, or per one of some of them.

    `value` is what a mean is called.
    """
    parts, files = study.parts[name] if some is None else some, labels(study)
    others = [model for model in range(study.models.count) if model != study.baseline]
    alone = len(others) == 1
    columns = [
        Column(name, [str(part.name) for part in parts], Kind.NAME),
        Column("count", [part.size for part in parts]),
    ]
    if study.baseline is not None:
        means = [_mean(part, study.baseline) for part in parts]
        columns.append(Column(f"{value} reference", means, plain_header=f"{value}_reference"))
    for at, model in enumerate(others):
        changes = [plus_minus(*part.changes[at]) if part.size else None for part in parts]
        if study.baseline is not None and alone:
            means = [_mean(part, model) for part in parts]
            columns.append(Column(f"{value} input", means, plain_header=f"{value}_input"))
        what = value if study.baseline is None else "change"
        title = f"{what} ± SE" if alone else files[model]
        columns.append(Column(title, changes, plain_header=what if alone else ""))
    table = Table(columns, elides=True)
    return Summary(table, [_part_row(study, name, value, others, part) for part in parts])


def _mean(part: Part, model: int) -> float | None:
    return part.means[model] if part.size else None


def _part_row(
    study: Study, name: str, value: str, others: Sequence[int], part: Part
) -> dict[str, Any]:
    row: dict[str, Any] = {name: part.name, "count": part.size}
    value = value.lower()
    if study.baseline is not None:
        row[f"{value}_reference"] = part.means[study.baseline]
    for number, (model, change) in enumerate(zip(others, part.changes, strict=True), 1):
        end = "" if len(others) == 1 else f"_{number}"
        row[f"{value}_input{end}"] = part.means[model]
        if study.baseline is not None:
            row[f"change{end}"] = change.mean
        row[f"stderr{end}"] = change.stderr
    return row
