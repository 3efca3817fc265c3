"""L7xx: the value of the loss."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.findings import Finding
from losscli.losses.declare.options import Effect
from losscli.numerics.chance import margin_over_shares
from losscli.output.words import figure

CAUSES = (
    *("L101", "L103", "L104", "L105", "L107", "L108", "L110", "L201", "L202", "L205", "L207"),
    *("L401", "L403", "L405", "L502", "L504"),
)
"""Findings that explain the value of the loss."""
CLEAR = -math.log(1e-4)
"""Nats that another answer gains over all samples, if chance is not to explain it.

Over probabilities that are right it gains as much in fewer than one file of 10,000: a likelihood
ratio above exp(k) has a chance below exp(-k).
"""
BAND = 0.01
"""A model whose loss is within this share of log c has learned nothing."""


@rule(
    "L701",
    "warning",
    "the loss is no better than a guess",
    bad("ce", input=[[0.01, 0.0, 0.0]] * 6, target=[0, 1, 2] * 2),
    near(
        "the loss is 0.24, and log 3 is 1.1",
        input=[[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]] * 2,
    ),
    unless=CAUSES,
)
def says_nothing(inspection: Inspection) -> Iterator[Finding]:
    """Finds a mean loss within 1 % of log c, or above it, or above the entropy of the labels.

    Log c is the loss of a guess among c classes. The entropy of the labels is the loss of a model
    that knows only how often each class occurs. A binary loss has to be above both, with targets 0
    and 1 as the classes. What chance explains is not reported.

    Why it matters: Near log c, the model has learned nothing, its output layer is untrained, or
    inputs and labels do not belong together (shuffled separately). Above the entropy, the same
    constant answer for all samples would be better than the model.

    Fix: Check that row k is the same sample in both files; look at the samples with the largest
    loss.

    References: Karpathy 2019, A Recipe for Training Neural Networks: verify the loss at
    initialization, log c for a softmax.
    """
    scores = inspection.facts.scores
    if not scores or not scores.count or scores.impossible.count:
        yield from _binary(inspection)
        return
    classes, mean = inspection.problem.grid.classes, scores.mean
    chance = math.log(classes)
    evidence = {"loss": mean, "chance": chance, "standard_error": scores.error}
    shares = scores.counts[scores.counts > 0] / scores.count
    entropy = float(-(shares * np.log(shares)).sum())
    text = f"the mean of -log p(target) is {figure(mean)}"
    if abs(mean - chance) + 2 * scores.error <= BAND * chance and scores.count > 1:
        text += f", that of a guess is log {classes} = {figure(chance)}: the model says nothing"
        text += " about these labels"
    elif (mean - entropy) * scores.count > margin_over_shares(scores.count, classes):
        evidence["label_entropy"] = entropy
        text += "; giving each class its share of the labels, the same for every sample, is"
        text += f" better: {figure(entropy)}"
    elif (mean - chance) * scores.count > CLEAR:
        text += f"; a guess among {classes} classes is better: log {classes} = {figure(chance)}"
    else:
        return
    yield Finding(text, evidence, count=scores.count, next=inspection.worst(10))


def _binary(inspection: Inspection) -> Iterator[Finding]:
    """Compare a binary likelihood with the constant that is the share of the targets 1."""
    found, problem = inspection.facts.elements, inspection.problem
    if not found or not found.count or found.count < problem.grid.size:
        return
    if found.clamped.count or not inspection.loss.nats or inspection.kind == "scores":
        return
    if problem.value_of(Effect.WEIGHTS_POSITIVES) is not None:
        return
    share, mean = found.positive / found.count, found.clamped_loss / found.count
    entropy = sum(-p * math.log(p) for p in (share, 1 - share) if 0 < p < 1)
    if not (mean - entropy) * found.count > margin_over_shares(found.count, 2):
        return
    if not (mean - math.log(2)) * found.count > CLEAR:
        # Rare targets 1 may be told apart well by probabilities that are not calibrated.
        return
    text = f"the mean of -log p(target) is {figure(mean)}; the share of targets 1,"
    text += f" {figure(share)}, for every sample is better: {figure(entropy)}"
    evidence = {"loss": mean, "label_entropy": entropy, "share": share}
    yield Finding(text, evidence, count=found.count, next=inspection.worst(10))


@rule(
    "L702",
    "info",
    "a negative loss, which is possible here",
    bad("gaussian-nll", input=[1.0, 2.0], target=[1.1, 2.0], var=[0.01, 0.04]),
    near("with these variances the density is below 1", var=[1.0, 4.0]),
    unless=("L104", "L105", "L106", "L107", "L202"),
)
def negative(inspection: Inspection) -> Iterator[Finding]:
    """Finds a mean loss below 0.

    Why it matters: It is not a mistake. A density may exceed 1, so the negative log-likelihood of a
    density is negative where the model is sure; poisson-nll without --full leaves out log y!, a
    constant.

    Fix: None is needed. Lower is still better, and 0 has no special meaning.

    References: PyTorch, torch.nn.PoissonNLLLoss: full adds an approximation of log y!.

    Nix and Weigend 1994, Estimating the mean and variance of the target probability distribution,
    doi:10.1109/ICNN.1994.374138.
    """
    value, loss = inspection.loss_value, inspection.loss
    if value is None or not value < 0:
        return
    yield Finding(
        f"the loss is {figure(value)}; the range of {loss.name}: {loss.facts['range']}",
        {"loss": value},
        next=inspection.command(),
    )
