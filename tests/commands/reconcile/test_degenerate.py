"""Data that say little or nothing: a sentence or a number for every loss, never a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.contract.cases import Variant
from losscli.losses.declare.registry import find
from losscli.losses.index import INDEX
from tests.conftest import Loss

Change = Callable[[Any], Any]
BUDGET = "0.05"


def _first(value: float) -> Change:
    def change(array: Any) -> Any:
        if array.dtype.kind == "f" and array.size:
            array = array.copy()
            array.flat[0] = value
        return array

    return change


KINDS: dict[str, Change] = {
    "empty": lambda array: array[:0] if array.ndim else array,
    "of no dimension": lambda array: array.flat[0] if array.size else array,
    "one row": lambda array: array[:1] if array.ndim else array,
    "one column": lambda array: array[:, :1] if array.ndim > 1 else array,
    "all ignored": lambda array: np.full_like(array, -100) if array.dtype.kind == "i" else array,
    "NaN": _first(np.nan),
    "infinity": _first(np.inf),
}


def _saved(name: str, change: Change, folder: Path) -> Iterator[str]:
    """Write the numbers that the contract tests draw, changed; yield the options."""
    loss = find(name)
    variant = Variant(loss, tuple(role.kinds[0] for role in loss.roles))
    for role, values in variant.draw(np.random.default_rng(1)).roles.items():
        path = folder / f"{role}.npy"
        np.save(path, change(np.asarray(values)))
        yield from (f"--{role.replace('_', '-')}", str(path))


@pytest.mark.parametrize("kind", KINDS)
def test_every_loss_answers_in_a_sentence(kind: str, loss: Loss, tmp_path: Path) -> None:
    for name in sorted(INDEX):
        files = [*_saved(name, KINDS[kind], tmp_path)]
        for more in ([], ["--value", "0.73"], ["--value", "0"]):
            budget = ["--budget", BUDGET] if more else []
            ran = loss("reconcile", name, *files, *more, *budget)
            lines = ran.err.splitlines()
            assert "Traceback" not in ran.err, (name, more, ran.err)
            if ran.status in (0, 1):
                assert ran.out, (name, more)
            else:
                assert ran.status in (2, 3), (name, more, ran)
                assert len(lines) == 1, (name, more, lines)
