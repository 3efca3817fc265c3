"""What a loss compares with: chance level, perplexity, bits, its rank in the file."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from losscli.commands.explain.sample import Sample
from losscli.commands.explain.walk import Walk
from losscli.engine.run import Outcome

WORTH_A_WORD = 0.05
"""A loss above this needs an explanation if the prediction is correct."""


def rank(outcome: Outcome, loss: float) -> tuple[int, float]:
    """Return the rank of a loss in the file, 1 the largest, and its percentile from 0 to 100.

    The percentile is the share of the counted terms whose loss is not larger.
    """
    terms = outcome.terms
    if terms is None:
        raise TypeError("the run did not keep its terms")
    flat = terms.reshape(-1)
    larger = flat > flat.dtype.type(loss)
    problem = outcome.problem
    if problem.ignore_index is not None and problem.target is not None:
        targets = problem.target.block(0, problem.grid.n).reshape(-1)
        larger &= targets != problem.ignore_index
    above = int(np.count_nonzero(larger))
    counted = outcome.partial.counted
    return above + 1, 100 * (counted - above) / counted if counted else math.nan


def remarks(sample: Sample, walk: Walk) -> Iterator[tuple[str, list[str | float]]]:
    """Yield what the loss compares with, as (name, figures)."""
    outcome = sample.outcome
    loss, counted = sample.detail.loss, outcome.partial.counted
    if sample.is_ignored or not math.isfinite(loss):
        return
    if counted > 1:
        place, percentile = rank(outcome, loss)
        which = "the largest" if place == 1 else f"rank {place}"
        yield "in the file", [f"{which} of {counted} losses, percentile {percentile:.3g}"]
    if walk.outcomes > 1 and walk.belief is not None:
        chance = math.log(walk.outcomes)
        surprise = -math.log(walk.belief) if walk.belief else math.inf
        side = "better" if surprise < chance else "worse"
        than = f": this sample is {side} than a blind guess"
        yield "chance level", [f"log({walk.outcomes}) = ", chance, than]
        if surprise < 700:
            unsure = math.exp(surprise)
            yield (
                "perplexity",
                ["1 / p = ", unsure, ": like a fair draw from that many"],
            )
    if walk.belief:
        surprise = -math.log(walk.belief)
        yield "bits", ["-log2(p) = ", surprise / math.log(2) + 0.0]


def in_words(sample: Sample, walk: Walk) -> list[str | float]:
    """Return a sentence on the prediction: correct with a loss above 0, confident, or wrong."""
    loss, belief = sample.detail.loss, walk.belief
    if sample.is_ignored or belief is None or not math.isfinite(loss):
        return []
    if sample.target is None:
        even = belief == 0.5
        right = belief > 0.5
    else:
        even = False
        right = sample.target == sample.prediction
    if even:
        return []
    if right and loss > WORTH_A_WORD:
        whole = "" if sample.target is None else ", and the other classes the rest"
        return [
            "The prediction is correct and the loss is still ",
            loss,
            f", because{walk.handicap} the target got only p = ",
            belief,
            f"{whole}. It would be 0 only at p = 1.",
        ]
    if right:
        return ["The prediction is correct and confident: the target got p = ", belief, "."]
    if sample.prediction is None:
        return ["The prediction is wrong: the true answer got p = ", belief, "."]
    labels = sample.labels()
    wrong = f"The prediction is {labels[sample.prediction]}, which is wrong: the target "
    return [f"{wrong}{labels[sample.target or 0]} got p = ", belief, "."]
