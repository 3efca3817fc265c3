"""Arithmetic with fewer digits: float32, float16 and bfloat16."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    NOW_AND_THEN,
    RARELY,
    Deviation,
    deviation,
    on_input,
)
from losscli.commands.reconcile.forms import LOG_PROBS, LOGITS, read_as
from losscli.commands.reconcile.spelling import transformed
from losscli.losses.declare.role_kind import Layout

ROUNDED = {"float16": "np.float64(np.float16({}))", "bfloat16": "bfloat16({})"}
"""By name: the expression that rounds numbers to it and returns doubles."""


@deviation("input")
def fewer_digits(case: Case) -> Iterator[Deviation]:
    """Inputs, or all numbers, are rounded to half precision or to float32."""
    if case.settings.dtype == "float64":
        yield Deviation(
            "arithmetic in float32",
            NOW_AND_THEN,
            lambda case: case.with_settings(dtype="float32"),
            alone=True,
        )
    for name, rounded in ROUNDED.items():
        yield Deviation(
            f"the input is rounded to {name}",
            NOW_AND_THEN,
            on_input(rounded),
            alone=True,
        )
        yield Deviation(
            f"the result is rounded to {name}", RARELY, unit=f"float({rounded})", alone=True
        )
        if case.form == LOGITS and case.loss.layout is Layout.CLASSES:
            yield Deviation(
                f"all numbers are in {name}: logits, log-probabilities and the result",
                NOW_AND_THEN,
                partial(_all, rounded=rounded),
                unit=f"float({rounded})",
                alone=True,
            )
        elif case.loss.layout is Layout.TERMS and "target" in case.sources:
            yield Deviation(
                f"the input and the target are rounded to {name}",
                NOW_AND_THEN,
                partial(_both, rounded=rounded),
                alone=True,
            )


def _both(case: Case, rounded: str) -> Case:
    return case.map_input(rounded).map_target(rounded)


def _all(case: Case, rounded: str) -> Case:
    log_p = transformed(case, "log-softmax").format(rounded)
    return read_as(case, LOG_PROBS, rounded.format(log_p))
