"""L3xx: what the mean divides by."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.registry import Example, rule
from losscli.engine.breakdown.groups import ByGroup
from losscli.output.words import counted, figure, percent

LOGITS = [[2.0, -1.0, 0.5], [-0.3, 1.7, 0.1], [0.2, -1.2, 3.1]]
NOTABLE = 0.01
"""A gap of the means of groups, as a share of the mean, that is worth a word."""


@dataclass(frozen=True)
class Divided:
    """A loss with weights, as numerator over what the mean divides by."""

    numerator: float
    divisor: float
    counted: int
    shares: float
    """The sum of the weights with each class's part of the target weighed."""


def _weighted(study: Study) -> Divided | None:
    """Return the parts of a finite mean that weights take part in."""
    weights, outcome = study.survey.weights, study.outcome
    if not weights or not outcome or not math.isfinite(outcome.value):
        return None
    parts = (outcome.numerator, outcome.denominator, outcome.partial.counted)
    return Divided(*parts, weights.shares)


def _smoothed_weights(study: Study) -> bool:
    """Whether class weights meet targets that have a part in several classes."""
    smoothing = study.problem.options.get("label_smoothing")
    several = bool(smoothing) or (study.loss.picks and not study.by_index)
    return several and study.sources.get("weight") is not None


@rule(
    "L301",
    "info",
    "the weighted mean is not the mean of the weighted losses",
    bad=Example("ce", {"input": LOGITS, "target": [0, 1, 1]}, {"weight": [1.0, 3.0, 1.0]}),
    near=Example("ce", {"input": LOGITS, "target": [0, 1, 1]}, why="no weights"),
    unless=("L302",),
)
def two_means(study: Study) -> Iterator[Finding]:
    """With class weights the mean divides by the sum of the targets' weights, not by their count.

    So does PyTorch. Keras (class_weight) divides by the count; with --reduction none and a mean of
    one's own it is the count too. Both numbers are in use.
    """
    parts = _weighted(study)
    if not parts or _smoothed_weights(study) or parts.divisor == parts.counted:
        return
    mean, other = parts.numerator / parts.divisor, parts.numerator / parts.counted
    yield Finding(
        f"the loss is {figure(mean)} = {figure(parts.numerator)} / {figure(parts.divisor)}, over "
        f"the sum of the weights; the mean of the weighted losses is {figure(other)}, over "
        f"{counted(parts.counted, 'target')}",
        {"weighted_mean": mean, "mean_of_weighted": other, "sum_of_weights": parts.divisor}
        | {"count": parts.counted},
        next=study.typed.command() + " --reduction sum",
    )


@rule(
    "L302",
    "warning",
    "the weights cancel",
    bad=Example("ce", {"input": LOGITS, "target": [1, 1, 1]}, {"weight": [1.0, 3.0, 1.0]}),
    near=Example(
        "ce",
        {"input": LOGITS, "target": [0, 1, 1]},
        {"weight": [1.0, 3.0, 1.0]},
        why="two weights take part",
    ),
    unless=("L304",),
)
def weights_cancel(study: Study) -> Iterator[Finding]:
    """All counted targets have the same weight, so the mean divides it out again.

    It happens with one sample a batch, with batches sorted by class, and where all weights are
    equal: the loss is what it is without weights.
    """
    weights = study.survey.weights
    if not weights or _smoothed_weights(study) or not weights.total:
        return
    if weights.span.low != weights.span.high:
        return
    given = [name for name in ("weight", "sample_weight") if study.sources.get(name) is not None]
    count = weights.count
    without: dict[str, Any] = dict.fromkeys(given)
    yield Finding(
        f"all {counted(count, 'counted target')} weigh {figure(weights.span.low)}: the mean is the "
        f"same without weights, {figure(study.loss_value)}",
        {"weight": weights.span.low, "count": count, "loss": study.loss_value},
        count=count,
        next=study.typed.command(**without),
    )


