"""L3xx: the normalizer, which the mean divides by."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.diagnose.facts.collect import smoothing_of
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.diagnose.rules import LOGITS
from losscli.commands.findings import Finding
from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.run import Outcome
from losscli.output.words import counted, figure, percent
from losscli.readers.source import Source

NOTABLE = 0.01
"""The share of the mean by which the mean of group means must differ to be reported."""


def _weighted_mean(inspection: Inspection) -> Outcome | None:
    """Return the mean if it is finite and its normalizer is a sum of weights."""
    outcome = inspection.outcome if inspection.facts.weights else None
    return outcome if outcome and math.isfinite(outcome.value) else None


def _has_soft_targets(inspection: Inspection) -> bool:
    """Whether there are class weights and targets with shares in several classes."""
    soft = bool(smoothing_of(inspection.problem))
    soft |= inspection.loss.picks and not inspection.by_index
    option = inspection.loss.class_weight
    return soft and option is not None and option.name in _weight_sources(inspection)


def _weight_sources(inspection: Inspection) -> dict[str, Source]:
    """Return where the weights of the normalizer come from, by option."""
    option, sources = inspection.loss.class_weight, inspection.sources
    names = [*([option.name] if option else []), "sample_weight"]
    return {name: sources[name] for name in names if sources.get(name) is not None}


@rule(
    "L301",
    "info",
    "the weighted mean is not the mean of the weighted losses",
    bad("ce", input=LOGITS, target=[0, 1, 1], weight=[1.0, 3.0, 1.0]),
    near("there are no weights", weight=None),
    unless=("L302",),
)
def two_means(inspection: Inspection) -> Iterator[Finding]:
    """Shows both means of weighted losses: divided by the sum of the weights, and by the count.

    Why it matters: Both are in use. With class weights, PyTorch and losscli divide by the sum of
    the targets' weights. Keras (class_weight) divides by the count, and so does code that takes the
    mean of unreduced losses.

    Fix: Find out which of the two you compare with.

    References: PyTorch, torch.nn.CrossEntropyLoss: the mean divides by the sum of the weights of
    the targets.

    Keras, keras.Model.fit: class_weight.
    """
    outcome = _weighted_mean(inspection)
    if (
        not outcome
        or _has_soft_targets(inspection)
        or outcome.denominator == outcome.partial.counted
    ):
        return
    numerator, weights, count = outcome.numerator, outcome.denominator, outcome.partial.counted
    mean, other = numerator / weights, numerator / count
    yield Finding(
        f"the loss is {figure(mean)} = {figure(numerator)} / {figure(weights)}, divided by the sum "
        f"of the weights; divided by the number of targets, {count}, it is {figure(other)}",
        {"weighted_mean": mean, "mean_of_weighted": other, "sum_of_weights": weights}
        | {"count": count, "sum": numerator},
        next=inspection.command(reduction="sum"),
    )


@rule(
    "L302",
    "warning",
    "the weights cancel",
    bad("ce", input=LOGITS, target=[1, 1, 1], weight=[1.0, 3.0, 1.0]),
    near("two different weights take part", target=[0, 1, 1]),
    unless=("L304",),
)
def weights_cancel(inspection: Inspection) -> Iterator[Finding]:
    """Finds weights that are the same for all counted targets.

    Why it matters: The mean divides by the sum of the weights, so equal weights cancel: the loss is
    the same without them. It happens with one sample per batch, and with batches sorted by class.

    Fix: Remove the weights, or compute the mean over more than one class.

    References: PyTorch, torch.nn.CrossEntropyLoss: the mean divides by the sum of the weights of
    the targets.
    """
    weights = inspection.facts.weights
    if not weights or _has_soft_targets(inspection) or not weights.total:
        return
    if weights.span.low != weights.span.high:
        return
    count, weight, value = weights.count, weights.span.low, inspection.loss_value
    text = "without weights the mean is the same"
    text += "" if value is None else f", {figure(value)}"
    yield Finding(
        f"each of {counted(count, 'counted target')} has weight {figure(weight)}: {text}",
        {"weight": weight, "count": count, "loss": value},
        count=count,
        next=inspection.command(**dict.fromkeys(_weight_sources(inspection))),
    )


@rule(
    "L303",
    "info",
    "class weights with soft targets: two normalizers are in use",
    bad("ce", input=LOGITS, target=[0, 1, 1], weight=[1.0, 3.0, 1.0], label_smoothing=0.1),
    near("there are no weights", weight=None),
)
def other_normalizer(inspection: Inspection) -> Iterator[Finding]:
    """Shows both normalizers of class weights with class probabilities or label smoothing.

    Why it matters: The numerator weights each class's share of a target. The normalizer does not:
    with label smoothing it is the sum of the labels' weights, with class probabilities the number
    of positions, as in PyTorch. Other code divides by the weights of all shares.

    Fix: Find out which of the two you compare with.

    References: PyTorch, torch.nn.CrossEntropyLoss: with class probabilities the mean divides by the
    number of positions.

    Szegedy et al. 2016, Rethinking the Inception Architecture for Computer Vision,
    arXiv:1512.00567.
    """
    outcome, weights = _weighted_mean(inspection), inspection.facts.weights
    if not outcome or not weights or not weights.shares or not _has_soft_targets(inspection):
        return
    normalizer, shares = outcome.denominator, weights.shares
    mean, other = outcome.numerator / normalizer, outcome.numerator / shares
    if math.isclose(mean, other, rel_tol=1e-9):
        return
    what = "the sum of the labels' weights" if inspection.by_index else "the number of positions"
    yield Finding(
        f"the loss is {figure(mean)}: the normalizer is {what}, {figure(normalizer)}. With the "
        f"weights of all shares of the targets, {figure(shares)}, it is {figure(other)}",
        {"loss": mean, "divisor": normalizer, "by_shares": other, "shares": shares}
        | {"sum": outcome.numerator},
        next=inspection.command(reduction="sum"),
    )


@rule(
    "L304",
    "error",
    "the counted weights sum to 0: the mean is 0/0",
    bad("ce", input=LOGITS, target=[1, 1, 1], weight=[1.0, 0.0, 1.0]),
    near("the label 0 has weight 1", target=[0, 1, 1]),
    unless=("L205",),
)
def no_weight(inspection: Inspection) -> Iterator[Finding]:
    """Finds weights that are 0 for every counted target.

    Why it matters: The mean divides by the sum of the weights, so it is 0/0.

    Fix: Give a weight above 0 to a class or sample that occurs, or remove the weights.

    References: PyTorch, torch.nn.CrossEntropyLoss: the mean divides by the sum of the weights of
    the targets.
    """
    outcome, sources = inspection.outcome, _weight_sources(inspection)
    if not outcome or outcome.denominator != 0 or not outcome.partial.counted or not sources:
        return
    count = outcome.partial.counted
    names = " and ".join(source.label for source in sources.values())
    yield Finding(
        f"{names}: each of {counted(count, 'counted target')} has weight 0, so the mean is 0/0",
        {"count": count, "sum_of_weights": 0.0},
        count=count,
        next=inspection.command(**dict.fromkeys(sources)),
    )


@rule(
    "L305",
    "warning",
    "the mean of the group means is not the mean",
    bad("mse", input=[1.0, 1.0, 1.0, 5.0], target=[1.0] * 4, groups=[0, 0, 0, 1]),
    near("the groups have the same size", input=[1.0, 2.0, 1.0, 2.0], groups=[0, 0, 1, 1]),
)
def mean_of_means(inspection: Inspection) -> Iterator[Finding]:
    """Compares the mean with the mean of the group means; --groups FILE says what the groups are.

    Why it matters: Groups (batches, sequences, devices) of different sizes, or with different
    numbers of ignored targets, make them differ: a sample in a small group counts for more. A
    training loop that averages the losses of its batches prints the mean of means.

    Fix: Add up numerators and normalizers over the groups, and divide once at the end.

    References: Hugging Face blog 2024, Fixing Gradient Accumulation.
    """
    outcome = inspection.outcome
    if inspection.groups is None or outcome is None or not math.isfinite(outcome.value):
        return
    by_group = ByGroup(inspection.problem, inspection.groups, inspection.words)
    inspection.passes.run(inspection.problem, by_group)
    of_means, mean = by_group.mean_of_means(), outcome.value
    if abs(of_means - mean) <= NOTABLE * abs(mean):
        return
    way = "above" if of_means > mean else "below"
    share = percent(abs(of_means / mean - 1)) if mean else figure(abs(of_means))
    groups = len(by_group.names)
    yield Finding(
        f"the mean of the means of {counted(groups, 'group')} is {figure(of_means)}, {share} "
        f"{way} the mean {figure(mean)}: samples in small groups count for more",
        {"mean_of_means": of_means, "mean": mean, "gap": of_means - mean, "groups": groups},
        count=groups,
        next=inspection.command(groups=inspection.typed.groups),
    )
