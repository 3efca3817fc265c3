"""Arithmetic with fewer digits: float32, float16 and bfloat16."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation, deviation
from losscli.commands.reconcile.forms import LOG_PROBS, LOGITS, Step, read_as
from losscli.losses.declare.role_kind import Layout
from losscli.losses.transforms import log_softmax
from losscli.numerics.arrays import Array

Rounding = Callable[[Array], Array]


def to_half(x: Array) -> Array:
    """Round to float16, as doubles."""
    with np.errstate(over="ignore"):
        return np.asarray(x).astype(np.float16).astype(np.float64)


def to_bfloat(x: Array) -> Array:
    """Round to bfloat16, half to even, as doubles: a float32 without its lower 16 bits."""
    with np.errstate(over="ignore"):
        bits = np.atleast_1d(np.asarray(x).astype(np.float32)).view(np.uint32)
    rounded = bits + (((bits >> 16) & 1) + np.uint32(0x7FFF))
    kept = np.where(np.isnan(bits.view(np.float32)), bits, rounded & np.uint32(0xFFFF0000))
    return kept.view(np.float32).astype(np.float64).reshape(np.shape(x))


ROUNDINGS: dict[str, tuple[str, Rounding]] = {
    "float16": ("{}.half()", to_half),
    "bfloat16": ("{}.bfloat16()", to_bfloat),
}


@deviation("input")
def fewer_digits(case: Case) -> Iterator[Deviation]:
    """Inputs, or all numbers, are rounded to half precision or to float32."""
    rare = partial(Deviation, plainness=2, alone=True)
    if case.settings.dtype == "float64":
        yield rare(
            "arithmetic in float32",
            change=lambda case: case.with_settings(dtype="float32"),
            typed={"dtype": "float32"},
            torch={"x": "{}.float()"},
        )
    for name, (cast, rounded) in ROUNDINGS.items():
        double = {"x": f"{cast}.double()"}
        yield rare(
            f"the input is rounded to {name}",
            change=partial(Case.map_input, change=rounded),
            torch=double,
        )
        if case.form == LOGITS and case.loss.layout is Layout.CLASSES:
            yield rare(
                f"all numbers are in {name}: logits, log-probabilities and the result",
                change=partial(_all, rounded=rounded),
                unit=partial(_result, rounded=rounded),
                torch={"x": cast},
            )
        elif case.loss.layout is Layout.TERMS:
            words = f"the input and the target are rounded to {name}"
            both = double | {"y": double["x"]}
            yield rare(words, change=partial(_input_and_target, rounded=rounded), torch=both)


def _input_and_target(case: Case, rounded: Rounding) -> Case:
    return case.map_input(rounded).map_target(rounded)


def _all(case: Case, rounded: Rounding) -> Case:
    step = Step(lambda x: rounded(log_softmax(rounded(x))), "", by_class=True)
    return read_as(case, LOG_PROBS, step)


def _result(value: float, rounded: Rounding) -> float:
    return float(rounded(np.array(value)))
