"""Deviations that keep probabilities away from 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import NOW_AND_THEN, RARELY, Deviation, Fold, deviation
from losscli.commands.reconcile.forms import (
    LOG_PROBS,
    LOGITS,
    PROBS,
    normalized,
    read_as,
    reading,
    through,
    to_probabilities,
)
from losscli.commands.reconcile.tally import Tally
from losscli.losses.declare.role_kind import Layout

KERAS = 1e-7
DOUBLE = float(np.finfo(np.float64).eps)
SINGLE, HALF = (float(np.finfo(kind).eps) for kind in (np.float32, np.float16))
EPSILONS = {
    KERAS: "1e-7, as Keras does",
    float(np.float32(KERAS)): "1e-7 in float32, as Keras does",
    DOUBLE: "2.2e-16, as scikit-learn does in float64",
    SINGLE: "1.2e-7, as scikit-learn does in float32",
    1e-15: "1e-15, as older scikit-learn did",
    1e-16: "1e-16, as XGBoost does",
    1e-12: "1e-12",
    1e-10: "1e-10",
    1e-9: "1e-9",
    1e-8: "1e-8",
    1e-6: "1e-6",
    1e-5: "1e-5",
    1e-4: "1e-4",
    1e-3: "0.001",
    0.005: "0.005",
    0.01: "0.01",
    0.02: "0.02",
    0.025: "0.025",
    0.05: "0.05",
    0.1: "0.1",
    HALF: "9.8e-4, the eps of float16",
    2 * SINGLE: "2.4e-7, twice the eps of float32",
    2 * DOUBLE: "4.4e-16, twice the eps of float64",
}
SELDOM = (float(np.float32(KERAS)), SINGLE, HALF, 2 * SINGLE, 2 * DOUBLE, 0.1, 0.02, 0.005)
ADDED = (1e-8, 1e-7, 1e-6, 1e-10, 1e-12, 1e-5, 1e-9, 1e-4, 1e-3)


def _mean_of_float32(tally: Tally) -> float:
    if tally.terms is None or tally.counted != tally.total or not tally.terms.size:
        return math.nan
    return float(np.float32(tally.terms).mean(dtype=float))


LOSSES_IN_FLOAT32 = Fold(
    "np.float32(r.per_sample).mean(dtype=float)", _mean_of_float32, batches=True
)


def clip(eps: float) -> str:
    """Return the step that brings probabilities into [eps, 1 - eps]."""
    return f"np.clip({{}}, {eps!r}, 1 - {eps!r})"


def clipped(case: Case, eps: float, *before: str) -> Case:
    """Return the case with its probabilities in [eps, 1 - eps]."""
    return read_as(case, PROBS, *to_probabilities(case), *before, clip(eps))


@deviation("input")
def probabilities_clipped(case: Case) -> Iterator[Deviation]:
    """Probabilities are clipped to [eps, 1 - eps] before the logarithm."""
    if case.form not in (LOGITS, PROBS, LOG_PROBS):
        return
    for eps, name in EPSILONS.items():
        words, steps = f"probabilities are clipped at {name}", (*to_probabilities(case), clip(eps))
        plainness = RARELY if eps in SELDOM else NOW_AND_THEN
        yield from reading(case, words, plainness, PROBS, steps)
        if "float32, as Keras" in name and case.settings.reduction == "mean":
            words += ", and each loss is rounded to float32"
            yield from reading(case, words, plainness, PROBS, steps, fold=LOSSES_IN_FLOAT32)
        if not case.loss.by_class:
            continue
        if eps not in SELDOM:
            again = (*steps, normalized(case))
            words = (
                f"probabilities are clipped at {name.partition(',')[0]}, then divided by their sum"
            )
            yield from reading(case, words, RARELY, PROBS, again)
        # Only small probabilities are raised: the usual way by hand.
        low = (*to_probabilities(case), f"np.maximum({{}}, {eps!r})")
        words = f"probabilities below {name.partition(',')[0]} are raised to it"
        yield from reading(case, words, RARELY, PROBS, low)


@deviation("input")
def eps_inside_the_logarithm(case: Case) -> Iterator[Deviation]:
    """log(p + eps) in place of log(p)."""
    if not case.form_as(PROBS):
        return
    by_term = case.loss.layout is Layout.TERMS
    for eps in ADDED:
        if by_term:
            yield from _binary_eps(case, eps)
            continue
        steps = (*to_probabilities(case), f"np.log({{}} + {eps!r})")
        yield from reading(
            case, f"log(p + {eps:g}) in place of log(p)", NOW_AND_THEN, LOG_PROBS, steps
        )


def _binary_eps(case: Case, eps: float) -> Iterator[Deviation]:
    """Yield log(p + eps) and log(1 - p + eps), of p as it is or clipped first."""
    if case.options.get("weight") is not None:
        return
    terms = f"-(y * np.log(x + {eps!r}) + (1 - y) * np.log(1 - x + {eps!r}))"
    steps, plain = to_probabilities(case), f"log(p + {eps:g}) in place of log(p), for 1 - p too"
    for words, before in (
        (plain, steps),
        (f"{plain}, of p clipped at {eps:g}", (*steps, clip(eps))),
    ):
        yield Deviation(words, NOW_AND_THEN, partial(_terms, before=before, text=terms))


def _terms(case: Case, before: tuple[str, ...], text: str) -> Case:
    return through(case, *before).as_terms(text)
