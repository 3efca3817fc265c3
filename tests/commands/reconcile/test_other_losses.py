"""What another loss, or another reduction of the same, makes of the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.commands.reconcile.arrays import plain
from tests.commands.reconcile.test_deviations import case_of, explained

R = np.random.default_rng(7)
Z, ROWS = R.normal(size=(60,)) * 2, R.normal(size=(60, 5))
P, HIT = 1 / (1 + np.exp(-Z)), (R.random(60) < 0.3) * 1
LABELS, ONES = R.integers(0, 5, 60), (R.random((60, 5)) < 0.3) * 1
SOFT = np.exp(ROWS) / np.exp(ROWS).sum(axis=1, keepdims=True)
LOG_Q, TRUE = np.log(SOFT), R.dirichlet(np.ones(5), 60)
LOSSES = np.where(HIT > 0, -np.log(P), -np.log(1 - P))
MISSED = np.where(HIT > 0, 1 - P, P) ** 2
CE = -LOG_Q[np.arange(60), LABELS]
MIDDLE = (SOFT + TRUE) / 2
TOKENS = np.where(np.arange(12) < R.integers(3, 12, 60)[:, None], R.integers(0, 5, (60, 12)), -100)
SEQUENCES = R.normal(size=(60, 5, 12))


def divergence(p: Any, q: Any) -> Any:
    return (p * np.log(p / q)).sum(axis=1).mean()


def batch_means() -> list[float]:
    return [
        plain("ce", input=SEQUENCES[i : i + 4], target=TOKENS[i : i + 4]) for i in range(0, 60, 4)
    ]


@pytest.mark.parametrize(
    ("name", "roles", "options", "number", "words"),
    [
        ("bce", (P, HIT), {}, (np.where(HIT, 0.25, 0.75) * MISSED * LOSSES).mean(), "focal"),
        ("bce", (P, HIT), {}, (MISSED * LOSSES).mean(), "no alpha"),
        ("ce", (ROWS, LABELS), {}, ((1 - np.exp(-CE)) ** 2 * CE).mean(), "alpha 1"),
        ("bce", (P, HIT), {}, (np.where(HIT, 60 / HIT.sum() - 1, 1) * LOSSES).mean(), "n_neg"),
        (
            "bce-logits",
            (ROWS, ONES),
            {},
            -np.where(ONES, LOG_Q, np.log1p(-SOFT)).mean(),
            "softmax over the columns, then binary",
        ),
        (
            "kl-div",
            (LOG_Q, TRUE),
            {"reduction": "batchmean"},
            -(TRUE * LOG_Q).sum(axis=1).mean(),
            "cross entropy",
        ),
        (
            "kl-div",
            (LOG_Q, TRUE),
            {"reduction": "batchmean"},
            (divergence(TRUE, MIDDLE) + divergence(SOFT, MIDDLE)) / 2,
            "Jensen-Shannon",
        ),
        (
            "mse",
            (Z, P),
            {},
            np.mean([np.sqrt(((Z - P)[i : i + 25] ** 2).mean()) for i in (0, 25, 50)]),
            "RMSEs of batches of 25",
        ),
        ("ce", (SEQUENCES, TOKENS), {}, np.mean(batch_means()), "batches of 4"),
        ("ce", (SEQUENCES, TOKENS), {}, np.exp(np.mean(batch_means())), "batches of 4"),
    ],
)
def test_the_first_explanation_names_it(
    name: str, roles: tuple[Any, Any], options: dict[str, Any], number: float, words: str
) -> None:
    case = case_of(name, dict(zip(("input", "target"), roles, strict=True)), options)
    assert words in explained(case, f"{number:.6g}")[0]
