"""Tables with one row per model, or per class, group or length: on a page, and to paste."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os.path import basename
from typing import Any

from losscli.commands.compare.comparison import Comparison
from losscli.commands.compare.figures import Figures
from losscli.commands.compare.study import Study
from losscli.engine.breakdown.interval import Interval
from losscli.engine.paired.by import Part
from losscli.engine.paired.difference import Difference
from losscli.engine.paired.ranking import Entry
from losscli.errors import short_name
from losscli.output.encoders import Separated
from losscli.output.latex import latex_table
from losscli.output.page import Column, Form, Kind, Number, Phrase, Signs, Table

PLUS_MINUS = Signs(" ± ")


@dataclass(frozen=True)
class Summary:
    """A table for people, and the same with every digit for programs."""

    table: Table
    rows: list[dict[str, Any]]

    def text(self, form: str, digits: int, signature: str) -> Iterator[str]:
        """Yield it as csv or latex, with the signature as a comment where one fits."""
        if form == "csv":
            columns = list(self.rows[0]) if self.rows else []
            cells = [[row[name] for row in self.rows] for name in columns]
            yield from Separated(",", columns).whole([cells])
        else:
            yield from latex_table(self.table, digits)
            yield f"% {signature}\n"


def labels(study: Study) -> list[str]:
    """Return the models' files by their names alone, where these tell them apart."""
    full = [study.models.label(model) for model in range(study.models.count)]
    short = [basename(label) for label in full]
    return [short_name(label) for label in (short if len({*short}) == len(full) else full)]


def plus_minus(mean: float, error: float) -> Phrase:
    """Return a mean with its standard error, if it has one."""
    return mean if math.isnan(error) else [mean, PLUS_MINUS, error]


def interval(low: float, high: float) -> Phrase:
    """Return an interval."""
    return ["[", low, ", ", high, "]"]


def level_of(study: Study) -> str:
    """Return the level of the intervals: `95 %`."""
    return f"{100 * (study.how.level or 0):g} %"


def of_losses(study: Study) -> Summary:
    """Return the models with their mean losses, the reference first, then best first."""
    entries = [
        *([study.ranking.baseline] if study.ranking.baseline else []),
        *study.ranking.entries,
    ]
    names = labels(study)

    def cells(of: Callable[[Difference], Phrase | None]) -> list[Phrase | None]:
        return [None if one.change is None else of(one.change) for one in entries]

    columns = [
        Column("model", [names[one.model] for one in entries], Kind.NAME),
        Column("loss", [one.mean for one in entries]),
        Column("change ± SE", cells(lambda d: plus_minus(d.mean, d.stderr)), plain_header="change"),
    ]
    columns += _tests(study, cells)
    columns.append(Column("better", cells(lambda d: d.better), rank=1))
    columns.append(Column("worse", cells(lambda d: d.worse), rank=2))
    if entries[0].accuracy is not None:
        columns.append(Column("accuracy", [one.accuracy for one in entries], rank=5))
        p = cells(lambda d: None if d.right_wrong is None else _p(d.right_wrong.test.p))
        columns.append(Column("McNemar p", p, rank=3, plain_header="mcnemar_p"))
    return Summary(Table(columns), [_row(study, one) for one in entries])


def of_outputs(study: Study, found: Sequence[Comparison], figures: Sequence[Figures]) -> Summary:
    """Return the inputs with their divergence from the reference, best first."""
    entries, names = study.ranking.entries, labels(study)
    own = [figures[entry.model] for entry in entries]

    def cells(of: Callable[[Difference], Phrase | None]) -> list[Phrase | None]:
        return [None if one.change is None else of(one.change) for one in entries]

    columns = [
        Column("model", [names[entry.model] for entry in entries], Kind.NAME),
        Column(
            "KL ± SE", [plus_minus(x.kl["mean"], x.kl["stderr"]) for x in own], plain_header="kl"
        ),
    ]
    if len(entries) > 1:
        change = cells(lambda d: plus_minus(d.mean, d.stderr))
        columns.append(Column("change ± SE", change, rank=2, plain_header="change"))
        columns += _tests(study, cells)
    elif study.how.level is not None:
        intervals = [study.interval(entry.model) for entry in entries]
        header = f"{level_of(study)} interval"
        columns.append(Column(header, [interval(x.low, x.high) for x in intervals]))
    columns.append(Column("max KL", [x.kl["max"] for x in own], rank=1, plain_header="max_kl"))
    columns.append(Column("same top 1", [x.same_top1 for x in own], plain_header="same_top1"))
    if own[0].loss:
        losses = [None if x.loss is None else x.loss["input"] for x in own]
        columns.append(Column("loss", losses, rank=5))
        accuracies = [None if x.accuracy is None else x.accuracy["input"] for x in own]
        columns.append(Column("accuracy", accuracies, rank=4))
        tables = [found[entry.model].right_wrong for entry in entries]
        p = [table and _p(table.test.p) for table in tables]
        columns.append(Column("McNemar p", p, rank=3, plain_header="mcnemar_p"))
    rows = [
        _output_row(study, entry, found[entry.model], x)
        for entry, x in zip(entries, own, strict=True)
    ]
    return Summary(Table(columns), rows)


def _output_row(study: Study, entry: Entry, found: Comparison, own: Figures) -> dict[str, Any]:
    table, change, several = found.right_wrong, entry.change, len(study.ranking.entries) > 1
    apart: Difference | Interval | None = change
    if study.how.level is None:
        apart = None
    elif not several:
        apart = study.interval(entry.model)
    return {
        "model": entry.label,
        "kl": own.kl["mean"],
        "stderr": own.kl["stderr"],
        **({"change": change and change.mean} if several else {}),
        "low": apart and apart.low,
        "high": apart and apart.high,
        "p": change and change.flips and change.flips.p,
        "max_kl": own.kl["max"],
        "same_top1": own.same_top1,
        "loss": own.loss and own.loss["input"],
        "loss_reference": own.loss and own.loss["reference"],
        "accuracy": own.accuracy and own.accuracy["input"],
        "accuracy_reference": own.accuracy and own.accuracy["reference"],
        "mcnemar_p": table and table.test.p,
        "tied": entry.tied if several else None,
    }


def _tests(
    study: Study, cells: Callable[[Callable[[Difference], Phrase | None]], list[Phrase | None]]
) -> Iterator[Column]:
    if study.how.level is None:
        return
    header = f"{level_of(study)} interval"
    yield Column(header, cells(lambda d: interval(d.low, d.high)), plain_header="interval")
    yield Column("p", cells(lambda d: None if d.flips is None else _p(d.flips.p)), rank=4)


def _p(p: float) -> Phrase:
    return Number(p, Form.SHORT)


def _row(study: Study, entry: Entry) -> dict[str, Any]:
    change = entry.change
    ends = None if study.how.level is None else change
    row: dict[str, Any] = {"model": entry.label, "loss": entry.mean}
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


def of_parts(study: Study, name: str, value: str) -> Summary:
    """Return one row per class, group or length; `value` is what a mean is called."""
    parts, files = study.parts[name], labels(study)
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
        plain = what if alone else f"{what}_{at + 1}"
        columns.append(Column(title, changes, plain_header=plain))
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
