"""Numbers that NumPy makes in the way of a mistake, and the words that explain them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.printed import parse
from losscli.commands.reconcile.search import search
from losscli.engine.arrays import array_source
from losscli.engine.compute import checked_options
from losscli.engine.problem.settings import Settings
from losscli.losses.declare.registry import find
from losscli.losses.declare.variant import AS_THEY_ARE
from tests.commands.reconcile.arrays import (
    BINARY,
    CE,
    COUNTS,
    CTC,
    EXACT,
    GAUSS,
    HOT,
    KL,
    LABELS,
    LOGITS,
    PAIRS,
    PROBS,
    SCORES,
    SIGNS,
    SOFT,
    STEPS,
    TIMES,
    TRIPLET,
    VAR,
    WEIGHT,
    X1,
    X2,
    YES,
    A,
    C,
    M,
    N,
    P,
    Q,
    Roles,
    X,
    Y,
    cos,
    each,
    focal,
    gap,
    in_half,
    plain,
    relu,
    softened,
    softmax,
    triplet,
    unit,
)

CAUSES: list[tuple[str, Roles, dict[str, Any], dict[str, Any]]] = [
    (
        "triplet-margin",
        TRIPLET,
        {},
        {
            "squared distances, as in FaceNet": triplet(gap(A, P) ** 2, gap(A, M) ** 2, 1),
            "squared distances, as in FaceNet; margin is 0.2": triplet(
                gap(A, P) ** 2, gap(A, M) ** 2, 0.2
            ),
            "squared distances of unit vectors, as in FaceNet; margin is 0.2": triplet(
                gap(unit(A), unit(P)) ** 2, gap(unit(A), unit(M)) ** 2, 0.2
            ),
            "the vectors are scaled to length 1 first": plain(
                "triplet-margin", anchor=unit(A), positive=unit(P), negative=unit(M)
            ),
            "the distance is one minus the cosine": triplet(-cos(A, P), -cos(A, M), 1),
            "margin is 5": triplet(gap(A, P), gap(A, M), 5),
            "the soft margin: log(1 + exp(d)), d the difference of the distances": np.log1p(
                np.exp(gap(A, P) - gap(A, M))
            ).mean(),
            "positive and negative are swapped": triplet(gap(A, M), gap(A, P), 1),
        },
    ),
    (
        "cosine-embedding",
        PAIRS,
        {},
        {
            "squared error of the cosine against the label 0 or 1 (sentence-transformers)": (
                (cos(A, P) - YES) ** 2
            ).mean(),
            "contrastive loss of cosine distances, margin 0.5 (sentence-transformers)": (
                np.where(YES, 1 - cos(A, P), relu(cos(A, P) - 0.5)) ** 2
            ).mean()
            / 2,
            AS_THEY_ARE: np.where(YES, 1 - cos(A, P), 0).mean(),
            "minus the cosine of every pair, as in Keras": -float(cos(A, P).mean()),
        },
    ),
    (
        "hinge",
        SCORES,
        {},
        {
            AS_THEY_ARE: relu(1 - YES * X).mean(),
            "squared-hinge: squared hinge loss of scores and signs -1/+1": (
                relu(1 - SIGNS * X) ** 2
            ).mean(),
            "the targets -1 and +1 are swapped": relu(1 + SIGNS * X).mean(),
        },
    ),
    ("squared-hinge", SCORES, {}, {AS_THEY_ARE: (relu(1 - YES * X) ** 2).mean()}),
    ("soft-margin", SCORES, {}, {AS_THEY_ARE: np.log1p(np.exp(-YES * X)).mean()}),
    (
        "hinge-embedding",
        {"input": abs(X), "target": SIGNS},
        {},
        {
            "both parts are squared, as in the contrastive loss": (
                np.where(YES, abs(X), relu(1 - abs(X))) ** 2
            ).mean()
        },
    ),
    (
        "margin-ranking",
        {"input1": X1, "input2": X2, "target": SIGNS},
        {"margin": 0.5},
        {AS_THEY_ARE: relu(0.5 - YES * (X1 - X2)).mean()},
    ),
    (
        "margin-ranking",
        {"input1": X1, "input2": X2, "target": SIGNS},
        {},
        {"margin is 0.3": relu(0.3 - SIGNS * (X1 - X2)).mean()},
    ),
    (
        "gaussian-nll",
        GAUSS,
        {},
        {
            "standard deviations are passed as variances: their roots": (
                np.log(VAR) / 2 + (X - Y) ** 2 / VAR**0.5
            ).mean()
            / 2,
            "the file has standard deviations: they are squared": (
                2 * np.log(VAR) + (X - Y) ** 2 / VAR**2
            ).mean()
            / 2,
            "the file has log-variances: exp of them": (VAR + (X - Y) ** 2 / np.exp(VAR)).mean()
            / 2,
            "twice as much": (np.log(VAR) + (X - Y) ** 2 / VAR).mean(),
            "full is True": (np.log(2 * math.pi * VAR) + (X - Y) ** 2 / VAR).mean() / 2,
        },
    ),
    (
        "poisson-nll",
        {"input": X, "target": COUNTS},
        {},
        {
            EXACT: np.mean(
                [
                    math.exp(x) - k * x + math.log(math.factorial(int(k)))
                    for x, k in zip(X, COUNTS, strict=True)
                ]
            )
        },
    ),
    (
        "poisson-nll",
        {"input": VAR, "target": COUNTS},
        {"log_input": False},
        {
            "the deviance: twice the gap to the best rate, as in scikit-learn": 2
            * np.mean(
                [
                    (k * math.log(k / v) if k else 0) - k + v
                    for v, k in zip(VAR, COUNTS, strict=True)
                ]
            )
        },
    ),
    (
        "kl-div",
        KL,
        {},
        {
            "cross entropy: the entropy of the target is left out": -(SOFT * Q).mean(),
            "16 times as much: the temperature 4 squared, as in distillation": 16
            * (SOFT * (np.log(SOFT) - Q)).mean(),
        },
    ),
    (
        "kl-div",
        KL,
        {"reduction": "batchmean"},
        {
            "both distributions are softened by the temperature 3": softened(3),
            "both distributions are softened by the temperature 4, and multiplied by its square": 16
            * softened(4),
        },
    ),
    (
        "ce",
        {"input": LOGITS, "target": SOFT},
        {},
        {
            "the divergence from the target: cross entropy less the target's entropy": (
                SOFT * np.log(SOFT / softmax(LOGITS))
            ).sum()
            / N,
            "the most likely class of the target is its label": -(
                np.eye(C)[SOFT.argmax(1)] * np.log(softmax(LOGITS))
            ).sum()
            / N,
            "input and target are swapped": -(softmax(LOGITS) * np.log(SOFT)).sum() / N,
        },
    ),
    (
        "ce",
        CE,
        {},
        {
            "the Brier score: squared errors of the probabilities, summed over the classes": (
                (softmax(LOGITS) - HOT) ** 2
            ).sum()
            / N,
            "the accuracy: the share of correct predictions": (LOGITS.argmax(1) == LABELS).mean(),
            "input and target are swapped, then clipped at 1e-7 as Keras does": -(
                softmax(LOGITS) * np.log(np.clip(HOT, 1e-7, 1 - 1e-7))
            ).sum()
            / N,
        },
    ),
    (
        "ce",
        CE,
        {"weight": [1.0, 2.0, 0.5, 3.0, 1.5]},
        {
            "the class weights are in reverse order": plain(
                "ce", **CE, weight=np.array([1.5, 3.0, 0.5, 2.0, 1.0])
            )
        },
    ),
    (
        "mse",
        {"input": A, "target": P},
        {},
        {
            "the mean of the columns' RMSEs": np.sqrt(((A - P) ** 2).mean(0)).mean(),
            "step i of axis 1 meets target i + 1": ((A[:, :-1] - P[:, 1:]) ** 2).mean(),
            "R squared: 1 minus the share of the variance": 1 - ((A - P) ** 2).mean() / P.var(),
        },
    ),
    (
        "bce",
        {"input": PROBS, "target": YES},
        {},
        {
            "input and target are swapped, then clipped at 1e-7 as Keras does": -(
                PROBS * np.log(np.clip(YES, 1e-7, 1 - 1e-7))
                + (1 - PROBS) * np.log(1 - np.clip(YES, 1e-7, 1 - 1e-7))
            ).mean(),
            "divided by the number of targets 1, not by that of all": -np.log(
                np.where(YES, PROBS, 1 - PROBS)
            ).sum()
            / YES.sum(),
        },
    ),
    (
        "bce-logits",
        BINARY,
        {},
        {
            "input and target are swapped: the targets are treated as logits": (
                np.log1p(np.exp(YES)) - X * YES
            ).mean()
        },
    ),
    (
        "sigmoid-focal",
        BINARY,
        {},
        {
            "no alpha: both labels count in full": focal(1.0).mean(),
            "alpha is 0.75": focal(np.where(YES, 0.75, 0.25)).mean(),
            "divided by the number of targets 1, not by that of all": focal(
                np.where(YES, 0.25, 0.75)
            ).sum()
            / YES.sum(),
        },
    ),
    (
        "huber",
        {"input": X, "target": Y},
        {"delta": 1.345},
        {
            "smooth-l1: absolute error, quadratic for errors below beta": plain(
                "huber", input=X, target=Y, delta=1.345
            )
            / 1.345
        },
    ),
    (
        "mape",
        {"input": X, "target": Y},
        {},
        {
            "the symmetric percentage error: 200 |x - y| / (|x| + |y|)": (
                200 * abs(X - Y) / (abs(X) + abs(Y))
            ).mean()
        },
    ),
    (
        "multi-margin",
        CE,
        {},
        {
            "summed over the classes, not averaged": (
                relu(1 - LOGITS[np.arange(N), LABELS][:, None] + LOGITS) * (1 - HOT)
            ).sum()
            / N
        },
    ),
    (
        "ctc",
        CTC,
        {},
        {
            "the blank is the last class, 5": plain("ctc", **CTC, blank=5),
            "the blank is the last class, 5, and the labels are moved one down": plain(
                "ctc", **{**CTC, "input": np.roll(STEPS, 1, 2)}
            ),
            "the input lengths are left out: every sequence has 9 steps": plain(
                "ctc", **{**CTC, "input_lengths": np.full(3, 9)}
            ),
            "divided by the input lengths, averaged over the samples": (
                each("ctc", **CTC) / TIMES
            ).mean(),
        },
    ),
    (
        "l1",
        {"input": X, "target": Y},
        {},
        {"all numbers are in float16: input, target, terms and the result": in_half()},
    ),
]
"""A loss, its arrays, its options, and numbers by what explains them."""
HALVES = [
    ("float16", (50, 5), "2.11328125"),
    ("bfloat16", (300, 10), "2.671875"),
    ("float16", (300, 10), "2.66015625"),
    ("bfloat16", (40, 3, 7), "1.3828125"),
]
"""Shapes, and what PyTorch 2.13 returns on a CPU; see `_numbers`."""


def case_of(name: str, roles: Roles, options: dict[str, Any]) -> Case:
    loss = find(name)
    own = {
        name: array_source(name, value) if isinstance(value, list) else value
        for name, value in options.items()
        if loss.option(name)
    }
    sources = {role: array_source(role, values) for role, values in roles.items()}
    settings = Settings(reduction=options.get("reduction", "mean"))
    weight = options.get("sample_weight")
    source = None if weight is None else array_source("sample_weight", weight)
    return Case(loss, sources, checked_options(loss, own), settings, source)


def explained(case: Case, number: str) -> list[str]:
    """Return the first three explanations."""
    found = search(case, Asked((parse(number, None),)))
    assert not found.agrees
    return [" + ".join(one.words for one in match.deviations) for match in found.matches[:3]]


@pytest.mark.parametrize(
    ("name", "roles", "options", "words", "number"),
    [
        pytest.param(name, roles, options, words, number, id=f"{name}: {words}")
        for name, roles, options, numbers in CAUSES
        for words, number in numbers.items()
    ],
)
def test_a_mistake_is_the_first_explanation(
    name: str, roles: Roles, options: dict[str, Any], words: str, number: Any
) -> None:
    assert explained(case_of(name, roles, options), f"{number:.6g}")[0] == words


def test_batchmean_divides_by_the_sample_weights() -> None:
    terms = SOFT * (np.log(SOFT) - Q)
    number = float((terms.sum(axis=1) * WEIGHT).sum() / WEIGHT.sum())
    words = explained(case_of("kl-div", KL, {"sample_weight": WEIGHT}), f"{number:.6g}")
    assert "summed over each sample, divided by the sum of the sample weights (batchmean)" in words


def _numbers(shape: tuple[int, ...]) -> Roles:
    rng = np.random.default_rng(len(shape) * 1000 + shape[0])
    labels = rng.integers(0, shape[1], (shape[0], *shape[2:]))
    return {"input": rng.normal(size=shape).round(3), "target": labels}


@pytest.mark.parametrize(("name", "shape", "number"), HALVES)
def test_half_precision_is_that_of_pytorch(name: str, shape: tuple[int, ...], number: str) -> None:
    words = explained(case_of("ce", _numbers(shape), {}), number)
    assert f"all numbers, the sums too, are in {name}, as in PyTorch on a CPU" in words
