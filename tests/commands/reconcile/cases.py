"""Golden cases of `loss reconcile`: data as cases, with what the libraries made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.engine.arrays import array_source
from losscli.engine.compute import checked_options
from losscli.engine.problem.settings import Settings
from losscli.losses.declare.registry import find

GOLDEN = Path(__file__).parent.parent.parent / "golden"


def lines(name: str) -> list[dict[str, Any]]:
    text = (GOLDEN / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


CONVENTIONS = lines("conventions.jsonl")
"""Every call that the tables show for these data, evaluated by the library that it names."""
CAUSES = lines("reconcile.jsonl")
"""Numbers made with the libraries, each with what was done differently."""


def case_of(row: dict[str, Any]) -> Case:
    """Return the data of a golden line as a case."""
    loss = find(row["loss"])
    options = {
        name: array_source(name, value) if isinstance(value, list) else value
        for name, value in row.get("options", {}).items()
    }
    weight = row.get("sample_weight")
    return Case(
        loss,
        {role.name: array_source(role.name, row["args"][role.name]) for role in loss.roles},
        checked_options(loss, options),
        Settings(reduction=row.get("reduction", "mean"), class_axis=row.get("class_axis")),
        None if weight is None else array_source("sample_weight", weight),
    )
