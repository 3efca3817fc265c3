"""Empty, scalar, single and constant arrays of every loss end with a diagnosis or one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.contract.cases import Case, Variant
from losscli.losses.declare.options import Effect
from losscli.numerics.arrays import Array
from tests.conftest import Loss
from tests.losses.cases import VARIANTS

PLAIN = {variant.loss.name: variant for variant in reversed(VARIANTS) if not variant.drawn}


def all_ignored(case: Case) -> dict[str, Array]:
    """Return targets that are ignored where the loss can ignore them, or else are 0."""
    option = case.variant.loss.with_effect(Effect.IGNORES_TARGETS)
    mark = option.default if option and case.variant.indexed else 0
    target = case.roles.get("target")
    return case.roles if target is None else {**case.roles, "target": np.full_like(target, mark)}


def constant(value: float) -> Callable[[Case], dict[str, Array]]:
    def changed(case: Case) -> dict[str, Array]:
        first = case.variant.loss.roles[0].name
        return {**case.roles, first: np.full_like(case.roles[first], value)}

    return changed


def each(change: Callable[[Array], Array]) -> Callable[[Case], dict[str, Array]]:
    return lambda case: {name: change(values) for name, values in case.roles.items()}


DEGENERATE: dict[str, Callable[[Case], dict[str, Array]]] = {
    "one sample": lambda case: case.sample(0).roles,
    "no samples": lambda case: {
        name: values.take([], axis=case.sample_axis(name)) for name, values in case.roles.items()
    },
    "nothing at all": each(lambda values: np.zeros((0,), values.dtype)),
    "scalars": each(lambda values: values.reshape(-1)[0]),
    "flat": each(lambda values: values.reshape(-1)),
    "all targets ignored": all_ignored,
    "input 0": constant(0.0),
    "input 1": constant(1.0),
    "input NaN": constant(np.nan),
    "input -inf": constant(-np.inf),
    "everything NaN or 0": each(lambda v: np.full_like(v, np.nan if v.dtype.kind == "f" else 0)),
    "everything 1": each(np.ones_like),
}


def diagnoses(variant: Variant, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands that diagnose each degenerate case of a loss, with its name."""
    rng = np.random.default_rng(3)
    case = variant.draw(rng, (4,))
    cases = {name: change(case) for name, change in DEGENERATE.items()}
    if takes_one(variant):
        single = variant.draw(rng, (4,), classes=1)
        cases["one class"] = single.roles | {"target": np.zeros_like(single.roles["target"])}
    for name, roles in cases.items():
        words = ["diagnose", variant.loss.name]
        for role, values in roles.items():
            path = folder / f"{role}.npy"
            np.save(path, values)
            words += [f"--{role.replace('_', '-')}", str(path)]
        for option, value in case.options.items():
            words += typed(option.strip("_").replace("_", "-"), value)
        yield name, words


def takes_one(variant: Variant) -> bool:
    """Whether one class can be drawn: a sequence needs a blank too."""
    return variant.loss.by_class and not any(kind.excluded_option for kind in variant.kinds)


def typed(flag: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{flag}" if value else f"--no-{flag}"]
    return [f"--{flag}", str(value)]


@pytest.mark.parametrize("variant", PLAIN.values(), ids=str)
def test_a_sentence_and_no_traceback(loss: Loss, variant: Variant, tmp_path: Path) -> None:
    for name, words in diagnoses(variant, tmp_path):
        ran = loss(*words)
        assert ran.status in (0, 1, 3), (name, ran)
        assert ran.out.startswith(f"{variant.loss.name}: ") or ran.err.startswith("loss: "), name
        assert ran.err.count("\n") <= 1, (name, ran.err)
        assert "Traceback" not in ran.err, (name, ran.err)
