"""A comparison by a loss as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from losscli.commands.ranking_json import change_as_json, model_as_json
from losscli.commands.study import Study
from losscli.engine.result.details import Cell, details
from losscli.losses.declare.role_kind import Layout


def as_json(study: Study, shown: Sequence[int]) -> dict[str, Any]:
    """Return everything but warnings and signature; `shown` are the samples furthest apart."""
    reference = study.ranking.baseline
    return {
        "schema": 1,
        "loss": study.models.loss.name,
        "n": study.found.count,
        "ignored": study.outcome.partial.ignored,
        "reference": None if reference is None else model_as_json(study, reference),
        "inputs": [
            {**model_as_json(study, entry), **change_as_json(study, entry)}
            for entry in study.ranking.entries
        ],
        **({"worst": furthest(study, shown)} if shown else {}),
    }


def furthest(study: Study, terms: Sequence[int]) -> list[dict[str, Any]]:
    """Return samples with their target, predictions and losses."""
    problem, reference = study.models.problem, study.models.count - 1
    both = [
        details(study.models.alone(model), terms, grad=False, normalizer=None)
        for model in (reference, 0)
    ]
    rows = []
    for term, before, after in zip(terms, *both, strict=True):
        at = problem.grid.index(term)
        row: dict[str, Any] = {"index": at[0] if len(at) == 1 else ",".join(map(str, at))}
        if "target" in before.cells:
            row["target"] = _shown(study, "target", before.cells["target"])
        if study.models.loss.predicts:
            row["reference"] = _shown(study, "prediction", before.cells["prediction"])
            row["input"] = _shown(study, "prediction", after.cells["prediction"])
        row |= {"loss_reference": before.loss, "loss_input": after.loss}
        rows.append({**row, "change": after.loss - before.loss})
    return rows


def _shown(study: Study, column: str, cell: Cell) -> Any:
    """Return a cell: classes by their names, numbers as they are."""
    problem = study.models.problem
    if isinstance(cell, list):
        return " ".join(str(problem.class_label(label)) for label in cell)
    is_class = study.models.loss.picks or (
        column == "target" and problem.operand(column).kind.layout is not Layout.TERMS
    )
    return problem.class_label(int(cell)) if is_class else cell
