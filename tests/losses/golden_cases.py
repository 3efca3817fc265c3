"""The golden cases: values and gradients that the reference libraries computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.losses import names

PATH = Path(__file__).parent.parent / "golden" / "cases.jsonl"


class Golden(NamedTuple):
    """One call and what the library named in `source` gave for it."""

    id: str
    loss: str
    source: str
    arguments: dict[str, Any]
    reduction: str
    rtol: float
    value: Any
    grad: dict[str, Any]


def _load() -> list[Golden]:
    return [
        Golden(
            row["id"],
            row["loss"],
            row["source"],
            {**row["args"], **row["options"]},
            row["reduction"],
            row["rtol"],
            row["value"],
            row["grad"] or {},
        )
        for row in map(json.loads, PATH.read_text(encoding="utf-8").splitlines())
    ]


ALL = _load()
DECLARED = [case for case in ALL if case.loss in names()]


def numbers(nested: Any) -> NDArray[np.float64]:
    """Return a value or nested lists as an array; "inf", "-inf" and "nan" stand for those."""
    return np.array(nested).astype(np.float64)


def close(got: Any, expected: Any, rtol: float) -> bool:
    """Return whether all numbers agree within rtol of the largest; nan and inf must be equal."""
    a, b = np.asarray(got, np.float64), numbers(expected)
    if a.shape != b.shape:
        return False
    odd = ~np.isfinite(b)
    if not np.array_equal(a[odd], b[odd], equal_nan=True) or not np.isfinite(a[~odd]).all():
        return False
    scale = max(1.0, float(np.abs(b[~odd]).max(initial=0)))
    return bool((np.abs(a[~odd] - b[~odd]) <= rtol * scale).all())
