"""Deviations of targets that are distributions: temperatures, entropies, the class that leads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    NOW_AND_THEN,
    RARELY,
    Deviation,
    deviation,
    is_weighted,
    on_target,
)
from losscli.commands.reconcile.forms import LOG_PROBS, LOGITS, PROBS, through, to_probabilities
from losscli.losses.declare.role_kind import Layout

TEMPERATURES = (2, 4, 3, 5, 8, 10, 20)
OFTEN = (2, 3, 4, 5)


def _axis(case: Case) -> int | None:
    """Return the axis of the target's distributions; None where it holds something else."""
    target = case.problem.target
    if target is None or not case.loss.nats or len(case.input.shape) < 2:
        return None
    if target.kind.layout is Layout.CLASSES and target.kind.high == 1:
        return case.class_axis
    return len(case.input.shape) - 1 if case.loss.family == "distribution" else None


@deviation("unit")
def squared_temperature(case: Case) -> Iterator[Deviation]:
    """The square of a temperature is a factor, or is left out."""
    if _axis(case) is None:
        return
    for t in TEMPERATURES:
        words = f"{t * t} times as much: the temperature {t} squared, as in distillation"
        yield Deviation(words, NOW_AND_THEN, unit=f"{t * t} * {{}}")
        words = f"a share of 1/{t * t}: the temperature {t} squared is left out"
        yield Deviation(words, NOW_AND_THEN if t in OFTEN else RARELY, unit=f"{{}} / {t * t}")


@deviation("input")
def softened_distributions(case: Case) -> Iterator[Deviation]:
    """Input and target are softened by a temperature, with and without its square as a factor."""
    axis = _axis(case)
    if axis is None or case.form not in (LOGITS, LOG_PROBS):
        return
    for t in TEMPERATURES:
        words = f"both distributions are softened by the temperature {t}"
        plainness = NOW_AND_THEN if t in OFTEN else RARELY
        change = partial(_softened, axis=axis, t=t)
        yield Deviation(words, plainness, change)
        unit = f"{t * t} * {{}}"
        yield Deviation(f"{words}, and multiplied by its square", plainness, change, unit=unit)


def _softened(case: Case, axis: int, t: int) -> Case:
    log_p = f'losscli.transform("log-softmax", {{}} / {t}, class_axis={axis})'
    case = case.map_input(log_p if case.form == LOG_PROBS else f"{{}} / {t}")
    target = case.problem.target
    if target is not None and target.kind.name == LOG_PROBS:
        return case.map_target(log_p)
    power = f"{{}} ** {1 / t!r}"
    return case.map_target(power).map_target(f"{{0}} / {{0}}.sum({axis}, keepdims=True)")


@deviation("target")
def leading_classes(case: Case) -> Iterator[Deviation]:
    """The most likely class of a soft target is its label."""
    target = case.problem.target
    if target is None or target.kind.high != 1 or target.kind.values or case.hard_targets:
        return
    if target.kind.layout is Layout.CLASSES:
        text = f"({{0}} == {{0}}.max({case.class_axis}, keepdims=True)) * 1.0"
        words = "the most likely class of the target is its label"
    elif case.form in (LOGITS, PROBS):
        text, words = "({} > 0.5) * 1.0", "targets above 0.5 count as 1, others as 0"
    else:
        return
    yield Deviation(words, NOW_AND_THEN, on_target(text))


@deviation("loss")
def divergences(case: Case) -> Iterator[Deviation]:
    """The divergence from a soft target: cross entropy less the target's entropy."""
    target = case.problem.target
    if target is None or target.kind.high != 1 or target.kind.values or is_weighted(case):
        return
    if case.form not in (LOGITS, PROBS, LOG_PROBS) or case.hard_targets:
        return
    words = "the divergence from the target: cross entropy less the target's entropy"
    if target.kind.layout is Layout.CLASSES and case.loss.likelihood:
        text = "(y * (np.log(np.where(y > 0, y, 1)) - {})).sum({})"
        text = text.format("x" if case.form == LOG_PROBS else "np.log(x)", case.class_axis)
    elif case.loss.layout is Layout.TERMS and case.form != LOG_PROBS:
        text = (
            "y * np.log(np.where(y > 0, y, 1) / x)"
            " + (1 - y) * np.log(np.where(y < 1, 1 - y, 1) / (1 - x))"
        )
    else:
        return
    yield Deviation(words, NOW_AND_THEN, partial(_of_probabilities, text=text))


def _of_probabilities(case: Case, text: str) -> Case:
    return through(case, *_steps(case)).as_terms(text)


def _steps(case: Case) -> tuple[str, ...]:
    return () if case.form == LOG_PROBS else to_probabilities(case)
