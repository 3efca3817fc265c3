"""Arithmetic with fewer digits: float32, float16 and bfloat16."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    NOW_AND_THEN,
    RARELY,
    Deviation,
    Fold,
    deviation,
    is_weighted,
    on_input,
)
from losscli.commands.reconcile.expression import evaluated
from losscli.commands.reconcile.forms import LOG_PROBS, LOGITS, read_as
from losscli.commands.reconcile.spelling import transformed
from losscli.commands.reconcile.tally import Tally
from losscli.losses.declare.role_kind import Layout

ROUNDED = {"float16": "float16({})", "bfloat16": "bfloat16({})"}
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
            f"the input is rounded to {name}", NOW_AND_THEN, on_input(rounded), alone=True
        )
        yield Deviation(
            f"the result is rounded to {name}", RARELY, unit=f"float({rounded})", alone=True
        )
        if case.loss.layout is Layout.CLASSES and case.form in (LOGITS, LOG_PROBS):
            yield from _of_classes(case, name)
        elif case.loss.layout is Layout.TERMS and "target" in case.sources:
            yield from _of_numbers(case, name)


def _of_classes(case: Case, name: str) -> Iterator[Deviation]:
    """Yield the deviations that log-probabilities, and sums of them, are rounded as well."""
    rounded = ROUNDED[name]
    result = f"float({rounded})"
    yield Deviation(
        f"all numbers are in {name}: logits, log-probabilities and the result",
        NOW_AND_THEN,
        partial(_all, rounded=rounded),
        unit=result,
        alone=True,
    )
    if not case.loss.likelihood or not case.has_labels or is_weighted(case):
        return
    mean = case.settings.reduction != "sum"
    count = f" / {name}(r.count)" if mean else ""
    # The names of the expression are those of functions too.
    text = f"added({name}, r.per_sample.ravel()){count}"

    def summed(tally: Tally) -> float:
        if tally.terms is None or tally.counted != tally.total or not tally.terms.size:
            return math.nan
        values = {"terms": tally.terms.ravel(), "count": tally.counted}
        in_sums = f"added({name}, terms)" + (f" / {name}(count)" if mean else "")
        return float(evaluated(in_sums, values))

    yield Deviation(
        f"all numbers, the sums too, are in {name}, as in PyTorch on a CPU",
        NOW_AND_THEN,
        partial(_as_on_a_cpu, name=name),
        fold=Fold(text, summed, batches=True),
        unit=result,
        alone=True,
    )


def _of_numbers(case: Case, name: str) -> Iterator[Deviation]:
    """Yield the deviations that targets, and terms, are rounded as well."""
    rounded, mean = ROUNDED[name], case.settings.reduction != "sum"
    yield Deviation(
        f"the input and the target are rounded to {name}",
        NOW_AND_THEN,
        partial(_both, rounded=rounded),
        alone=True,
    )

    def reduced(tally: Tally) -> float:
        if tally.terms is None or tally.counted != tally.total or not tally.terms.size:
            return math.nan
        terms = evaluated(rounded.format("terms"), {"terms": tally.terms})
        return float(terms.mean() if mean else terms.sum())

    if is_weighted(case):
        return
    binary = case.form == LOGITS and case.loss.other_activation
    for words, change in (
        (
            f"all numbers are in {name}: input, target, terms and the result",
            partial(_differences if _subtracts(case) else _both, rounded=rounded),
        ),
        *(
            [(f"all numbers are in {name}, as in PyTorch", partial(_logits, rounded=rounded))]
            if binary
            else []
        ),
    ):
        text = f"{rounded.format('r.per_sample')}.{'mean' if mean else 'sum'}()"
        yield Deviation(
            words,
            NOW_AND_THEN,
            change,
            fold=Fold(text, reduced, batches=True),
            unit=f"float({rounded})",
            alone=True,
        )


def _both(case: Case, rounded: str) -> Case:
    return case.map_input(rounded).map_target(rounded)


def _subtracts(case: Case) -> bool:
    """Return whether the loss takes any numbers, whose difference alone matters."""
    kinds = [role.kinds[0] for role in case.loss.roles if role.name in (case.first, "target")]
    return all(k.name == "numbers" and k.low == -math.inf and not k.nonzero for k in kinds)


def _differences(case: Case, rounded: str) -> Case:
    """Return the case of rounded differences, each against 0."""
    case = _both(case, rounded)
    return case.map_input(rounded.format("{} - y")).map_target("0 * {}")


def _logits(case: Case, rounded: str) -> Case:
    """Return the case of the terms (1 - y) x - log sigmoid(x), each step rounded."""
    case = _both(case, rounded)
    log = rounded.format("np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))")
    product = rounded.format(f"{rounded.format('1 - y')} * x")
    return case.as_terms(f"{product} - {log}")


def _all(case: Case, rounded: str) -> Case:
    if case.form == LOG_PROBS:
        return case.map_input(rounded)
    log_p = transformed(case, "log-softmax").format(rounded)
    return read_as(case, LOG_PROBS, rounded.format(log_p))


def _as_on_a_cpu(case: Case, name: str) -> Case:
    """Return the case of rounded log-probabilities, as PyTorch's kernels for CPUs compute them.

    Along the last axis they round the sum of the exponentials, its logarithm and the result, along
    others the result alone.
    """
    rounded, axis = ROUNDED[name], case.class_axis
    if case.form == LOG_PROBS or axis != len(case.input.shape) - 1:
        return _all(case, rounded)
    total = rounded.format(f"np.exp({{0}}).sum({axis}, keepdims=True)")
    log = rounded.format(f"np.log({total})")
    steps = (rounded, f"{{0}} - {{0}}.max({axis}, keepdims=True)", rounded.format(f"{{0}} - {log}"))
    return read_as(case, LOG_PROBS, *steps)