@rule(
    "L303",
    "info",
    "weights with class probabilities or label smoothing: the mean divides by something else",
    bad=Example(
        "ce",
        {"input": LOGITS, "target": [0, 1, 1]},
        {"weight": [1.0, 3.0, 1.0], "label_smoothing": 0.1},
    ),
    near=Example(
        "ce", {"input": LOGITS, "target": [0, 1, 1]}, {"label_smoothing": 0.1}, why="no weights"
    ),
)
def other_normalizer(study: Study) -> Iterator[Finding]:
    """The numerator weighs each class's part of a target, the divisor does not.

    As in PyTorch: with label smoothing the mean divides by the weights of the labels, with class
    probabilities by the number of positions. Dividing by the same shares as above the line is the
    other convention.
    """
    parts = _weighted(study)
    if not parts or not _smoothed_weights(study) or not parts.shares:
        return
    mean, other = parts.numerator / parts.divisor, parts.numerator / parts.shares
    if math.isclose(mean, other, rel_tol=1e-9):
        return
    by = "the weights of the labels" if study.by_index else "the number of positions"
    yield Finding(
        f"the loss is {figure(mean)}: divided by {by}, {figure(parts.divisor)}. By the weights of "
        f"all parts of the targets, {figure(parts.shares)}, it is {figure(other)}",
        {"loss": mean, "divisor": parts.divisor, "by_shares": other, "shares": parts.shares},
        next=study.typed.command(weight=None),
    )


@rule(
    "L304",
    "error",
    "the counted weights sum to 0: the mean is 0/0",
    bad=Example("ce", {"input": LOGITS, "target": [1, 1, 1]}, {"weight": [1.0, 0.0, 1.0]}),
    near=Example(
        "ce",
        {"input": LOGITS, "target": [0, 1, 1]},
        {"weight": [1.0, 0.0, 1.0]},
        why="the label 0 weighs 1",
    ),
    unless=("L205",),
)
def no_weight(study: Study) -> Iterator[Finding]:
    """Every counted target has the weight 0, so the mean divides by 0."""
    outcome = study.outcome
    if not outcome or outcome.denominator != 0:
        return
    count = outcome.partial.counted
    sources = (study.sources.get("weight"), study.sources.get("sample_weight"))
    names = " and ".join(source.label for source in sources if source is not None)
    if not count or not names:
        return
    yield Finding(
        f"{names}: the weights of all {counted(count, 'counted target')} are 0: the mean is 0/0",
        {"count": count, "sum_of_weights": 0.0},
        count=count,
        next=study.typed.command(weight=None, sample_weight=None),
    )


@rule(
    "L305",
    "warning",
    "the mean of the groups' means is not the mean",
    bad=Example(
        "mse",
        {"input": [1.0, 1.0, 1.0, 5.0], "target": [1.0, 1.0, 1.0, 1.0]},
        {"groups": [0, 0, 0, 1]},
    ),
    near=Example(
        "mse",
        {"input": [1.0, 2.0, 1.0, 2.0], "target": [1.0, 1.0, 1.0, 1.0]},
        {"groups": [0, 0, 1, 1]},
        why="groups of one size",
    ),
)
def mean_of_means(study: Study) -> Iterator[Finding]:
    """With --groups FILE: the mean over groups (batches, sequences, devices) of each group's mean.

    Groups of different sizes or with different numbers of ignored targets make it differ from the
    mean over all counted targets: a sample in a small group counts more. A training loop that
    averages the losses of its batches prints the mean of means.
    """
    if study.groups is None:
        return
    if study.outcome is None or not math.isfinite(study.outcome.value):
        return
    by_group = ByGroup(study.problem, study.groups, study.words)
    study.walk.run(study.problem, by_group)
    of_means, mean = by_group.mean_of_means(), study.outcome.value
    if abs(of_means - mean) <= NOTABLE * abs(mean):
        return
    way = "above" if of_means > mean else "below"
    share = percent(abs(of_means / mean - 1)) if mean else figure(abs(of_means))
    groups = len(by_group.names)
    yield Finding(
        f"the mean of the means of {counted(groups, 'group')} is {figure(of_means)}, {share} "
        f"{way} the mean {figure(mean)}: small groups count more",
        {"mean_of_means": of_means, "mean": mean, "gap": of_means - mean, "groups": groups},
        count=groups,
        next=f"{study.typed.command()} --groups {study.typed.groups}",
    )
