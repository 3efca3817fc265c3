"""The table of outputs without a loss: one row per input, by its divergence from the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from losscli.commands.compare.comparison import Comparison
from losscli.commands.compare.figures import Figures
from losscli.commands.model_tables import (
    Summary,
    changes,
    interval,
    level_of,
    names_of,
    p_value,
    plus_minus,
)
from losscli.commands.study import Study
from losscli.engine.breakdown.interval import Interval
from losscli.engine.paired.difference import Difference
from losscli.engine.paired.ranking import Entry
from losscli.output.page import Column, Kind, Table


def of_outputs(study: Study, found: Sequence[Comparison], figures: Sequence[Figures]) -> Summary:
    """Return the inputs with their divergence from the reference, best first."""
    entries = study.ranking.entries
    own = [figures[entry.model] for entry in entries]

    columns = [
        Column("model", names_of(study, entries), Kind.NAME),
        Column(
            "KL ± SE", [plus_minus(x.kl["mean"], x.kl["stderr"]) for x in own], plain_header="kl"
        ),
    ]
    if len(entries) > 1:
        columns += changes(study, entries)
    elif study.how.level is not None:
        intervals = [study.intervals[entry.model] for entry in entries]
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
        p = [table and p_value(table.test.p) for table in tables]
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
        apart = study.intervals[entry.model]
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
