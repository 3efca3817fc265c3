"""Probabilities that are kept away from 0 and 1, each library and each habit in its own way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation, deviation
from losscli.commands.reconcile.forms import form_of, is_softmax, taken_as
from losscli.losses.transforms import sigmoid, softmax

KERAS = 1e-7
SINGLE = float(np.finfo(np.float32).eps)
DOUBLE = float(np.finfo(np.float64).eps)
HALF = float(np.finfo(np.float16).eps)
USUAL = {
    KERAS: "1e-7, as Keras does",
    DOUBLE: "2.2e-16, as scikit-learn does in float64",
    SINGLE: "1.2e-7, as scikit-learn does in float32",
    1e-15: "1e-15, as older scikit-learn did",
    1e-12: "1e-12",
    1e-8: "1e-8",
    1e-6: "1e-6",
    1e-5: "1e-5",
    HALF: "9.8e-4, the eps of float16",
}


def probabilities(case: Case) -> Case:
    """Return cross entropy or bce of the probabilities of a case's input."""
    if case.loss.name == "bce":
        return case
    if case.loss.name == "bce-logits":
        return case.map_input(sigmoid).as_loss("bce")
    form = form_of(case)
    if form == "logits":
        case = case.map_input(softmax, by_class=True)
    elif form == "log-probs":
        case = case.map_input(np.exp)
    return taken_as(case, "probs")


def clipped(case: Case, eps: float) -> Case:
    """Return the case with probabilities in [eps, 1 - eps]."""
    return probabilities(case).map_input(lambda p: np.clip(p, eps, 1 - eps))


def normalised(case: Case) -> Case:
    """Return cross entropy of probabilities whose rows are divided by their sums."""
    return probabilities(case).map_input(lambda p: p / p.sum(axis=0), by_class=True)


def _has_probabilities(case: Case) -> bool:
    return is_softmax(case) or case.loss.name in ("bce", "bce-logits")


@deviation("input")
def probabilities_clipped(case: Case) -> Iterator[Deviation]:
    """Probabilities are clipped to [eps, 1 - eps] before the logarithm."""
    if not _has_probabilities(case):
        return
    for eps, words in USUAL.items():
        yield Deviation(
            f"probabilities are clipped at {words}",
            2,
            _clip(eps),
            torch=_torch(case, f"{{}}.clamp({eps:.3g}, 1 - {eps:.3g})"),
            alone=True,
        )


@deviation("input")
def eps_inside_the_logarithm(case: Case) -> Iterator[Deviation]:
    """log(p + eps) in place of log(p)."""
    if not is_softmax(case):
        return
    for eps in (1e-8, 1e-7, 1e-6, 1e-10, 1e-12, 1e-5, 1e-9):
        yield Deviation(
            f"log(p + {eps:g}) in place of log(p)",
            2,
            _add(eps),
            torch=_torch(case, f"({{}} + {eps:g})"),
            alone=True,
        )


def _clip(eps: float) -> Callable[[Case], Case]:
    return lambda case: clipped(case, eps)


def _add(eps: float) -> Callable[[Case], Case]:
    return lambda case: taken_as(
        probabilities(case).map_input(lambda p: np.log(p + eps)), "log-probs"
    )


def _torch(case: Case, clip: str) -> dict[str, str]:
    """Return PyTorch's call on clipped probabilities."""
    if case.loss.name.startswith("bce"):
        x = "{}.sigmoid()" if case.loss.name == "bce-logits" else "{}"
        return {"x": clip.format(x), "function": "F.binary_cross_entropy"}
    x = {"logits": "{}.softmax(1)", "probs": "{}", "log-probs": "{}.exp()"}[form_of(case)]
    return {"x": f"{clip.format(x)}.log()", "function": "F.nll_loss"}
