"""Several models in JSON: each with its figures, their differences, and the breakdowns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from losscli.commands.study import Study
from losscli.engine.breakdown.interval import RESAMPLES, Interval
from losscli.engine.paired.difference import Difference
from losscli.engine.paired.ranking import Entry
from losscli.engine.result.result import summary


def model_as_json(study: Study, entry: Entry) -> dict[str, Any]:
    """Return a model's figures, those of its own run."""
    outcome = study.found.of(entry.model)
    found = {
        "source": entry.label,
        "value": entry.value,
        "numerator": outcome.numerator,
        "denominator": outcome.denominator,
        "count": outcome.partial.counted,
        "ignored": outcome.partial.ignored,
        "summary": summary(outcome),
    }
    return found if entry.accuracy is None else {**found, "accuracy": entry.accuracy}


def change_as_json(study: Study, entry: Entry) -> dict[str, Any]:
    """Return a model's difference from what it is compared with; the best one has none."""
    change = entry.change
    if change is None:
        return {"change": None, "tied": False}
    found: dict[str, Any] = {"change": {**change.as_json(), **ci_of(study, change)}}
    if change.right_wrong:
        found["mcnemar"] = change.right_wrong.as_json()
    return found if len(study.ranking.entries) == 1 else {**found, "tied": entry.tied}


def ci_of(study: Study, figures: Interval | Difference) -> Mapping[str, Any]:
    """Return an interval for JSON, and the test of a difference."""
    if study.how.level is None:
        return {}
    found: dict[str, Any] = {
        "level": study.how.level,
        "low": figures.low,
        "high": figures.high,
        "resamples": RESAMPLES,
    }
    if isinstance(figures, Difference) and figures.flips:
        flips = figures.flips
        found |= {"p": flips.p, "flips": flips.flips, "all_flips": flips.exact}
    return {"ci": {**found, "seed": study.how.seed}}


def parts_as_json(study: Study, value: str) -> Mapping[str, Any]:
    """Return the breakdowns for JSON; `value` is what a model's mean is called."""
    if not study.parts:
        return {}
    models = [model for model in range(study.models.count) if model != study.baseline]
    found: dict[str, Any] = {}
    for name, parts in study.parts.items():
        found[name] = []
        for part in parts:
            row: dict[str, Any] = {name: part.name, "count": part.size}
            if study.baseline is not None:
                row["reference"] = part.means[study.baseline]
            row["inputs"] = []
            for model, change in zip(models, part.changes, strict=True):
                own = {"source": study.models.labels[model], value: part.means[model]}
                own |= {} if study.baseline is None else {"change": change.mean}
                row["inputs"].append({**own, "stderr": change.stderr})
            found[name].append(row)
    return {"by": found}
