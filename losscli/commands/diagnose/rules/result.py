"""L7xx: the number itself."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.registry import Example, rule
from losscli.numerics.chance import margin_over_shares
from losscli.output.words import figure

CAUSES = (
    *("L101", "L104", "L105", "L201", "L202", "L205", "L207"),
    *("L401", "L403", "L405", "L502", "L504"),
)
"""Where one of these is found, the number has that cause."""
BAND = 0.01
"""Nearer to log c than this share of it a model says nothing."""


@rule(
    "L701",
    "warning",
    "the loss is that of a model that says nothing, or worse",
    bad=Example("ce", {"input": [[0.01, 0.0, 0.0]] * 6, "target": [0, 1, 2, 0, 1, 2]}),
    near=Example(
        "ce",
        {"input": [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]] * 2, "target": [0, 1, 2] * 2},
        why="the loss is 0.24, log 3 is 1.1",
    ),
    unless=CAUSES,
)
def says_nothing(study: Study) -> Iterator[Finding]:
    """Log c is the loss of a guess; the entropy of the labels is that of knowing how often each is.

    Within 1 % of log c, beyond what chance explains: the model has not learnt, its output layer is
    not trained, or the inputs and labels do not belong together (shuffled one by one). Worse than
    the entropy of the labels, by more than chance explains: the probabilities are worse than one
    constant for every sample.
    """
    scores = study.survey.scores
    if not scores or not scores.count or scores.impossible.count:
        return
    classes, mean = study.problem.grid.classes, scores.mean
    chance = math.log(classes)
    evidence = {"loss": mean, "chance": chance, "standard_error": scores.error}
    if abs(mean - chance) + 2 * scores.error <= BAND * chance and scores.count > 1:
        yield Finding(
            f"the mean of -log p(target) is {figure(mean)}, and log {classes} = {figure(chance)} "
            "is that of a guess: the model says nothing about these labels",
            evidence,
            count=scores.count,
            next=study.typed.command() + " --top 10",
        )
        return
    shares = scores.counts[scores.counts > 0] / scores.count
    prior = float(-(shares * np.log(shares)).sum())
    if (mean - prior) * scores.count <= margin_over_shares(scores.count, classes):
        return
    yield Finding(
        f"the mean of -log p(target) is {figure(mean)}; giving each class its share of the labels, "
        f"for every sample alike, is better: {figure(prior)}",
        evidence | {"label_entropy": prior},
        count=scores.count,
        next=study.typed.command() + " --top 10",
    )


@rule(
    "L702",
    "info",
    "a negative loss, which is legal here",
    bad=Example("gaussian-nll", {"input": [1.0, 2.0], "target": [1.1, 2.0], "var": [0.01, 0.04]}),
    near=Example(
        "gaussian-nll",
        {"input": [1.0, 2.0], "target": [1.1, 2.0], "var": [1.0, 4.0]},
        why="with these variances the density is below 1",
    ),
    unless=("L104", "L105", "L106", "L202"),
)
def negative(study: Study) -> Iterator[Finding]:
    """Some losses go below 0: those of densities, and those that leave a constant out.

    A density may be above 1, so nll of log-densities and gaussian-nll are negative where a model is
    sure; poisson-nll without --full leaves log y! out. Lower is still better, and 0 means nothing.
    """
    value = study.loss_value
    if value is None or not value < 0:
        return
    yield Finding(
        f"the loss is {figure(value)}: {study.loss.name} is {study.loss.facts['range']}",
        {"loss": value},
        next=f"loss info {study.loss.name}",
    )
