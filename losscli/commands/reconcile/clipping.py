"""Deviations that keep probabilities away from 0 and 1."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation, deviation
from losscli.commands.reconcile.forms import (
    LOG_PROBS,
    LOGITS,
    PROBS,
    Step,
    read_as,
    reading,
    to_probabilities,
)

KERAS = 1e-7
DOUBLE = float(np.finfo(np.float64).eps)
EPSILONS = {
    KERAS: "1e-7, as Keras does",
    DOUBLE: "2.2e-16, as scikit-learn does in float64",
    float(np.finfo(np.float32).eps): "1.2e-7, as scikit-learn does in float32",
    1e-15: "1e-15, as older scikit-learn did",
    1e-12: "1e-12",
    1e-8: "1e-8",
    1e-6: "1e-6",
    1e-5: "1e-5",
    float(np.finfo(np.float16).eps): "9.8e-4, the eps of float16",
}
ADDED = (1e-8, 1e-7, 1e-6, 1e-10, 1e-12, 1e-5, 1e-9)
NORMALIZED = Step(lambda p: p / p.sum(axis=0), "({0} / {0}.sum(1, keepdim=True))", by_class=True)


def clip(eps: float) -> Step:
    """Return the step that brings probabilities into [eps, 1 - eps]."""
    return Step(lambda p: np.clip(p, eps, 1 - eps), f"{{}}.clamp({eps:.3g}, 1 - {eps:.3g})")


def clipped(case: Case, eps: float, *before: Step) -> Case:
    """Return the case with its probabilities in [eps, 1 - eps]."""
    return read_as(case, PROBS, *to_probabilities(case), *before, clip(eps))


@deviation("input")
def probabilities_clipped(case: Case) -> Iterator[Deviation]:
    """Probabilities are clipped to [eps, 1 - eps] before the logarithm."""
    for eps, name in EPSILONS.items() if case.form in (LOGITS, PROBS, LOG_PROBS) else ():
        words, steps = f"probabilities are clipped at {name}", (*to_probabilities(case), clip(eps))
        yield from reading(case, words, 2, PROBS, steps, alone=True)


@deviation("input")
def eps_inside_the_logarithm(case: Case) -> Iterator[Deviation]:
    """log(p + eps) in place of log(p)."""
    for eps in ADDED if case.form_as(PROBS) else ():
        steps = (*to_probabilities(case), _log_of_sum(eps))
        yield from reading(
            case, f"log(p + {eps:g}) in place of log(p)", 2, LOG_PROBS, steps, alone=True
        )


def _log_of_sum(eps: float) -> Step:
    return Step(lambda p: np.log(p + eps), f"({{}} + {eps:g}).log()")
