"""Arithmetic of fewer digits: float32, float16 and bfloat16."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation, deviation
from losscli.commands.reconcile.forms import form_of, is_softmax, taken_as
from losscli.losses.declare.role_kind import Layout
from losscli.losses.transforms import log_softmax
from losscli.numerics.arrays import Array


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


ROUNDINGS: dict[str, Callable[[Array], Array]] = {"float16": to_half, "bfloat16": to_bfloat}


@deviation("input")
def fewer_digits(case: Case) -> Iterator[Deviation]:
    """Inputs, or all numbers, are rounded to half precision or to float32."""
    if case.settings.dtype == "float64":
        yield Deviation(
            "arithmetic in float32",
            2,
            lambda case: case.with_settings(dtype="float32"),
            typed={"dtype": "float32"},
            torch={"x": "{}.float()"},
            alone=True,
        )
    for name, rounded in ROUNDINGS.items():
        cast = "half" if name == "float16" else "bfloat16"
        yield Deviation(
            f"the input is rounded to {name}",
            2,
            _rounding_input(rounded),
            torch={"x": f"{{}}.{cast}().double()"},
            alone=True,
        )
        if is_softmax(case) and form_of(case) == "logits":
            yield Deviation(
                f"all numbers are in {name}: logits, log-probabilities and the result",
                2,
                _all_rounded(rounded),
                unit=_rounding_value(rounded),
                torch={"x": f"{{}}.{cast}()"},
                alone=True,
            )
        elif case.loss.layout is Layout.TERMS:
            yield Deviation(
                f"the input and the target are rounded to {name}",
                2,
                _rounding_all(rounded),
                torch={"x": f"{{}}.{cast}().double()", "y": f"{{}}.{cast}().double()"},
                alone=True,
            )


def _rounding_value(rounded: Callable[[Array], Array]) -> Callable[[float], float]:
    return lambda value: float(rounded(np.array(value)))


def _rounding_input(rounded: Callable[[Array], Array]) -> Callable[[Case], Case]:
    return lambda case: case.map_input(rounded)


def _rounding_all(rounded: Callable[[Array], Array]) -> Callable[[Case], Case]:
    return lambda case: case.map_input(rounded).map_target(rounded)


def _all_rounded(rounded: Callable[[Array], Array]) -> Callable[[Case], Case]:
    def change(case: Case) -> Case:
        whole = case.map_input(lambda x: rounded(log_softmax(rounded(x))), by_class=True)
        return taken_as(whole, "log-probs")

    return change
