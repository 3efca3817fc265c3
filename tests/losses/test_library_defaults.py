"""The options that a declaration names make a loss what the library returns with its defaults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.losses.declare.equivalent import values
from losscli.losses.declare.names import senses
from losscli.losses.declare.registry import find
from losscli.losses.index import INDEX

FILE = Path(__file__).parents[1] / "golden" / "library_defaults.jsonl"
ROWS = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
FLOAT32 = 3e-7
"""Keras computes in float32."""


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['library']}-{row['loss']}-{row['name']}"
)
def test_a_library_returns_the_same_with_its_defaults(row: dict[str, Any]) -> None:
    (sense,) = (
        sense
        for sense in senses(row["name"])
        if (sense.library, sense.loss) == (row["library"], row["loss"])
    )
    loss = find(sense.loss)
    typed: dict[str, Any] = dict(values(sense.options))
    for option in loss.options:
        if option.name in typed:
            typed[option.name] = option.type(typed[option.name])
    result = compute(sense.loss, **row["args"], **typed)
    rtol = FLOAT32 if sense.library == "keras" else 1e-12
    np.testing.assert_allclose(result.value, row["value"], rtol=rtol, atol=1e-15)


def test_every_name_that_is_the_same_is_here() -> None:
    checked = {(row["library"], row["loss"], row["name"]) for row in ROWS}
    declared = {
        (library, loss, name)
        for loss in INDEX
        for library, known in find(loss).libraries.items()
        for one in known
        for name in one.names
        if not one.remark
    }
    assert declared - checked == set()
